import CloudControl
import SagaCore
import Testing

@testable import Server

@Suite struct AccountBillingTests {
    @Test func `before a balance was taken there is none, and no forecast`() throws {
        let server = try AccountServer.withTenants()
        for path in ["balance", "forecast"] {
            let answer = try server.get("/billing/" + path)
            #expect(answer.status == 404 && answer.code == "billing.no_balance")
        }
    }

    @Test func `a balance of last month is no forecast of this one`() throws {
        let server = try AccountServer.withInvoices()
        #expect(try server.get("/billing/forecast").json["period"] == "2026-11")
        #expect(try server.get("/billing/balance").json["month_to_date_usage"] == "11.21")
        server.pass(milliseconds: 20 * 86_400_000)
        let answer = try server.get("/billing/forecast")
        #expect(answer.status == 404 && answer.message == "no balance of 2026-12 was taken yet")
        #expect(try server.get("/billing/balance").json["forecast"] == .null)
    }

    @Test func `costs are summed by what is asked`() throws {
        let server = try AccountServer.withInvoices()
        let kinds = try server.get("/billing/costs")
        #expect(kinds.json == ["costs": [["key": "droplet", "name": "", "amount": "30.00", "count": 6]]])
        let tenants = try server.get("/billing/costs?by=tenant&period=2026-10-31")
        #expect(tenants.json == ["costs": [["key": "acme", "name": "", "amount": "10.00", "count": 2]]])
        let resources = try server.get("/billing/costs?by=resource")
        #expect(resources.column("costs", "key") == ["-", AccountServer.droplet(1)])
        for by in ["project", "product", "period"] {
            #expect(try server.get("/billing/costs?by=" + by).column("costs", "amount").count > 0, "\(by)")
        }
    }

    @Test func `what runs cost comes with the dearest first`() throws {
        let server = try AccountServer.withInvoices()
        for (id, run) in [(1, "run-a"), (2, "run-b")] {
            try Provisioning(server.database).recordProvisioned(
                AccountServer.droplet(id), spec: ["name": "x"], runID: run, at: server.now)
        }
        let costs = try server.get("/billing/costs?by=run")
        #expect(costs.column("costs", "key") == ["run-a", "run-b"])
        #expect(costs.column("costs", "amount") == ["15.00", "0.00"])
        let month = try server.get("/billing/costs?by=run&period=2026-10")
        #expect(month.status == 400 && month.code == "request.parameter")
    }

    @Test func `a day that no month has is told`() throws {
        let server = try AccountServer.withInvoices()
        for path in ["cost-lines", "invoices", "costs"] {
            let answer = try server.get("/billing/\(path)?period=2026-02-30")
            #expect(answer.status == 400 && answer.code == "input", "\(path)")
        }
    }
}
