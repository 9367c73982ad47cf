import ArcadiaTesting
import Foundation
import SagaCore
import Storage
import Testing

/// What operators leave in the database, what lists and followers find there.
@Suite struct OperatorTests {
    private let folder = TemporaryFolder()
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let saga = Saga.test([.test("x"), .test("y")])

    private func database() throws -> SQLiteDatabase { try SQLiteDatabase(path: folder.path + "/arcadia.db") }

    private func store(_ host: String = "one") throws -> SQLRunStore {
        try SQLRunStore(database(), host: HostID(host), now: now)
    }

    @discardableResult
    private func run(
        in store: SQLRunStore, tenant: String? = nil, inputs: JSONValue = [:], at moment: Timestamp? = nil
    ) throws -> RunKey {
        var random = SystemRandomNumberGenerator()
        let new = NewRun(
            id: RunID(at: now, using: &random), saga: saga, inputs: inputs, tenant: tenant, createdAt: moment ?? now)
        return try store.writeAndWait(.create(new, drivenByUs: true))
    }

    private func append(
        _ event: RunEvent, _ sequence: Int, to key: RunKey, in store: SQLRunStore, ends: RunStatus? = nil
    )
        throws
    {
        let change = ends.map { RowChange(status: $0, wakeAt: nil, error: nil, finishedAt: now) }
        let stored = StoredEvent(sequence: sequence, event: event, image: nil, at: now)
        _ = try store.writeAndWait(.append(key, [stored], change))
    }

    @Test func `a run that somebody is on record for making is answered by its own number`() throws {
        let store = try SQLRunStore(
            database(), host: HostID("one"), now: now, migrations: Migration.runs + Migration.audit)
        var random = SystemRandomNumberGenerator()
        let log = AuditLog(try database())
        let entry = AuditEntry(at: now, actor: "ada", origin: .cli, action: .runSubmit, outcome: .done)
        // The log's numbers run ahead of the runs'.
        for _ in 1...3 { try log.record(entry) }
        let new = NewRun(id: RunID(at: now, using: &random), saga: saga, inputs: [:], createdAt: now)
        let key = try store.create(new, witness: AuditLog.witness(entry))
        #expect(try store.find(new.id) == key)
        #expect(try store.row(key)?.id == new.id)
    }

    // MARK: - The migration

    @Test func `a database of the schema before keeps its runs, its journal and its ledger`() throws {
        let old = try database()
        try old.write { connection in
            try connection.migrate([Migration.runs[0]], at: 0)
            try connection.executeScript(
                """
                INSERT INTO saga_definitions VALUES (1, 'h', '["core.echo"]');
                INSERT INTO saga_definition_steps VALUES (1, 1, 'a', 'core.echo');
                INSERT INTO saga_runs (run, run_id, saga, status, inputs, definition, retry_request, created_at)
                    VALUES (1, '019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04', 't', 'running', '{}', 1, 'again', 5);
                INSERT INTO saga_journal VALUES (1, 1, 'step_completed', 1, 1, '{"n":1}', NULL, 6);
                """)
        }
        let store = try store()
        let loaded = try #require(try store.load(RunKey(number: 1)))
        #expect(loaded.row.wishes == RunWishes(retry: "again"))
        #expect(loaded.events.map(\.event) == [.stepCompleted(step: 0, attempt: 1, output: ["n": 1])])
        try append(.abandoned(reason: "enough"), 2, to: RunKey(number: 1), in: store, ends: .failed)
        let ledger = try old.read {
            try $0.rows("SELECT step_id, status, output FROM saga_step_results") { row in
                [row.text(0), row.text(1), row.text(2)]
            }
        }
        #expect(ledger == [["a", "completed", #"{"n":1}"#]])
        try store.forget(.all, of: RunKey(number: 1))
        #expect(try store.load(RunKey(number: 1))?.row.wishes.isEmpty == true)
    }

    @Test func `every kind of event can be written, and none that is not one`() throws {
        let store = try store()
        let key = try run(in: store)
        let other = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04")!
        let events: [RunEvent] = [
            .stepAdopted(
                step: 0, attempt: 1, output: ["n": 1], checkpoint: nil, execution: .init(run: other, inputs: ["a": 1])),
            .retriedAs(run: other, adopted: 1, reason: "r"), .compensationMarked(step: 0, reason: "r"),
            .abandoned(reason: "r"), .signalled(name: "go"),
        ]
        for (index, event) in events.enumerated() { try append(event, index + 1, to: key, in: store) }
        #expect(try store.load(key)?.events.map(\.event) == events)
        #expect(throws: StoreError.self) {
            try database().write {
                try $0.run("INSERT INTO saga_journal VALUES (1, 9, 'step_begun', 1, 1, NULL, NULL, 0)")
            }
        }
    }

    // MARK: - Lists

    @Test func `pages do not move while runs are made, and each run is on one of them`() throws {
        let store = try store()
        var made: [Int64] = []
        for _ in 0..<7 { made.append(try run(in: store).number) }
        var seen: [Int64] = []
        var cursor: String?
        repeat {
            let page = try store.list(cursor: cursor, limit: 3)
            seen += page.items.map(\.key.number)
            cursor = page.next
            try run(in: store)
        } while cursor != nil
        #expect(seen == made.reversed())
        #expect(throws: StoreError.self) { _ = try store.list(cursor: "j3") }
    }

    @Test func `a list as text is the list, byte for byte`() throws {
        let store = try store()
        try run(
            in: store, tenant: "a \"tenant\"", inputs: ["city": "Riga\n\u{1}", "n": .number("1.50"), "none": .null])
        for _ in 0..<4 { try run(in: store) }
        try database().write {
            try $0.run(
                """
                UPDATE saga_runs SET error = '{"code":"x"}', blocked = 'b', cancel_request = 'c', wake_at = 5,
                    idempotency_key = 'k', retry_of = '019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04' WHERE run = 2
                """)
        }
        var cursor: String?
        repeat {
            let page = try store.list(cursor: cursor, limit: 2)
            let json: JSONValue = [
                "runs": .array(page.items.map { .object($0.summary) }),
                "next": page.next.map(JSONValue.string) ?? .null,
            ]
            #expect(String(decoding: try store.listText(cursor: cursor, limit: 2), as: UTF8.self) == json.text)
            cursor = page.next
        } while cursor != nil
        #expect(throws: StoreError.self) { _ = try store.listText(cursor: "j3") }
    }

    @Test func `a list is narrowed by tenant, time and text`() throws {
        let store = try store()
        let ours = try run(in: store, tenant: "sky", inputs: ["city": "Riga 100%"])
        try run(in: store, tenant: "other", inputs: ["city": "Riga"], at: now + 5000)
        #expect(try store.list(RunFilter(tenant: "sky")).items.map(\.key) == [ours])
        #expect(try store.list(RunFilter(since: now + 1)).items.count == 1)
        #expect(try store.list(RunFilter(text: "riga")).items.count == 2)
        #expect(try store.list(RunFilter(text: "0%")).items.map(\.key) == [ours])
        #expect(try store.list(RunFilter(text: "Tallinn")).items.isEmpty)
        #expect(try store.list(RunFilter(tenant: "sky")).items[0].summary["tenant"] == "sky")
    }

    @Test func `a journal comes in pages`() throws {
        let store = try store()
        let key = try run(in: store)
        for sequence in 1...5 {
            try append(.checkpointed(step: 0, checkpoint: .int(Int64(sequence))), sequence, to: key, in: store)
        }
        let first = try store.journal(of: key, limit: 3)
        #expect(first.items.map(\.sequence) == [1, 2, 3])
        let rest = try store.journal(of: key, cursor: first.next, limit: 3)
        #expect(rest.items.map(\.sequence) == [4, 5])
        #expect(rest.next == nil)
    }

    // MARK: - Signals

    @Test func `each signal is for one step, and asking again gives the same`() throws {
        let store = try store()
        let key = try run(in: store)
        let id = try #require(try store.load(key)?.row.id)
        #expect(try store.take("go", run: id, step: "s1", rule: SignalRule([:])) == nil)
        for number in 1...2 {
            let signal = Signal(name: "go", data: .int(Int64(number)), by: "ada", reason: "ok")
            try store.send(signal, to: key, at: now)
        }
        try store.send(Signal(name: "other", data: nil, by: "ada", reason: "ok"), to: key, at: now)
        #expect(try store.take("go", run: id, step: "s1", rule: SignalRule([:]))?.data == 1)
        #expect(try store.take("go", run: id, step: "s1", rule: SignalRule([:]))?.data == 1)
        #expect(try self.store("two").take("go", run: id, step: "s2", rule: SignalRule([:]))?.data == 2)
        #expect(try store.take("go", run: id, step: "s3", rule: SignalRule([:])) == nil)
        #expect(try store.requests().map(\.wishes.signal) == ["other"])
    }

    @Test func `a step takes only a signal that its rule lets pass, in whatever order they came`() throws {
        let store = try store()
        let key = try run(in: store)
        let id = try #require(try store.load(key)?.row.id)
        for (by, role) in [("eve", nil), ("bo", "viewer"), ("ann", "operator")] as [(String, String?)] {
            try store.send(Signal(name: "go", data: nil, by: by, role: role, reason: "ok"), to: key, at: now)
        }
        func taken(_ step: String, _ rule: JSONValue) throws -> String? {
            try store.take("go", run: id, step: step, rule: SignalRule(rule))?.by
        }
        #expect(try taken("a", ["from": ["cy"]]) == nil)
        #expect(try taken("a", ["schema": ["type": "object"]]) == nil)
        #expect(try taken("a", ["from": ["role:operator"]]) == "ann")
        // Nobody knows who started this run.
        #expect(try taken("b", ["four_eyes": true]) == nil)
        #expect(try taken("b", ["from": ["bo", "ann"]]) == "bo")
        #expect(try taken("c", [:]) == "eve")
        #expect(try taken("a", ["from": ["role:operator"]]) == "ann")
    }

    // MARK: - Definitions

    @Test func `a version of a definition is stored once and never changes`() throws {
        func saga(_ version: String?, _ hash: String) -> Saga {
            Saga(name: "trip", version: version, definition: hash, definitionHash: hash, inputs: .anything, steps: [])
        }
        let shelf = try store().definitions
        #expect(try shelf.put(saga("1", "a"), by: "ada", at: now).isNew)
        #expect(try shelf.put(saga("1", "a"), by: "bob", at: now).entry.summary["stored_by"] == "ada")
        #expect { try shelf.put(saga("1", "b"), by: "ada", at: now) } throws: {
            ($0 as? DefinitionRefusal)?.hint == "a version never changes: raise `version` to one after \"1\""
        }
        #expect(try shelf.put(saga("2", "b"), by: "ada", at: now).isNew)
        #expect(try shelf.put(saga("1", "c"), by: "eve", tenant: "sky", at: now).isNew)
        #expect(try shelf.find("trip")?.version == "2")
        #expect(try shelf.find("trip", tenant: "sky")?.hash == "c")
        #expect(try shelf.versions(of: "trip").map(\.version) == ["2", "1"])
        #expect(try shelf.newest().map(\.hash) == ["b"])
    }

    // MARK: - The feed

    private final class Heard: Sendable {
        let news = Monitor<[RunFeed.News]>([])
        var hear: RunFeed.Hearer { { [news] item in news.withLock { $0.append(item) } } }

        func take() -> [RunFeed.News] {
            news.withLock { news in
                defer { news = [] }
                return news
            }
        }

        func changes() -> [RunChange] {
            take().compactMap { if case .changed(let change) = $0 { change } else { nil } }
        }
    }

    @Test func `a follower hears of runs of this process and of others, once, and of the end`() throws {
        let database = try database()
        let ours = try SQLRunStore(database, host: HostID("one"), now: now)
        let theirs = try store("two")
        let before = try run(in: theirs)
        let feed = RunFeed(database, name: "f")
        let heard = Heard()
        _ = try feed.follow(heard.hear)
        try feed.look()
        #expect(heard.take().isEmpty)

        try append(.stepCompleted(step: 0, attempt: 1, output: [:]), 1, to: before, in: theirs)
        let made = try run(in: ours)
        try feed.look()
        let first = heard.changes()
        #expect(first.map(\.row.key) == [before, made])
        #expect(first.map { $0.events.count } == [1, 0])
        try feed.look()
        #expect(heard.take().isEmpty)

        // Began and ended between two looks.
        let quick = try run(in: theirs)
        try append(.stepCompleted(step: 0, attempt: 1, output: [:]), 1, to: quick, in: theirs)
        try append(.stepCompleted(step: 1, attempt: 1, output: [:]), 2, to: quick, in: theirs, ends: .completed)
        try append(.stepCompleted(step: 1, attempt: 1, output: [:]), 2, to: before, in: theirs, ends: .completed)
        try feed.look()
        let second = heard.changes()
        #expect(second.map(\.row.status) == [.completed, .completed])
        #expect(second.map { $0.events.map(\.sequence) } == [[2], [1, 2]])
    }

    @Test func `what happens to a run after its end is heard too`() throws {
        let database = try database()
        let store = try SQLRunStore(database, host: HostID("one"), now: now)
        let key = try run(in: store)
        try append(.abandoned(reason: "enough"), 1, to: key, in: store, ends: .failed)
        let feed = RunFeed(database, name: "f")
        let heard = Heard()
        _ = try feed.follow(heard.hear)
        let event = StoredEvent(
            sequence: 2, event: .compensationMarked(step: 0, reason: "by hand"), image: nil, at: now + 5)
        let change = RowChange(status: .rolledBack, wakeAt: nil, error: nil, finishedAt: now + 5)
        try store.append(toEnded: key, event, change)
        try feed.look()
        let changes = heard.changes()
        #expect(changes.map(\.row.status) == [.rolledBack])
        #expect(changes[0].events.map(\.sequence) == [2])
        #expect(throws: StoreError.self) { try store.append(toEnded: key, event, change) }
    }

    @Test func `who comes back hears what it missed, or that it missed too much`() throws {
        let database = try database()
        let store = try SQLRunStore(database, host: HostID("one"), now: now)
        let feed = RunFeed(database, name: "f", keep: 3)
        let first = Heard()
        _ = try feed.follow(first.hear)
        for _ in 0..<2 { try run(in: store) }
        try feed.look()
        let ids = first.changes().map(\.id)
        #expect(ids == ["f.1", "f.2"])
        let second = Heard()
        let follower = try feed.follow(after: ids[0], second.hear)
        #expect(second.changes().map(\.id) == ["f.2"])
        feed.unfollow(follower)

        for _ in 0..<4 { try run(in: store) }
        try feed.look()
        guard case .reset? = first.take().first else {
            Issue.record("expected a reset")
            return
        }
        for id in [ids[0], "another.2", "nonsense"] {
            let late = Heard()
            _ = try feed.follow(after: id, late.hear)
            guard case .reset? = late.take().first else {
                Issue.record("expected a reset after \(id)")
                return
            }
        }
    }
}
