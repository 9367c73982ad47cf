public import SagaCore
internal import Storage

/// A field that is not as it was asked to be, or a resource that is gone.
public struct DriftRow: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A field differs.
        case field
        /// The resource has a tombstone.
        case missing
    }

    /// `accepted`: the live value was taken into the spec. `reverted`: a run put it right. `stale`: it came right by
    /// itself or by somebody else. `ignored`: an operator does not want to hear of it for a while.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        case open, accepted, reverted, stale, ignored
    }

    /// What stands as the field where the whole resource is missing.
    public static let wholeResource = "(resource)"

    public let driftID: Int64
    let resource: Int64
    public let resourceID: String
    /// The resource's name.
    public let name: String
    public let kind: Kind
    public let field: String
    public let expected: JSONValue
    /// As last seen.
    public let actual: JSONValue
    public let status: Status
    /// Of the spec it was noticed against.
    public let specVersion: Int
    public let detectedAt: Timestamp
    /// The run that is to put it right.
    public let revertingRun: String?
    public let closedAt: Timestamp?
    public let closedBy: String?
    public let reason: String?

    /// `{drift_id, resource_id, name, kind, field, expected, actual, status, spec_version, detected_at, reverting_run,
    /// closed_at, closed_by, reason}`
    public var json: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
        return [
            "drift_id": .int(driftID), "resource_id": .string(resourceID), "name": .string(name),
            "kind": .string(kind.rawValue), "field": .string(field), "expected": expected, "actual": actual,
            "status": .string(status.rawValue), "spec_version": .int(Int64(specVersion)),
            "detected_at": .string(detectedAt.description), "reverting_run": text(revertingRun),
            "closed_at": text(closedAt?.description), "closed_by": text(closedBy), "reason": text(reason),
        ]
    }

    /// `{"drift": […]}`
    public static func json(_ rows: [DriftRow]) -> JSONValue { ["drift": .array(rows.map(\.json))] }

    /// With a header; the columns are the members of `json`.
    public static func csv(_ rows: [DriftRow]) -> String { CSVPiece.table(rows, csvColumns) }

    private static var csvColumns: [CSVColumn<DriftRow>] {
        [
            CSVColumn("drift_id") { .exact("\($0.driftID)") }, CSVColumn("resource_id") { .text($0.resourceID) },
            CSVColumn("name") { .text($0.name) }, CSVColumn("kind") { .text($0.kind.rawValue) },
            CSVColumn("field") { .text($0.field) }, CSVColumn("expected") { .of($0.expected) },
            CSVColumn("actual") { .of($0.actual) }, CSVColumn("status") { .text($0.status.rawValue) },
            CSVColumn("spec_version") { .exact("\($0.specVersion)") },
            CSVColumn("detected_at") { .exact($0.detectedAt.description) },
            CSVColumn("reverting_run") { .text($0.revertingRun) },
            CSVColumn("closed_at") { .text($0.closedAt?.description) }, CSVColumn("closed_by") { .text($0.closedBy) },
            CSVColumn("reason") { .text($0.reason) },
        ]
    }

    static let columns = """
        f.drift, f.resource, r.resource_id, r.name, f.kind, f.field, f.expected, f.actual, f.status, f.spec_version,
        f.detected_at, f.reverting_run, f.closed_at, f.closed_by, f.reason
        """
    static let tables = """
        cloud_drift f JOIN cloud_resources r ON r.resource = f.resource
            LEFT JOIN cloud_projects p ON p.project = r.project
        """

    init(_ row: any Row) throws {
        driftID = row.int(0) ?? 0
        resource = row.int(1) ?? 0
        resourceID = row.text(2) ?? ""
        name = row.text(3) ?? ""
        // The table's CHECKs admit no others.
        kind = Kind(rawValue: row.text(4) ?? "") ?? .field
        field = row.text(5) ?? ""
        expected = try row.json(6) ?? .null
        actual = try row.json(7) ?? .null
        status = Status(rawValue: row.text(8) ?? "") ?? .open
        specVersion = Int(row.int(9) ?? 0)
        detectedAt = row.moment(10) ?? Timestamp(milliseconds: 0)
        revertingRun = row.text(11)
        closedAt = row.moment(12)
        closedBy = row.text(13)
        reason = row.text(14)
    }

    static func find(_ drift: Int64, _ scope: Scope, _ connection: any Connection) throws -> DriftRow {
        let within = scope.condition(onProject: "r.project")
        let row = try connection.first(
            "SELECT \(columns) FROM \(tables) WHERE f.drift = ?\(within.map { " AND " + $0.sql } ?? "")",
            [.int(drift)] + (within?.values ?? []), DriftRow.init)
        guard let row else { throw DriftRefusal.unknown(drift) }
        return row
    }

    /// - Throws: `DriftRefusal.notOpen`
    static func findOpen(_ drift: Int64, _ scope: Scope, _ connection: any Connection) throws -> DriftRow {
        let row = try find(drift, scope, connection)
        guard row.status == .open else {
            throw DriftRefusal.notOpen(drift, row.status, at: row.closedAt, by: row.closedBy)
        }
        return row
    }
}

/// A page of drift, in the order it was noticed.
public struct DriftList: Sendable, Hashable {
    public let drift: [DriftRow]
    /// What to ask on with; nil: these are the last.
    public let next: String?

    /// `{"drift": […], "next": "…" or null}`
    public var json: JSONValue {
        ["drift": .array(drift.map(\.json)), "next": next.map(JSONValue.string) ?? .null]
    }
}
