public import SagaCore

/// Decides whether a token is believed. The order is the point: shape and size, then the header against what is pinned,
/// then the signature, and only then is any claim read.
public struct TokenVerifier: Sendable {
    /// What signatures are checked with. A kind of key goes with one kind of algorithm, so that a public key is never taken
    /// for a secret.
    private enum Keys: Sendable {
        case secrets([SharedSecret])
        case fixed(KeySet)
        case held(KeySetHolder)
    }

    public let policy: TokenPolicy
    private let keys: Keys

    /// For HS256.
    ///
    /// - Parameter secrets: one, or two while they are changed.
    public init(_ policy: TokenPolicy, secrets: [SharedSecret]) {
        precondition(policy.algorithm == .hs256 && (1...2).contains(secrets.count))
        self.policy = policy
        keys = .secrets(secrets)
    }

    /// For RS256 and EdDSA.
    public init(_ policy: TokenPolicy, keys: KeySet) {
        precondition(policy.algorithm != .hs256)
        self.policy = policy
        self.keys = .fixed(keys)
    }

    /// As `init(_:keys:)`, with keys that change.
    public init(_ policy: TokenPolicy, keys: KeySetHolder) {
        precondition(policy.algorithm != .hs256)
        self.policy = policy
        self.keys = .held(keys)
    }

    /// Who the token is of. Asks nobody: a key that is not known here is refused.
    public func verify(_ token: String, at now: Timestamp) throws(TokenRefusal) -> Identity {
        let text = try TokenText(token)
        let header = try TokenHeader(text.header, pinned: policy.algorithm)
        guard try isSigned(text, keyID: header.keyID) else { throw .signature }
        return try TokenClaims(claims: try text.readClaims(), policy: policy, now: now).identity()
    }

    /// Asks the issuer for its keys, as often as the holder lets, because a token names one that is not known.
    ///
    /// - Returns: whether there are other keys now, so that the token is worth another look.
    public func renewsKeys(at now: Timestamp) async -> Bool {
        guard case .held(let holder) = keys else { return false }
        return await holder.refreshForToken(at: now) == .renewed
    }

    private func isSigned(_ text: TokenText, keyID: String?) throws(TokenRefusal) -> Bool {
        switch keys {
        case .secrets(let secrets):
            // All are tried, so that the time says nothing about which one it was.
            secrets.reduce(false) { found, secret in secret.signed(text.signed, text.signature) || found }
        case .fixed(let keys): try keys.key(keyID, for: policy.algorithm).signed(text.signed, text.signature)
        case .held(let holder): try holder.keys.key(keyID, for: policy.algorithm).signed(text.signed, text.signature)
        }
    }
}
