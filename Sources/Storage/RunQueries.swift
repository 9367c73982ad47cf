internal import SagaCore

/// Reading runs back.
enum RunQueries {
    private static let columns = """
        r.run, r.run_id, r.saga, r.status, r.inputs, d.hash, r.idempotency_key, r.error, r.blocked, r.wake_at,
        r.cancel_request, r.retry_request, r.created_at, r.finished_at, r.mark_request, r.abandon_request, r.signalled,
        r.tenant, r.submitted_by, r.retry_of, r.paused, r.pause_request, r.resume_request, r.skip_request, r.fork_of,
        r.label, r.waits
        """

    static func row(_ key: RunKey, _ connection: any Connection) throws -> (RunRow, definition: String)? {
        try connection.first(
            "SELECT \(columns), d.text FROM saga_runs r JOIN saga_definitions d ON d.definition = r.definition WHERE r.run = ?",
            [.int(key.number)]
        ) { (try row($0), $0.text(27) ?? "") }
    }

    /// One more than `limit`, so that one knows whether there is another page.
    static func list(
        _ filter: RunFilter, before: RunKey?, limit: Int, _ connection: any Connection
    ) throws -> [RunRow] {
        let (sql, values) = selection(filter, before: before, limit: limit)
        return try connection.rows(sql, values, row)
    }

    private static func selection(
        _ filter: RunFilter, before: RunKey?, limit: Int
    ) -> (sql: String, [SQLValue]) {
        let (conditions, values) = filter.conditions(before: before)
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = """
            SELECT \(columns) FROM saga_runs r JOIN saga_definitions d ON d.definition = r.definition
            \(filter) ORDER BY r.run DESC LIMIT ?
            """
        return (sql, values + [.int(Int64(limit) + 1)])
    }

    /// Writes the summaries of `limit` runs as a list, without reading the rows into values.
    ///
    /// - Returns: the last of them; nil: there are no more.
    static func write(
        _ filter: RunFilter, before: RunKey?, limit: Int, into json: inout JSONWriter, _ connection: any Connection
    ) throws -> RunKey? {
        let (sql, values) = selection(filter, before: before, limit: limit)
        var (count, last) = (0, RunKey(number: 0))
        json.beginArray()
        try connection.statement(sql).forEachRow(values) { row in
            count += 1
            guard count <= limit else { return }
            last = RunKey(number: row.int(0) ?? 0)
            write(row, into: &json)
        }
        json.endArray()
        return count > limit ? last : nil
    }

    /// `RunRow.summary`.
    private static func write(_ row: any Row, into json: inout JSONWriter) {
        json.beginObject()
        json.key("run_id")
        json.text(row.bytes(1))
        json.key("saga")
        json.text(row.bytes(2))
        json.key("status")
        json.text(row.bytes(3))
        json.key("error")
        json.written(row.bytes(7))
        json.key("inputs")
        json.written(row.bytes(4))
        json.key("blocked")
        json.text(row.bytes(8))
        json.key("idempotency_key")
        json.text(row.bytes(6))
        json.key("wake_at")
        json.moment(row.moment(9))
        json.key("cancel_requested")
        json.bool(row.bytes(10) != nil)
        json.key("paused")
        json.text(row.bytes(20))
        json.key("waits")
        json.written(row.bytes(26))
        json.key("label")
        json.text(row.text(25) ?? "")
        json.key("submitted_by")
        json.text(row.bytes(18))
        json.key("tenant")
        json.text(row.bytes(17))
        json.key("retry_of")
        json.text(row.bytes(19))
        json.key("fork_of")
        json.text(row.bytes(24))
        json.key("created_at")
        json.moment(row.moment(12))
        json.key("finished_at")
        json.moment(row.moment(13))
        json.endObject()
    }

    private static func row(_ row: any Row) throws -> RunRow {
        RunRow(
            key: RunKey(number: row.int(0) ?? 0), id: RunID(row.text(1) ?? "") ?? .missing, saga: row.text(2) ?? "",
            status: RunStatus(rawValue: row.text(3) ?? "") ?? .failed, inputs: try row.json(4) ?? [:],
            definitionHash: row.text(5) ?? "", idempotencyKey: row.text(6), error: try row.json(7),
            blocked: row.text(8), wakeAt: row.moment(9), cancelRequest: row.text(10),
            wishes: RunWishes(
                retry: row.text(11), mark: try row.json(14).flatMap(RunWishes.Mark.init(json:)), abandon: row.text(15),
                signal: row.text(16), pause: row.text(21), resume: row.text(22),
                skip: try row.json(23).flatMap(RunWishes.Mark.init(json:))),
            tenant: row.text(17), submittedBy: row.text(18), retryOf: row.text(19).flatMap { RunID($0) },
            forkOf: row.text(24).flatMap { RunID($0) }, paused: row.text(20),
            label: row.text(25) ?? "", waits: try row.json(26).flatMap(RunWait.init(json:)),
            createdAt: row.moment(12) ?? Timestamp(milliseconds: 0), finishedAt: row.moment(13))
    }

    /// What operators change about a run.
    struct Wishes: Hashable {
        let id: String
        /// `{run_id, status}` and a member for each column of a wish.
        let json: JSONValue
    }

    static func wishes(of key: RunKey, _ connection: any Connection) throws -> Wishes? {
        let columns = [
            "run_id", "status", "cancel_request", "retry_request", "mark_request", "abandon_request", "signalled",
            "pause_request", "resume_request", "skip_request",
        ]
        return try connection.first(
            "SELECT \(columns.joined(separator: ", ")) FROM saga_runs WHERE run = ?", [.int(key.number)]
        ) { row in
            var object = JSONObject()
            for (index, column) in columns.enumerated() {
                object[column] = row.text(index).map(JSONValue.string) ?? .null
            }
            return Wishes(id: row.text(0) ?? "", json: .object(object))
        }
    }

    /// The journal of a run. A row that makes no sense ends it with an error: half a journal is worse than none.
    ///
    /// - Parameters:
    ///   - after: only those that follow this one.
    ///   - limit: nil: all of them.
    static func events(
        of key: RunKey, after: Int = 0, limit: Int? = nil, _ connection: any Connection
    ) throws -> [StoredEvent] {
        try connection.rows(
            """
            SELECT j.seq, j.kind, j.step, j.attempt, j.data, j.at, p.plugin, p.version, p.hash, j.item
            FROM saga_journal j LEFT JOIN plugin_images p ON p.image = j.image
            WHERE j.run = ? AND j.seq > ? ORDER BY j.seq LIMIT ?
            """, [.int(key.number), .int(Int64(after)), .int(Int64(limit ?? -1))]
        ) { row in
            let sequence = Int(row.int(0) ?? 0)
            guard let kind = RunEvent.Kind(rawValue: row.text(1) ?? ""), let item = StepRef.item(row.text(9)),
                let event = RunEvent(
                    kind: kind, step: row.int(2).map { StepRef(Int($0) - 1, item: item) },
                    attempt: row.int(3).map(Int.init),
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
