extension SharedSecretProblem {
    /// Stable, for programs.
    public var code: String {
        switch self {
        case .tooShort: "secret.too_short"
        case .oneByte: "secret.one_byte"
        case .unreadable: "secret.unreadable"
        case .notARegularFile: "secret.not_a_regular_file"
        case .otherOwner: "secret.other_owner"
        case .mode: "secret.mode"
        case .tooLong: "secret.too_long"
        case .inFile(_, let problem): problem.code
        case .exists: "secret.exists"
        case .unwritable: "secret.unwritable"
        }
    }

    /// What is, then what was expected.
    public var message: String {
        switch self {
        case .tooShort(let bytes):
            "the secret has \(bytes) bytes; expected at least \(SharedSecret.fewestBytes)"
        case .oneByte: "the secret is one byte over and over; expected random bytes"
        case .unreadable(let path, let why): "the secret \(path) cannot be read: \(why)"
        case .notARegularFile(let path): "\(path) is not a regular file; expected a file with the secret"
        case .otherOwner(let path, let uid, let us):
            "\(path) belongs to user \(uid); expected root or the user arcadia runs as (\(us))"
        case .mode(let path, let mode):
            "others can get at \(path) (mode \(Self.octal(mode))); expected 0600 or less: whoever reads the secret can issue tokens"
        case .tooLong(let path, let most): "\(path) has more than \(most) bytes; expected a secret"
        case .inFile(let path, let problem): "\(path): \(problem.message)"
        case .exists(let path): "there is something called \(path) already; a secret is not written over"
        case .unwritable(let path, let why): "\(path) cannot be written: \(why)"
        }
    }

    /// The next thing to do, where there is one.
    public var hint: String? {
        switch self {
        case .mode(let path, _): "`chmod 600 \(path)`; if others may have read it, make a new one"
        case .otherOwner(let path, _, let us): "`sudo chown \(us) \(path)`"
        case .tooShort, .oneByte: "`arcadia token secret FILE` makes one"
        case .inFile(_, let problem): problem.hint
        default: nil
        }
    }

    private static func octal(_ mode: Int) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
