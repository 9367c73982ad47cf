public import SagaCore
internal import Storage

/// A drift from three sides: what was asked for, what is, and who made it so.
public struct DriftView: Sendable, Hashable {
    public let drift: DriftRow
    /// As the spec has it now; nil: nothing is asked any more.
    public let expected: JSONValue?
    public let specVersion: Int?
    /// The run that asked for it; nil: recorded by hand.
    public let specRunID: String?
    public let specUpdatedAt: Timestamp?
    /// As the inventory has it now; nil: never seen.
    public let live: JSONValue?
    public let lastSeenAt: Timestamp
    /// What the log says of this field, the last first, ten at most.
    public let changes: [ResourceEvent]

    /// `{drift: {…}, spec: {value, version, run_id, updated_at}, live: {value, last_seen_at}, changes: [events], repairable}`
    ///
    /// - Parameter isRepairable: there is an operation that puts it right.
    public func json(isRepairable: Bool) -> JSONValue {
        [
            "drift": drift.json,
            "spec": [
                "value": expected ?? .null, "version": specVersion.map { .int(Int64($0)) } ?? .null,
                "run_id": specRunID.map(JSONValue.string) ?? .null,
                "updated_at": specUpdatedAt.map { .string($0.description) } ?? .null,
            ],
            "live": ["value": live ?? .null, "last_seen_at": .string(lastSeenAt.description)],
            "changes": .array(changes.map(\.json)), "repairable": .bool(isRepairable),
        ]
    }

    init(_ drift: DriftRow, _ connection: any Connection) throws {
        self.drift = drift
        let resource = try InventoryQueries.find(drift.resourceID, .operatorOfThisMachine, connection)
        let spec = try? SpecTable.spec(of: resource, connection)
        expected = drift.kind == .missing ? (spec == nil ? nil : drift.expected) : spec?.spec[drift.field]
        specVersion = spec?.specVersion
        specRunID = spec?.runID
        specUpdatedAt = spec?.updatedAt
        lastSeenAt = resource.lastSeenAt
        live = Self.live(drift, resource)
        changes = try Self.changes(drift, connection)
    }

    private static func live(_ drift: DriftRow, _ resource: ResourceRow) -> JSONValue? {
        if drift.kind == .missing { return resource.deletedAt == nil ? "present" : "deleted" }
        let fields = ResourceFields(
            name: resource.name, region: resource.region, status: resource.status, sizeSlug: resource.sizeSlug,
            tags: resource.tags, attrs: resource.attrs)
        return CommonField(rawValue: drift.field)?.value(of: fields) ?? fields.attrs[drift.field]
    }

    /// How far back the log is read.
    private static let depth = 1000

    private static func changes(_ drift: DriftRow, _ connection: any Connection) throws -> [ResourceEvent] {
        let events = try connection.rows(
            """
            SELECT \(ResourceEvent.columns) FROM \(ResourceEvent.tables)
            WHERE e.resource = ? AND e.kind <> 'drift_detected' ORDER BY e.event DESC LIMIT \(depth)
            """, [.int(drift.resource)], ResourceEvent.init)
        return Array(events.filter { touches($0, drift) }.prefix(10))
    }

    private static func touches(_ event: ResourceEvent, _ drift: DriftRow) -> Bool {
        if drift.kind == .missing { return event.kind == .deleted || event.kind == .restored }
        return event.after?[drift.field] != nil || event.after?["attrs"]?[drift.field] != nil
    }
}
