import ArcadiaTesting
import Foundation
import SagaCore
import Storage
import Testing

@Suite struct AuditTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path + "/arcadia.db" }

    private func open() throws -> SQLiteDatabase {
        let database = try SQLiteDatabase(path: path)
        try database.write { try $0.migrate(Migration.runs + Migration.audit, at: 0) }
        return database
    }

    private func entry(_ number: Int64) -> AuditEntry {
        var entry = AuditEntry(
            at: Timestamp(milliseconds: 1_800_000_000_000 + number), actor: "ada", origin: .api("192.0.2.7"),
            action: .runCancel, outcome: .done)
        (entry.role, entry.tenant, entry.requestID, entry.reason) = ("operator", "acme", "q-\(number)", "wrong region")
        entry.note(Change(target: "run \(number)", before: ["status": "running"], after: ["status": "compensating"]))
        return entry
    }

    /// A log of `count` events, closed; and its head.
    private func write(_ count: Int64) throws -> String {
        let database = try open()
        let log = AuditLog(database)
        for number in 1...count { try log.record(entry(number)) }
        let head = try #require(try log.verify().head)
        database.close()
        return head
    }

    /// What somebody with the file and the sqlite3 program can do.
    private func tamper(_ sql: String) {
        let drop =
            "DROP TRIGGER audit_events_never_change; DROP TRIGGER audit_events_are_never_removed; DROP TRIGGER audit_head_is_never_removed;"
        let result = Command.run("/usr/bin/env", ["sqlite3", "-bail", path, drop + sql])
        #expect(result.code == 0, "\(sql): \(result.errors)")
    }

    private func damage(knownHead: String? = nil) throws -> AuditReport.Damage? {
        let database = try open()
        defer { database.close() }
        return try AuditLog(database).verify(knownHead: knownHead).damage
    }

    @Test func `what was written is whole, empty or not, and a head that was kept is found again`() throws {
        let database = try open()
        let log = AuditLog(database)
        #expect(try log.verify() == AuditReport(events: 0, head: nil, damage: nil, sinceKnownHead: nil))
        for number in 1...5 { try log.record(entry(Int64(number))) }
        let five = try log.verify()
        #expect(five.events == 5 && five.damage == nil && five.head?.utf8.count == 64)
        for number in 6...9 { try log.record(entry(Int64(number))) }
        #expect(try log.verify(knownHead: five.head).sinceKnownHead == 4)
    }

    @Test(arguments: [
        ("at", "at + 1"), ("actor", "'bob'"), ("actor", "'ada '"), ("actor", "'Ada'"), ("role", "'viewer'"),
        ("role", "NULL"), ("role", "''"), ("tenant", "'other'"), ("tenant", "NULL"), ("origin", "'page'"),
        ("address", "'192.0.2.8'"), ("address", "NULL"), ("action", "'run.retry'"), ("target", "'run 9'"),
        ("target", "NULL"), ("request_id", "'q'"), ("request_id", "NULL"), ("outcome", "'denied'"),
        ("reason", "'as planned'"), ("reason", "reason || char(0)"), ("reason", "CAST(x'77ff' AS TEXT)"),
        ("before_hash", "after_hash"), ("before_hash", "NULL"), ("after_hash", "before_hash"),
        ("hash", "'0' || substr(hash, 2) || '0'"), ("hash", "upper(hash)"),
        // Moves text from one column to its neighbour.
        ("(actor, role)", "(actor || role, '')"), ("(target, request_id)", "(target || request_id, NULL)"),
    ])
    func `a change to any column of any row names the row`(column: String, value: String) throws {
        for row: Int64 in [1, 3, 4] {
            let own = AuditTests()
            _ = try own.write(4)
            own.tamper("UPDATE audit_events SET \(column) = \(value) WHERE event = \(row)")
            #expect(try own.damage() == .changed(row), "\(column) of row \(row)")
        }
    }

    @Test(
        arguments: [
            ("DELETE FROM audit_events WHERE event = 3", .missing(from: 3, through: 3)),
            ("DELETE FROM audit_events WHERE event IN (1, 2)", .missing(from: 1, through: 2)),
            ("DELETE FROM audit_events WHERE event >= 5", .missing(from: 5, through: 6)),
            ("DELETE FROM audit_events", .missing(from: 1, through: 6)),
            // The hole is closed by moving up what follows.
            (
                "DELETE FROM audit_events WHERE event = 3; UPDATE audit_events SET event = event - 1 WHERE event > 3;",
                .changed(3)
            ),
            // Two rows change places.
            (
                "UPDATE audit_events SET event = -1 WHERE event = 2; UPDATE audit_events SET event = 2 WHERE event = 5; UPDATE audit_events SET event = 5 WHERE event = -1;",
                .changed(2)
            ),
            // A copy of the last row behind it.
            ("INSERT INTO audit_events SELECT 7, \(columns) FROM audit_events WHERE event = 6", .changed(7)),
            ("INSERT INTO audit_events SELECT 0, \(columns) FROM audit_events WHERE event = 6", .changed(0)),
            ("UPDATE audit_head SET hash = 'x'", .head),
            ("UPDATE audit_head SET event = 9", .missing(from: 7, through: 9)),
            ("UPDATE audit_head SET event = 4", .added(5)),
            ("DELETE FROM audit_head", .head),
        ] as [(String, AuditReport.Damage)])
    func `rows taken out, put in or moved are found`(sql: String, expected: AuditReport.Damage) throws {
        _ = try write(6)
        tamper(sql)
        #expect(try damage() == expected)
    }

    private static let columns =
        "at, actor, role, tenant, origin, address, action, target, request_id, outcome, reason, before_hash, after_hash, hash"

    @Test func `a tail cut off together with its head is found by the head that was kept`() throws {
        let head = try write(6)
        tamper(
            "DELETE FROM audit_events WHERE event > 4; UPDATE audit_head SET (event, hash) = (SELECT event, hash FROM audit_events WHERE event = 4);"
        )
        #expect(try damage() == nil)
        #expect(try damage(knownHead: head) == .headUnknown(head))
    }

    @Test func `the table refuses to be changed, and nothing can be removed from it`() throws {
        _ = try write(2)
        for (sql, said) in [
            ("UPDATE audit_events SET actor = 'bob'", "audit_events_never_change"),
            ("DELETE FROM audit_events WHERE event = 2", "audit_events_are_never_removed"),
            ("DELETE FROM audit_head", "audit_head_is_never_removed"),
        ] {
            let result = Command.run("/usr/bin/env", ["sqlite3", "-bail", path, sql])
            #expect(result.code != 0 && result.errors.contains(said), "\(sql)")
        }
        #expect(try damage() == nil)
    }

    @Test func `a change and its entry happen together or not at all`() throws {
        let database = try open()
        let log = AuditLog(database)
        try database.write { try $0.executeScript("CREATE TABLE things (name TEXT)") }
        struct Stop: Error {}
        for fails in [true, false] {
            try? database.write { connection in
                try connection.transaction {
                    try connection.run("INSERT INTO things VALUES ('x')")
                    try AuditLog.append(entry(1), on: connection)
                    if fails { throw Stop() }
                }
            }
        }
        #expect(try database.read { try $0.first("SELECT count(*) FROM things") { $0.int(0) } } == 1)
        #expect(try log.list(in: .operatorOfThisMachine).map(\.event) == [1])
        #expect(try log.verify().damage == nil)
    }

    @Test func `what cannot be written down does not happen`() throws {
        let database = try open()
        let store = try SQLRunStore(
            database, host: HostID("h"), now: Timestamp(milliseconds: 0), migrations: Migration.runs + Migration.audit)
        let image = PluginImage(plugin: "mail", version: "1.0.0", hash: "abc")
        try store.record(
            PluginCrash(
                image: image, operation: "mail.send", run: nil, cause: "SIGSEGV", licence: 1,
                at: Timestamp(milliseconds: 0)))
        struct DiskFull: Error {}
        #expect(throws: StoreError.self) { try store.forgetCrashes(of: image) { _, _ in throw DiskFull() } }
        #expect(try store.crashes().count == 1)
        #expect(try store.forgetCrashes(of: image, witness: AuditLog.witness(entry(1))) == 1)
        let event = try #require(try AuditLog(database).list(in: .operatorOfThisMachine).first)
        #expect(event.target == "mail" && event.afterHash == nil)
        #expect(
            event.beforeHash
                == ContentHash.hex(of: #"{"plugin":"mail","version":"1.0.0","hash":"abc","crashes":1}"#))
        // Nothing changed, so there is nothing to write down.
        #expect(try store.forgetCrashes(of: image, witness: AuditLog.witness(entry(2))) == 0)
        #expect(try AuditLog(database).list(in: .operatorOfThisMachine).count == 1)
    }

    @Test func `the log is listed by who, what, whose and page by page`() throws {
        let log = AuditLog(try open())
        for number in 1...6 {
            var entry = entry(Int64(number))
            if number % 2 == 0 { (entry.action, entry.actor, entry.outcome) = (.driftAccept, "bob", .denied) }
            if number == 5 { entry.tenant = nil }
            try log.record(entry)
        }
        func events(_ set: (inout AuditFilter) -> Void) throws -> [Int64] {
            var filter = AuditFilter()
            set(&filter)
            return try log.list(filter, in: .operatorOfThisMachine).map(\.event)
        }
        #expect(try events { $0.actor = "bob" } == [6, 4, 2])
        #expect(try events { $0.action = "run" } == [5, 3, 1])
        #expect(try events { $0.action = "run.retry" } == [])
        #expect(try events { $0.action = "ru" } == [])
        #expect(try events { $0.outcome = .denied } == [6, 4, 2])
        #expect(try events { ($0.tenant, $0.limit) = ("acme", 2) } == [6, 4])
        #expect(try events { ($0.tenant, $0.limit, $0.before) = ("acme", 2, 4) } == [3, 2])
        #expect(try events { $0.target = "run 3" } == [3])
        func seen(by tenant: String, _ filter: AuditFilter = AuditFilter()) throws -> [Int64] {
            try log.list(filter, in: Scope(.tenant(tenant))).map(\.event)
        }
        #expect(try seen(by: "acme") == [6, 4, 3, 2, 1] && seen(by: "umbra").isEmpty)
        var others = AuditFilter()
        others.tenant = "umbra"
        #expect(try seen(by: "acme", others).isEmpty)
    }

    @Test(
        arguments: [
            (.changed(7), "event 7 of the audit log is not what was written"),
            (.missing(from: 3, through: 3), "event 3 of the audit log is missing"),
            (.missing(from: 3, through: 5), "events 3 to 5 of the audit log are missing"),
            (.added(8), "event 8 of the audit log was put in by something else than arcadia"),
            (.head, "the head of the audit log is not that of its last event"),
            (
                .headUnknown("5b1f00112233445566778899"),
                "no event of the audit log has the hash 5b1f001122334455…: the log was cut off before it, or written anew"
            ),
        ] as [(AuditReport.Damage, String)])
    func `damage is named`(damage: AuditReport.Damage, words: String) { #expect(damage.message == words) }
}
