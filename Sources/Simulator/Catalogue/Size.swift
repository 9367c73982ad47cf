/// A plan: what a droplet has and costs.
final class Size: Sendable {
    let slug: String
    let megabytes: Int
    let processors: Int
    let disk: Int
    /// Terabytes a month.
    let transfer: Double
    /// Dollars a month.
    let dollars: Int
    let regions: [String]
    let family: String
    let isGraphics: Bool

    init(
        _ slug: String, _ megabytes: Int, _ processors: Int, _ disk: Int, _ transfer: Double, _ dollars: Int,
        _ family: String = "Basic", in regions: [String] = Region.openSlugs, isGraphics: Bool = false
    ) {
        self.slug = slug
        self.megabytes = megabytes
        self.processors = processors
        self.disk = disk
        self.transfer = transfer
        self.dollars = dollars
        self.family = family
        self.regions = regions
        self.isGraphics = isGraphics
    }

    /// Dedicated plans are not everywhere.
    private static let dedicated = ["nyc1", "nyc3", "ams3", "fra1", "lon1", "sfo3", "tor1", "sgp1", "blr1"]
    private static let memory = ["nyc1", "nyc3", "ams3", "fra1", "sfo3"]

    static let all = [
        Size("s-1vcpu-512mb-10gb", 512, 1, 10, 0.5, 4, in: ["nyc1", "nyc3", "ams3", "fra1", "sfo3", "sgp1", "syd1"]),
        Size("s-1vcpu-1gb", 1024, 1, 25, 1, 6),
        Size("s-1vcpu-1gb-amd", 1024, 1, 25, 1, 7, "Premium AMD"),
        Size("s-1vcpu-1gb-intel", 1024, 1, 25, 1, 7, "Premium Intel"),
        Size("s-1vcpu-2gb", 2048, 1, 50, 2, 12),
        Size("s-1vcpu-2gb-amd", 2048, 1, 50, 2, 14, "Premium AMD"),
        Size("s-1vcpu-2gb-intel", 2048, 1, 50, 2, 14, "Premium Intel"),
        Size("s-2vcpu-2gb", 2048, 2, 60, 3, 18),
        Size("s-2vcpu-2gb-amd", 2048, 2, 60, 3, 21, "Premium AMD"),
        Size("s-2vcpu-4gb", 4096, 2, 80, 4, 24),
        Size("s-2vcpu-4gb-amd", 4096, 2, 80, 4, 28, "Premium AMD"),
        Size("s-2vcpu-4gb-intel", 4096, 2, 80, 4, 28, "Premium Intel"),
        Size("s-4vcpu-8gb", 8192, 4, 160, 5, 48),
        Size("s-4vcpu-8gb-amd", 8192, 4, 160, 5, 56, "Premium AMD"),
        Size("s-4vcpu-16gb-amd", 16_384, 4, 200, 8, 84, "Premium AMD"),
        Size("s-8vcpu-16gb", 16_384, 8, 320, 6, 96),
        Size("s-8vcpu-32gb-intel", 32_768, 8, 400, 10, 192, "Premium Intel"),
        Size("c-2", 4096, 2, 25, 4, 42, "CPU-Optimized", in: dedicated),
        Size("c-4", 8192, 4, 50, 5, 84, "CPU-Optimized", in: dedicated),
        Size("c-8", 16_384, 8, 100, 6, 168, "CPU-Optimized", in: dedicated),
        Size("c-16", 32_768, 16, 200, 7, 336, "CPU-Optimized", in: dedicated),
        Size("c-32", 65_536, 32, 400, 9, 672, "CPU-Optimized", in: dedicated),
        Size("g-2vcpu-8gb", 8192, 2, 25, 4, 63, "General Purpose", in: dedicated),
        Size("g-4vcpu-16gb", 16_384, 4, 50, 5, 126, "General Purpose", in: dedicated),
        Size("g-8vcpu-32gb", 32_768, 8, 100, 6, 252, "General Purpose", in: dedicated),
        Size("gd-2vcpu-8gb", 8192, 2, 50, 4, 68, "General Purpose 2x", in: dedicated),
        Size("m-2vcpu-16gb", 16_384, 2, 50, 4, 84, "Memory-Optimized", in: memory),
        Size("m-4vcpu-32gb", 32_768, 4, 100, 6, 168, "Memory-Optimized", in: memory),
        Size("m-8vcpu-64gb", 65_536, 8, 200, 7, 336, "Memory-Optimized", in: memory),
        Size("so-2vcpu-16gb", 16_384, 2, 300, 4, 131, "Storage-Optimized", in: memory),
        Size("so1_5-2vcpu-16gb", 16_384, 2, 450, 4, 163, "Storage-Optimized 1.5x", in: memory),
        Size("gpu-h100x1-80gb", 245_760, 20, 720, 15, 2278, "H100 GPU - 1X", in: ["nyc2", "tor1"], isGraphics: true),
    ]

    private static let bySlug = Dictionary(uniqueKeysWithValues: all.map { ($0.slug, $0) })

    static func named(_ slug: String) -> Size? { bySlug[slug] }

    /// Written once a size: every droplet carries it.
    var json: JSON { Self.written[slug]! }

    private static let written = Dictionary(uniqueKeysWithValues: all.map { ($0.slug, $0.shape.written) })

    private var shape: JSON {
        let shape: JSON = [
            "slug": .string(slug), "memory": .integer(megabytes), "vcpus": .integer(processors),
            "disk": .integer(disk), "transfer": JSON(transfer), "price_monthly": JSON(Double(dollars)),
            // The provider's number went through 32 bits, and shows it.
            "price_hourly": JSON(Double(Float(Double(dollars) / 672))),
            "regions": .array(regions.map(JSON.string)), "available": true, "description": .string(family),
            "disk_info": diskInfo(disk),
        ]
        guard isGraphics else { return shape }
        return shape.with([
            .init(
                key: "gpu_info",
                value: ["count": 1, "model": "nvidia_h100", "vram": ["amount": 80, "unit": "gib"]])
        ])
    }
}

/// The disk of a size or a droplet, which may have been kept smaller when it was resized.
func diskInfo(_ gigabytes: Int) -> JSON {
    [["type": "local", "size": ["amount": .integer(gigabytes), "unit": "gib"]]]
}
