/// How tokens are signed. One is pinned by configuration; what a token says about it is only compared.
public enum TokenAlgorithm: String, Sendable, Hashable, CaseIterable {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case eddsa = "EdDSA"
}
