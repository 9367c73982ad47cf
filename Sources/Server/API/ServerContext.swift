public import CloudControl
public import PluginHost
public import SagaCore
public import Storage

/// What the API works on. Made by whoever knows all of it: the command.
public struct ServerContext: Sendable {
    public let store: SQLRunStore
    public let database: any Database
    public let catalog: PluginCatalog
    public let clock: any RunClock
    /// The provider's plugin whose account is kept. eg: "digitalocean"
    public let provider: String
    /// Which operation mends which field.
    public let repairs: [Repair]
    /// Drives a run that was made, or that somebody wants to go on. False: another process drives it.
    public let drive: @Sendable (RunKey) throws(StoreError) -> Bool
    /// Writes down who did what, within the transaction that does it.
    public let audit: @Sendable (APICall, AuditNote, any Connection) throws -> Void

    public init(
        store: SQLRunStore, database: any Database, catalog: PluginCatalog, clock: any RunClock, provider: String,
        repairs: [Repair], drive: @escaping @Sendable (RunKey) throws(StoreError) -> Bool,
        audit: @escaping @Sendable (APICall, AuditNote, any Connection) throws -> Void
    ) {
        self.store = store
        self.database = database
        self.catalog = catalog
        self.clock = clock
        self.provider = provider
        self.repairs = repairs
        self.drive = drive
        self.audit = audit
    }
}

/// What the audit log says of a request that changes something.
public struct AuditNote: Sendable {
    /// eg: "run.cancel"
    public var action: String
    /// What it was done to.
    public var target: String
    public var before: JSONValue?
    public var after: JSONValue?

    public init(_ action: String, _ target: String, before: JSONValue? = nil, after: JSONValue? = nil) {
        (self.action, self.target, self.before, self.after) = (action, target, before, after)
    }
}
