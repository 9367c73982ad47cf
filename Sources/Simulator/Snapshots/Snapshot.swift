/// A copy of a droplet's disk, which is an image too, or of a volume.
struct Snapshot: Sendable {
    /// Where the copy was taken from.
    enum Source: Sendable, Equatable {
        case droplet(Int)
        case volume(String)
    }

    /// A number for a droplet's, a UUID for a volume's.
    let id: String
    var name: String
    /// When the action that took it started, to the second.
    let createdAt: Moment
    let source: Source
    let region: Region
    let minDisk: Int
    /// Hundredths of a gigabyte.
    let size: Int
    let distribution: String
    var tags: [String] = []
    var isBackup = false
    /// False until some seconds after its action completed.
    var isShown = false
    /// Set once it was deleted: it is still listed for a while.
    var deletedAt: Moment?

    var isDeleted: Bool { deletedAt != nil }
    /// Listed, whether it was deleted a moment ago or not. Backups are listed with their droplet only.
    var isVisible: Bool { isShown && !isBackup }

    /// As `/v2/snapshots` shows it.
    var json: JSON {
        let resource: (id: String, type: String) =
            switch source {
            case .droplet(let id): (String(id), "droplet")
            case .volume(let id): (id, "volume")
            }
        return [
            "id": .string(id), "name": .string(name), "created_at": createdAt.json,
            "regions": [.string(region.slug)], "min_disk_size": .integer(minDisk), "size_gigabytes": gigabytes(size),
            "resource_id": .string(resource.id), "resource_type": .string(resource.type),
            "tags": .array(tags.map(JSON.string)),
        ]
    }

    /// As a droplet's own list shows it.
    var dropletJSON: JSON {
        [
            "id": JSON(Int(id)), "name": .string(name), "created_at": createdAt.json,
            "regions": [.string(region.slug)], "min_disk_size": .integer(minDisk), "size_gigabytes": gigabytes(size),
            "type": isBackup ? "backup" : "snapshot",
        ]
    }

    /// A droplet's snapshot as an image; nil for a volume's.
    var image: Image? {
        guard let id = Int(id) else { return nil }
        return Image(
            id: id, name: name, slug: nil, distribution: distribution, type: isBackup ? "backup" : "snapshot",
            isPublic: false, regions: [region.slug], createdAt: createdAt, minDisk: minDisk, size: size, tags: tags)
    }

    /// The image, when a droplet can be made from it.
    var bootable: Image? { isShown && !isDeleted ? image : nil }
}
