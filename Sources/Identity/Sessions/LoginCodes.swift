public import SagaCore

/// One-time codes for login links, good for five minutes and for one use: made here, or by the operator of this machine
/// with the server's key.
public final class LoginCodes: Sendable {
    private struct Entry {
        let identity: Identity
        let expiresAt: Timestamp
    }

    private let codes = Monitor(HashedWords<Entry>())
    /// Codes made with the key that were used, until they expire.
    private let used = Monitor<[String: Timestamp]>([:])
    private let key: LoginKey?
    private let lifetime: Int64
    private let most: Int
    /// How long whoever comes with a code made with the key stays, at most: 12 hours.
    private static let longestSession: Int64 = 12 * 3_600_000

    /// - Parameters:
    ///   - key: who has it makes codes, too; nil: nobody does.
    ///   - lifetime: seconds.
    ///   - most: codes at a time; one more, and the oldest is forgotten.
    public init(key: LoginKey? = nil, lifetime: Int = 300, most: Int = 1000) {
        self.key = key
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
        if let identity = redeemMadeWithKey(code, at: now) { return identity }
        return codes.withLock { codes in
            guard let entry = codes[code] else { return nil }
            codes[code] = nil
            return entry.expiresAt > now && entry.identity.expiresAt > now ? entry.identity : nil
        }
    }

    /// Who has the key has the data folder: the operator of this machine.
    private func redeemMadeWithKey(_ code: String, at now: Timestamp) -> Identity? {
        guard let (subject, expiresAt) = key?.read(code, at: now) else { return nil }
        let isNew = used.withLock { used in
            used = used.filter { $0.value > now }
            return used.updateValue(expiresAt, forKey: code) == nil
        }
        guard isNew else { return nil }
        return .operatorOfThisMachine(subject, until: now + Self.longestSession)
    }
}
