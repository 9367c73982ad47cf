import CloudControl
import SagaCore
import Storage
import Testing

@Suite struct ScopeTests {
    private let books: Books
    private let account = FakeAccount((1...3).map { ProviderResource.droplet($0) })
    private let acme = Scope(.tenant("acme"))

    /// 1 is acme's, 2 umbra's, 3 in no project.
    init() throws {
        books = try Books()
        account.projects = [
            (id: "p-1", name: "shop", members: [(kind: "droplet", id: "1")]),
            (id: "p-2", name: "lab", members: [(kind: "droplet", id: "2")]),
        ]
        try books.sync(account)
        try books.inventory.setTenant("acme", ofProject: "shop")
        try books.inventory.setTenant("umbra", ofProject: "p-2")
        for droplet in ["web-1", "web-2", "web-3"] {
            try books.provisioning.recordProvisioned(droplet, spec: ["region": "fra1"], runID: "run", at: books.now)
        }
        _ = try books.drift.detect(at: books.now)
    }

    @Test func `what lies outside a scope does not exist in it`() throws {
        #expect(try books.inventory.list(in: acme).resources.map(\.name) == ["web-1"])
        #expect(try books.provisioning.list(in: acme).map(\.name) == ["web-1"])
        #expect(try books.provisioning.list(runID: "run", in: acme).map(\.name) == ["web-1"])
        #expect(try books.drift.list(in: acme).map(\.name) == ["web-1"])
        #expect(try books.inventory.projects(in: acme).projects.map(\.name) == ["shop"])
        #expect(Set(try books.inventory.events(in: acme).map(\.resourceID)) == ["digitalocean:droplet:1"])
        for name in ["web-2", "web-3", "2", "digitalocean:droplet:3"] {
            #expect(throws: InventoryRefusal.unknown(name)) { try books.inventory.show(name, in: acme) }
            #expect(throws: InventoryRefusal.unknown(name)) { try books.provisioning.show(name, in: acme) }
        }
        #expect(throws: DriftRefusal.unknown(2)) { try books.drift.show(2, in: acme) }
    }

    @Test func `a name that another tenant's resource has too is no other's business`() throws {
        account.resources[1].name = "web-1"
        try books.sync(account)
        #expect(try books.inventory.show("web-1", in: acme).providerID == "1")
        #expect(throws: InventoryRefusal.self) { try books.inventory.show("web-1", in: .operatorOfThisMachine) }
    }

    @Test func `a tenant's name is compared byte by byte`() throws {
        for other in ["Acme", "acme ", "", "%", "ácme"] {
            #expect(try books.inventory.list(in: Scope(.tenant(other))).resources.isEmpty, "\(other)")
        }
    }

    @Test func `a project is given to a tenant, and taken back, before a witness`() throws {
        var changes: [Change] = []
        try books.inventory.setTenant(nil, ofProject: "shop") { change, _ in changes.append(change) }
        #expect(changes == [Change(target: "shop", before: "acme", after: nil)])
        #expect(try books.inventory.list(in: acme).resources.isEmpty)
        #expect(throws: InventoryRefusal.unknownProject("none")) {
            try books.inventory.setTenant("acme", ofProject: "none")
        }
        #expect(try books.inventory.setTenant("acme", ofProject: "shop").map(\.tenant) == ["acme"])
        for name in ["", "a b", "a\u{1B}", String(repeating: "x", count: 129)] {
            #expect(throws: InventoryRefusal.tenantName(name)) {
                try books.inventory.setTenant(name, ofProject: "shop")
            }
        }
    }
}
