internal import SagaCore

/// Reading runs back.
enum RunQueries {
    private static let columns = """
        r.run, r.run_id, r.saga, r.status, r.inputs, d.hash, r.idempotency_key, r.error, r.blocked, r.wake_at,
        r.cancel_request, r.retry_request, r.created_at, r.finished_at
        """

    static func row(_ key: RunKey, _ connection: any Connection) throws -> (RunRow, definition: String)? {
        try connection.first(
            "SELECT \(columns), d.text FROM saga_runs r JOIN saga_definitions d ON d.definition = r.definition WHERE r.run = ?",
            [.int(key.number)]
        ) { (try row($0), $0.text(14) ?? "") }
    }

    static func list(
        statuses: [RunStatus], saga: String?, limit: Int, _ connection: any Connection
    ) throws -> [RunRow] {
        var conditions: [String] = []
        var values: [SQLValue] = []
        if !statuses.isEmpty {
            conditions.append("r.status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))")
            values += statuses.map { .text($0.rawValue) }
            // Says so once more in the words of the partial index, for open runs among ten million ended ones.
            if statuses.allSatisfy({ !$0.isEnded }) { conditions.append("r.finished_at IS NULL") }
        }
        if let saga {
            conditions.append("r.saga = ?")
            values.append(.text(saga))
        }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try connection.rows(
            """
            SELECT \(columns) FROM saga_runs r JOIN saga_definitions d ON d.definition = r.definition
            \(filter) ORDER BY r.run DESC LIMIT ?
            """, values + [.int(Int64(limit))], row)
    }

    private static func row(_ row: any Row) throws -> RunRow {
        RunRow(
            key: RunKey(number: row.int(0) ?? 0), id: RunID(row.text(1) ?? "") ?? .missing, saga: row.text(2) ?? "",
            status: RunStatus(rawValue: row.text(3) ?? "") ?? .failed, inputs: try row.json(4) ?? [:],
            definitionHash: row.text(5) ?? "", idempotencyKey: row.text(6), error: try row.json(7),
            blocked: row.text(8), wakeAt: row.moment(9), cancelRequest: row.text(10), retryRequest: row.text(11),
            createdAt: row.moment(12) ?? Timestamp(milliseconds: 0), finishedAt: row.moment(13))
    }

    /// What operators change about a run.
    struct Wishes: Hashable {
        let id: String
        let status: String
        let cancel: String?
        let retry: String?

        /// `{run_id, status, cancel_request, retry_request}`
        var json: JSONValue {
            [
                "run_id": .string(id), "status": .string(status),
                "cancel_request": cancel.map(JSONValue.string) ?? .null,
                "retry_request": retry.map(JSONValue.string) ?? .null,
            ]
        }
    }

    static func wishes(of key: RunKey, _ connection: any Connection) throws -> Wishes? {
        try connection.first(
            "SELECT run_id, status, cancel_request, retry_request FROM saga_runs WHERE run = ?", [.int(key.number)]
        ) { Wishes(id: $0.text(0) ?? "", status: $0.text(1) ?? "", cancel: $0.text(2), retry: $0.text(3)) }
    }

    /// The journal of a run. A row that makes no sense ends it with an error: half a journal is worse than none.
    static func events(of key: RunKey, _ connection: any Connection) throws -> [StoredEvent] {
        try connection.rows(
            """
            SELECT j.seq, j.kind, j.step, j.attempt, j.data, j.at, p.plugin, p.version, p.hash
            FROM saga_journal j LEFT JOIN plugin_images p ON p.image = j.image
            WHERE j.run = ? ORDER BY j.seq
            """, [.int(key.number)]
        ) { row in
            let sequence = Int(row.int(0) ?? 0)
            guard let kind = RunEvent.Kind(rawValue: row.text(1) ?? ""),
                let event = RunEvent(
                    kind: kind, step: row.int(2).map { Int($0) - 1 }, attempt: row.int(3).map(Int.init),
                    data: try row.json(4))
            else {
                throw StoreError(
                    code: "damaged", message: "event \(sequence) of run \(key.number) in the journal makes no sense")
            }
            let image = row.text(6).map { PluginImage(plugin: $0, version: row.text(7) ?? "", hash: row.text(8) ?? "") }
            return StoredEvent(
                sequence: sequence, event: event, image: image, at: row.moment(5) ?? Timestamp(milliseconds: 0))
        }
    }
}
