import ArcadiaTesting
import Foundation
import SagaCore
import Storage
import Testing

/// The promises of `RunStore`, over SQLite: each test's name is one.
@Suite struct SQLRunStoreTests {
    private let folder = TemporaryFolder()
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let saga = Saga.test([.test("x"), .test("y")])

    private func store(_ host: String = "one") throws -> SQLRunStore {
        try SQLRunStore(SQLiteDatabase(path: folder.path + "/arcadia.db"), host: HostID(host), now: now)
    }

    private func newRun(key: String? = nil) -> NewRun {
        var random = SystemRandomNumberGenerator()
        return NewRun(
            id: RunID(at: now, using: &random), saga: saga, inputs: ["name": "web"], idempotencyKey: key, createdAt: now
        )
    }

    private func stored(_ sequence: Int, _ event: RunEvent, image: PluginImage? = nil) -> StoredEvent {
        StoredEvent(sequence: sequence, event: event, image: image, at: now)
    }

    @Test func `a run that was made is found again by another store on the file`() throws {
        let new = newRun()
        let key = try store().writeAndWait(.create(new, drivenByUs: true))
        let again = try #require(try store("two").load(key))
        #expect(again.row.id == new.id)
        #expect(again.row.status == .running)
        #expect(again.row.inputs == ["name": "web"])
        #expect(again.definition == saga.definition)
        #expect(try store("two").openRuns(of: HostID("one")).map(\.id) == [new.id])
    }

    @Test func `events come back as they were written, with the image that did the work`() throws {
        let store = try store()
        let key = try store.writeAndWait(.create(newRun(), drivenByUs: true))
        let image = PluginImage(plugin: "files", version: "1.0.0", hash: "abc")
        let events: [RunEvent] = [
            .stepCompleted(step: 0, attempt: 1, output: ["n": 1, "text": "ä\"\n"]),
            .stepFailed(
                step: 1, attempt: 1,
                error: StepError(code: "remote", message: "no", effect: .none, remoteStatus: 503, detail: ["a": 1]),
                then: .execute(attempt: 2, at: now + 1000)),
            .checkpointed(step: 1, checkpoint: ["id": 9]),
            .stepSuspended(step: 1, attempt: 2, wakeAt: now + 5, checkpoint: nil),
            .cancelRequested(reason: "why not", duringCall: false),
        ]
        for (index, event) in events.enumerated() {
            _ = try store.writeAndWait(.append(key, [stored(index + 1, event, image: image)], nil))
        }
        let loaded = try #require(try store.load(key))
        #expect(loaded.events.map(\.event) == events)
        #expect(loaded.events.map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(loaded.events.allSatisfy { $0.image == image && $0.at == now })
    }

    @Test func `the row changes together with the events, and only when told to`() throws {
        let store = try store()
        let key = try store.writeAndWait(.create(newRun(), drivenByUs: true))
        let completed = RunEvent.stepCompleted(step: 0, attempt: 1, output: [:])
        _ = try store.writeAndWait(.append(key, [stored(1, completed)], nil))
        #expect(try store.load(key)?.row.status == .running)
        let change = RowChange(status: .rolledBack, wakeAt: nil, error: ["message": "no"], finishedAt: now)
        _ = try store.writeAndWait(.append(key, [stored(2, .cancelRequested(reason: "", duringCall: false))], change))
        let row = try #require(try store.load(key)?.row)
        #expect(row.status == .rolledBack)
        #expect(row.error == ["message": "no"])
        #expect(row.finishedAt == now)
        #expect(try store.openRuns(of: HostID("one")).isEmpty)
    }

    @Test func `two writers of one event cannot both succeed`() throws {
        let first = try store("one")
        let second = try store("two")
        let key = try first.writeAndWait(.create(newRun(), drivenByUs: true))
        _ = try first.writeAndWait(.append(key, [stored(1, .stepCompleted(step: 0, attempt: 1, output: [:]))], nil))
        #expect(throws: StoreError.self) {
            _ = try second.writeAndWait(
                .append(key, [self.stored(1, .stepCompleted(step: 0, attempt: 1, output: [:]))], nil))
        }
        #expect(try second.load(key)?.events.count == 1)
    }

    @Test func `an idempotency key belongs to one run`() throws {
        let store = try store()
        let key = try store.writeAndWait(.create(newRun(key: "order-1"), drivenByUs: true))
        #expect { _ = try store.writeAndWait(.create(self.newRun(key: "order-1"), drivenByUs: true)) } throws: {
            error in
            (error as? StoreError)?.code == "duplicate_key"
        }
        #expect(try store.find(idempotencyKey: "order-1") == key)
    }

    @Test func `of two hosts that claim one run, one gets it`() throws {
        let key = try store("dead").writeAndWait(.create(newRun(), drivenByUs: true))
        #expect(try store("one").claimRun(key, of: HostID("dead")) == true)
        #expect(try store("two").claimRun(key, of: HostID("dead")) == false)
        #expect(try store("one").driver(of: key) == HostID("one"))
    }

    @Test func `many threads write at once and every write is there`() throws {
        let store = try store()
        let done = Monitor(0)
        for _ in 0..<8 {
            Thread.detachNewThread {
                for _ in 0..<50 {
                    let key = try! store.writeAndWait(.create(self.newRun(), drivenByUs: true))
                    for sequence in 1...3 {
                        let event = RunEvent.stepCompleted(
                            step: StepRef(sequence - 1), attempt: 1, output: ["n": .int(Int64(sequence))])
                        _ = try! store.writeAndWait(.append(key, [self.stored(sequence, event)], nil))
                    }
                }
                done.change { $0 += 1 }
            }
        }
        _ = done.wait(milliseconds: 60_000) { $0 == 8 ? true : nil }
        let runs = try store.list(limit: 1000).items
        #expect(runs.count == 400)
        for run in runs { #expect(try store.load(run.key)?.events.count == 3) }
    }

    @Test func `the ledger can be read with SQL alone`() throws {
        let store = try store()
        let new = newRun()
        let key = try store.writeAndWait(.create(new, drivenByUs: true))
        let failure = StepError(code: "remote", message: "it is closed", effect: .none)
        let events: [RunEvent] = [
            .stepCompleted(step: 0, attempt: 1, output: ["ip": "10.0.0.1"]),
            .stepFailed(step: 1, attempt: 1, error: failure, then: .execute(attempt: 2, at: now)),
            .stepFailed(step: 1, attempt: 2, error: failure, then: .compensate(thisToo: false)),
            .compensationCompleted(step: 0, attempt: 1, how: .called),
        ]
        _ = try store.writeAndWait(.append(key, events.enumerated().map { stored($0 + 1, $1) }, nil))
        let sql =
            "SELECT step_id, status, attempt, coalesce(output, '-'), coalesce(error, '-') FROM saga_step_results ORDER BY step_number"
        let said = Command.run("/usr/bin/sqlite3", [folder.path + "/arcadia.db", sql])
        #expect(said.output == "a|compensated|1|{\"ip\":\"10.0.0.1\"}|-\nb|failed|2|-|it is closed\n")
    }

    @Test func `a row that breaks the rules of a run is refused by the database itself`() throws {
        _ = try store().writeAndWait(.create(newRun(), drivenByUs: true))
        let path = folder.path + "/arcadia.db"
        for sql in [
            "UPDATE saga_runs SET status = 'done'", "UPDATE saga_runs SET status = 'completed'",
            "UPDATE saga_runs SET finished_at = 1",
            "INSERT INTO saga_journal VALUES (1, 1, 'step_begun', 1, 1, NULL, NULL, 0)",
        ] {
            #expect(Command.run("/usr/bin/sqlite3", [path, sql]).code != 0, "\(sql)")
        }
    }

    @Test func `a file that is no database is refused with its name`() throws {
        let path = folder.file("arcadia.db", String(repeating: "not a database ", count: 100))
        #expect { _ = try SQLiteDatabase(path: path) } throws: { error in
            (error as? StoreError)?.code == "damaged"
        }
    }
}
