import Identity
import SagaCore
import Storage
import Testing

@testable import Server

@Suite struct AuditAPITests {
    private let server: ScheduleServer

    init() throws { server = try ScheduleServer() }

    /// Six: acme's are the odd ones, umbra's 2 and 6, nobody's 4.
    private func write() throws {
        for number in 1...6 {
            var entry = AuditEntry(
                at: ScheduleServer.start, actor: number > 3 ? "bob" : "ada", origin: .cli,
                action: number == 2 ? .driftAccept : .runCancel, outcome: number == 5 ? .failed : .done)
            entry.tenant = number % 2 == 1 ? "acme" : number == 4 ? nil : "umbra"
            entry.note(Change(target: "run \(number)", before: nil, after: ["number": .int(Int64(number))]))
            try AuditLog(server.database).record(entry)
        }
    }

    private func events(_ query: String, as asker: ScheduleServer.Asker = .admin) throws -> [Int64] {
        let answer = try server.get("/audit" + query, as: asker)
        #expect(answer.status == 200, "\(answer.json.text)")
        return (answer.json["events"]?.arrayValue ?? []).compactMap { $0["event"]?.intValue }
    }

    @Test func `the log is listed as the command line prints it, and by who, what, whose`() throws {
        try write()
        #expect(try server.get("/audit").json["events"] == .array(try server.audit().map(\.json)))
        #expect(try events("?actor=bob") == [6, 5, 4])
        #expect(try events("?action=run") == [6, 5, 4, 3, 1] && events("?action=drift.accept") == [2])
        #expect(try events("?target=run+3") == [3] && events("?outcome=failed") == [5])
        #expect(try events("?tenant=umbra") == [6, 2])
        #expect(try server.get("/audit?outcome=refused").status == 400)
    }

    @Test func `page by page it is whole, though something is added meanwhile`() throws {
        try write()
        let first = try server.get("/audit?limit=4").json
        try AuditLog(server.database).record(
            AuditEntry(at: ScheduleServer.start, actor: "eve", origin: .cli, action: .runRetry, outcome: .done))
        let next = try #require(first["next"]?.stringValue)
        #expect(try events("?limit=4&cursor=\(next)") == [2, 1])
        #expect(try server.get("/audit?limit=2&cursor=\(next)").json["next"] == .null)
        for cursor in ["4", "before.0", "before.x", "at.2"] {
            let off = try server.get("/audit?cursor=\(cursor)")
            #expect(off.status == 400 && off.code == "request.cursor", "\(cursor)")
        }
    }

    @Test func `a tenant's admin sees what its own did, whatever is asked for`() throws {
        try write()
        let acme = ScheduleServer.Asker(role: .tenantAdmin, tenant: "acme")
        #expect(try events("", as: acme) == [5, 3, 1] && events("?actor=bob", as: acme) == [5])
        #expect(try events("?tenant=umbra", as: acme).isEmpty)
        let page = try server.get("/audit?limit=2", as: acme).json
        let next = try #require(page["next"]?.stringValue)
        #expect(try events("?cursor=\(next)", as: acme) == [1])
        // A tenant in the token narrows the platform's admin, too.
        #expect(try events("", as: .init(role: .platformAdmin, tenant: "umbra")) == [6, 2])
    }

    @Test func `the log is not for viewers and operators, and having asked for it is not written down`() throws {
        for role in [Role.viewer, .operator] {
            #expect(try server.get("/audit", as: .init(role: role)).status == 403)
        }
        #expect(try server.audit().isEmpty)
    }

    @Test func `what is denied names what it was about in the words it is written in where it is let`() throws {
        let viewer = ScheduleServer.Asker(role: .viewer)
        _ = try server.post("/drift/17/accept", as: viewer)
        _ = try server.post("/plugins/mail/release", as: viewer)
        _ = try server.post("/runs/019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04/cancel", as: viewer)
        #expect(try server.audit().map(\.action) == ["run.cancel", "plugin.release", "drift.accept"])
        #expect(
            try server.audit().map(\.target) == ["019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04", "mail", "drift 17"])
        #expect(try server.audit().allSatisfy { $0.outcome == "denied" && $0.reason == nil })
    }

    @Test func `each request that changes something has a word in the log`() {
        let writes = ScheduleServer.document.operations.filter { !$0.method.isSafe && $0.permission != nil }
        let changing = Set(writes.map(\.id)).subtracting(["checkDefinition", "planDefinition"])
        #expect(changing == Set(AuditAction.ofOperation.keys))
    }

    @Test func `a denial that cannot be written down is not told as one`() throws {
        // No page is added to the file any more, as on a full disk.
        try server.database.write { try $0.run("PRAGMA max_page_count = 1") }
        var answers: [ScheduleServer.Answer] = []
        while answers.count < 1000, answers.last?.status ?? 403 == 403 {
            answers.append(try server.post("/schedules/drift/run", as: .init(role: .viewer)))
        }
        #expect(answers.last?.status == 503 && answers.last?.code == "store.full")
        #expect(try server.audit().count == answers.count - 1)
    }
}
