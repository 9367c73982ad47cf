import Testing

@testable import Simulator

@Suite struct ListTests {
    @Test func `pages link to their neighbours, and every item is on one of them`() async throws {
        try await Provider.run { provider in
            try await provider.call("POST", "/admin/seed", ["droplets": 45, "tag": "a:b"])
            let first = try await provider.get("/v2/droplets?tag_name=a:b")
            #expect(first["droplets"]?.array?.count == 20)
            #expect(first["meta"]?["total"] == 45)
            #expect(first["links"]?["pages"]?.has("first") == false)
            #expect(first["links"]?["pages"]?.has("prev") == false)
            #expect(first["links"]?["pages"]?["last"]?.string?.contains("page=3&per_page=20") == true)
            var seen: Set<Int> = []
            var next: String? = "/v2/droplets?tag_name=a:b"
            var last = first
            while let target = next {
                last = try await provider.get(target)
                seen.formUnion(last["droplets"]?.array?.compactMap { $0["id"]?.integer } ?? [])
                let url = last["links"]?["pages"]?["next"]?.string
                next = url.map { String($0.dropFirst(provider.simulator.address.count)) }
            }
            #expect(seen.count == 45)
            #expect(last["links"]?["pages"]?.has("last") == false)
            #expect(last["links"]?["pages"]?["prev"]?.string?.contains("page=2") == true)
        }
    }

    @Test func `one page has empty links, and one beyond the end is empty`() async throws {
        try await Provider.run { provider in
            #expect(try await provider.get("/v2/projects")["links"] == [:])
            let beyond = try await provider.get("/v2/sizes?page=99999999999999999&per_page=200")
            #expect(beyond["sizes"] == [])
            #expect(beyond["links"]?["pages"]?.has("next") == false)
        }
    }

    @Test(arguments: [
        ("sizes", "sizes"), ("regions", "regions"), ("images", "images"), ("volumes", "volumes"), ("tags", "tags"),
        ("domains", "domains"), ("reserved_ips", "reserved_ips"), ("load_balancers", "load_balancers"),
        ("kubernetes/clusters", "kubernetes_clusters"), ("spaces/keys", "keys"), ("actions", "actions"),
    ])
    func `every list has its root, links and total`(path: String, key: String) async throws {
        try await Provider.run { provider in
            for target in ["/v2/\(path)", "/v2/\(path)/?what=ever"] {
                let list = try await provider.get(target)
                #expect(list[key]?.array != nil)
                #expect(list.has("links"))
                #expect(list["meta"]?["total"]?.integer != nil)
            }
        }
    }

    @Test func `databases have neither links nor a total`() async throws {
        try await Provider.run { provider in
            let list = try await provider.get("/v2/databases")
            #expect(list == ["databases": []])
        }
    }

    @Test func `HEAD has the length of GET and no body`() async throws {
        try await Provider.run { provider in
            let get = await provider.send("GET", "/v2/regions")
            let head = await provider.send("HEAD", "/v2/regions")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.headers["content-length"] == String(get.body.count))
        }
    }
}
