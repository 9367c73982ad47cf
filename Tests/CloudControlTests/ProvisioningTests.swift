import CloudControl
import SagaCore
import Testing

@Suite struct ProvisioningTests {
    private let books: Books
    private let account = FakeAccount([.droplet(1), .droplet(2)])

    init() throws {
        books = try Books()
        try books.sweep(account)
    }

    @Test func `what a run asked for is recorded, and every change counts the version up`() throws {
        let first = try books.provisioning.recordProvisioned(
            "web-1", spec: ["size_slug": "s-1vcpu-1gb"], runID: "r-1", at: books.now)
        #expect(first.specVersion == 1)
        #expect(first.runID == "r-1")
        let second = try books.provisioning.recordProvisioned(
            "web-1", spec: ["region": "nyc3"], runID: "r-2", at: books.now + 5)
        #expect(second.specVersion == 2)
        #expect(second.spec == ["region": "nyc3"])
        #expect(second.recordedAt == first.recordedAt)
        #expect(second.updatedAt == books.now + 5)
        #expect(try books.provisioning.show("1") == second)
    }

    @Test func `by hand, fields are set one by one and taken out with null`() throws {
        try books.provisioning.recordProvisioned(
            "web-1", spec: ["size_slug": "a", "region": "nyc3"], runID: "r-1", at: books.now)
        let spec = try books.provisioning.set("web-1", ["size_slug": "b", "region": .null, "name": "x"], at: books.now)
        #expect(spec.spec == ["size_slug": "b", "name": "x"])
        #expect(spec.specVersion == 2)
        #expect(spec.runID == "r-1")
        #expect(throws: ProvisioningRefusal.empty) {
            try books.provisioning.set("web-1", ["size_slug": .null, "name": .null], at: books.now)
        }
        #expect(throws: ProvisioningRefusal.empty) { try books.provisioning.set("web-1", [:], at: books.now) }
        #expect(throws: InventoryRefusal.unknown("web-9")) {
            try books.provisioning.set("web-9", ["name": "x"], at: books.now)
        }
        #expect(try books.provisioning.show("web-1").specVersion == 2)
    }

    @Test func `a removed spec is gone, and a refusal says what to do`() throws {
        try books.provisioning.set("web-2", ["name": "x"], at: books.now)
        #expect(try books.provisioning.remove("web-2"))
        #expect(try books.provisioning.remove("web-2") == false)
        let refusal = ProvisioningRefusal.notProvisioned("digitalocean:droplet:2")
        #expect(throws: refusal) { try books.provisioning.show("web-2") }
        #expect(
            refusal.message
                == "nothing was asked of \"digitalocean:droplet:2\", so there is no desired state")
        #expect(refusal.hint == "`arcadia provisioned set digitalocean:droplet:2 FIELD=VALUE` records one")
    }

    @Test func `specs are listed, of all and of a run`() throws {
        try books.provisioning.recordProvisioned("web-1", spec: ["a": 1], runID: "r-1", at: books.now)
        try books.provisioning.recordProvisioned("web-2", spec: ["a": 2], runID: "r-2", at: books.now)
        #expect(try books.provisioning.list().map(\.name) == ["web-1", "web-2"])
        #expect(try books.provisioning.list(runID: "r-2").map(\.name) == ["web-2"])
        #expect(
            ProvisionedSpec.json(try books.provisioning.list(limit: 1)).text
                == #"{"provisioned":[{"resource_id":"digitalocean:droplet:1","name":"web-1","spec":{"a":1},"spec_version":1,"run_id":"r-1","recorded_at":"2027-01-15T08:15:00.000Z","updated_at":"2027-01-15T08:15:00.000Z"}]}"#
        )
    }
}
