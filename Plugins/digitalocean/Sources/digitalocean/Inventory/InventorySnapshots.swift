internal import ArcadiaPlugin

/// The account's snapshots, of droplets and of volumes. They outlive what they were taken of, and cost until deleted.
struct InventorySnapshots: Operation {
    typealias Owner = DigitalOcean
    static let name = "inventory.snapshots"
    typealias Input = ListInput
    typealias Output = ListOutput<Attributes>

    struct Attributes: Codable {
        var resource_id: String?
        var resource_type: String?
        var size_gigabytes: Double?
        var min_disk_size: Int?
        var regions: [String]
    }

    private struct One: Decodable { var snapshot: Snapshot }

    func execute(_ call: Call<InventorySnapshots>) throws -> Output {
        let api = try API(call, .sync)
        if let id = call.input.provider_id {
            let answer = try api.send(.get, "/snapshots/\(HTTPRequest.percentEncoded(id))", scope: "snapshot:read")
            let found = answer.status == 404 ? nil : try answer.checked().json(One.self).snapshot
            return Output(resources: found.map { [Self.resource($0)] } ?? [], next: nil, total: found == nil ? 0 : 1)
        }
        let listing = Listing<SnapshotPage, Attributes>(
            path: "/snapshots", query: [], scope: "snapshot:read", resource: Self.resource)
        return try api.list(call.input, [listing])
    }

    static func resource(_ snapshot: Snapshot) -> Resource<Attributes> {
        Resource(
            kind: "snapshot", provider_id: snapshot.id, name: snapshot.name, region: snapshot.regions?.first,
            status: "available", size_slug: nil, tags: snapshot.tags ?? [], created_at: snapshot.created_at,
            attrs: Attributes(
                resource_id: snapshot.resource_id, resource_type: snapshot.resource_type,
                size_gigabytes: snapshot.size_gigabytes, min_disk_size: snapshot.min_disk_size,
                regions: snapshot.regions ?? []))
    }
}
