/// A droplet as the provider shows it: what steps and inventory need of it.
struct Droplet: Decodable, Keyed {
    struct Region: Decodable { var slug: String? }
    struct Image: Decodable {
        var id: Int?
        var slug: String?
        var distribution: String?
    }
    struct Network: Decodable {
        var ip_address: String?
        var type: String?
    }
    struct Networks: Decodable {
        var v4: [Network]?
        var v6: [Network]?
    }

    var id: Int
    var name: String
    /// new, active, off, archive
    var status: String
    /// An event is in progress; it takes no other.
    var locked: Bool?
    var size_slug: String
    var memory: Int?
    var vcpus: Int?
    var disk: Int?
    var created_at: String?
    var region: Region?
    var image: Image?
    var networks: Networks?
    var tags: [String]?
    var features: [String]?
    var vpc_uuid: String?
    var volume_ids: [String]?
    var snapshot_ids: [Int]?

    var key: String { String(id) }
    var isLocked: Bool { locked ?? false }
    var publicIPv4: String? { address(networks?.v4, "public") }
    var privateIPv4: String? { address(networks?.v4, "private") }
    var publicIPv6: String? { address(networks?.v6, "public") }
    /// As one would name it in a definition.
    var imageName: String? { image?.slug ?? image?.id.map { String($0) } }

    private func address(_ networks: [Network]?, _ type: String) -> String? {
        networks?.first { $0.type == type && $0.ip_address?.isEmpty == false }?.ip_address
    }
}

struct DropletBody: Decodable { var droplet: Droplet }

struct DropletPage: Page {
    var droplets: [Droplet]
    var links: Links?
    var meta: Meta?
    var items: [Droplet] { droplets }
}

/// Something the provider does to a droplet.
struct Action: Decodable, Keyed {
    var id: Int
    /// in-progress, completed, errored
    var status: String
    var type: String?
    var started_at: String?

    var key: String { String(id) }
}

struct ActionBody: Decodable { var action: Action }

struct ActionPage: Page {
    var actions: [Action]
    var links: Links?
    var meta: Meta?
    var items: [Action] { actions }
}

/// A snapshot; its id is a number in a droplet's list and a string everywhere else.
struct Snapshot: Decodable, Keyed {
    var id: String
    var name: String
    var created_at: String?
    var regions: [String]?
    var min_disk_size: Int?
    var size_gigabytes: Double?
    var resource_id: String?
    var resource_type: String?
    var tags: [String]?

    var key: String { id }

    enum CodingKeys: String, CodingKey {
        case id, name, created_at, regions, min_disk_size, size_gigabytes, resource_id, resource_type, tags
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try (try? values.decode(String.self, forKey: .id)) ?? String(values.decode(Int.self, forKey: .id))
        name = try values.decode(String.self, forKey: .name)
        created_at = try values.decodeIfPresent(String.self, forKey: .created_at)
        regions = try values.decodeIfPresent([String].self, forKey: .regions)
        min_disk_size = try values.decodeIfPresent(Int.self, forKey: .min_disk_size)
        size_gigabytes = try values.decodeIfPresent(Double.self, forKey: .size_gigabytes)
        resource_id = try values.decodeIfPresent(String.self, forKey: .resource_id)
        resource_type = try values.decodeIfPresent(String.self, forKey: .resource_type)
        tags = try values.decodeIfPresent([String].self, forKey: .tags)
    }
}

struct SnapshotBody: Decodable { var snapshot: Snapshot }

struct SnapshotPage: Page {
    var snapshots: [Snapshot]
    var links: Links?
    var meta: Meta?
    var items: [Snapshot] { snapshots }
}
