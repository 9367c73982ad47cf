internal import SagaCore

/// The numbers of plugin images and of sets of them, as the writer of a store knows them.
struct ImageTable {
    private struct Known {
        let number: Int64
        /// When it was last written down that the image is used.
        var noted: Int64?
    }

    private var images: [PluginImage: Known] = [:]
    private var sets: [RunImages: Int64] = [:]
    /// Most runs are like the one before: comparing is quicker than hashing.
    private var last: (set: RunImages, number: Int64)?
    private var lastUsed: (image: PluginImage, number: Int64, noted: Int64)?

    /// Milliseconds between two notes that an image is used: what a run costs must not depend on it.
    private static let precision: Int64 = 60_000

    /// After a transaction that was rolled back: what is thought to be there may not be.
    mutating func forget() { self = ImageTable() }

    /// The number of an image that does something now.
    mutating func number(of image: PluginImage, usedAt now: Timestamp, _ connection: any Connection) throws -> Int64 {
        if let last = lastUsed, last.image == image, isRecent(last.noted, now) { return last.number }
        if let known = images[image], let noted = known.noted, isRecent(noted, now) {
            lastUsed = (image, known.number, noted)
            return known.number
        }
        let number = try number(of: image, connection)
        try connection.run(
            """
            UPDATE plugin_images SET first_used_at = min(coalesce(first_used_at, ?1), ?1),
                last_used_at = max(coalesce(last_used_at, ?1), ?1) WHERE image = ?2
            """, [.int(now.milliseconds), .int(number)])
        images[image]?.noted = now.milliseconds
        return number
    }

    private func isRecent(_ noted: Int64, _ now: Timestamp) -> Bool {
        abs(now.milliseconds - noted) < Self.precision
    }

    private mutating func number(of image: PluginImage, _ connection: any Connection) throws -> Int64 {
        if let known = images[image] { return known.number }
        let values: [SQLValue] = [.text(image.plugin), .text(image.version), .text(image.hash)]
        try connection.run(
            "INSERT INTO plugin_images (plugin, version, hash) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", values)
        let find = "SELECT image FROM plugin_images WHERE plugin = ? AND version = ? AND hash = ?"
        let found = try connection.first(find, values) { $0.int(0) ?? 0 } ?? 0
        images[image] = Known(number: found)
        return found
    }

    /// The number of a set; nil: of no images.
    mutating func number(of set: RunImages, _ connection: any Connection) throws -> Int64? {
        if set.uses.isEmpty, set.keeps.isEmpty { return nil }
        if let last, last.set == set { return last.number }
        if let known = sets[set] {
            last = (set, known)
            return known
        }
        let uses = Set(try set.uses.map { try number(of: $0, connection) }).sorted()
        let keeps = Set(try set.keeps.map { try number(of: $0, connection) }).subtracting(uses).sorted()
        func list(_ numbers: [Int64]) -> String { numbers.map(String.init).joined(separator: " ") }
        let name = SQLValue.text(list(uses) + "|" + list(keeps))
        try connection.run("INSERT INTO plugin_sets (images) VALUES (?) ON CONFLICT DO NOTHING", [name])
        let isNew = connection.changes == 1
        let find = "SELECT plugin_set FROM plugin_sets WHERE images = ?"
        let found = try connection.first(find, [name]) { $0.int(0) ?? 0 } ?? 0
        if isNew {
            let insert = "INSERT INTO plugin_set_images VALUES (?, ?, ?)"
            for image in uses { try connection.run(insert, [.int(found), .int(image), .text("uses")]) }
            for image in keeps { try connection.run(insert, [.int(found), .int(image), .text("keeps")]) }
        }
        sets[set] = found
        return found
    }
}

extension RunQueries {
    /// The plugin images of a run.
    static func images(of key: RunKey, _ connection: any Connection) throws -> RunImages {
        var images = RunImages()
        let rows = try connection.rows(
            """
            SELECT s.role, p.plugin, p.version, p.hash FROM saga_runs r
            JOIN plugin_set_images s ON s.plugin_set = r.plugin_set JOIN plugin_images p ON p.image = s.image
            WHERE r.run = ? ORDER BY p.plugin, p.image
            """, [.int(key.number)]
        ) { row in
            (
                isUsed: row.text(0) == "uses",
                image: PluginImage(plugin: row.text(1) ?? "", version: row.text(2) ?? "", hash: row.text(3) ?? "")
            )
        }
        for row in rows {
            if row.isUsed { images.uses.append(row.image) } else { images.keeps.append(row.image) }
        }
        return images
    }
}
