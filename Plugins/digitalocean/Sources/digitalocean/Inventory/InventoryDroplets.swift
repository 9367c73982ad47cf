internal import ArcadiaPlugin

/// The account's droplets. GPU droplets are in a list of their own, which most clients forget.
struct InventoryDroplets: Operation {
    typealias Owner = DigitalOcean
    static let name = "inventory.droplets"
    typealias Input = ListInput
    typealias Output = ListOutput<Attributes>

    struct Attributes: Codable {
        var image: String?
        var image_id: Int?
        var distribution: String?
        var memory: Int?
        var vcpus: Int?
        var disk: Int?
        var public_ipv4: String?
        var private_ipv4: String?
        var public_ipv6: String?
        var vpc_uuid: String?
        var features: [String]?
        var volume_ids: [String]?
        var snapshot_ids: [Int]?
        /// A node of a Kubernetes cluster: the cluster's to destroy.
        var is_cluster_node: Bool
    }

    func execute(_ call: Call<InventoryDroplets>) throws -> Output {
        let api = try API(call, .sync)
        if let id = call.input.provider_id { return try one(id, api) }
        let scope = "droplet:read"
        // The provider takes no type together with a tag or a name, and then looks among all of them.
        let isFiltered = call.input.query?.keys.contains { ["tag_name", "name", "type"].contains($0) } ?? false
        let types = isFiltered ? [[]] : [[], [("type", "gpus")]]
        return try api.list(
            call.input,
            types.map {
                Listing<DropletPage, Attributes>(path: "/droplets", query: $0, scope: scope, resource: Self.resource)
            })
    }

    private func one(_ id: String, _ api: API) throws -> Output {
        let found = try Int(id).flatMap { try api.droplet($0) }
        return Output(resources: found.map { [Self.resource($0)] } ?? [], next: nil, total: found == nil ? 0 : 1)
    }

    static func resource(_ droplet: Droplet) -> Resource<Attributes> {
        let tags = droplet.tags ?? []
        return Resource(
            kind: "droplet", provider_id: droplet.key, name: droplet.name, region: droplet.region?.slug,
            status: droplet.status, size_slug: droplet.size_slug, tags: tags, created_at: droplet.created_at,
            attrs: Attributes(
                image: droplet.imageName, image_id: droplet.image?.id, distribution: droplet.image?.distribution,
                memory: droplet.memory, vcpus: droplet.vcpus, disk: droplet.disk, public_ipv4: droplet.publicIPv4,
                private_ipv4: droplet.privateIPv4, public_ipv6: droplet.publicIPv6, vpc_uuid: droplet.vpc_uuid,
                features: droplet.features, volume_ids: droplet.volume_ids, snapshot_ids: droplet.snapshot_ids,
                is_cluster_node: tags.contains("k8s")))
    }
}
