import CloudControl
import SagaCore
import Storage
import Testing

@testable import Server

@Suite struct AccountListTests {
    /// Reads a list page by page and does something between the pages.
    private func readAll(
        _ server: AccountServer, _ path: String, _ list: String, _ member: String, limit: Int = 2,
        between: (Int) throws -> Void = { _ in }
    ) throws -> [String] {
        var (items, cursor, pages) = ([String](), String?.none, 0)
        repeat {
            let mark = path.contains("?") ? "&" : "?"
            let page = try server.get("\(path)\(mark)limit=\(limit)\(cursor.map { "&cursor=" + $0 } ?? "")")
            try #require(page.status == 200)
            let found = page.column(list, member)
            #expect(found.count <= limit)
            items += found
            cursor = page.json["next"]?.stringValue
            pages += 1
            try between(pages)
        } while cursor != nil && pages < 50
        return items
    }

    @Test func `resources that come in meanwhile neither move nor repeat the others`() throws {
        let server = try AccountServer.withTenants()
        let before = try server.get("/inventory").column("resources", "resource_id")
        let read = try readAll(server, "/inventory", "resources", "resource_id", limit: 1) { page in
            guard page == 1 else { return }
            server.account.droplets.insert(PaperAccount.droplet(5), at: 0)
            try server.sync()
        }
        #expect(before.count == 4 && read == before + [AccountServer.droplet(5)])
    }

    @Test func `events that happen meanwhile are not in the pages that go back`() throws {
        let server = try AccountServer.withDrift()
        let before = try server.get("/resource-events").column("events", "event_id")
        let read = try readAll(server, "/resource-events", "events", "event_id") { page in
            server.account.droplets[0].name = "renamed-\(page)"
            try server.sync()
        }
        #expect(before.count == 8 && read == before)
        #expect(read.compactMap(Int.init) == read.compactMap(Int.init).sorted(by: >))
        let own = "/inventory/\(AccountServer.droplet(1))/events"
        let events = try server.get(own).column("events", "kind")
        #expect(events.last == "discovered" && events.contains("drift_detected") && events.count > 4)
        #expect(try readAll(server, own, "events", "kind") == events)
    }

    @Test func `events are told by kind`() throws {
        let server = try AccountServer.withDrift()
        let kinds = try readAll(server, "/resource-events?kind=drift_detected", "events", "kind", limit: 3)
        #expect(kinds == Array(repeating: "drift_detected", count: 4))
    }

    @Test func `projects come by name, and new ones do not shift the pages`() throws {
        let server = try AccountServer.withTenants()
        let read = try readAll(server, "/projects", "projects", "name", limit: 1) { page in
            guard page == 2 else { return }
            server.account.projects += [("aaa", []), ("zzz", [])]
            try server.sync()
        }
        #expect(read == ["acme-shop", "shared", "umbra-lab", "zzz"])
    }

    @Test func `projects of one name are all there`() throws {
        let server = try AccountServer()
        server.account.projects = [("b", []), ("a", []), ("c", [])]
        try server.sync()
        try server.database.write { try $0.run("UPDATE cloud_projects SET name = 'same'") }
        let read = try readAll(server, "/projects", "projects", "provider_id", limit: 1)
        #expect(read.sorted() == ["id-a", "id-b", "id-c"])
    }

    @Test func `drift goes on behind the last one, whatever was decided meanwhile`() throws {
        let server = try AccountServer.withDrift()
        let read = try readAll(server, "/drift", "drift", "drift_id", limit: 1) { page in
            guard page == 2 else { return }
            let first = try server.post("/drift/1/accept", ["reason": "because"])
            let third = try server.post("/drift/3/accept", ["reason": "because"])
            #expect(first.status == 200 && third.status == 200)
        }
        #expect(read == ["1", "2", "4"])
        #expect(try readAll(server, "/drift?status=all", "drift", "drift_id", limit: 3) == ["1", "2", "3", "4"])
        #expect(try readAll(server, "/drift?status=accepted", "drift", "drift_id") == ["1", "3"])
    }

    @Test func `invoices and their lines go on page by page`() throws {
        let server = try AccountServer.withInvoices()
        let billing = Billing(database: server.database, adapter: server.account)
        let invoices = try readAll(server, "/billing/invoices", "invoices", "invoice_uuid", limit: 1) { page in
            guard page == 1 else { return }
            server.account.invoices.append(("invoice-11", "2026-11", PaperAccount.csv(["web-2"])))
            _ = try billing.sync(at: server.now) { _ in }
        }
        #expect(invoices == ["invoice-10", "invoice-9", "invoice-8"])
        #expect(try server.get("/billing/invoices?period=2026-09").column("invoices", "invoice_uuid") == ["invoice-9"])
        let lines = try readAll(server, "/billing/cost-lines", "lines", "invoice_uuid", limit: 3)
        #expect(lines.count == 7)
        let matched = try server.get("/billing/cost-lines?match=matched&period=2026-09-15&kind=droplet")
        #expect(matched.column("lines", "resource_id") == [AccountServer.droplet(1)])
        #expect(
            try server.get("/billing/cost-lines?match=unmatched&period=2026-09").column("lines", "amount") == ["5.00"])
    }

    @Test func `a cursor of another list, or of nobody, is refused`() throws {
        let server = try AccountServer.withInvoices()
        let lists = [
            "/inventory": "resources", "/resource-events": "events", "/projects": "projects", "/drift": "drift",
            "/billing/invoices": "invoices", "/billing/cost-lines": "lines",
            "/inventory/\(AccountServer.droplet(1))/events": "events",
        ]
        var cursors: [String: String] = [:]
        for (path, list) in lists {
            let page = try server.get(path + "?limit=1")
            cursors[list] = try #require(page.json["next"]?.stringValue, "\(path)")
        }
        for (path, list) in lists {
            let foreign = cursors.filter { $0.key != list }.map(\.value)
            for cursor in foreign + ["nonsense", "100", cursors[list]!.uppercased(), cursors[list]! + ".1", "r-", "."] {
                let answer = try server.get("\(path)?cursor=\(cursor)")
                #expect(answer.status == 400 && answer.code == "list.cursor", "\(path) \(cursor)")
            }
        }
        #expect(
            try server.get("/inventory?cursor=x").message
                == "\"x\" is no place in this list; expected what `next` of the list before says")
    }

    @Test func `resources are found by what they are`() throws {
        let server = try AccountServer.withTenants()
        server.account.droplets.append(PaperAccount.droplet(5, name: "db-5", size: "s-4vcpu-8gb"))
        server.account.droplets[4].region = "fra1"
        try server.sync()
        for filter in ["name=db-*", "region=fra1", "kind=droplet&name=DB-5"] {
            let found = try server.get("/inventory?" + filter).column("resources", "resource_id")
            #expect(found == [AccountServer.droplet(5)], "\(filter)")
        }
        #expect(try server.get("/inventory?project=acme-shop").column("resources", "resource_id").count == 2)
        #expect(try server.get("/inventory?tag=web&status=active").column("resources", "resource_id").count == 5)
        #expect(try server.get("/inventory?presence=deleted").column("resources", "resource_id") == [])
        #expect(try server.get("/inventory?presence=gone").status == 400)
    }

    @Test func `a resource comes with what was asked of it and what happened to it`() throws {
        let server = try AccountServer.withDrift()
        let one = try server.get("/inventory/\(AccountServer.droplet(1))").json
        #expect(one["provisioned"]?["spec"] == ["size_slug": "s-2vcpu-4gb"] && one["project"] == "acme-shop")
        #expect(one["events"]?.arrayValue?.map { $0["kind"] } == ["discovered", "drift_detected"])
        try Provisioning(server.database).remove(AccountServer.droplet(1))
        #expect(try server.get("/inventory/\(AccountServer.droplet(1))").json["provisioned"] == .null)
    }
}
