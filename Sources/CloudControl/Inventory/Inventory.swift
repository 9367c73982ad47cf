public import SagaCore
public import Storage

/// What the account holds, and what happened to it.
public struct Inventory: Sendable {
    let database: any Database

    /// - Parameter database: with `CloudTables.migrations` applied.
    public init(_ database: any Database) { self.database = database }

    /// How operators name a resource. eg: "digitalocean:droplet:3164444"
    public static func resourceID(provider: String, kind: String, providerID: String) -> String {
        "\(provider):\(kind):\(providerID)"
    }

    // MARK: - Writing

    /// Looks at everything the account holds: projects first, then each kind page by page.
    ///
    /// Blocks the thread for as long as the provider takes; no transaction is open meanwhile. A kind that fails does not
    /// keep the next from being looked at.
    ///
    /// - Parameters:
    ///   - kinds: the adapter's operations whose kind is `inventory`; fewer, to look at these only.
    ///   - defaultProject: made sure of when the provider is synced for the first time; nil: none is made.
    ///   - at: now. Later than anything this provider was asked before, or the sweep believes less.
    /// - Throws: `StoreError` only. What the provider did is in the report.
    public func sync(
        _ adapter: any ProviderAdapter, kinds: [InventoryKind], defaultProject: DefaultProject? = DefaultProject(),
        policy: SweepPolicy = SweepPolicy(), at: Timestamp
    ) throws -> SyncReport {
        let projects = ProjectSync(database: database, adapter: adapter, defaultProject: defaultProject, at: at)
        let (report, memberships) = try projects.run()
        let sweeps = try kinds.map { kind in
            try Sweep(
                database: database, adapter: adapter, kind: kind, policy: policy, memberships: memberships, at: at
            ).run()
        }
        return SyncReport(projects: report, sweeps: sweeps)
    }

    /// Writes down one resource that somebody has just seen, as a step does that made it.
    ///
    /// - Parameter at: when it was seen.
    @discardableResult
    public func record(
        _ resource: ProviderResource, provider: String, source: EventSource, at: Timestamp
    ) throws -> ResourceRow {
        try database.transaction { connection in
            _ = try ResourceUpsert(connection, provider: provider, source: source, at: at).see(resource, in: .unknown)
            let id = Self.resourceID(provider: provider, kind: resource.kind, providerID: resource.providerID)
            guard let row = try InventoryQueries.row(id, connection) else { throw InventoryRefusal.unknown(id) }
            return row
        }
    }

    /// Leaves a tombstone at once, as a step does that destroyed the resource. Doing it again changes nothing.
    ///
    /// - Returns: whether it was live.
    /// - Throws: `InventoryRefusal.unknown`
    @discardableResult
    public func markDeleted(_ resource: String, source: EventSource, at: Timestamp) throws -> Bool {
        try database.transaction { connection in
            let row = try InventoryQueries.find(resource, .operatorOfThisMachine, connection)
            let upsert = try ResourceUpsert(connection, provider: row.provider, source: source, at: at)
            return try upsert.delete(resourceID: row.resourceID)
        }
    }

    /// Says whose a project is, and so whose the resources are that are in it. The provider does not know.
    ///
    /// - Parameters:
    ///   - tenant: nil: the platform's.
    ///   - project: its name, or its id at the provider; all that have this name.
    ///   - witness: sees what changed.
    /// - Returns: the projects as they are now.
    /// - Throws: `InventoryRefusal.unknownProject`, `.tenantName`
    @discardableResult
    public func setTenant(_ tenant: String?, ofProject project: String, witness: Witness? = nil) throws -> [Project] {
        if let tenant, !Self.isTenantName(tenant) { throw InventoryRefusal.tenantName(tenant) }
        return try database.transaction { connection in
            let found = try Project.find(project, connection)
            guard !found.isEmpty else { throw InventoryRefusal.unknownProject(project) }
            for before in found {
                try connection.run(
                    "UPDATE cloud_projects SET tenant = ? WHERE project = ?",
                    [.text(orNull: tenant), .int(before.projectID)])
                let change = Change(
                    target: before.name, before: before.tenant.map(JSONValue.string),
                    after: tenant.map(JSONValue.string))
                try witness?(change, connection)
            }
            return try Project.find(project, connection)
        }
    }

    /// What a token's claim could hold.
    private static func isTenantName(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace }
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    // MARK: - Reading

    /// In the order they were first seen.
    ///
    /// - Throws: `CursorRefusal`
    public func list(_ filter: ResourceFilter = ResourceFilter(), in scope: Scope) throws -> ResourceList {
        try database.snapshot { try InventoryQueries.list(filter, scope, $0) }
    }

    /// The same list as the text of `ResourceList.json`, sooner.
    ///
    /// - Throws: `CursorRefusal`
    public func listText(_ filter: ResourceFilter = ResourceFilter(), in scope: Scope) throws -> [UInt8] {
        try database.snapshot { try InventoryQueries.listText(filter, scope, $0) }
    }

    /// - Parameter resource: its `resource_id`, its id at the provider, or its name where only one live one has it.
    /// - Throws: `InventoryRefusal.unknown`, `.ambiguous`
    public func show(_ resource: String, in scope: Scope) throws -> ResourceRow {
        try database.snapshot { try InventoryQueries.find(resource, scope, $0) }
    }

    /// The last ones, in the order they happened.
    ///
    /// - Throws: `InventoryRefusal`, `CursorRefusal`
    public func events(_ filter: EventFilter = EventFilter(), in scope: Scope) throws -> [ResourceEvent] {
        try eventList(filter, in: scope).events.reversed()
    }

    /// The last ones, the newest first.
    ///
    /// - Throws: `InventoryRefusal`, `CursorRefusal`
    public func eventList(_ filter: EventFilter = EventFilter(), in scope: Scope) throws -> ResourceEventList {
        try database.snapshot { try InventoryQueries.events(filter, scope, $0) }
    }

    /// By name.
    ///
    /// - Throws: `CursorRefusal`
    public func projects(_ filter: ProjectFilter = ProjectFilter(), in scope: Scope) throws -> ProjectList {
        try database.snapshot { try ProjectList($0, filter, scope) }
    }
}

/// What a look at the account told.
public struct SyncReport: Sendable, Hashable {
    public let projects: ProjectReport
    /// In the order the kinds were given.
    public let sweeps: [SweepReport]

    /// Everything came, and everything that was missing was dealt with.
    public var isComplete: Bool { projects.trouble == nil && sweeps.allSatisfy(\.outcome.isComplete) }

    /// `{"projects": {…}, "sweeps": […]}`
    public var json: JSONValue { ["projects": projects.json, "sweeps": .array(sweeps.map(\.json))] }
}
