import ArcadiaTesting
import SagaCore
import Storage
import Testing

@testable import Server

@Suite struct StreamHubTests {
    private let folder = TemporaryFolder()
    private let database: SQLiteDatabase
    private let hub: StreamHub
    /// How often each audience's things were looked at, and what they are.
    private let looks = Monitor([String: Int]())
    private let state = Monitor("open")

    init() throws {
        database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        _ = try SQLRunStore(database, host: HostID("test"), now: AccountServer.start)
        hub = StreamHub(RunFeed(database, name: "f"), clock: HandClock(AccountServer.start))
    }

    private func follow(as audience: String) throws -> EventStream {
        let watch = StreamHub.Watch(kind: "drift", audience: Array(audience.utf8)) { [looks, state] in
            looks.withLock { $0[audience, default: 0] += 1 }
            return ["1": .string("\(audience) \(state.withLock { $0 })")]
        }
        return try hub.follow(after: nil, seconds: nil, watches: [watch]) { _, _ in }.1
    }

    private func text(_ stream: EventStream) async throws -> String {
        var text = ""
        try await stream.queue.forEach { text += $0 }
        return text
    }

    @Test func `one look serves all of an audience, and nobody else`() async throws {
        let streams = try ["acme", "umbra", "acme"].map(follow)
        looks.withLock { $0.removeAll() }
        state.withLock { $0 = "accepted" }
        try hub.look(withWatches: true)
        #expect(looks.withLock { $0 } == ["acme": 1, "umbra": 1])
        hub.endAll()
        let texts = try [await text(streams[0]), await text(streams[1]), await text(streams[2])]
        func event(_ audience: String) -> String {
            EventStream.opening + EventStream.event("drift", .string("\(audience) accepted"))
        }
        #expect(texts == ["acme", "umbra", "acme"].map(event))
    }

    @Test func `two spellings of a letter are two audiences`() throws {
        let spellings = ["caf\u{E9}", "cafe\u{301}"]
        let count = Monitor(0)
        var streams: [EventStream] = []
        for spelling in spellings {
            let watch = StreamHub.Watch(kind: "plugin", audience: Array(spelling.utf8)) {
                count.withLock { $0 += 1 }
                return [:]
            }
            streams.append(try hub.follow(after: nil, seconds: nil, watches: [watch]) { _, _ in }.1)
        }
        count.withLock { $0 = 0 }
        try hub.look(withWatches: true)
        #expect(count.withLock { $0 } == streams.count)
    }
}
