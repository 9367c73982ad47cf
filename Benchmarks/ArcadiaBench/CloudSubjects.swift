internal import CloudControl
internal import SagaCore
internal import Storage

/// What is measured of the cloud account, each in a process of its own.
enum CloudSubject {
    static func open(_ folder: String) throws -> SQLiteDatabase {
        let database = try SQLiteDatabase(path: folder + "/cloud.db")
        try database.write { try $0.migrate(Migration.runs + CloudTables.migrations, at: 0) }
        return database
    }

    /// A first sync of `count` droplets into an empty database, and one more of the same: the adapter has its pages ready,
    /// so what is measured is ours.
    static func sync(folder: String, count: Int) throws {
        let database = try open(folder)
        let inventory = Inventory(database)
        let account = ReadyPages(count: count)
        let kinds = [InventoryKind(kind: "droplet", operation: "inventory.droplets")]
        func sync(_ at: Int64) throws -> (seconds: Double, sweep: SweepReport) {
            let start = Subject.now()
            let report = try inventory.sync(
                account, kinds: kinds, defaultProject: nil, at: Timestamp(milliseconds: at))
            return (Subject.now() - start, report.sweeps[0])
        }
        let first = try sync(1000)
        let again = try sync(2000)
        precondition(first.sweep.new == count && again.sweep.seen == count && again.sweep.updated == 0)
        print(
            "{\"resources\":\(count),\"first_per_s\":\(Double(count) / first.seconds),\"again_per_s\":\(Double(count) / again.seconds),\"rss_mib\":\(peakMemory())}"
        )
    }

    /// An account of `count` droplets in the database of a data folder.
    static func account(folder: String, count: Int) throws {
        let database = try SQLiteDatabase(path: DataFolder(opening: folder).database)
        try database.write { try $0.migrate(Migration.runs + CloudTables.migrations, at: 0) }
        _ = try Inventory(database).sync(
            ReadyPages(count: count), kinds: [InventoryKind(kind: "droplet", operation: "inventory.droplets")],
            defaultProject: nil, at: Timestamp(milliseconds: 1_760_000_000_000))
        database.close()
    }

    /// A database of `count` provisioned resources with three fields each, one of them in attrs; one of 100,000 drifts.
    static func makeDrift(folder: String, count: Int) throws {
        let database = try open(folder)
        let inventory = Inventory(database)
        _ = try inventory.sync(
            ReadyPages(count: count), kinds: [InventoryKind(kind: "droplet", operation: "inventory.droplets")],
            defaultProject: nil, at: Timestamp(milliseconds: 1000))
        try database.write { connection in
            try connection.transaction {
                try connection.run(
                    """
                    INSERT INTO cloud_provisioned (resource, spec, spec_version, recorded_at, updated_at)
                    SELECT resource, '{"size_slug":"' || CASE resource % 100000 WHEN 0 THEN 's-9' ELSE size_slug END
                        || '","region":"' || region || '","image":"' || json_extract(attrs, '$.image') || '"}', 1, 0, 0
                    FROM cloud_resources ORDER BY resource
                    """)
            }
            try connection.run("PRAGMA wal_checkpoint(TRUNCATE)")
        }
        database.close()
    }

    /// Compares all of them once.
    static func drift(folder: String) throws {
        let drift = Drift(try open(folder))
        let start = Subject.now()
        let summary = try drift.detect(at: Timestamp(milliseconds: 3000))
        let seconds = Subject.now() - start
        print(
            "{\"checked\":\(summary.checked),\"drifted_fields\":\(summary.driftedFields),\"seconds\":\(seconds),\"rss_mib\":\(peakMemory())}"
        )
    }

    /// The most the process ever had in memory, in MiB.
    private static func peakMemory() -> Double { Suspended.status("VmHWM") / 1024 }
}

/// An account that hands out pages of 200 droplets, each made when it is asked for and shaped like the real ones.
private final class ReadyPages: ProviderAdapter {
    let provider = "digitalocean"
    private let count: Int
    private let pages: [JSONObject]
    private static let size = 200
    /// So many pages are made before the clock runs; a longer account gets its pages on the way.
    private static let ready = 500

    init(count: Int) {
        self.count = count
        pages = (0..<min(Self.ready, (count + Self.size - 1) / Self.size)).map { Self.page($0, of: count) }
    }

    func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        guard operation == "inventory.droplets" else { return ["projects": []] }
        let number = input["cursor"]?.stringValue.flatMap { Int($0) } ?? 0
        return number < pages.count ? pages[number] : Self.page(number, of: count)
    }

    private static func page(_ number: Int, of count: Int) -> JSONObject {
        let last = min(count, (number + 1) * size)
        var page: JSONObject = ["resources": .array((number * size..<last).map(droplet)), "total": .int(Int64(count))]
        if last < count { page["next"] = .string("\(number + 1)") }
        return page
    }

    private static func droplet(_ number: Int) -> JSONValue {
        let memory = Int64(1 << (number % 6 + 10))
        return [
            "kind": "droplet", "provider_id": .string("\(3_000_000 + number)"), "name": .string("web-\(number)"),
            "region": .string(["nyc3", "ams3", "fra1"][number % 3]), "status": "active",
            "size_slug": .string("s-\(number % 4 + 1)vcpu-\(number % 8 + 1)gb"),
            "tags": ["env:prod", .string("team-\(number % 17)"), "web"], "created_at": "2026-01-01T00:00:00Z",
            "attrs": [
                "image": .string("ubuntu-24-04-x64-\(number % 5)"), "image_id": .int(Int64(number % 5 + 100_000)),
                "distribution": "Ubuntu", "memory": .int(memory), "vcpus": .int(Int64(number % 4 + 1)), "disk": 25,
                "public_ipv4": .string("203.0.\(number / 256 % 256).\(number % 256)"),
                "private_ipv4": .string("10.0.\(number / 256 % 256).\(number % 256)"),
                "vpc_uuid": "760e09ef-dc84-11e8-981e-3cfdfeaae000",
                "features": ["droplet_agent", "private_networking"],
                "volume_ids": [], "snapshot_ids": [], "is_cluster_node": false,
            ],
        ]
    }
}
