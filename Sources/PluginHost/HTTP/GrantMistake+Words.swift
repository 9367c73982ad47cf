extension GrantMistake {
    /// What is, then what was expected, without the file.
    public var message: String {
        switch self {
        case .missing(let key): "there is no `\(key)`"
        case .wrong(let key, let found, let expected): "`\(key)` is \(found); expected \(expected)"
        case .unknownKey(let key, _):
            "\"\(key)\" is not a key of a grant; expected http, addresses, services or credentials"
        }
    }

    public var hint: String? {
        if case .unknownKey(_, let suggestion?) = self { "did you mean \"\(suggestion)\"?" } else { nil }
    }
}
