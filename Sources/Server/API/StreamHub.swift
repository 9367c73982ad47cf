public import SagaCore
public import Storage
internal import Synchronization

/// Everybody who follows events: fed by one look at the database for all of them, and told from time to time that the
/// connection lives.
public final class StreamHub: Sendable {
    /// A client that follows.
    final class Follower: Sendable {
        fileprivate let continuation: AsyncStream<String>.Continuation
        fileprivate let endsAt: Timestamp?
        fileprivate let state: Mutex<State>
        /// What it wants to hear of besides runs, and may.
        fileprivate let watches: [Watch]

        fileprivate struct State {
            var number: Int?
            var signAt: Timestamp
            var known: [String: [String: String]] = [:]
        }

        fileprivate init(
            _ continuation: AsyncStream<String>.Continuation, endsAt: Timestamp?, signAt: Timestamp, watches: [Watch]
        ) {
            self.continuation = continuation
            self.endsAt = endsAt
            self.watches = watches
            state = Mutex(State(signAt: signAt))
        }

        func send(_ chunk: String) {
            // One that does not read is let go: its browser comes back and goes on after the last it had.
            if case .dropped = continuation.yield(chunk) { continuation.finish() }
        }

        func end() { continuation.finish() }
    }

    /// Things that are looked at again and again, told when they have changed.
    struct Watch: Sendable {
        let kind: String
        /// By their ids.
        let look: @Sendable () throws -> [String: JSONValue]
    }

    public let feed: RunFeed
    private let clock: any RunClock
    private let followers = Monitor([ObjectIdentifier: Follower]())
    private static let mostWaiting = 2000
    /// Milliseconds between two signs of life.
    private static let signs: Int64 = 15_000

    public init(_ feed: RunFeed, clock: any RunClock) {
        self.feed = feed
        self.clock = clock
    }

    public var count: Int { followers.withLock { $0.count } }

    /// Begins to follow.
    ///
    /// - Parameters:
    ///   - seconds: until the stream ends by itself; nil: it does not.
    ///   - hear: what happens to runs, made into chunks for this follower.
    func follow(
        after id: String?, seconds: Int64?, watches: [Watch] = [],
        _ hear: @escaping @Sendable (Follower, RunFeed.News) -> Void
    ) throws -> (Follower, EventStream) {
        let now = clock.now
        let (chunks, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
        let follower = Follower(
            continuation, endsAt: seconds.map { now + $0 * 1000 }, signAt: now + Self.signs, watches: watches)
        follower.send(EventStream.opening)
        for watch in watches {
            let known = try watch.look().mapValues(\.text)
            follower.state.withLock { $0.known[watch.kind] = known }
        }
        let number = try feed.follow(after: id) { news in hear(follower, news) }
        follower.state.withLock { $0.number = number }
        let key = ObjectIdentifier(follower)
        followers.withLock { $0[key] = follower }
        continuation.onTermination = { [self] _ in
            followers.withLock { _ = $0.removeValue(forKey: key) }
            if let number = follower.state.withLock({ $0.number }) { feed.unfollow(number) }
        }
        return (follower, EventStream(chunks: chunks))
    }

    /// Looks for news and tells it. Called a few times a second.
    ///
    /// - Parameter withWatches: also looks at what is not a run, which costs more.
    public func look(withWatches: Bool) throws {
        try feed.look()
        let now = clock.now
        let all = followers.withLock { Array($0.values) }
        if withWatches { try lookAtWatches(of: all) }
        for follower in all {
            if let end = follower.endsAt, end <= now { follower.end() }
            let isTime = follower.state.withLock { state in
                guard state.signAt <= now else { return false }
                state.signAt = now + Self.signs
                return true
            }
            if isTime { follower.send(EventStream.sign) }
        }
    }

    private func lookAtWatches(of all: [Follower]) throws {
        for follower in all {
            for watch in follower.watches {
                // Tenants and roles see different things under one word: only what was looked at for this one counts.
                let things = try watch.look()
                let texts = things.mapValues(\.text)
                let changed = follower.state.withLock { state -> [String] in
                    defer { state.known[watch.kind] = texts }
                    return texts.keys.filter { state.known[watch.kind]?[$0] != texts[$0] }.sorted()
                }
                for id in changed { follower.send(EventStream.event(watch.kind, things[id] ?? .null)) }
            }
        }
    }

    /// The server stops: everybody's stream ends.
    public func endAll() { for follower in followers.withLock({ Array($0.values) }) { follower.end() } }
}
