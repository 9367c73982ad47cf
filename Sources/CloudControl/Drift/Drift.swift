public import SagaCore
public import Storage

/// Where resources are not what they were asked to be, and what operators decide about it.
public struct Drift: Sendable {
    let database: any Database
    let comparators: FieldComparators

    /// - Parameters:
    ///   - database: with `CloudTables.migrations` applied.
    ///   - comparators: of fields that are not compared in the usual way.
    public init(_ database: any Database, comparators: FieldComparators = FieldComparators()) {
        self.database = database
        self.comparators = comparators
    }

    /// Compares every spec with the inventory as it is written down; `Inventory.sync` makes it new.
    public func detect(at: Timestamp) throws -> DriftSummary {
        try releaseFailedReverts(at: at)
        return try DriftDetection(database: database, comparators: comparators, at: at).run()
    }

    /// In the order they were noticed.
    ///
    /// - Throws: `InventoryRefusal`, `CursorRefusal`
    public func list(_ filter: DriftFilter = DriftFilter(), in scope: Scope) throws -> [DriftRow] {
        try database.snapshot { connection in
            let (conditions, values) = try filter.conditions(scope, connection)
            return try connection.rows(
                "SELECT \(DriftRow.columns) FROM \(DriftRow.tables) \(conditions) ORDER BY f.drift LIMIT ?",
                values + [.int(Int64(max(filter.limit, 1)))], DriftRow.init)
        }
    }

    /// The same, with where it goes on.
    public func page(_ filter: DriftFilter = DriftFilter(), in scope: Scope) throws -> DriftList {
        let limit = max(filter.limit, 1)
        var filter = filter
        filter.limit = limit + 1
        let page = ListPage(try list(filter, in: scope), limit: limit) { ListPlace(in: .drift, $0.driftID) }
        return DriftList(drift: page.items, next: page.next)
    }

    /// How much is open: what `drift check` answers.
    public func openCount() throws -> Int {
        try database.snapshot { try $0.count("SELECT count(*) FROM cloud_drift WHERE status = 'open'") }
    }

    /// - Throws: `DriftRefusal.unknown`
    public func show(_ drift: Int64, in scope: Scope) throws -> DriftView {
        try database.snapshot { try DriftView(try DriftRow.find(drift, scope, $0), $0) }
    }

    /// Those in force.
    public func ignores(at: Timestamp) throws -> [IgnoreRule] {
        try database.snapshot { try IgnoreRule.inForce(at: at, $0) }
    }
}
