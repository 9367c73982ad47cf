public import SagaCore

/// One-time codes for login links: 256 random bits, good for five minutes and for one use.
public final class LoginCodes: Sendable {
    private struct Entry {
        let identity: Identity
        let expiresAt: Timestamp
    }

    private let codes = Monitor(HashedWords<Entry>())
    private let lifetime: Int64
    private let most: Int

    /// - Parameters:
    ///   - lifetime: seconds.
    ///   - most: codes at a time; one more, and the oldest is forgotten.
    public init(lifetime: Int = 300, most: Int = 1000) {
        self.lifetime = Int64(lifetime) * 1000
        self.most = most
    }

    /// A new code for somebody. It is nowhere but in the answer.
    public func make(for identity: Identity, at now: Timestamp) -> String {
        codes.withLock { codes in
            codes.removeAll { $0.expiresAt <= now }
            if codes.count >= most { codes.removeFirst { $0.expiresAt < $1.expiresAt } }
            return codes.add(Entry(identity: identity, expiresAt: now + lifetime))
        }
    }

    /// Whose code this is; nil: nobody's, not any more, or the identity behind it has expired. It is used up by asking.
    public func redeem(_ code: String, at now: Timestamp) -> Identity? {
        codes.withLock { codes in
            guard let entry = codes[code] else { return nil }
            codes[code] = nil
            return entry.expiresAt > now && entry.identity.expiresAt > now ? entry.identity : nil
        }
    }
}
