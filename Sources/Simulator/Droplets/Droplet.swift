/// A virtual machine.
struct Droplet: Sendable {
    enum Status: String, Sendable {
        case new, active, off, archive
    }

    /// A tag and when it begins to show.
    struct TagMark: Sendable {
        let name: String
        let visibleAt: Moment
    }

    let id: Int
    var name: String
    var size: Size
    /// Gigabytes: what it was created with or last resized to, which may be less than its size has.
    var disk: Int
    let region: Region
    var image: Image
    var status = Status.new
    /// The action that runs now; the droplet is locked as long.
    var event: Int?
    let createdAt: Moment
    var hasBackups: Bool
    var hasV6: Bool
    var hasMonitoring: Bool
    var snapshotIDs: [Int] = []
    var backupIDs: [Int] = []
    var volumeIDs: [String] = []
    var addresses: Addresses?
    var hasPublicNetwork = true
    var tags: [TagMark] = []
    let vpc: String
    /// Set once it was deleted: it is still shown for a while.
    var deletedAt: Moment?
    var hiddenUntil: Moment
    var hiddenReads = 0

    var isDeleted: Bool { deletedAt != nil }
    var isLocked: Bool { event != nil }
    var urn: String { "do:droplet:\(id)" }

    func isHidden(at now: Moment) -> Bool { now < hiddenUntil }

    func tagNames(at now: Moment) -> [String] { tags.filter { $0.visibleAt <= now }.map(\.name) }

    func hasTag(_ name: String, at now: Moment) -> Bool { tags.contains { $0.name == name && $0.visibleAt <= now } }

    private var features: [String] {
        [hasBackups ? "backups" : nil, hasMonitoring ? "monitoring" : nil, hasV6 ? "ipv6" : nil]
            .compactMap { $0 } + ["droplet_agent", "private_networking"]
    }

    /// The next four o'clock in the morning.
    private func backupWindow(at now: Moment) -> JSON {
        guard hasBackups else { return .null }
        let start = Moment(seconds: (now.seconds / 86_400 + 1) * 86_400 + 4 * 3600)
        return ["start": start.json, "end": (start + 23 * 3600).json]
    }

    private var networks: JSON {
        addresses?.networks(hasPublic: hasPublicNetwork, hasV6: hasV6) ?? ["v4": [], "v6": []]
    }

    func json(at now: Moment) -> JSON {
        [
            "id": .integer(id), "name": .string(name), "memory": .integer(size.megabytes),
            "vcpus": .integer(size.processors), "disk": .integer(disk), "disk_info": diskInfo(disk),
            "locked": .bool(isLocked), "status": .string(status.rawValue), "kernel": nil,
            "created_at": createdAt.json, "features": .array(features.map(JSON.string)),
            "backup_ids": .array(backupIDs.map(JSON.integer)), "next_backup_window": backupWindow(at: now),
            "snapshot_ids": .array(snapshotIDs.map(JSON.integer)), "image": image.json,
            "volume_ids": .array(volumeIDs.map(JSON.string)), "size": size.json, "size_slug": .string(size.slug),
            "networks": networks, "region": region.json, "tags": .array(tagNames(at: now).map(JSON.string)),
            "vpc_uuid": .string(vpc),
        ]
    }
}

/// What is remembered of a droplet for ever.
struct DropletRecord: Sendable {
    let id: Int
    let name: String
    let tags: [String]
    let createdAt: Moment
    let requestID: String
    var deletedAt: Moment?

    var json: JSON {
        [
            "id": .integer(id), "name": .string(name), "tags": .array(tags.map(JSON.string)),
            "created_at": createdAt.json, "request_id": .string(requestID), "deleted_at": deletedAt?.json ?? .null,
        ]
    }
}
