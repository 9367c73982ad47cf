import ArcadiaTesting
import CloudControl
import SagaCore
import Storage

/// A real database file with the tables of the account, and the contexts on it.
final class Books {
    let folder = TemporaryFolder()
    let database: SQLiteDatabase
    let inventory: Inventory
    let provisioning: Provisioning
    let drift: Drift
    /// Moves a quarter of an hour with every sync.
    private(set) var now = Timestamp(milliseconds: 1_800_000_000_000)

    init(comparators: FieldComparators = FieldComparators()) throws {
        database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        try database.write { connection in
            try connection.migrate(Migration.runs + CloudTables.migrations, at: 0)
            // The machine does not go down in these tests.
            try connection.run("PRAGMA synchronous = OFF")
        }
        inventory = Inventory(database)
        provisioning = Provisioning(database)
        drift = Drift(database, comparators: comparators)
    }

    deinit { database.close() }

    func pass(milliseconds: Int64 = 900_000) { now = now + milliseconds }

    @discardableResult
    func sync(
        _ account: FakeAccount, kinds: [InventoryKind] = FakeAccount.kinds, defaultProject: DefaultProject? = nil,
        policy: SweepPolicy = SweepPolicy()
    ) throws -> SyncReport {
        pass()
        return try inventory.sync(account, kinds: kinds, defaultProject: defaultProject, policy: policy, at: now)
    }

    /// The sweep over droplets alone.
    @discardableResult
    func sweep(_ account: FakeAccount, policy: SweepPolicy = SweepPolicy()) throws -> SweepReport {
        try sync(account, kinds: [FakeAccount.kinds[0]], policy: policy).sweeps[0]
    }

    func resources(_ presence: ResourceFilter.Presence = .live) throws -> [ResourceRow] {
        var filter = ResourceFilter()
        filter.presence = presence
        filter.limit = 1_000_000
        return try inventory.list(filter).resources
    }

    func events(_ resource: String? = nil) throws -> [ResourceEvent] {
        var filter = EventFilter()
        filter.resource = resource
        filter.limit = 1_000_000
        return try inventory.events(filter)
    }

    func kinds(of resource: String? = nil) throws -> [ResourceEvent.Kind] { try events(resource).map(\.kind) }

    func strikes() throws -> [String: Int] {
        Dictionary(uniqueKeysWithValues: try resources(.all).map { ($0.providerID, $0.strikes) })
    }
}
