/// What is wrong with an entry of `grants.json`, with its place in the file.
public enum GrantMistake: Error, Sendable, Hashable {
    case missing(String)
    case wrong(String, found: String, expected: String)
    case unknownKey(String, suggestion: String?)

    /// A grant is read as an object of a manifest is, and can be wrong in these ways.
    init(_ fact: PluginRefusal.Fact) {
        switch fact {
        case .manifestKeyMissing(let key): self = .missing(key)
        case .manifestKey(let key, let found, let expected): self = .wrong(key, found: found, expected: expected)
        case .manifestUnknownKey(let key, let suggestion): self = .unknownKey(key, suggestion: suggestion)
        default: preconditionFailure("A grant has neither schemas nor a library.")
        }
    }
}
