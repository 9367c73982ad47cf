public import SagaCore
internal import Storage

/// Which resources to list; what is nil does not matter.
public struct ResourceFilter: Sendable, Hashable {
    public enum Presence: String, Sendable, Hashable, CaseIterable {
        case live, deleted, all
    }

    public var kind: String?
    public var provider: String?
    /// The project's name or its id at the provider.
    public var project: String?
    public var region: String?
    public var status: String?
    public var tag: String?
    /// A pattern with `*` and `?`; upper and lower case of ASCII count as the same.
    public var name: String?
    public var presence = Presence.live
    public var limit = 100
    /// `next` of the list before.
    public var cursor: String?

    public init() {}

    /// On cloud_resources alone, as `r`.
    func conditions(_ scope: Scope, _ dialect: Dialect) throws(CursorRefusal) -> (sql: String, values: [SQLValue]) {
        var parts: [String] = []
        var values: [SQLValue] = []
        func add(_ sql: String, _ value: String?) {
            guard let value else { return }
            parts.append(sql)
            values += [SQLValue](repeating: .text(value), count: sql.count { $0 == "?" })
        }
        add("r.kind = ?", kind)
        add("r.provider = ?", provider)
        add("r.project IN (SELECT project FROM cloud_projects WHERE name = ? OR provider_id = ?)", project)
        add("r.region = ?", region)
        add("r.status = ?", status)
        add(dialect.holdsText("r.tags"), tag)
        add("r.name LIKE ? ESCAPE '\\'", name.map { Glob($0).like })
        switch presence {
        case .live: parts.append("r.deleted_at IS NULL")
        case .deleted: parts.append("r.deleted_at IS NOT NULL")
        case .all: break
        }
        if let cursor {
            parts.append("r.resource > ?")
            values += try ListPlace.keys(of: cursor, in: .resources).map(SQLValue.int)
        }
        if let within = scope.condition(onProject: "r.project") {
            parts.append(within.sql)
            values += within.values
        }
        return (parts.isEmpty ? "" : "WHERE " + parts.joined(separator: " AND "), values)
    }
}

/// Which events to list; what is nil does not matter.
public struct EventFilter: Sendable, Hashable {
    /// As an operator names it: see `Inventory.show`.
    public var resource: String?
    public var kind: ResourceEvent.Kind?
    /// Not before this.
    public var since: Timestamp?
    /// The last so many.
    public var limit = 100
    /// `next` of the list before: older ones than those.
    public var cursor: String?

    public init() {}
}
