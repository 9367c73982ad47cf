public import SagaCore
internal import Storage

/// Fields that nobody wants to hear of for a while.
public struct IgnoreRule: Sendable, Hashable {
    public let ignoreID: Int64
    /// Nil: of every resource.
    public let resourceID: String?
    /// A pattern with `*` and `?`.
    public let field: String
    public let reason: String
    public let ignoredBy: String
    public let createdAt: Timestamp
    public let expiresAt: Timestamp
    let resource: Int64?

    /// `{ignore_id, resource_id, field, reason, ignored_by, created_at, expires_at}`
    public var json: JSONValue {
        [
            "ignore_id": .int(ignoreID), "resource_id": resourceID.map(JSONValue.string) ?? .null,
            "field": .string(field), "reason": .string(reason), "ignored_by": .string(ignoredBy),
            "created_at": .string(createdAt.description), "expires_at": .string(expiresAt.description),
        ]
    }

    func covers(_ field: String, of resource: Int64) -> Bool {
        (self.resource == nil || self.resource == resource) && Glob(self.field).matches(field)
    }

    /// Those in force, the oldest first.
    static func inForce(at: Timestamp, _ connection: any Connection) throws -> [IgnoreRule] {
        try connection.rows(
            """
            SELECT i.ignore, i.resource, r.resource_id, i.field, i.reason, i.ignored_by, i.created_at, i.expires_at
            FROM cloud_drift_ignores i LEFT JOIN cloud_resources r ON r.resource = i.resource
            WHERE i.expires_at > ? ORDER BY i.ignore
            """, [.int(at.milliseconds)], IgnoreRule.init)
    }

    private init(_ row: any Row) {
        ignoreID = row.int(0) ?? 0
        resource = row.int(1)
        resourceID = row.text(2)
        field = row.text(3) ?? ""
        reason = row.text(4) ?? ""
        ignoredBy = row.text(5) ?? ""
        createdAt = row.moment(6) ?? Timestamp(milliseconds: 0)
        expiresAt = row.moment(7) ?? Timestamp(milliseconds: 0)
    }
}
