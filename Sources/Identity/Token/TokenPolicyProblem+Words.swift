extension TokenPolicyProblem {
    public var code: String { "policy" }

    /// After the name of the file and a colon.
    public var message: String {
        switch self {
        case .missing(let key): "there is no `\(key)`"
        case .unknownKey(let key, _): "\"\(key)\" is not a key of a token policy"
        case .type(let key, let found, let expected):
            key.isEmpty
                ? "the token policy is \(found); expected \(expected)" : "`\(key)` is \(found); expected \(expected)"
        case .algorithm(let name):
            "`algorithm` is \"\(name)\"; expected one of \(TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))"
        case .keys(.hs256, _): "there is no `secret_files`; HS256 needs one or two files with secrets"
        case .keys(let algorithm, 0):
            "there is neither `key_set_file` nor `key_set_url`; \(algorithm.rawValue) needs one of them"
        case .keys: "there are both `key_set_file` and `key_set_url`; expected one of them"
        case .keysForOther(let key, let algorithm): "`\(key)` is given, and \(algorithm.rawValue) does not use it"
        case .onlyWith(let key, let other): "`\(key)` is given, and there is no `\(other)` that it could be about"
        case .role(let word, let found):
            "`roles` says that \"\(word)\" means \(found); expected one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))"
        }
    }

    public var hint: String? {
        switch self {
        case .unknownKey(_, let suggestion?): "did you mean \"\(suggestion)\"?"
        case .keys(.hs256, _): "`arcadia token secret FILE` makes one"
        default: nil
        }
    }
}
