public import SagaCore
internal import Storage

extension Drift {
    /// A run is made at once after the drift names it; one that is not there after so long never will be.
    private static let unmadeMilliseconds: Int64 = 60_000

    /// Opens drift again whose run ended without having put it right, or was never made: whoever does so later gets the
    /// credit. It makes no difference who drove the run, and whether somebody was there when it ended.
    ///
    /// - Returns: the numbers of the drift.
    @discardableResult
    public func releaseFailedReverts(at: Timestamp) throws -> [Int64] {
        guard try !database.snapshot({ try Self.failedReverts($0, at) }).isEmpty else { return [] }
        return try database.transaction { connection in
            let failed = try Self.failedReverts(connection, at)
            for drift in failed {
                try connection.run("UPDATE cloud_drift SET reverting_run = NULL WHERE drift = ?", [.int(drift)])
            }
            return failed
        }
    }

    private static func failedReverts(_ connection: any Connection, _ at: Timestamp) throws -> [Int64] {
        var failed: [Int64] = []
        let sql = """
            SELECT f.drift, f.reverting_run, r.run FROM cloud_drift f LEFT JOIN saga_runs r ON r.run_id = f.reverting_run
            WHERE f.status = 'open' AND f.reverting_run IS NOT NULL
                AND (r.run IS NULL OR r.status = 'failed' OR r.status = 'rolled_back')
            """
        try connection.statement(sql).forEachRow([]) { row in
            let isMade = row.int(2) != nil
            guard isMade || isOverdue(row.text(1) ?? "", at) else { return }
            failed.append(row.int(0) ?? 0)
        }
        return failed
    }

    private static func isOverdue(_ run: String, _ at: Timestamp) -> Bool {
        RunID(run).map { at - $0.madeAt > unmadeMilliseconds } ?? false
    }
}
