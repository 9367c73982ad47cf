public import SagaCore
public import Storage
internal import Synchronization

/// Everybody who follows events: fed by one look at the database for all of them, and told from time to time that the
/// connection lives.
public final class StreamHub: Sendable {
    /// A client that follows.
    final class Follower: Sendable {
        fileprivate let queue: EventQueue
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
            _ queue: EventQueue, endsAt: Timestamp?, signAt: Timestamp, watches: [Watch]
        ) {
            self.queue = queue
            self.endsAt = endsAt
            self.watches = watches
            state = Mutex(State(signAt: signAt))
        }

        func send(_ chunk: String) { queue.send(chunk) }
        func end() { queue.end() }
    }

    /// Things that are looked at again and again, told when they have changed.
    struct Watch: Sendable {
        let kind: String
        /// Followers of one audience see the same things of a kind: one look serves them all. Bytes, as tenants are
        /// compared: two spellings of one letter are two.
        let audience: [UInt8]
        /// By their ids.
        let look: @Sendable () throws -> [String: JSONValue]
    }

    public let feed: RunFeed
    private let clock: any RunClock
    private let followers = Monitor([ObjectIdentifier: Follower]())
    private let written = Mutex<(id: String, chunk: String)?>(nil)
    private static let mostWaiting = 2000
    /// Milliseconds between two signs of life.
    private static let signs: Int64 = 15_000

    public init(_ feed: RunFeed, clock: any RunClock) {
        self.feed = feed
        self.clock = clock
    }

    /// A change of a run as an event. All who follow hear of one change before the next: it is written once for all of them.
    func chunk(of change: RunChange) -> String {
        written.withLock { written in
            if let written, written.id == change.id { return written.chunk }
            let chunk = EventStream.event("run", .object(change.row.summary), id: change.id)
            written = (change.id, chunk)
            return chunk
        }
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
        let queue = EventQueue(most: Self.mostWaiting)
        let follower = Follower(
            queue, endsAt: seconds.map { now + $0 * 1000 }, signAt: now + Self.signs, watches: watches)
        follower.send(EventStream.opening)
        for watch in watches {
            let known = try watch.look().mapValues(\.text)
            follower.state.withLock { $0.known[watch.kind] = known }
        }
        let number = try feed.follow(after: id) { news in hear(follower, news) }
        follower.state.withLock { $0.number = number }
        let key = ObjectIdentifier(follower)
        followers.withLock { $0[key] = follower }
        queue.whenOver { [self] in
            followers.withLock { _ = $0.removeValue(forKey: key) }
            if let number = follower.state.withLock({ $0.number }) { feed.unfollow(number) }
        }
        return (follower, EventStream(queue: queue))
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

    /// What a watch saw: its things, and each as text.
    private typealias Sight = (things: [String: JSONValue], texts: [String: String])

    private func lookAtWatches(of all: [Follower]) throws {
        var sights: [[UInt8]: Sight] = [:]
        for follower in all {
            for watch in follower.watches {
                // Tenants and roles see different things under one word: only what their own audience sees counts.
                let place = Array(watch.kind.utf8) + [0] + watch.audience
                let sight = try sights[place] ?? see(watch)
                sights[place] = sight
                tell(sight, of: watch.kind, follower)
            }
        }
    }

    private func see(_ watch: Watch) throws -> Sight {
        let things = try watch.look()
        return (things, things.mapValues(\.text))
    }

    private func tell(_ sight: Sight, of kind: String, _ follower: Follower) {
        let changed = follower.state.withLock { state -> [String] in
            let known = state.known[kind]
            guard known != sight.texts else { return [] }
            state.known[kind] = sight.texts
            return sight.texts.keys.filter { known?[$0] != sight.texts[$0] }.sorted()
        }
        for id in changed { follower.send(EventStream.event(kind, sight.things[id] ?? .null)) }
    }

    /// The server stops: everybody's stream ends.
    public func endAll() { for follower in followers.withLock({ Array($0.values) }) { follower.end() } }
}
