/// A data centre.
final class Region: Sendable {
    let slug: String
    let name: String
    /// Old regions are shown and take no new droplets.
    let isAvailable: Bool

    init(_ slug: String, _ name: String, isAvailable: Bool = true) {
        self.slug = slug
        self.name = name
        self.isAvailable = isAvailable
    }

    static let all = [
        Region("nyc1", "New York 1"), Region("sfo1", "San Francisco 1", isAvailable: false),
        Region("nyc2", "New York 2"), Region("ams2", "Amsterdam 2", isAvailable: false),
        Region("sgp1", "Singapore 1"), Region("lon1", "London 1"), Region("nyc3", "New York 3"),
        Region("ams3", "Amsterdam 3"), Region("fra1", "Frankfurt 1"), Region("tor1", "Toronto 1"),
        Region("sfo2", "San Francisco 2"), Region("blr1", "Bangalore 1"), Region("sfo3", "San Francisco 3"),
        Region("syd1", "Sydney 1"), Region("atl1", "Atlanta 1"),
    ]

    private static let bySlug = Dictionary(uniqueKeysWithValues: all.map { ($0.slug, $0) })

    static let open = all.filter(\.isAvailable)
    static let openSlugs = open.map(\.slug)

    static func named(_ slug: String) -> Region? { bySlug[slug] }

    var features: [String] {
        guard isAvailable else { return ["private_networking", "backups", "ipv6", "metadata"] }
        return ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"]
    }

    /// Written once a region: every droplet and action carries it.
    var json: JSON { Self.written[slug]! }

    private static let written = Dictionary(uniqueKeysWithValues: all.map { ($0.slug, $0.shape.written) })

    private var shape: JSON {
        let sizes = Size.all.filter { $0.regions.contains(slug) }.map(\.slug)
        return [
            "name": .string(name), "slug": .string(slug), "features": .array(features.map(JSON.string)),
            "available": .bool(isAvailable), "sizes": .array(sizes.map(JSON.string)),
        ]
    }
}
