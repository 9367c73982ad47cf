/// A request to create droplets that the provider would accept.
struct DropletOrder: Sendable {
    let names: [String]
    /// Asked for with `names`: the answer then is a list.
    let isMultiple: Bool
    let size: Size
    let region: Region
    let image: Image
    let tags: [String]
    let volumes: [String]
    let vpc: String
    let hasBackups: Bool
    let hasV6: Bool
    let hasMonitoring: Bool
    let hasPublicNetwork: Bool

    /// Refuses in the provider's words, and in its order: names, size, image, region, room.
    init(_ body: JSON, account: Account, call: Call) throws(ProviderError) {
        isMultiple = body["names"] != nil
        names = try Self.names(body)
        size = try Self.size(body)
        image = try Self.image(body, account: account)
        region = try Self.region(body, size: size, image: image)
        tags = try Self.tags(body)
        volumes = try Self.volumes(body, account: account, region: region)
        vpc = body["vpc_uuid"]?.string ?? Self.defaultVPC(of: region)
        hasBackups = body["backups"]?.bool ?? false
        hasV6 = body["ipv6"]?.bool ?? false
        hasMonitoring = body["monitoring"]?.bool ?? false
        hasPublicNetwork = body["public_networking"]?.bool ?? true
        try Self.checkRoom(for: names.count, account: account, call: call)
    }

    private static func names(_ body: JSON) throws(ProviderError) -> [String] {
        let names: [String]
        if let several = body["names"] {
            names = several.array?.compactMap(\.string) ?? []
            guard names.count <= 10 else { throw .unprocessable("You can create at most 10 droplets at a time.") }
        } else {
            names = body["name"]?.string.map { [$0] } ?? []
        }
        guard !names.isEmpty, !names.contains("") else { throw .unprocessable("Name can't be blank") }
        guard names.allSatisfy(isHostname) else {
            throw .unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)")
        }
        return names
    }

    /// Letters, digits, dots and hyphens, ending in a letter or a digit; at most 255.
    static func isHostname(_ name: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9": true
            default: false
            }
        }
        guard let last = name.utf8.last, isAlphanumeric(last), name.utf8.count <= 255 else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    private static func size(_ body: JSON) throws(ProviderError) -> Size {
        guard let size = body["size"]?.string.flatMap(Size.named) else {
            throw .unprocessable("You specified an invalid size for Droplet creation.")
        }
        return size
    }

    private static func image(_ body: JSON, account: Account) throws(ProviderError) -> Image {
        let key = body["image"]?.string ?? body["image"]?.integer.map(String.init)
        guard let image = key.flatMap(account.image) else {
            throw .unprocessable("You specified an invalid image for Droplet creation.")
        }
        return image
    }

    /// Any region when none is asked for; `nyc` is any in New York.
    private static func region(_ body: JSON, size: Size, image: Image) throws(ProviderError) -> Region {
        let wanted = body["region"]?.string ?? ""
        let matching = Region.named(wanted).map { [$0] } ?? Region.all.filter { $0.slug.hasPrefix(wanted) }
        guard !matching.isEmpty else { throw .unprocessable("You specified an invalid region for Droplet creation.") }
        let open = matching.filter(\.isAvailable)
        guard !open.isEmpty else { throw .unprocessable("Region is not available") }
        let sized = open.filter { size.regions.contains($0.slug) }
        guard !sized.isEmpty else { throw .unprocessable("Size is not available in this region.") }
        guard let region = sized.first(where: { image.regions.contains($0.slug) }) else {
            throw .unprocessable("The image you specified is not available in the selected region.")
        }
        guard image.minDisk <= size.disk else {
            throw .unprocessable("The image you specified requires a larger disk than the size has.")
        }
        return region
    }

    private static func tags(_ body: JSON) throws(ProviderError) -> [String] {
        let tags = body["tags"]?.array?.compactMap(\.string) ?? []
        guard tags.allSatisfy(Tag.isName) else { throw .unprocessable("Tags contains invalid characters") }
        return tags
    }

    private static func volumes(_ body: JSON, account: Account, region: Region) throws(ProviderError) -> [String] {
        let ids = body["volumes"]?.array?.compactMap(\.string) ?? []
        for id in ids {
            guard let volume = account.volumes[id] else { throw .unprocessable("volume \(id) not found") }
            guard volume.region.slug == region.slug, volume.dropletIDs.isEmpty else {
                throw .unprocessable("volume \(id) can not be attached to this Droplet")
            }
        }
        return ids
    }

    private static func defaultVPC(of region: Region) -> String {
        var random = SeededRandom(seed: 0, part: "vpc " + region.slug)
        return random.uuid()
    }

    private static func checkRoom(for count: Int, account: Account, call: Call) throws(ProviderError) {
        let hasRoom = account.droplets.count + count <= account.dropletCapacity
        guard hasRoom, !call.isDropletLimitReached else { throw .dropletLimit }
    }
}
