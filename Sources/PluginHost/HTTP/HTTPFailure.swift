internal import CArcadiaPlugin

/// Why no answer came. The words are in `HTTPFailure+Words.swift`.
enum HTTPFailure: Error, Sendable, Hashable {
    // Never made: something about the request.
    case urlUnreadable(String)
    case urlHasUser(host: String)
    case requestUnreadable
    case notHTTPS(host: String)
    case hostNotGranted(String, granted: [String])
    case methodNotGranted(String, host: String, granted: [String])
    /// A plan changes nothing: it may not ask for what does.
    case onlyReads(String, host: String)
    case headerNotAllowed(String)
    case credentialUnknown(String, known: [String])
    case credentialNotGranted(String)
    case credentialMissing(String, file: String, variables: [String])
    case credentialFile(String, file: String, reason: String)
    /// - Parameter from: a file, or an environment variable.
    case credentialShort(String, from: String)
    /// The limiter says when: in so many milliseconds.
    case limited(credential: String, milliseconds: Int64)
    case noLibrary(String)
    // Made, and this is how it ended.
    case notResolved(host: String, explanation: String)
    case notConnected(host: String, explanation: String)
    case notTrusted(host: String, explanation: String)
    case addressRefused(host: String, address: String)
    case timedOut(host: String, milliseconds: Int64)
    case cutOff(host: String, explanation: String)
    case tooLarge(host: String, limit: Int)
    case cancelled(host: String)
    case other(host: String, explanation: String)
    // A cassette plays instead of the other side.
    case cassetteHasNoAnswer(file: String, method: String, url: String)
    case replayed(code: String, message: String)
    /// Told by the host to its worker.
    case relayed(RelayedFailure)

    var code: arcadia_code {
        if case .relayed(let failure) = self { return arcadia_code(failure.code) }
        let constant: Int =
            switch self {
            case .urlUnreadable, .urlHasUser, .headerNotAllowed: numericCast(ARCADIA_E_INPUT)
            case .credentialUnknown, .requestUnreadable: numericCast(ARCADIA_E_BUG)
            case .notHTTPS, .hostNotGranted, .methodNotGranted, .onlyReads, .credentialNotGranted, .addressRefused:
                numericCast(ARCADIA_E_DENIED)
            case .credentialMissing, .credentialFile, .credentialShort: numericCast(ARCADIA_E_AUTH)
            case .limited: numericCast(ARCADIA_E_RATE)
            case .noLibrary: numericCast(ARCADIA_E_UNSUPPORTED)
            case .notTrusted, .notResolved, .notConnected, .cutOff, .replayed: numericCast(ARCADIA_E_NETWORK)
            case .timedOut: numericCast(ARCADIA_E_TIMEOUT)
            case .tooLarge: numericCast(ARCADIA_E_REMOTE)
            case .cancelled, .other, .relayed: numericCast(ARCADIA_E_OTHER)
            case .cassetteHasNoAnswer: numericCast(ARCADIA_E_CONFIG)
            }
        return arcadia_code(constant)
    }

    /// Could it go better in a moment, with nothing changed?
    var isWorthAnotherTry: Bool {
        switch self {
        case .notResolved, .notConnected, .timedOut, .cutOff, .replayed: true
        case .relayed(let failure): failure.isWorthAnotherTry
        default: false
        }
    }

    /// The limiter says when; nil: it was another reason.
    var retryAfterMilliseconds: Int64? {
        switch self {
        case .limited(_, let milliseconds): milliseconds
        case .relayed(let relayed): relayed.retryAfterMilliseconds
        default: nil
        }
    }

    /// The same without a token in the words that others chose.
    static func redacted(_ failure: HTTPFailure, _ token: Token) -> HTTPFailure {
        func clean(_ text: String) -> String { token.paintedOver(in: text) }
        switch failure {
        case .notResolved(let host, let words): return .notResolved(host: host, explanation: clean(words))
        case .notConnected(let host, let words): return .notConnected(host: host, explanation: clean(words))
        case .notTrusted(let host, let words): return .notTrusted(host: host, explanation: clean(words))
        case .cutOff(let host, let words): return .cutOff(host: host, explanation: clean(words))
        case .other(let host, let words): return .other(host: host, explanation: clean(words))
        default: return failure
        }
    }
}
