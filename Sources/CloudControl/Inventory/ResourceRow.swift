public import SagaCore
internal import Storage

/// A resource as the inventory has it.
public struct ResourceRow: Sendable, Hashable {
    /// Short, and good in this database only.
    public let number: Int64
    /// As operators name it. eg: "digitalocean:droplet:3164444"
    public let resourceID: String
    public let kind: String
    public let provider: String
    public let providerID: String
    public let name: String
    public let region: String?
    public let status: String?
    public let sizeSlug: String?
    /// Sorted.
    public let tags: [String]
    public let attrs: JSONObject
    /// The project's name; nil: none, or not known yet.
    public let project: String?
    /// As the provider says it.
    public let createdAt: String?
    public let firstSeenAt: Timestamp
    public let lastSeenAt: Timestamp
    /// Complete sweeps in a row that did not see it.
    public let strikes: Int
    /// When it was found to be gone; nil: it is there.
    public let deletedAt: Timestamp?

    /// `{resource_id, kind, provider, provider_id, name, region, status, size_slug, tags, attrs, project, created_at,
    /// first_seen_at, last_seen_at, stale_strike_count, deleted_at}`; what is not known is null.
    public var json: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
        return [
            "resource_id": .string(resourceID), "kind": .string(kind), "provider": .string(provider),
            "provider_id": .string(providerID), "name": .string(name), "region": text(region),
            "status": text(status), "size_slug": text(sizeSlug), "tags": .array(tags.map(JSONValue.string)),
            "attrs": .object(attrs), "project": text(project), "created_at": text(createdAt),
            "first_seen_at": text(firstSeenAt.description), "last_seen_at": text(lastSeenAt.description),
            "stale_strike_count": .int(Int64(strikes)), "deleted_at": text(deletedAt?.description),
        ]
    }

    /// Writes `json` of a row that begins with `columns`, without reading it into values.
    static func write(_ row: any Row, into json: inout JSONWriter) {
        json.beginObject()
        let texts: [(StaticString, Int)] = [
            ("resource_id", 1), ("kind", 2), ("provider", 3), ("provider_id", 4), ("name", 5), ("region", 6),
            ("status", 7), ("size_slug", 8),
        ]
        for (key, column) in texts {
            json.key(key)
            json.text(row.bytes(column))
        }
        json.key("tags")
        json.written(row.bytes(9))
        json.key("attrs")
        json.written(row.bytes(10))
        json.key("project")
        json.text(row.bytes(11))
        json.key("created_at")
        json.text(row.bytes(12))
        json.key("first_seen_at")
        json.moment(row.moment(13))
        json.key("last_seen_at")
        json.moment(row.moment(14))
        json.key("stale_strike_count")
        json.number(row.int(15) ?? 0)
        json.key("deleted_at")
        json.moment(row.moment(16))
        json.endObject()
    }

    static var csvColumns: [CSVColumn<ResourceRow>] {
        [
            CSVColumn("resource_id") { .text($0.resourceID) }, CSVColumn("kind") { .text($0.kind) },
            CSVColumn("provider") { .text($0.provider) }, CSVColumn("provider_id") { .text($0.providerID) },
            CSVColumn("name") { .text($0.name) }, CSVColumn("region") { .text($0.region) },
            CSVColumn("status") { .text($0.status) }, CSVColumn("size_slug") { .text($0.sizeSlug) },
            CSVColumn("tags") { .text(JSONValue.array($0.tags.map(JSONValue.string)).text) },
            CSVColumn("attrs") { .text(JSONValue.object($0.attrs).text) }, CSVColumn("project") { .text($0.project) },
            CSVColumn("created_at") { .text($0.createdAt) },
            CSVColumn("first_seen_at") { .exact($0.firstSeenAt.description) },
            CSVColumn("last_seen_at") { .exact($0.lastSeenAt.description) },
            CSVColumn("stale_strike_count") { .exact("\($0.strikes)") },
            CSVColumn("deleted_at") { .text($0.deletedAt?.description) },
        ]
    }

    static let columns = """
        r.resource, r.resource_id, r.kind, r.provider, r.provider_id, r.name, r.region, r.status, r.size_slug, r.tags,
        r.attrs, p.name, r.created_at, r.first_seen_at, r.last_seen_at, r.stale_strike_count, r.deleted_at
        """
    static let tables = "cloud_resources r LEFT JOIN cloud_projects p ON p.project = r.project"

    /// - Parameter row: begins with `columns`.
    init(_ row: any Row) throws {
        number = row.int(0) ?? 0
        resourceID = row.text(1) ?? ""
        kind = row.text(2) ?? ""
        provider = row.text(3) ?? ""
        providerID = row.text(4) ?? ""
        name = row.text(5) ?? ""
        region = row.text(6)
        status = row.text(7)
        sizeSlug = row.text(8)
        tags = try row.json(9)?.arrayValue?.compactMap(\.stringValue) ?? []
        attrs = try row.json(10)?.objectValue ?? [:]
        project = row.text(11)
        createdAt = row.text(12)
        firstSeenAt = row.moment(13) ?? Timestamp(milliseconds: 0)
        lastSeenAt = row.moment(14) ?? Timestamp(milliseconds: 0)
        strikes = Int(row.int(15) ?? 0)
        deletedAt = row.moment(16)
    }
}

/// A page of resources. JSON: `{"resources": […], "next": "…" or null}`.
public struct ResourceList: Sendable, Hashable {
    public let resources: [ResourceRow]
    /// What to ask on with; nil: these are the last.
    public let next: String?

    public var json: JSONValue {
        ["resources": .array(resources.map(\.json)), "next": next.map(JSONValue.string) ?? .null]
    }

    /// With a header; the columns are the members of `ResourceRow.json`, tags and attrs as JSON.
    public var csv: String { CSVPiece.table(resources, ResourceRow.csvColumns) }
}
