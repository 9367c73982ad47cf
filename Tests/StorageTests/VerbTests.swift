import ArcadiaTesting
import Foundation
import SagaCore
import Storage
import Testing

/// Pauses, forks and orders for many runs, as they lie in the database.
@Suite struct VerbTests {
    private let folder = TemporaryFolder()
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let saga = Saga.test([.test("x"), .test("y")])

    private func database() throws -> SQLiteDatabase { try SQLiteDatabase(path: folder.path + "/arcadia.db") }

    private func store(_ host: String = "one") throws -> SQLRunStore {
        try SQLRunStore(database(), host: HostID(host), now: now)
    }

    private func desk(_ store: SQLRunStore) -> RunDesk {
        RunDesk(store, catalog: ListedOperations([.test("x"), .test("y")]))
    }

    @discardableResult
    private func run(in store: SQLRunStore, at moment: Timestamp? = nil, tenant: String? = nil) throws -> RunKey {
        var random = SystemRandomNumberGenerator()
        let saga = try #require(
            DefinitionCheck(
                #"{ "saga": "t", "steps": [{ "id": "a", "uses": "test.x" }, { "id": "b", "uses": "test.y" }] }"#,
                catalog: ListedOperations([.test("x"), .test("y")])
            ).saga)
        let new = NewRun(
            id: RunID(at: now, using: &random), saga: saga, inputs: [:], tenant: tenant, createdAt: moment ?? now)
        return try store.writeAndWait(.create(new, drivenByUs: true))
    }

    private func append(_ events: [RunEvent], to key: RunKey, in store: SQLRunStore) throws {
        let stored = try #require(try store.load(key))
        let saga = try #require(desk(store).view(key).saga)
        var machine = try RunMachine(replaying: stored, shape: saga.shape)
        var rows: [StoredEvent] = []
        for event in events {
            try machine.apply(event, at: now)
            rows.append(StoredEvent(sequence: machine.sequence, event: event, image: nil, at: now))
        }
        _ = try store.writeAndWait(.append(key, rows, machine.rowChange(saga: saga, at: now)))
    }

    private func pause(_ key: RunKey, in store: SQLRunStore) throws {
        try append([.paused(reason: "storm")], to: key, in: store)
        try store.setBlocked(key, reason: "paused: storm", unlessCancelled: true)
    }

    // MARK: - The migration

    @Test func `a database of the schema before keeps its runs and their wishes`() throws {
        let old = try database()
        let before = Array(Migration.runs.prefix { $0.name < "0014" })
        try old.write { connection in
            try connection.migrate(before, at: 0)
            try connection.executeScript(
                """
                INSERT INTO saga_definitions VALUES (1, 'h', '["core.echo"]');
                INSERT INTO saga_definition_steps VALUES (1, 1, 'a', 'core.echo');
                INSERT INTO saga_runs (run, run_id, saga, status, inputs, definition, abandon_request, host, created_at)
                    VALUES (1, '019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04', 't', 'running', '{}', 1, 'enough', 'one', 5);
                """)
        }
        let store = try store()
        let row = try #require(try store.row(RunKey(number: 1)))
        #expect(row.wishes == RunWishes(abandon: "enough") && row.paused == nil && row.forkOf == nil)
        #expect(try store.requests().map(\.wishes.abandon) == ["enough"])
    }

    // MARK: - Pause

    @Test func `of a pause and a resume the later wish counts, and both are heard`() throws {
        let store = try store()
        let key = try run(in: store)
        try store.requestPause(key, reason: "storm")
        #expect(try store.requests().map(\.wishes) == [RunWishes(pause: "storm")])
        try store.requestResume(key, reason: "calm")
        #expect(try store.requests().map(\.wishes) == [RunWishes(resume: "calm")])
        try store.requestPause(key, reason: "storm again")
        try store.requestSkip(key, RunWishes.Mark(stepID: "a", reason: "by phone"))
        let both = RunWishes(pause: "storm again", skip: RunWishes.Mark(stepID: "a", reason: "by phone"))
        #expect(try store.row(key)?.wishes == both)
        try store.forget([.pause, .skip], of: key)
        #expect(try store.requests().isEmpty)
    }

    @Test func `a paused run is nobody's to take, until somebody ends its pause`() throws {
        let store = try store()
        let (first, second) = (try run(in: store), try run(in: store))
        for key in [first, second] { try pause(key, in: store) }
        let other = try self.store("two")
        #expect(try other.row(first)?.paused == "storm")
        #expect(try other.openRuns(of: nil).isEmpty)
        #expect(try other.claimRuns(of: nil).isEmpty)
        #expect(try other.claimNewRuns().isEmpty)
        #expect(try other.driver(of: first) == nil)
        try desk(other).resume(first, reason: "calm")
        #expect(try other.row(first)?.blocked == nil)
        #expect(try other.claimNewRuns().map(\.key) == [first])
        try desk(other).cancel(second, reason: "enough")
        #expect(try other.claimRuns(of: nil).map(\.key) == [second])
    }

    @Test func `a resume that comes while the run is set aside is not lost`() throws {
        let store = try store()
        let key = try run(in: store)
        try append([.paused(reason: "storm")], to: key, in: store)
        try desk(store).resume(key, reason: "calm")
        try store.setBlocked(key, reason: "paused: storm", unlessCancelled: true)
        #expect(try store.row(key)?.blocked == nil)
        #expect(try self.store("two").claimNewRuns().map(\.key) == [key])
    }

    @Test func `a cancel that comes while the run is set aside is not lost, where it has a meaning`() throws {
        let store = try store()
        let (first, second) = (try run(in: store), try run(in: store))
        for key in [first, second] {
            try append([.paused(reason: "storm")], to: key, in: store)
            try desk(store).cancel(key, reason: "enough")
            try store.setBlocked(key, reason: "paused: storm", unlessCancelled: key == first)
        }
        #expect(try store.row(first)?.blocked == nil)
        #expect(try store.row(second)?.blocked == "paused: storm")
        #expect(try self.store("two").claimNewRuns().map(\.key) == [first])
    }

    @Test func `lists tell paused runs and older ones apart`() throws {
        let store = try store()
        let (old, new) = (try run(in: store), try run(in: store, at: now + 5000))
        try pause(new, in: store)
        #expect(try store.list(RunFilter(isPaused: true)).items.map(\.key) == [new])
        #expect(try store.list(RunFilter(isPaused: false)).items.map(\.key) == [old])
        #expect(try store.list(RunFilter(olderThan: now + 1)).items.map(\.key) == [old])
        let json = JSONValue.object(try #require(try store.row(new)).summary)
        #expect(json["paused"] == "storm" && RunRow(json: json)?.paused == "storm")
        let text = try #require(try? JSONValue(parsing: String(decoding: try store.listText(), as: UTF8.self)))
        #expect(text["runs"]?.arrayValue?.first == json)
    }

    // MARK: - Fork

    @Test func `a fork is made whole, is nobody's yet, and tells the ended run nothing`() throws {
        let store = try store()
        let key = try run(in: store, tenant: "sky")
        try append(
            [.stepCompleted(step: 0, attempt: 1, output: ["n": 1]), .stepCompleted(step: 1, attempt: 1, output: [:])],
            to: key, in: store)
        let old = try #require(try store.load(key))
        let seen = Monitor<[Change]>([])
        let forked = try desk(store).fork(
            key, fromStep: "b", by: "ada", at: now, witness: { change, _ in seen.withLock { $0.append(change) } })
        let new = try #require(try store.load(forked))
        #expect(new.row.status == .pending && new.row.forkOf == old.row.id && new.row.retryOf == nil)
        #expect(new.row.tenant == "sky" && new.row.submittedBy == "ada")
        let execution = RunEvent.Execution(run: old.row.id, inputs: nil, isKnown: true)
        #expect(
            new.events.map(\.event)
                == [.stepAdopted(step: 0, attempt: 1, output: ["n": 1], checkpoint: nil, execution: execution)])
        #expect(try store.load(key)?.events.count == old.events.count)
        #expect(seen.withLock { $0.map(\.target) } == [old.row.id.description])
        #expect(try desk(store).view(forked).json["steps"]?.arrayValue?.first?["known_from"] != .null)
    }

    @Test func `a fork of a run that went on meanwhile is refused, and nothing is made`() throws {
        let store = try store()
        let key = try run(in: store)
        try append([.stepCompleted(step: 0, attempt: 1, output: [:]), .abandoned(reason: "r")], to: key, in: store)
        let view = try desk(store).view(key)
        var random = SystemRandomNumberGenerator()
        let new = NewRun(
            id: RunID(at: now, using: &random), saga: try #require(view.saga), inputs: [:], forkOf: view.row.id,
            createdAt: now)
        #expect { _ = try store.fork(key, at: 1, into: new, knowing: []) } throws: {
            ($0 as? StoreError)?.code == "taken"
        }
        #expect(try store.find(new.id) == nil)
    }

    // MARK: - Many

    @Test func `an order goes past what is refused, and says of each run what became of it`() throws {
        let store = try store()
        let open = try run(in: store)
        let ended = try run(in: store)
        try append([.abandoned(reason: "r")], to: ended, in: store)
        let order = BulkOrder(.cancel, RunFilter(statuses: [.running, .failed]), reason: "storm")
        let preview = try desk(store).preview(order, at: now)
        #expect(preview.entries.map(\.row.key) == [ended, open])
        #expect(
            preview.entries.map(\.outcome) == [
                .refused(code: "run.ended", "run \(try #require(try store.row(ended)).id) has ended: failed"),
                .would("1 step would be taken back"),
            ])
        #expect(try store.row(open)?.cancelRequest == nil)
        let noted = Monitor<[RunKey]>([])
        let report = try desk(store).carryOut(order, expecting: 2, at: now) { key in noted.withLock { $0.append(key) } }
        #expect(report.json["done"] == 1 && report.json["refused"] == 1 && report.json["count"] == 2)
        #expect(noted.withLock { $0 } == [open])
        #expect(try store.row(open)?.cancelRequest == "storm")
    }

    @Test func `where others are found than were looked at, nothing is done`() throws {
        let store = try store()
        let key = try run(in: store)
        let order = BulkOrder(.pause, RunFilter(saga: "t"), reason: "storm")
        #expect(throws: BulkRefusal.count(expected: 2, found: 1)) {
            _ = try desk(store).carryOut(order, expecting: 2, at: now) { _ in }
        }
        #expect(try store.row(key)?.wishes.isEmpty == true)
        #expect(
            BulkRefusal.count(expected: 2, found: 1).message
                == "the filter finds 1 run now; expected 2, so nothing was done")
    }

    @Test func `without a status only runs are meant for which the verb has a meaning`() throws {
        let store = try store()
        let (open, paused, ended) = (try run(in: store), try run(in: store), try run(in: store))
        try pause(paused, in: store)
        try append([.abandoned(reason: "r")], to: ended, in: store)
        func found(_ verb: BulkVerb) throws -> [RunKey] {
            try desk(store).runs(of: BulkOrder(verb, RunFilter(), reason: "r")).map(\.key)
        }
        #expect(try found(.cancel) == [paused, open])
        #expect(try found(.abandon) == [paused, open])
        #expect(try found(.pause) == [open])
        #expect(try found(.resume) == [paused])
        #expect(try found(.retry) == [ended, open])
    }
}
