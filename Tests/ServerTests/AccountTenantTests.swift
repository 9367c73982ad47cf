import CloudControl
import Identity
import SagaCore
import Testing

@testable import Server

@Suite struct AccountTenantTests {
    private static let acme = AccountServer.Asker.somebody(.tenantAdmin, tenant: "acme")
    private static let acmesPlatform = AccountServer.Asker.somebody(.platformAdmin, tenant: "acme")
    private static let foreign = [AccountServer.droplet(3), AccountServer.droplet(4)]

    @Test(arguments: Role.allCases) func `of lists, a tenant sees what is in its projects`(_ role: Role) throws {
        let server = try AccountServer.withDrift()
        let own = [AccountServer.droplet(1), AccountServer.droplet(2)]
        for (tenant, ids, projects) in [
            ("acme", own, ["acme-shop"]), ("umbra", [AccountServer.droplet(3)], ["umbra-lab"]), ("Acme", [], []),
            ("", [], []),
        ] where !tenant.isEmpty {
            let asker = AccountServer.Asker.somebody(role, tenant: tenant)
            #expect(try server.get("/inventory", as: asker).column("resources", "resource_id") == ids)
            let events = try server.get("/resource-events", as: asker).column("events", "resource_id")
            #expect(Set(events) == Set(ids))
            #expect(try server.get("/projects", as: asker).column("projects", "name") == projects)
        }
    }

    @Test func `no filter reaches beyond a tenant`() throws {
        let server = try AccountServer.withDrift()
        for filter in [
            "name=web-3", "project=umbra-lab", "project=id-umbra-lab", "presence=all", "tag=web", "kind=droplet",
        ] {
            let seen = try server.get("/inventory?" + filter, as: Self.acme).column("resources", "resource_id")
            #expect(Set(seen).isDisjoint(with: Self.foreign), "\(filter)")
        }
        let all = try server.get("/inventory?limit=1")
        let next = try #require(all.json["next"]?.stringValue)
        let seen = try server.get("/inventory?cursor=" + next, as: Self.acme).column("resources", "resource_id")
        #expect(seen == [AccountServer.droplet(2)])
    }

    @Test func `what is another tenant's, or the platform's, is not there`() throws {
        let server = try AccountServer.withDrift()
        for id in Self.foreign + [AccountServer.droplet(99)] {
            for path in ["/inventory/\(id)", "/inventory/\(id)/events"] {
                let answer = try server.get(path, as: Self.acme)
                #expect(answer.status == 404 && answer.code == "inventory.unknown_resource", "\(path)")
                // Nothing but the id tells what is there from what is not.
                #expect(
                    answer.message
                        == "no resource is called \"\(id)\"; expected a resource_id such as \"digitalocean:droplet:3164444\", an id of the provider, or the name of a live resource"
                )
            }
        }
        #expect(try server.get("/inventory/\(AccountServer.droplet(1))", as: Self.acme).status == 200)
    }

    @Test func `a resource that moves to another tenant's project is that tenant's from then on`() throws {
        let server = try AccountServer.withTenants()
        server.account.projects = [("acme-shop", ["1"]), ("umbra-lab", ["3", "2"]), ("shared", [])]
        try server.sync()
        #expect(try server.get("/inventory/\(AccountServer.droplet(2))", as: Self.acme).status == 404)
        let umbra = AccountServer.Asker.somebody(.viewer, tenant: "umbra")
        #expect(try server.get("/inventory/\(AccountServer.droplet(2))", as: umbra).status == 200)
    }

    @Test func `a platform admin of a tenant sees and decides the drift of its resources`() throws {
        let server = try AccountServer.withDrift()
        let seen = try server.get("/drift", as: Self.acmesPlatform)
        #expect(seen.column("drift", "resource_id") == [AccountServer.droplet(1), AccountServer.droplet(2)])
        #expect(try server.get("/drift/1", as: Self.acmesPlatform).status == 200)
        let before = try server.get("/drift?status=all")
        let reason: JSONValue = ["reason": "because"]
        for drift in [3, 4, 99] {
            let answers = [
                try server.get("/drift/\(drift)", as: Self.acmesPlatform),
                try server.post("/drift/\(drift)/accept", reason, as: Self.acmesPlatform),
                try server.post("/drift/\(drift)/revert", reason, as: Self.acmesPlatform),
                try server.post("/drift/\(drift)/revert", ["dry_run": true], as: Self.acmesPlatform),
                try server.post("/drift/\(drift)/ignore", reason, as: Self.acmesPlatform),
            ]
            #expect(answers.map(\.status) == [404, 404, 404, 404, 404])
            #expect(Set(answers.map(\.code)) == ["drift.unknown"])
        }
        #expect(try server.get("/drift?status=all").json == before.json)
        #expect(server.driven.withLock { $0 }.isEmpty)
        #expect(try server.post("/drift/1/accept", reason, as: Self.acmesPlatform).status == 200)
    }

    @Test func `who is of a tenant ignores nothing of the others`() throws {
        let server = try AccountServer.withDrift()
        let everywhere: JSONValue = ["reason": "because", "everywhere": true]
        let answer = try server.post("/drift/1/ignore", everywhere, as: Self.acmesPlatform)
        #expect(answer.status == 403 && answer.code == "drift.everywhere")
        #expect(try server.get("/drift").column("drift", "drift_id").count == 4)
        #expect(try server.post("/drift/1/ignore", everywhere).status == 200)
        #expect(try server.get("/drift").column("drift", "drift_id") == [])
    }

    @Test func `billing is for who is of no tenant`() throws {
        let server = try AccountServer.withInvoices()
        for path in ["balance", "cost-lines", "invoices", "costs", "costs?by=run", "forecast"] {
            let answer = try server.get("/billing/" + path, as: Self.acmesPlatform)
            #expect(answer.status == 403 && answer.code == "billing.scope", "\(path)")
            #expect(
                answer.message
                    == "billing is of the whole account, and only the things of tenant \"acme\" are seen here; expected somebody of no tenant"
            )
        }
    }
}
