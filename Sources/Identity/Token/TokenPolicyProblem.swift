/// Why a configuration is no policy.
public enum TokenPolicyProblem: Error, Sendable, Hashable {
    case missing(String)
    case unknownKey(String, suggestion: String?)
    /// The key is empty for the whole.
    case type(String, found: String, expected: String)
    case algorithm(String)
    /// None, or more than one place to take keys from.
    case keys(TokenAlgorithm, given: Int)
    /// Keys of a kind that the algorithm does not use.
    case keysForOther(String, TokenAlgorithm)
    /// A key means nothing without the other.
    case onlyWith(String, String)
    /// A word is to mean something that is no role.
    case role(String, String)
}
