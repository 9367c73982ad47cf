public import SagaCore
internal import Storage

/// A project of the account: what resources are grouped by, and whose they are.
public struct Project: Sendable, Hashable {
    /// Short, and good in this database only.
    public let projectID: Int64
    public let provider: String
    public let providerID: String
    public let name: String
    public let purpose: String?
    public let environment: String?
    /// Whose it is; nil: the platform's.
    public let tenant: String?
    /// The provider puts new resources there.
    public let isDefault: Bool
    public let firstSeenAt: Timestamp
    public let lastSeenAt: Timestamp

    /// `{project_id, provider, provider_id, name, purpose, environment, tenant, is_default, first_seen_at, last_seen_at}`
    public var json: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
        return [
            "project_id": .int(projectID), "provider": .string(provider), "provider_id": .string(providerID),
            "name": .string(name), "purpose": text(purpose), "environment": text(environment), "tenant": text(tenant),
            "is_default": .bool(isDefault), "first_seen_at": text(firstSeenAt.description),
            "last_seen_at": text(lastSeenAt.description),
        ]
    }

    static let columns = """
        p.project, p.provider, p.provider_id, p.name, p.purpose, p.environment, p.tenant, p.is_default,
        p.first_seen_at, p.last_seen_at
        """

    /// All that are called so, or have this id at the provider.
    static func find(_ text: String, _ connection: any Connection) throws -> [Project] {
        try connection.rows(
            "SELECT \(columns) FROM cloud_projects p WHERE p.name = ? OR p.provider_id = ? ORDER BY p.project",
            [.text(text), .text(text)], Project.init)
    }

    /// - Parameter row: `columns`.
    init(_ row: any Row) {
        projectID = row.int(0) ?? 0
        provider = row.text(1) ?? ""
        providerID = row.text(2) ?? ""
        name = row.text(3) ?? ""
        (purpose, environment, tenant) = (row.text(4), row.text(5), row.text(6))
        isDefault = row.int(7) == 1
        firstSeenAt = row.moment(8) ?? Timestamp(milliseconds: 0)
        lastSeenAt = row.moment(9) ?? Timestamp(milliseconds: 0)
    }
}

/// Which projects to list.
public struct ProjectFilter: Sendable, Hashable {
    public var limit = 100
    /// `next` of the list before.
    public var cursor: String?

    public init() {}
}

/// A page of projects, by name.
public struct ProjectList: Sendable, Hashable {
    public let projects: [Project]
    /// What to ask on with; nil: these are the last.
    public let next: String?

    /// `{"projects": […], "next": "…" or null}`
    public var json: JSONValue {
        ["projects": .array(projects.map(\.json)), "next": next.map(JSONValue.string) ?? .null]
    }

    init(_ connection: any Connection, _ filter: ProjectFilter, _ scope: Scope) throws {
        var conditions = [scope.condition(onProject: "p.project")].compactMap(\.self)
        if let cursor = filter.cursor {
            let last = SQLValue.int(try ListPlace.keys(of: cursor, in: .projects)[0])
            conditions.append(
                SQLCondition(
                    sql: "(p.name, p.project) > ((SELECT name FROM cloud_projects WHERE project = ?), ?)",
                    values: [last, last]))
        }
        let filters = conditions.isEmpty ? "" : "WHERE " + conditions.map(\.sql).joined(separator: " AND ")
        let limit = max(filter.limit, 1)
        let rows = try connection.rows(
            "SELECT \(Project.columns) FROM cloud_projects p \(filters) ORDER BY p.name, p.project LIMIT ?",
            conditions.flatMap(\.values) + [.int(Int64(limit) + 1)], Project.init)
        let page = ListPage(rows, limit: limit) { ListPlace(in: .projects, $0.projectID) }
        (projects, next) = (page.items, page.next)
    }
}
