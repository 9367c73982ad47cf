public import SagaCore

/// What was done with a plugin image, and what runs still need it for.
public struct ImageUse: Sendable {
    public let image: PluginImage
    /// Right to the minute; nil: it never did anything.
    public let firstUsedAt: Timestamp?
    public let lastUsedAt: Timestamp?
    /// Runs under way that go on with it.
    public internal(set) var runs = 0
    /// Runs that failed, which a person may have taken back with it.
    public internal(set) var failedRuns = 0
    /// When the last of those ended.
    public internal(set) var lastFailureAt: Timestamp?
}

extension SQLRunStore {
    /// How many runs under way go on with each image. What it costs grows with those runs, not with the history.
    public func runsByImage() throws(StoreError) -> [PluginImage: Int] {
        try database.read { connection in
            let holds = try ImageHold.read(where: "r.finished_at IS NULL", connection)
            let images = try ImageHold.images(connection)
            return holds.reduce(into: [:]) { counts, hold in
                if let image = images[hold.image]?.image { counts[image, default: 0] += hold.runs }
            }
        }
    }

    /// Every image that ever did something here, or is to, the newest first.
    public func imageUses() throws(StoreError) -> [ImageUse] {
        try database.read { connection in
            var uses = try ImageHold.images(connection)
            for hold in try ImageHold.read(where: "r.finished_at IS NULL", connection) {
                uses[hold.image]?.runs += hold.runs
            }
            for hold in try ImageHold.read(where: "r.status = 'failed'", connection) {
                uses[hold.image]?.failedRuns += hold.runs
                let known = uses[hold.image]?.lastFailureAt
                uses[hold.image]?.lastFailureAt = [known, hold.lastEnd].compactMap(\.self).max()
            }
            return uses.sorted { $0.key > $1.key }.map(\.value)
        }
    }

    /// Has a change seen that was not made in the database.
    public func note(_ change: Change, witness: Witness) throws(StoreError) {
        try transact { try witness(change, $0) }
    }
}

/// So many runs of one kind need an image.
private struct ImageHold {
    let image: Int64
    let runs: Int
    let lastEnd: Timestamp?

    /// Runs share their sets, so this counts by set. A run that is older than sets names its images in the journal.
    static func read(where condition: String, _ connection: any Connection) throws -> [ImageHold] {
        try connection.rows(
            """
            SELECT s.image, n.runs, n.last_end FROM (
                SELECT r.plugin_set, count(*) AS runs, max(r.finished_at) AS last_end FROM saga_runs r
                WHERE \(condition) AND r.plugin_set IS NOT NULL GROUP BY r.plugin_set) AS n
            JOIN plugin_set_images s ON s.plugin_set = n.plugin_set
            UNION ALL
            SELECT j.image, count(DISTINCT j.run), max(r.finished_at) FROM saga_runs r
            JOIN saga_journal j ON j.run = r.run
            WHERE \(condition) AND r.plugin_set IS NULL AND j.image IS NOT NULL GROUP BY j.image
            """
        ) { ImageHold(image: $0.int(0) ?? 0, runs: Int($0.int(1) ?? 0), lastEnd: $0.moment(2)) }
    }

    static func images(_ connection: any Connection) throws -> [Int64: ImageUse] {
        let rows = try connection.rows(
            "SELECT image, plugin, version, hash, first_used_at, last_used_at FROM plugin_images"
        ) { row in
            let image = PluginImage(plugin: row.text(1) ?? "", version: row.text(2) ?? "", hash: row.text(3) ?? "")
            return (row.int(0) ?? 0, ImageUse(image: image, firstUsedAt: row.moment(4), lastUsedAt: row.moment(5)))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }
}
