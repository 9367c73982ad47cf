public import SagaCore

/// Sessions of browsers, in memory: a restart ends them all. An id is 256 random bits, remembered by its hash only.
public final class Sessions: Sendable {
    private struct Entry {
        let identity: Identity
        let startedAt: Timestamp
        let endsAt: Timestamp
        var seenAt: Timestamp
    }

    private let sessions = Monitor(HashedWords<Entry>())
    private let idle: Int64
    private let longest: Int64
    private let most: Int

    /// - Parameters:
    ///   - idle: seconds without a request that end a session.
    ///   - longest: seconds that a session lasts, used or not.
    ///   - most: sessions at a time; one more, and the one that was idle longest ends.
    public init(idle: Int = 1800, longest: Int = 43_200, most: Int = 10_000) {
        self.idle = Int64(idle) * 1000
        self.longest = Int64(longest) * 1000
        self.most = most
    }

    /// Starts a session, and answers its id, for a cookie. It ends with its identity, if not before.
    public func start(_ identity: Identity, at now: Timestamp) -> String {
        sessions.withLock { sessions in
            sessions.removeAll { !isGood($0, at: now) }
            if sessions.count >= most { sessions.removeFirst { $0.seenAt < $1.seenAt } }
            let endsAt = min(now + longest, identity.expiresAt)
            return sessions.add(Entry(identity: identity, startedAt: now, endsAt: endsAt, seenAt: now))
        }
    }

    /// The session with this id, which is then in use; nil: there is none, or it has ended.
    public func find(_ id: String, at now: Timestamp) -> Session? {
        sessions.withLock { sessions in
            guard var entry = sessions[id] else { return nil }
            guard isGood(entry, at: now) else {
                sessions[id] = nil
                return nil
            }
            entry.seenAt = max(entry.seenAt, now)
            sessions[id] = entry
            return Session(id: id, identity: entry.identity, startedAt: entry.startedAt, endsAt: entry.endsAt)
        }
    }

    /// Ends a session.
    public func end(_ id: String) { sessions.withLock { $0[id] = nil } }

    /// Ends all sessions of somebody.
    public func endAll(of subject: String) {
        sessions.withLock { $0.removeAll { $0.identity.subject.utf8.elementsEqual(subject.utf8) } }
    }

    private func isGood(_ entry: Entry, at now: Timestamp) -> Bool {
        now < entry.endsAt && now - entry.seenAt < idle
    }
}
