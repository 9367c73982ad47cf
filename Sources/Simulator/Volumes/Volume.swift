/// A disk that can be attached to a droplet.
struct Volume: Sendable {
    let id: String
    let name: String
    let description: String
    let region: Region
    var gigabytes: Int
    let createdAt: Moment
    var tags: [String]
    let filesystemType: String
    let filesystemLabel: String
    /// At most one.
    var dropletIDs: [Int] = []

    var urn: String { "do:volume:\(id)" }

    var json: JSON {
        [
            "id": .string(id), "name": .string(name), "created_at": createdAt.json,
            "description": .string(description), "droplet_ids": .array(dropletIDs.map(JSON.integer)),
            "region": region.json, "size_gigabytes": .integer(gigabytes), "tags": .array(tags.map(JSON.string)),
            "filesystem_type": .string(filesystemType), "filesystem_label": .string(filesystemLabel),
        ]
    }
}

extension Account {
    mutating func attach(_ volume: String, to droplet: Int) {
        guard volumes[volume] != nil, droplets[droplet] != nil else { return }
        volumes[volume]?.dropletIDs = [droplet]
        droplets[droplet]?.volumeIDs.append(volume)
    }

    mutating func detach(_ volume: String, from droplet: Int) {
        volumes[volume]?.dropletIDs = []
        droplets[droplet]?.volumeIDs.removeAll { $0 == volume }
    }
}
