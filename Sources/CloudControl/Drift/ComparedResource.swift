internal import SagaCore
internal import Storage

/// A provisioned resource: what it was asked to be beside what it is.
struct ComparedResource {
    let number: Int64
    let provider: String
    let kind: String
    let spec: JSONObject
    let specVersion: Int64
    let isDeleted: Bool
    let live: ResourceFields

    /// The columns after these are free.
    static let columns = """
        d.resource, d.spec, d.spec_version, r.deleted_at, r.name, r.region, r.status, r.size_slug, r.tags, r.attrs,
        r.provider, r.kind
        """
    static let tables = "cloud_provisioned d JOIN cloud_resources r ON r.resource = d.resource"

    init(_ row: any Row) throws {
        number = row.int(0) ?? 0
        spec = try row.json(1)?.objectValue ?? [:]
        specVersion = row.int(2) ?? 0
        isDeleted = row.int(3) != nil
        live = ResourceFields(
            name: row.text(4) ?? "", region: row.text(5), status: row.text(6), sizeSlug: row.text(7),
            tags: try row.json(8)?.arrayValue?.compactMap(\.stringValue) ?? [],
            attrs: try row.json(9)?.objectValue ?? [:])
        provider = row.text(10) ?? ""
        kind = row.text(11) ?? ""
    }

    static func find(_ resource: Int64, _ connection: any Connection) throws -> ComparedResource? {
        try connection.first(
            "SELECT \(columns) FROM \(tables) WHERE d.resource = ?", [.int(resource)], ComparedResource.init)
    }

    /// The field as it is: one that all kinds have, else an attribute; nil: never seen.
    func live(_ field: String) -> JSONValue? {
        if let common = CommonField(rawValue: field) { return common.value(of: live) }
        return live.attrs[field]
    }

    /// How the field compares, and the live value.
    func compare(_ field: String, _ expected: JSONValue, _ comparators: FieldComparators) -> FieldComparison {
        guard let actual = live(field) else { return .unknown }
        let comparator = comparators.comparator(provider: provider, kind: kind, field: field)
        return comparator.areEqual(expected, actual) ? .equal : .different(actual: actual)
    }
}

/// How a field of the spec compares with the live value.
enum FieldComparison: Hashable {
    case equal
    case different(actual: JSONValue)
    /// The inventory has never seen such a field.
    case unknown
}
