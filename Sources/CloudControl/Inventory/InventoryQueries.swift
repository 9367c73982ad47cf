internal import SagaCore
internal import Storage

/// Reading the inventory back.
enum InventoryQueries {
    static func row(_ resourceID: String, _ connection: any Connection) throws -> ResourceRow? {
        try connection.first(
            "SELECT \(ResourceRow.columns) FROM \(ResourceRow.tables) WHERE r.resource_id = ?", [.text(resourceID)],
            ResourceRow.init)
    }

    /// The one that is meant: by `resource_id`, else by the provider's id, else by the name of a live one.
    static func find(_ text: String, _ connection: any Connection) throws -> ResourceRow {
        if let row = try row(text, connection) { return row }
        for condition in ["r.provider_id = ?", "r.name = ? AND r.deleted_at IS NULL"] {
            let rows = try connection.rows(
                """
                SELECT \(ResourceRow.columns) FROM \(ResourceRow.tables) WHERE \(condition) ORDER BY r.resource LIMIT 11
                """, [.text(text)], ResourceRow.init)
            if rows.count > 1 { throw InventoryRefusal.ambiguous(text, rows.map(\.resourceID)) }
            if let row = rows.first { return row }
        }
        throw InventoryRefusal.unknown(text)
    }

    static func list(_ filter: ResourceFilter, _ connection: any Connection) throws -> ResourceList {
        let (conditions, values) = try filter.conditions(connection.dialect)
        let limit = max(filter.limit, 1)
        let rows = try connection.rows(
            """
            SELECT \(ResourceRow.columns) FROM \(ResourceRow.tables) \(conditions) ORDER BY r.resource LIMIT ?
            """, values + [.int(Int64(limit) + 1)], ResourceRow.init)
        let page = rows.prefix(limit)
        return ResourceList(
            resources: Array(page), next: rows.count > limit ? page.last.map { "\($0.number)" } : nil)
    }

    static func events(_ filter: EventFilter, _ connection: any Connection) throws -> [ResourceEvent] {
        var conditions: [String] = []
        var values: [SQLValue] = []
        func add(_ condition: String, _ value: SQLValue?) {
            guard let value else { return }
            conditions.append(condition)
            values.append(value)
        }
        add("e.resource = ?", try filter.resource.map { .int(try find($0, connection).number) })
        add("e.kind = ?", filter.kind.map { .text($0.rawValue) })
        add("e.at >= ?", filter.since.map { .int($0.milliseconds) })
        let filters = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let newestFirst = try connection.rows(
            "SELECT \(ResourceEvent.columns) FROM \(ResourceEvent.tables) \(filters) ORDER BY e.event DESC LIMIT ?",
            values + [.int(Int64(max(filter.limit, 1)))], ResourceEvent.init)
        return newestFirst.reversed()
    }
}
