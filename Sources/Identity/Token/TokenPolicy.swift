/// Which tokens are believed, and what their claims mean here.
public struct TokenPolicy: Sendable, Hashable {
    /// Where the keys come from.
    public enum Keys: Sendable, Hashable {
        /// Files with secrets, one or, while they are changed, two: tokens of either are taken.
        case secretFiles([String])
        case keySetFile(String)
        case keySetURL(String)
    }

    public var algorithm: TokenAlgorithm
    public var keys: Keys
    /// Seconds from one look for new keys at a URL to the next.
    public var keySetRefresh = 600
    /// What `iss` has to be; nil: anything.
    public var issuer: String?
    /// What `aud` has to name; nil: a token that names an audience is not for us.
    public var audience: String?
    /// Seconds that the clocks of issuer and host may differ, 0 to 60.
    public var leeway = 30
    /// Seconds from `iat` (without one: from now) to `exp`, at most.
    public var longestLifetime = 86_400
    public var roleClaim = "role"
    public var tenantClaim = "tenant"
    /// The issuer's words for our roles; empty: it uses ours. Where it is not empty, only its words count.
    public var roles: [String: Role] = [:]

    public init(algorithm: TokenAlgorithm, keys: Keys) {
        self.algorithm = algorithm
        self.keys = keys
    }

    /// The role a claim means. Compared byte by byte.
    func role(_ word: String) -> Role? {
        if roles.isEmpty { return Role.allCases.first { $0.rawValue.utf8.elementsEqual(word.utf8) } }
        return roles.first { $0.key.utf8.elementsEqual(word.utf8) }?.value
    }
}
