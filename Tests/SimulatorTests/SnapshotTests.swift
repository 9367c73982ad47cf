import Testing

@testable import Simulator

@Suite struct SnapshotTests {
    /// A droplet and the finished action of a snapshot that does not show yet.
    private func snapshot(_ provider: Provider) async throws -> (droplet: Int, action: JSON) {
        let id = try await provider.runningDroplet()
        let order: JSON = ["type": "snapshot", "name": "before"]
        let begun = try await provider.call("POST", "/v2/droplets/\(id)/actions", order, status: 201)
        let path = "/v2/actions/\(try #require(begun["action"]?["id"]?.integer))"
        for _ in 0..<60 {
            let action = try #require(try await provider.get(path)["action"])
            if action["status"] == "completed" { return (id, action) }
            try await provider.advance(0.5)
        }
        throw Unfinished()
    }

    private struct Unfinished: Error {}

    @Test func `a snapshot shows only some seconds after its action is completed, dated when it began`() async throws {
        try await Provider.run { provider in
            let (id, action) = try await snapshot(provider)
            #expect(try await provider.get("/v2/droplets/\(id)/snapshots")["snapshots"] == [])
            #expect(try await provider.get("/v2/snapshots")["meta"]?["total"] == 0)
            try await provider.advance(5)
            let own = try #require(try await provider.get("/v2/droplets/\(id)/snapshots")["snapshots"]?[0])
            #expect(own["created_at"] == action["started_at"])
            let number = try #require(own["id"]?.integer)
            let listed = try #require(try await provider.get("/v2/snapshots?resource_type=droplet")["snapshots"]?[0])
            #expect(listed["id"] == .string(String(number)))
            #expect(listed["resource_id"] == .string(String(id)))
            #expect(try await provider.get("/v2/droplets/\(id)")["droplet"]?["snapshot_ids"] == [.integer(number)])
            #expect(try await provider.get("/v2/images?private=true")["images"]?[0]?["id"] == .integer(number))
        }
    }

    @Test func `a snapshot outlives its droplet, boots another, and lingers in lists when it is deleted`() async throws
    {
        try await Provider.run { provider in
            let (id, _) = try await snapshot(provider)
            try await provider.advance(5)
            let snapshot = try #require(try await provider.get("/v2/snapshots")["snapshots"]?[0]?["id"]?.string)
            try await provider.call("DELETE", "/v2/droplets/\(id)", status: 204)
            try await provider.advance(10)
            let order: JSON = ["name": "two", "size": "s-1vcpu-1gb", "image": .integer(Int(snapshot)!)]
            try await provider.call("POST", "/v2/droplets", order, status: 202)
            try await provider.call("DELETE", "/v2/snapshots/\(snapshot)", status: 204)
            #expect(try await provider.get("/v2/snapshots")["meta"]?["total"] == 1)
            #expect(try await provider.count("snapshots") == 0)
            try await provider.call("DELETE", "/v2/snapshots/\(snapshot)", status: 404)
            try await provider.advance(5)
            #expect(try await provider.get("/v2/snapshots")["meta"]?["total"] == 0)
        }
    }

    @Test func `an image that is no snapshot is refused with 400`() async throws {
        try await Provider.run { provider in
            let refusal = try await provider.call("GET", "/v2/snapshots/195932981", status: 400)
            #expect(refusal["message"] == "the resource is not a snapshot")
        }
    }
}
