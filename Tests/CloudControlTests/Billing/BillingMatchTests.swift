import SagaCore
import Storage
import Testing

@testable import CloudControl

@Suite struct BillingMatchTests {
    private let fixture: BillingFixture

    init() throws { fixture = try BillingFixture() }

    /// The resource the only line of an invoice is matched to.
    private func match(
        _ product: String, _ description: String, group: String = "", span: String = BillingFixture.month
    ) throws -> String? {
        try fixture.take(
            "product,group_description,description,start,end,usd\n\(product),\(group),\"\(description)\",\(span),1\n")
        return try fixture.reports.lines().first?.resource?.resourceID
    }

    @Test(arguments: [
        ("web (s-1vcpu-1gb)", "web"), ("web (old) (s-1vcpu-1gb)", "web (old)"), ("web", "web"), ("web(x)", "web(x)"),
        ("  web  (s-1)", "web"), ("volume-sfo2-01 (sfo2) 100GB", "volume-sfo2-01"), ("(s-1)", "(s-1)"), (" (s-1)", ""),
        ("Spaces ($5/mo 250GB storage & 1TB bandwidth)", "Spaces"), ("", ""),
    ])
    func `the name is what stands before the last bracket`(description: String, name: String) {
        var description = description
        let found = description.withUTF8 { String(decoding: BilledProduct.beforeBracket($0), as: UTF8.self) }
        #expect(found == name)
    }

    @Test func `kind and name match in whatever case`() throws {
        let droplet = try fixture.addResource("Web-1")
        let volume = try fixture.addResource("web-1", kind: "volume", id: "v1")
        let snapshot = try fixture.addResource("WEB-1", kind: "snapshot", id: "s1")
        #expect(try match("Droplets", "wEB-1 (s-1vcpu-1gb)") == droplet)
        #expect(try match("Volumes", "web-1 (nyc3) 100GB") == volume)
        #expect(try match("Droplet Snapshots", "web-1 (2 GB)") == snapshot)
        #expect(try match("Snapshots", "web-1") == snapshot)
        #expect(try match("Backups", "web-1 (s-1vcpu-1gb)") == droplet)
        #expect(try match("droplet backups", "web-1 (s-1vcpu-1gb)") == droplet)
        #expect(try match("Droplets", "web-2 (s-1vcpu-1gb)") == nil)
        #expect(try match("Taxes", "web-1 (6.25%)") == nil)
        #expect(try match("Bandwidth", "web-1") == nil)
    }

    @Test func `names that are not ASCII match in whatever case`() throws {
        let droplet = try fixture.addResource("ZÜRICH-東京")
        #expect(try match("Droplets", "zürich-東京 (s-1)") == droplet)
    }

    @Test func `clusters go by their group, addresses by what follows the dash`() throws {
        let cluster = try fixture.addResource("k8s", kind: "kubernetes_cluster")
        let address = try fixture.addResource("1.1.1.1", kind: "reserved_ip")
        #expect(try match("Kubernetes Clusters", "3 nodes - 4 GB / 2 vCPU", group: "k8s") == cluster)
        #expect(try match("Floating IPs", "Unused Floating IP - 1.1.1.1") == address)
    }

    @Test func `a resource that is gone is matched too`() throws {
        let gone = try fixture.addResource("web", deletedAt: 1)
        #expect(try match("Droplets", "web (s-1)") == gone)
        #expect(try fixture.reports.lines(CostLineFilter(match: .matched)).first?.resource?.deletedAt != nil)
    }

    @Test func `of several with one name, the one that lived then`() throws {
        let may = CalendarTime.moment("2026-05-10T00:00:00Z")!.milliseconds
        let first = try fixture.addResource("web", id: "1", created: "2026-01-01T00:00:00Z", deletedAt: may)
        let second = try fixture.addResource(
            "web", id: "2", created: "2026-05-10T00:00:00Z", deletedAt: may + 86_400_000)
        let third = try fixture.addResource("WEB", id: "3", created: "2026-05-11T00:00:00Z")
        #expect(
            try match("Droplets", "web (s-1)", span: "2026-04-01 00:00:00 +0000,2026-05-01 00:00:00 +0000") == first)
        #expect(
            try match("Droplets", "web (s-1)", span: "2026-05-10 01:00:00 +0000,2026-05-10 23:00:00 +0000") == second)
        #expect(
            try match("Droplets", "web (s-1)", span: "2026-05-01 00:00:00 +0000,2026-06-01 00:00:00 +0000") == third)
        // Before all of them: the nearest.
        #expect(
            try match("Droplets", "web (s-1)", span: "2025-01-01 00:00:00 +0000,2025-02-01 00:00:00 +0000") == first)
    }

    @Test func `an id that a column gives goes before the name`() throws {
        try fixture.addResource("web", id: "1")
        let other = try fixture.addResource("db", id: "2")
        let volume = try fixture.addResource("data", kind: "volume", id: "a-uuid")
        try fixture.take(
            "product,description,start,end,usd,resource_id,resource_uuid\n"
                + "Droplets,web (s-1),\(BillingFixture.month),1,2,\n"
                + "Volumes,web (nyc3),\(BillingFixture.month),1,,a-uuid\n"
                + "Droplets,db (s-1),\(BillingFixture.month),1,,\n"
                + "Droplets,db (s-1),\(BillingFixture.month),1,404,\n")
        let lines = try fixture.reports.lines()
        #expect(lines.map { $0.resource?.resourceID } == [other, volume, other, other])
        #expect(lines.first?.extra == ["resource_id": "2", "resource_uuid": ""])
    }

    @Test func `a resource of another provider is never matched`() throws {
        try fixture.addResource("web")
        try fixture.database.write { try $0.run("UPDATE cloud_resources SET provider = 'other'") }
        #expect(try match("Droplets", "web (s-1)") == nil)
    }

    @Test func `ten thousand resources and lines match as a plain search does`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the resources: \(seed)")
        var random = SeededRandom(seed: seed)
        let index = ResourceIndex()
        var model: [String: Int64] = [:]
        for number in 0..<10_000 {
            let name = Self.name("Node", &random)
            let kind = ["droplet", "volume", "snapshot"].randomElement(using: &random)!
            let key = kind + " " + name.lowercased()
            guard model[key] == nil else { continue }
            model[key] = Int64(number)
            index.add(
                resource: Int64(number), kind: kind, providerID: "\(number)", name: name, from: nil, until: nil)
        }
        for _ in 0..<10_000 {
            var name = Self.name("nODE", &random)
            let kind = ["droplet", "volume", "snapshot"].randomElement(using: &random)!
            let found = name.withUTF8 { name in
                index.number(ofKind: kind).flatMap { kind in
                    var query = index.query(kind: kind, name: name)
                    index.lookUp(&query)
                    return index.resource(query, from: 0, until: 1)?.resource
                }
            }
            #expect(found == model[kind + " " + name.lowercased()], "seed \(seed)")
        }
    }

    /// Of any length, some beyond ASCII: short names take another way than the others.
    private static func name(_ start: String, _ random: inout SeededRandom) -> String {
        let filling = ["", "", "-Ab", "-@[`{", "-a-long-name-that-makes-no-key-of-words", "-É"].randomElement(
            using: &random)!
        return "\(start)\(filling)-\(Int.random(in: 0..<20_000, using: &random))"
    }

    @Test(arguments: 1...70)
    func `a name of any length is found, and none that is like it`(length: Int) throws {
        let resources = ResourceIndex()
        var (name, other) = (String(repeating: "N", count: length), String(repeating: "n", count: length - 1) + "o")
        resources.add(resource: 7, kind: "droplet", providerID: "1", name: name, from: nil, until: nil)
        name = name.lowercased()
        func find(_ text: inout String) -> Int64? {
            text.withUTF8 { bytes in
                var query = resources.query(kind: 0, name: bytes)
                resources.lookUp(&query)
                return resources.resource(query, from: 0, until: 1)?.resource
            }
        }
        #expect(find(&name) == 7)
        #expect(find(&other) == nil)
        name += "n"
        #expect(find(&name) == nil)
    }
}
