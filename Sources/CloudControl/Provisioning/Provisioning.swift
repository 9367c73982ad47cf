public import SagaCore
public import Storage

/// What resources were asked to be: written by runs and by hand, compared by drift.
public struct Provisioning: Sendable {
    let database: any Database

    /// - Parameter database: with `CloudTables.migrations` applied.
    public init(_ database: any Database) { self.database = database }

    /// A run has made the resource so. Takes the place of what was asked for before, and counts the version up.
    ///
    /// - Parameters:
    ///   - resource: as `Inventory.show` takes it.
    ///   - runID: nil: by hand.
    /// - Throws: `InventoryRefusal`, `ProvisioningRefusal.empty`
    @discardableResult
    public func recordProvisioned(
        _ resource: String, spec: JSONObject, runID: String?, at: Timestamp
    ) throws -> ProvisionedSpec {
        try database.transaction { connection in
            guard !spec.isEmpty else { throw ProvisioningRefusal.empty }
            let row = try InventoryQueries.find(resource, .operatorOfThisMachine, connection)
            try SpecTable.write(spec, of: row.number, runID: runID, at, connection)
            return try SpecTable.spec(of: row, connection)
        }
    }

    /// An operator says how some fields should be; null takes a field out. The others stay, and so does the run.
    ///
    /// - Parameter witness: sees the spec change.
    /// - Throws: `InventoryRefusal`, `ProvisioningRefusal.empty` where no field is left.
    @discardableResult
    public func set(
        _ resource: String, _ fields: JSONObject, at: Timestamp, witness: Witness? = nil
    ) throws -> ProvisionedSpec {
        try database.transaction { connection in
            let row = try InventoryQueries.find(resource, .operatorOfThisMachine, connection)
            let known = try SpecTable.find(row.number, connection)
            var spec = known?.spec ?? [:]
            for (field, value) in fields { spec[field] = value == .null ? nil : value }
            guard !fields.isEmpty, !spec.isEmpty else { throw ProvisioningRefusal.empty }
            try SpecTable.write(spec, of: row.number, runID: known?.runID, at, connection)
            let change = Change(
                target: row.resourceID, before: (known?.spec).map(JSONValue.object), after: .object(spec))
            try witness?(change, connection)
            return try SpecTable.spec(of: row, connection)
        }
    }

    /// Nothing is asked of the resource any more. Its open drift closes at the next comparison.
    ///
    /// - Parameter witness: sees the spec go, if there was one.
    /// - Returns: whether anything was.
    /// - Throws: `InventoryRefusal`
    @discardableResult
    public func remove(_ resource: String, witness: Witness? = nil) throws -> Bool {
        try database.transaction { connection in
            let row = try InventoryQueries.find(resource, .operatorOfThisMachine, connection)
            guard let known = try SpecTable.find(row.number, connection) else { return false }
            try witness?(Change(target: row.resourceID, before: .object(known.spec), after: nil), connection)
            return try SpecTable.remove(row.number, connection)
        }
    }

    /// - Throws: `InventoryRefusal`, `ProvisioningRefusal.notProvisioned`
    public func show(_ resource: String, in scope: Scope) throws -> ProvisionedSpec {
        try database.snapshot { connection in
            try SpecTable.spec(of: try InventoryQueries.find(resource, scope, connection), connection)
        }
    }

    /// - Parameter runID: what this run asked for; nil: everything.
    public func list(runID: String? = nil, limit: Int = 100, in scope: Scope) throws -> [ProvisionedSpec] {
        let conditions = [
            runID.map { SQLCondition(sql: "d.run_id = ?", values: [.text($0)]) },
            scope.condition(onProject: "r.project"),
        ].compactMap(\.self)
        let filters = conditions.isEmpty ? "" : "WHERE " + conditions.map(\.sql).joined(separator: " AND ")
        return try database.snapshot { connection in
            try connection.rows(
                """
                SELECT \(ProvisionedSpec.columns) FROM \(ProvisionedSpec.tables) \(filters)
                ORDER BY d.resource LIMIT ?
                """, conditions.flatMap(\.values) + [.int(Int64(max(limit, 1)))], ProvisionedSpec.init)
        }
    }
}
