import CloudControl
import SagaCore
import Storage
import Testing

@testable import Server

@Suite struct AccountDecisionTests {
    private static let reason: JSONValue = ["reason": "resized by hand"]

    private func notes(_ server: AccountServer) throws -> [String] {
        try server.notes.map { "\($0.action) \($0.target ?? "")" }
    }

    @Test func `a drift is shown from three sides`() throws {
        let view = try AccountServer.withDrift().get("/drift/1").json
        #expect(view["spec"]?["value"] == "s-2vcpu-4gb" && view["live"]?["value"] == "s-1vcpu-1gb")
    }

    @Test func `what is accepted is what is asked for from then on`() throws {
        let server = try AccountServer.withDrift()
        let answer = try server.post("/drift/1/accept", Self.reason)
        #expect(answer.status == 200 && answer.json["status"] == "accepted")
        #expect(answer.json["closed_by"] == "operator:ada" && answer.json["reason"] == "resized by hand")
        let resource = try server.get("/inventory/\(AccountServer.droplet(1))").json
        #expect(resource["provisioned"]?["spec"] == ["size_slug": "s-1vcpu-1gb"])
        #expect(try notes(server) == ["drift.accept drift 1"])
        let note = try #require(try server.notes.first)
        #expect(note.actor == "ada" && note.role == "platform_admin" && note.reason == "resized by hand")
        #expect(note.afterHash == ContentHash.hex(of: answer.json.text) && note.requestID == "req-1")
        let again = try server.post("/drift/1/accept", Self.reason)
        #expect(again.status == 409 && again.code == "drift.not_open")
    }

    @Test func `what has moved since it was seen is not accepted`() throws {
        let server = try AccountServer.withDrift()
        server.account.droplets[0].sizeSlug = "s-8vcpu-16gb"
        try server.sync()
        let answer = try server.post("/drift/1/accept", Self.reason)
        #expect(answer.status == 409 && answer.code == "drift.moved")
        try Provisioning(server.database).remove(AccountServer.droplet(2))
        let without = try server.post("/drift/2/accept", Self.reason)
        #expect(without.status == 409 && without.code == "drift.no_spec")
    }

    @Test func `whether it has moved is judged as the provider's plugin says that the field is compared`() throws {
        let server = try AccountServer.withTenants()
        try Provisioning(server.database).set(AccountServer.droplet(1), ["name": "shop"], at: server.now)
        _ = try server.drift.detect(at: server.now)
        server.account.droplets[0].name = "WEB-1"
        try server.sync()
        let answer = try server.post("/drift/1/accept", Self.reason)
        #expect(answer.status == 200, "\(answer.json.text)")
        let resource = try server.get("/inventory/\(AccountServer.droplet(1))").json
        #expect(resource["provisioned"]?["spec"] == ["name": "WEB-1"])
    }

    @Test func `a decision without a reason is none`() throws {
        let server = try AccountServer.withDrift()
        for path in ["accept", "revert", "ignore"] {
            for body: JSONValue in [[:], ["reason": " "], ["reason": "x", "why": "y"]] {
                #expect(try server.post("/drift/1/\(path)", body).status == 422, "\(path) \(body.text)")
            }
            #expect(try server.post("/drift/99/\(path)", Self.reason).code == "drift.unknown")
            #expect(try server.post("/drift/none/\(path)", Self.reason).code == "request.unknown")
        }
        #expect(try notes(server) == [])
    }

    // MARK: - Revert

    @Test func `a dry run says what would be done, and does nothing`() throws {
        let server = try AccountServer.withDrift()
        let plan = try server.post("/drift/1/revert", ["dry_run": true])
        #expect(plan.status == 200 && plan.json["operation"] == "cloud.refresh_droplet")
        #expect(plan.json["with"] == ["droplet_id": 1, "provider": "s-2vcpu-4gb"])
        #expect(try server.get("/drift/1").json["drift"]?["reverting_run"] == .null)
        #expect(try notes(server) == [] && server.driven.withLock { $0 }.isEmpty)
    }

    @Test func `reverting makes one run, and drives it`() throws {
        let server = try AccountServer.withDrift()
        let answer = try server.post("/drift/1/revert", Self.reason)
        let run = try #require(answer.json["reverting_run"]?.stringValue)
        #expect(answer.status == 202 && answer.json["status"] == "open")
        #expect(answer.headers["Location"] == "/api/v1/runs/" + run)
        let id = try #require(RunID(run))
        let key = try #require(try server.context.store.find(id))
        #expect(server.driven.withLock { $0 } == [key])
        #expect(try server.context.store.load(key)?.row.saga == "revert_drift")
        #expect(try notes(server) == ["drift.revert drift 1"])
        let again = try server.post("/drift/1/revert", Self.reason)
        #expect(again.status == 409 && again.code == "drift.reverting")
        #expect(again.message == "run \(run) is putting drift 1 right already; expected none that has not ended")
        #expect(server.driven.withLock { $0 } == [key])
    }

    @Test func `after a run that ended, another may be made`() throws {
        let server = try AccountServer.withDrift()
        let run = try server.post("/drift/1/revert", Self.reason).json["reverting_run"]
        try server.database.write { try $0.run("UPDATE saga_runs SET status = 'failed', finished_at = 1") }
        let again = try server.post("/drift/1/revert", Self.reason)
        #expect(again.status == 202 && again.json["reverting_run"] != run)
    }

    @Test func `the run is the resource's tenant's, and of who asked for it`() throws {
        let server = try AccountServer.withDrift()
        for (drift, tenant) in [(1, "acme"), (3, "umbra"), (4, nil)] as [(Int, String?)] {
            let answer = try server.post("/drift/\(drift)/revert", Self.reason)
            let id = try #require(answer.json["reverting_run"]?.stringValue.flatMap { RunID($0) })
            let row = try #require(try server.context.store.find(id).flatMap { try server.context.store.row($0) })
            #expect(row.tenant == tenant && row.submittedBy == "ada")
        }
    }

    @Test func `a run that cannot be made leaves the drift open`() throws {
        let server = try AccountServer.withDrift()
        try server.database.write {
            try $0.executeScript(
                "CREATE TRIGGER full BEFORE INSERT ON saga_runs BEGIN SELECT raise(ABORT, 'no room'); END")
        }
        #expect(try server.post("/drift/1/revert", Self.reason).status == 503)
        #expect(try server.get("/drift/1").json["drift"]?["reverting_run"] == .null)
    }

    @Test func `what nothing mends is refused`() throws {
        let server = try AccountServer.withDrift()
        try Provisioning(server.database).set(
            AccountServer.droplet(1), ["name": "web-one", "region": "fra1"], at: server.now)
        _ = try server.drift.detect(at: server.now)
        for (field, message) in [
            ("name", "digitalocean.rename_droplet is not there to mend it with"),
            (
                "region",
                "no operation puts \"region\" of \"digitalocean:droplet:1\" right (drift 6); expected one of size_slug, name"
            ),
        ] {
            let id = try server.get("/drift?field=" + field).column("drift", "drift_id")
            for body: JSONValue in [Self.reason, ["dry_run": true]] {
                let answer = try server.post("/drift/\(id.first ?? "")/revert", body)
                #expect(answer.status == 409 && answer.code == "drift.no_repair")
                #expect(answer.message == message)
            }
        }
    }

    // MARK: - Ignore

    @Test func `a field is ignored for a while, of one resource or of all`() throws {
        let server = try AccountServer.withDrift()
        let rule = try server.post("/drift/1/ignore", ["reason": "moving", "days": 7])
        #expect(rule.json["resource_id"] == .string(AccountServer.droplet(1)) && rule.json["field"] == "size_slug")
        #expect(rule.json["ignored_by"] == "ada")
        #expect(rule.json["expires_at"] == .string((server.now + 7 * 86_400_000).description))
        #expect(try server.get("/drift").column("drift", "drift_id") == ["2", "3", "4"])
        let all = try server.post("/drift/1/ignore", ["reason": "moving", "field": "size*", "everywhere": true])
        #expect(all.json["resource_id"] == .null && all.json["field"] == "size*")
        #expect(all.json["expires_at"] == .string((server.now + 30 * 86_400_000).description))
        #expect(try server.get("/drift").column("drift", "drift_id") == [])
        #expect(try notes(server) == ["drift.ignore ignore 1", "drift.ignore ignore 2"])
    }

    @Test func `what cannot be written down does not happen`() throws {
        let server = try AccountServer.withDrift()
        let before = try server.get("/drift?status=all")
        try server.breakAuditLog()
        for path in ["accept", "revert", "ignore"] {
            let answer = try server.post("/drift/1/\(path)", Self.reason)
            #expect(answer.status == 503 && answer.message?.contains("no room") == true, "\(path): \(answer.json.text)")
        }
        #expect(try server.get("/drift?status=all").json == before.json)
        #expect(server.driven.withLock { $0 }.isEmpty)
    }

    @Test func `drift is found by resource, where one is meant`() throws {
        let server = try AccountServer.withDrift()
        #expect(try server.get("/drift?resource=web-2").column("drift", "drift_id") == ["2"])
        #expect(try server.get("/drift?project=umbra-lab").column("drift", "drift_id") == ["3"])
        let unknown = try server.get("/drift?resource=nothing")
        #expect(unknown.status == 400 && unknown.code == "inventory.unknown_resource")
        server.account.droplets.append(PaperAccount.droplet(5, name: "web-2"))
        try server.sync()
        let two = try server.get("/drift?resource=web-2")
        #expect(two.status == 400 && two.code == "inventory.ambiguous_resource")
    }
}
