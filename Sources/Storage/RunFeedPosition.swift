internal import SagaCore

extension RunFeed {
    /// Up to where the feed has seen.
    struct Position {
        /// What `Database.commitMark` said.
        var commits: Int64 = -1
        var lastRun: Int64 = 0
        var lastLateChange: Int64 = 0
        /// Runs that had not ended.
        var open: [RunKey: Mark] = [:]
    }

    /// What tells one moment of an open run from another.
    struct Mark: Equatable {
        var sequence: Int
        var status: String
        var blocked: String?
        var isCancelRequested: Bool
    }
}

extension RunFeed.Position {
    static func now(_ database: any Database) throws(StoreError) -> Self {
        // Before the snapshot: a commit between the two is looked at once more, and not missed.
        let commits = try database.commitMark()
        return try database.read { connection in
            Self(
                commits: commits, lastRun: try last("run", of: "saga_runs", connection),
                lastLateChange: try last("change", of: "saga_late_changes", connection),
                open: try openRuns(connection))
        }
    }

    /// The runs that are not as they were, in the order they were made, and the position after them. Of more than
    /// `limit` only that there are more.
    func changes(in database: any Database, limit: Int) throws(StoreError) -> ([RunChange], Self) {
        try database.read { connection in
            var after = self
            after.open = try Self.openRuns(connection)
            after.lastRun = try Self.last("run", of: "saga_runs", connection)
            after.lastLateChange = try Self.last("change", of: "saga_late_changes", connection)
            let keys = try changedRuns(after, limit: limit, connection)
            let changes = try keys.prefix(limit + 1).compactMap { try change(of: $0, connection) }
            return (changes, after)
        }
    }

    private func changedRuns(_ after: Self, limit: Int, _ connection: any Connection) throws -> [RunKey] {
        var runs = Set(after.open.filter { open[$0.key] != $0.value }.keys)
        runs.formUnion(open.keys.filter { after.open[$0] == nil })
        let key: (any Row) throws -> RunKey = { RunKey(number: $0.int(0) ?? 0) }
        runs.formUnion(
            try connection.rows(
                "SELECT run FROM saga_runs WHERE run > ? ORDER BY run LIMIT ?",
                [.int(lastRun), .int(Int64(limit) + 1)], key))
        runs.formUnion(
            try connection.rows(
                "SELECT DISTINCT run FROM saga_late_changes WHERE change > ? LIMIT ?",
                [.int(lastLateChange), .int(Int64(limit) + 1)], key))
        return runs.sorted { $0.number < $1.number }
    }

    private func change(of key: RunKey, _ connection: any Connection) throws -> RunChange? {
        guard let (row, _) = try RunQueries.row(key, connection) else { return nil }
        if let seen = open[key]?.sequence ?? (key.number > lastRun ? 0 : nil) {
            return RunChange(row: row, events: try RunQueries.events(of: key, after: seen, connection))
        }
        // It had ended: what happened from its first late change on.
        let first = try connection.first(
            "SELECT min(at) FROM saga_late_changes WHERE run = ? AND change > ?",
            [.int(key.number), .int(lastLateChange)]
        ) { $0.moment(0) }
        let since = (first ?? nil) ?? row.createdAt
        return RunChange(row: row, events: try RunQueries.events(of: key, connection).filter { $0.at >= since })
    }

    private static func last(_ column: String, of table: String, _ connection: any Connection) throws -> Int64 {
        try connection.first("SELECT coalesce(max(\(column)), 0) FROM \(table)") { $0.int(0) ?? 0 } ?? 0
    }

    private static func openRuns(_ connection: any Connection) throws -> [RunKey: RunFeed.Mark] {
        var open: [RunKey: RunFeed.Mark] = [:]
        try connection.statement(
            """
            SELECT run, (SELECT max(seq) FROM saga_journal j WHERE j.run = r.run), status, blocked,
                cancel_request IS NOT NULL
            FROM saga_runs r WHERE finished_at IS NULL
            """
        ).forEachRow([]) { row in
            open[RunKey(number: row.int(0) ?? 0)] = RunFeed.Mark(
                sequence: Int(row.int(1) ?? 0), status: row.text(2) ?? "", blocked: row.text(3),
                isCancelRequested: row.int(4) == 1)
        }
        return open
    }
}
