import Testing

@testable import Simulator

@Suite struct TagAndProjectTests {
    @Test func `tags are given, counted and taken away, and keep their capitals`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            try await provider.call("POST", "/v2/tags", ["name": "PROD"], status: 201)
            let again = try await provider.call("POST", "/v2/tags", ["name": "prod"], status: 201)
            #expect(again["tag"]?["name"] == "PROD")
            let resources: JSON = [
                "resources": [["resource_id": .string(String(id)), "resource_type": "droplet"]]
            ]
            try await provider.call("POST", "/v2/tags/nothing/resources", resources, status: 404)
            try await provider.call("POST", "/v2/tags/PROD/resources", resources, status: 204)
            #expect(try await provider.get("/v2/droplets/\(id)")["droplet"]?["tags"] == ["PROD"])
            let tag = try await provider.get("/v2/tags/PROD")["tag"]
            #expect(tag?["resources"]?["droplets"]?["count"] == 1)
            try await provider.call("DELETE", "/v2/tags/PROD/resources", resources, status: 204)
            #expect(try await provider.get("/v2/droplets/\(id)")["droplet"]?["tags"] == [])
        }
    }

    @Test func `a droplet begins in the default project, and each assignment says what became of it`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            let project = try await provider.call(
                "POST", "/v2/projects", ["name": "web", "purpose": "sailing"], status: 201)["project"]
            #expect(project?["purpose"] == "Other: sailing")
            let path = "/v2/projects/\(try #require(project?["id"]?.string))"
            let urns: JSON = ["resources": [.string("do:droplet:\(id)"), "do:droplet:7"]]
            let first = try await provider.call("POST", path + "/resources", urns)
            #expect(first["resources"]?.array?.map { $0["status"] } == ["assigned", "not_found"])
            let second = try await provider.call("POST", path + "/resources", urns)
            #expect(second["resources"]?[0]?["status"] == "already_assigned")
            #expect(try await provider.get("/v2/projects/default/resources")["meta"]?["total"] == 0)
            try await provider.call("DELETE", path, status: 412)
            try await provider.call("DELETE", "/v2/droplets/\(id)", status: 204)
            try await provider.advance(10)
            try await provider.call("DELETE", path, status: 204)
        }
    }

    @Test func `a volume is attached to one droplet, and is free once the droplet is gone`() async throws {
        try await Provider.run { provider in
            let id = try await provider.runningDroplet()
            let order: JSON = ["name": "data", "region": "fra1", "size_gigabytes": 10]
            let volume = try await provider.call("POST", "/v2/volumes", order, status: 201)["volume"]?["id"]?.string
            let path = "/v2/volumes/\(try #require(volume))"
            let attach: JSON = ["type": "attach", "droplet_id": .integer(id)]
            try await provider.call("POST", path + "/actions", attach, status: 202)
            try await provider.advance(5)
            #expect(try await provider.get("/v2/volumes?name=data")["volumes"]?[0]?["droplet_ids"] == [.integer(id)])
            try await provider.call("POST", path + "/actions", attach, status: 422)
            try await provider.call("DELETE", "/v2/droplets/\(id)", status: 204)
            try await provider.call("DELETE", path, status: 409)
            try await provider.advance(5)
            try await provider.call("DELETE", path, status: 204)
        }
    }
}
