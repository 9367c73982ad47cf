public import CloudControl
internal import Identity
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
    /// Which operation mends which field, as the plugins are now.
    public var repairs: [Repair] { readRepairs() }
    /// Which fields are compared in another way than usual.
    public var comparators: FieldComparators { readComparators() }
    private let readRepairs: @Sendable () -> [Repair]
    private let readComparators: @Sendable () -> FieldComparators
    /// Drives a run that was made, or that somebody wants to go on. False: another process drives it.
    public let drive: @Sendable (RunKey) throws(StoreError) -> Bool
    /// Begins to drive a run that this host has just made for itself.
    public let begin: @Sendable (RunKey) -> Void
    /// Reads the plugin folders anew; of the one plugin alone, if one is given.
    public let reload: @Sendable (String?) -> PluginReload
    /// What a plan asks for values that are more than a path.
    public let expressions: any ExpressionEvaluator

    public init(
        store: SQLRunStore, database: any Database, catalog: PluginCatalog, clock: any RunClock, provider: String,
        repairs: @autoclosure @escaping @Sendable () -> [Repair],
        comparators: @autoclosure @escaping @Sendable () -> FieldComparators = FieldComparators(),
        drive: @escaping @Sendable (RunKey) throws(StoreError) -> Bool,
        begin: @escaping @Sendable (RunKey) -> Void,
        reload: (@Sendable (String?) -> PluginReload)? = nil,
        expressions: any ExpressionEvaluator = NoExpressionEvaluator()
    ) {
        self.store = store
        self.expressions = expressions
        self.database = database
        self.catalog = catalog
        self.clock = clock
        self.provider = provider
        readRepairs = repairs
        readComparators = comparators
        self.drive = drive
        self.begin = begin
        self.reload = reload ?? { catalog.reload($0) }
    }
}

extension ServerContext {
    var drift: Drift { Drift(database, comparators: comparators) }

    /// Writes what a request changes into the audit log, within the transaction that changes it.
    func witness(_ call: APICall, _ action: AuditAction) -> Witness {
        AuditLog.witness(AuditEntry(call, action, .done))
    }
}

extension AuditEntry {
    init(_ call: APICall, _ action: AuditAction, _ outcome: Outcome) {
        self.init(at: call.now, by: call.identity, call.caller, call.requestID, action, outcome)
        reason = call.body?["reason"]?.stringValue
    }

    init(
        at: Timestamp, by identity: Identity, _ caller: Caller, _ request: String, _ action: AuditAction,
        _ outcome: Outcome
    ) {
        let address = caller.address ?? "?"
        self.init(
            at: at, actor: identity.subject, origin: caller.session == nil ? .api(address) : .page(address),
            action: action, outcome: outcome)
        (role, tenant, requestID) = (identity.role.rawValue, identity.tenant, request)
    }
}
