import ArcadiaTesting
import SagaCore
import Storage
import Testing

/// What tells runs apart and what they wait for, as it lies in the database.
@Suite struct RunWaitTests {
    private let folder = TemporaryFolder()
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private static let definition = """
        { "saga": "t", "inputs": { "properties": {
            "name": { "type": "string" }, "size": { "type": "string", "default": "s" },
            "token": { "type": "string", "writeOnly": true } } },
          "steps": [{ "id": "go", "signal": { "name": "go" } }, { "id": "b", "uses": "test.x" }] }
        """
    private let catalog = ListedOperations([.test("x"), Operation(name: SignalOperations.waitSignal)])

    private func database() throws -> SQLiteDatabase { try SQLiteDatabase(path: folder.path + "/arcadia.db") }

    /// A run, and what happened in it.
    private func run(_ inputs: JSONValue, _ events: [RunEvent], in store: SQLRunStore) throws -> RunKey {
        var random = SystemRandomNumberGenerator()
        let saga = try #require(DefinitionCheck(Self.definition, catalog: catalog).saga)
        let new = NewRun(
            id: RunID(at: now, using: &random), saga: saga, inputs: inputs, submittedBy: "ann", createdAt: now)
        let key = try store.writeAndWait(.create(new, drivenByUs: true))
        var machine = RunMachine(saga.shape, at: now)
        for event in events {
            try machine.apply(event, at: now)
            let row = StoredEvent(sequence: machine.sequence, event: event, image: nil, at: now)
            _ = try store.writeAndWait(.append(key, [row], machine.rowChange(saga: saga, at: now)))
        }
        return key
    }

    private var asleep: RunEvent {
        .stepSuspended(
            step: 0, attempt: 1, wakeAt: now + 60_000, checkpoint: ["until": .int((now + 3_600_000).milliseconds)])
    }

    @Test func `a row says what tells the run apart, who started it and what it waits for, until it does not`() throws {
        let store = try SQLRunStore(database(), host: HostID("one"), now: now)
        let key = try run(["name": "web-1", "size": "s", "token": "x"], [asleep], in: store)
        let row = try #require(try store.row(key))
        #expect(row.label == "name=web-1" && row.submittedBy == "ann")
        #expect(row.waits?.words(at: now) == "waits for a signal at go, until 23:13 UTC")
        let page = try store.list()
        #expect(page.items.map(\.summary) == [row.summary])
        #expect(
            try JSONValue(parsing: String(decoding: store.listText(), as: UTF8.self))["runs"] == [.object(row.summary)])
        let other = try run([:], [asleep, .signalled(name: "go")], in: store)
        #expect(try store.row(other)?.waits == nil)
        #expect(try store.row(other)?.summary["label"] == "")
    }

    @Test func `a step left out by hand is skipped in the ledger, too, when the run was taken back`() throws {
        let store = try SQLRunStore(database(), host: HostID("one"), now: now)
        let key = try run(
            [:],
            [
                asleep, .stepSkipped(step: 0, reason: "by phone"), .cancelRequested(reason: "r", duringCall: false),
                .compensationCompleted(step: 0, attempt: 1, how: .nothingToDo),
            ], in: store)
        let id = try #require(try store.row(key)).id
        let ledger = try database().read { connection in
            try connection.rows(
                "SELECT step_id, status FROM saga_step_results WHERE run_id = ? ORDER BY step_number",
                [.text(id.description)]
            ) { "\($0.text(0) ?? ""): \($0.text(1) ?? "")" }
        }
        #expect(ledger == ["go: skipped"])
    }

    @Test func `runs of the schema before are listed without a label`() throws {
        let old = try database()
        try old.write { connection in
            try connection.migrate(Array(Migration.runs.prefix { $0.name < "0015" }), at: 0)
            try connection.executeScript(
                """
                INSERT INTO saga_definitions (definition, hash, text) VALUES (1, 'h', '["test.x"]');
                INSERT INTO saga_runs (run_id, saga, status, inputs, definition, created_at)
                VALUES ('019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04', 't', 'running', '{"name":"a"}', 1, 5);
                """)
        }
        let store = try SQLRunStore(database(), host: HostID("one"), now: now)
        let row = try #require(try store.list().items.first)
        #expect(row.label == "" && row.waits == nil)
        #expect(
            try JSONValue(parsing: String(decoding: store.listText(), as: UTF8.self))["runs"] == [.object(row.summary)])
    }
}
