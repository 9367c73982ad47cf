/// What a droplet boots from: the provider's own, or a snapshot, backup or upload of the account.
struct Image: Sendable {
    let id: Int
    var name: String
    let slug: String?
    var distribution: String
    /// `base`, `snapshot`, `backup` or `custom`.
    let type: String
    let isPublic: Bool
    let regions: [String]
    let createdAt: Moment
    let minDisk: Int
    /// Hundredths of a gigabyte.
    let size: Int
    var description = ""
    var tags: [String] = []
    /// What kinds of public image a list may be narrowed to.
    var isApplication = false

    /// Written once for those that never change.
    var json: JSON { isPublic ? Self.written[id]! : shape }

    private var shape: JSON {
        [
            "id": .integer(id), "name": .string(name), "distribution": .string(distribution), "slug": JSON(slug),
            "public": .bool(isPublic), "regions": .array(regions.map(JSON.string)), "created_at": createdAt.json,
            "min_disk_size": .integer(minDisk), "type": .string(type), "size_gigabytes": gigabytes(size),
            "description": .string(description), "tags": .array(tags.map(JSON.string)), "status": "available",
            "error_message": "",
        ]
    }

    static let provided = [
        distribution(112_929_454, "ubuntu-20-04-x64", "Ubuntu", "20.04 (LTS) x64", 7),
        distribution(155_133_621, "ubuntu-22-04-x64", "Ubuntu", "22.04 (LTS) x64", 7),
        distribution(195_932_981, "ubuntu-24-04-x64", "Ubuntu", "24.04 (LTS) x64", 10),
        distribution(200_129_394, "ubuntu-25-10-x64", "Ubuntu", "25.10 x64", 10),
        distribution(189_133_665, "debian-12-x64", "Debian", "12 x64", 7),
        distribution(203_933_512, "debian-13-x64", "Debian", "13 x64", 7),
        distribution(194_679_217, "fedora-42-x64", "Fedora", "42 x64", 15),
        distribution(187_214_801, "centos-stream-9-x64", "CentOS", "9 Stream x64", 10),
        distribution(187_598_243, "rockylinux-9-x64", "Rocky Linux", "9 x64", 10),
        distribution(201_437_118, "rockylinux-10-x64", "Rocky Linux", "10 x64", 10),
        application(198_423_160, "docker-20-04", "Docker on Ubuntu 22.04"),
        application(196_302_114, "lamp-20-04", "LAMP on Ubuntu 22.04"),
        application(197_055_802, "wordpress-20-04", "WordPress on Ubuntu 22.04"),
    ]

    private static let written = Dictionary(uniqueKeysWithValues: provided.map { ($0.id, $0.shape.written) })

    private static func distribution(_ id: Int, _ slug: String, _ family: String, _ name: String, _ disk: Int) -> Image
    {
        Image(
            id: id, name: name, slug: slug, distribution: family, type: "base", isPublic: true,
            regions: Region.openSlugs, createdAt: Moment(year: 2025, month: 1 + id % 12, day: 1 + id % 28),
            minDisk: disk,
            size: 60 + id % 180, description: "\(family) \(name)")
    }

    private static func application(_ id: Int, _ slug: String, _ name: String) -> Image {
        Image(
            id: id, name: name, slug: slug, distribution: "Ubuntu", type: "snapshot", isPublic: true,
            regions: Region.openSlugs, createdAt: Moment(year: 2025, month: 1 + id % 12, day: 1 + id % 28), minDisk: 25,
            size: 220 + id % 90, description: name, isApplication: true)
    }
}

/// Hundredths as a number of gigabytes: 234 is 2.34.
func gigabytes(_ hundredths: Int) -> JSON { .decimal("\(hundredths / 100).\((hundredths % 100).twoDigits)") }
