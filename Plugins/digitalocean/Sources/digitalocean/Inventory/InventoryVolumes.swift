internal import ArcadiaPlugin

/// The account's volumes.
struct InventoryVolumes: Operation {
    typealias Owner = DigitalOcean
    static let name = "inventory.volumes"
    typealias Input = ListInput
    typealias Output = ListOutput<Attributes>

    struct Attributes: Codable {
        var size_gigabytes: Int?
        var droplet_ids: [Int]
        var filesystem_type: String?
        var description: String?
    }

    struct Volume: Decodable, Keyed {
        var id: String
        var name: String
        var size_gigabytes: Int?
        var droplet_ids: [Int]?
        var filesystem_type: String?
        var description: String?
        var created_at: String?
        var region: Droplet.Region?
        var tags: [String]?

        var key: String { id }
    }

    private struct One: Decodable { var volume: Volume }

    struct VolumePage: Page {
        var volumes: [Volume]
        var links: Links?
        var meta: Meta?
        var items: [Volume] { volumes }
    }

    func execute(_ call: Call<InventoryVolumes>) throws -> Output {
        let api = try API(call, .sync)
        if let id = call.input.provider_id {
            let answer = try api.send(.get, "/volumes/\(HTTPRequest.percentEncoded(id))", scope: "block_storage:read")
            let found = answer.status == 404 ? nil : try answer.checked().json(One.self).volume
            return Output(resources: found.map { [Self.resource($0)] } ?? [], next: nil, total: found == nil ? 0 : 1)
        }
        let listing = Listing<VolumePage, Attributes>(
            path: "/volumes", query: [], scope: "block_storage:read", resource: Self.resource)
        return try api.list(call.input, [listing])
    }

    static func resource(_ volume: Volume) -> Resource<Attributes> {
        Resource(
            kind: "volume", provider_id: volume.id, name: volume.name, region: volume.region?.slug,
            status: volume.droplet_ids?.isEmpty == false ? "attached" : "available", size_slug: nil,
            tags: volume.tags ?? [], created_at: volume.created_at,
            attrs: Attributes(
                size_gigabytes: volume.size_gigabytes, droplet_ids: volume.droplet_ids ?? [],
                filesystem_type: volume.filesystem_type, description: volume.description))
    }
}
