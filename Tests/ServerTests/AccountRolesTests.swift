import CloudControl
import Identity
import SagaCore
import Testing

@testable import Server

@Suite struct AccountRolesTests {
    private static let reason: JSONValue = ["reason": "because"]
    /// Each operation of the account, as it may be asked.
    private static let requests: [(id: String, path: String, body: JSONValue?)] = [
        ("listInventory", "/inventory", nil), ("getResource", "/inventory/digitalocean:droplet:1", nil),
        ("listResourceEvents", "/inventory/digitalocean:droplet:1/events", nil),
        ("listAllResourceEvents", "/resource-events", nil), ("listProjects", "/projects", nil),
        ("listDrift", "/drift", nil), ("getDrift", "/drift/1", nil), ("acceptDrift", "/drift/1/accept", reason),
        ("revertDrift", "/drift/2/revert", reason), ("ignoreDrift", "/drift/3/ignore", reason),
        ("getBalance", "/billing/balance", nil), ("listCostLines", "/billing/cost-lines", nil),
        ("listInvoices", "/billing/invoices", nil), ("listCosts", "/billing/costs", nil),
        ("getForecast", "/billing/forecast", nil),
    ]

    @Test(arguments: Role.allCases) func `each role may do what the document says, and no more`(_ role: Role) throws {
        let server = try AccountServer.withInvoices()
        for (id, path, body) in Self.requests {
            // A tenant's admin without a tenant is nobody.
            let asker = AccountServer.Asker.somebody(role, tenant: role == .tenantAdmin ? "acme" : nil)
            let answer = try body.map { try server.post(path, $0, as: asker) } ?? server.get(path, as: asker)
            let isAllowed = try roles(of: id).contains(role.rawValue)
            #expect((answer.status < 300) == isAllowed, "\(id) as \(role): \(answer.status)")
            if !isAllowed { #expect(answer.code == "auth.not_permitted" && answer.status == 403) }
        }
    }

    private func roles(of id: String) throws -> [String] {
        for (_, path) in AccountServer.document.source["paths"]?.objectValue ?? [:] {
            for (_, operation) in path.objectValue ?? [:] where operation["operationId"]?.stringValue == id {
                return try #require(operation["x-arcadia-roles"]?.arrayValue).compactMap(\.stringValue)
            }
        }
        return []
    }

    @Test func `nobody is asked for a token`() throws {
        let server = try AccountServer.withInvoices()
        for (id, path, body) in Self.requests {
            let answer = try body.map { try server.post(path, $0, as: .nobody) } ?? server.get(path, as: .nobody)
            #expect(answer.status == 401 && answer.code == "auth.required", "\(id)")
        }
    }

    @Test func `what is known already is not sent again, and what changed is`() throws {
        let server = try AccountServer.withInvoices()
        for (id, path, body) in Self.requests where body == nil {
            let tag = try #require(try server.get(path).headers["ETag"], "\(id)")
            let again = try server.get(path, ifNoneMatch: tag)
            #expect(again.status == 304 && again.json == .null && again.headers["ETag"] == tag, "\(id)")
        }
        let tag = try #require(try server.get("/inventory").headers["ETag"])
        server.account.droplets[0].name = "renamed"
        try server.sync()
        let changed = try server.get("/inventory", ifNoneMatch: tag)
        #expect(changed.status == 200 && changed.headers["ETag"] != tag)
    }
}
