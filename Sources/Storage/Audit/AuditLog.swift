public import SagaCore

/// Who did what: a table that is only ever added to, each row chained to the one before it by its hash.
///
/// The chain shows a row that was changed, taken out, put in or moved by anybody who did not write the whole rest of it
/// anew. Against somebody who did, only a head that was kept elsewhere helps: `verify(knownHead:)`.
public struct AuditLog: Sendable {
    private let database: any Database

    /// - Parameter database: with `Migration.audit` applied.
    public init(_ database: any Database) { self.database = database }

    // MARK: - Writing

    /// Adds an entry within the caller's transaction: both happen, or neither.
    ///
    /// - Returns: the event's number.
    @discardableResult
    public static func append(_ entry: AuditEntry, on connection: any Connection) throws -> Int64 {
        guard let head = try AuditHead.read(connection) else {
            throw StoreError(
                code: "damaged", message: "the audit log has no head, so nothing can be added to it",
                hint: "`arcadia audit verify` says what is left of it")
        }
        let values = AuditRow.values(of: entry, event: head.event + 1)
        let hash = AuditRow.hash(after: head.hash, values)
        try connection.run(
            "INSERT INTO audit_events VALUES (\(AuditRow.placeholders), ?)", values + [.text(hash)])
        try connection.run(
            "UPDATE audit_head SET event = ?, hash = ? WHERE head = 1", [.int(head.event + 1), .text(hash)])
        return head.event + 1
    }

    /// Adds an entry that goes with no change: a denied attempt, a failed one.
    @discardableResult
    public func record(_ entry: AuditEntry) throws(StoreError) -> Int64 {
        try database.write { connection in
            try connection.transaction { try Self.append(entry, on: connection) }
        }
    }

    /// A witness that writes every change it sees down as `entry`, completed by what was changed.
    public static func witness(_ entry: AuditEntry) -> Witness {
        { change, connection in
            var entry = entry
            entry.note(change)
            try append(entry, on: connection)
        }
    }

    // MARK: - Reading

    /// The newest first.
    public func list(_ filter: AuditFilter = AuditFilter(), in scope: Scope) throws(StoreError) -> [AuditEvent] {
        try database.read { connection in
            try connection.rows(
                """
                SELECT \(AuditRow.columns), hash FROM audit_events \(filter.condition(in: scope))
                ORDER BY event DESC LIMIT ?
                """, filter.values(in: scope) + [.int(Int64(max(filter.limit, 1)))], AuditEvent.init)
        }
    }

    /// Reads the whole log, row by row, and says whether it is as it was written.
    ///
    /// - Parameter knownHead: a hash that `verify` answered before and that was kept elsewhere; then the log must still have
    ///   it, and so everything before it.
    public func verify(knownHead: String? = nil) throws(StoreError) -> AuditReport {
        try database.read { connection in
            var check = AuditCheck(knownHead: knownHead)
            let rows = try connection.statement("SELECT \(AuditRow.columns), hash FROM audit_events ORDER BY event")
            try rows.forEachRow([]) { check.take($0) }
            return check.report(head: try AuditHead.read(connection))
        }
    }
}

/// The last event, as `audit_head` tells it.
struct AuditHead {
    let event: Int64
    /// Empty: there is no event yet.
    let hash: String

    static func read(_ connection: any Connection) throws -> AuditHead? {
        try connection.first("SELECT event, hash FROM audit_head WHERE head = 1") {
            AuditHead(event: $0.int(0) ?? 0, hash: $0.text(1) ?? "")
        }
    }
}
