internal import CloudControl
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

/// The cloud account as the commands see it: its books in the database, its provider behind a plugin.
struct Cloud {
    let database: SQLiteDatabase
    let now: Timestamp
    private let wiring: Wiring
    private let provider: String

    init(_ wiring: Wiring, provider: String) throws(Failure) {
        self.wiring = wiring
        self.provider = provider
        now = wiring.clock.now
        let folder = try wiring.dataFolder()
        database = try storing { () throws(StoreError) in try SQLiteDatabase(path: folder.database) }
        // Brings the tables up to date.
        _ = try wiring.store(folder)
    }

    /// Writes what an operator decides into the audit log.
    func witness(_ action: AuditAction, reason: String? = nil) -> Witness { wiring.witness(action, reason: reason) }

    var inventory: Inventory { Inventory(database) }
    var provisioning: Provisioning { Provisioning(database) }
    var drift: Drift {
        get throws(Failure) { Drift(database, comparators: FieldComparators(of: try wiring.catalog(nil))) }
    }
    var reports: BillingReports { BillingReports(database: database, provider: provider, in: .operatorOfThisMachine) }
    func billing() throws(Failure) -> Billing { Billing(database: database, adapter: try adapter().adapter) }

    /// The provider, and the kinds of things it can list.
    func adapter() throws(Failure) -> (adapter: PluginAdapter, kinds: [InventoryKind]) {
        Terminal.keepStandardOutput()
        let catalog = try wiring.catalog(nil)
        guard let entry = catalog.entry(provider), let manifest = entry.manifest else {
            throw Failure(
                "provider.unknown", "there is no plugin \"\(provider)\" to ask the provider with",
                hint: "`arcadia plugins list` shows what there is; `--provider` names another", exit: .unavailable)
        }
        let kinds = manifest.operations.filter { $0.kind == "inventory" }.compactMap {
            InventoryKind(operation: $0.name)
        }
        return (PluginAdapter(provider: provider, operations: PluginOperations(catalog: catalog)), kinds)
    }

    /// What a host does itself when a step uses `cloud.…`.
    static func operations(
        database: SQLiteDatabase, clock: SystemClock, catalog: PluginCatalog, marks: CallMarkFile
    ) -> CloudOperations {
        let operations = PluginOperations(catalog: catalog, marks: marks)
        return CloudOperations(database: database, clock: clock) { provider in
            PluginAdapter(provider: provider, operations: operations)
        }
    }

    /// Which operation mends which field, as the plugins say it.
    func repairs() throws(Failure) -> [Repair] { Self.repairs(try wiring.catalog(nil)) }

    static func repairs(_ catalog: PluginCatalog) -> [Repair] {
        catalog.entries().flatMap { entry in
            (entry.manifest?.operations ?? []).compactMap { item in
                item.repairs.map { Repair($0, operation: item.operation, plugin: entry.id) }
            }
        }
    }
}

extension FieldComparators {
    /// As the plugins' inventories declare them.
    init(of catalog: PluginCatalog) {
        self.init()
        for entry in catalog.entries() {
            for item in entry.manifest?.operations ?? [] {
                guard let kind = InventoryKind(operation: item.name)?.kind else { continue }
                for (field, name) in item.compare {
                    guard let comparator = FieldComparator(rawValue: name) else { continue }
                    declare(provider: entry.id, kind: kind, field: field, comparator)
                }
            }
        }
    }
}

extension Repair {
    init(_ repair: PluginManifest.ManifestRepair, operation: Operation, plugin: String) {
        let value: Value =
            if let key = repair.value { .whole(key) } else {
                .difference(add: repair.add ?? "", remove: repair.remove ?? "")
            }
        let idIsNumber = operation.input.property(repair.id).map { !$0.violations(of: "1").isEmpty } ?? false
        self.init(
            provider: plugin, kind: repair.kind, field: repair.field, operation: operation.name.description,
            idKey: repair.id, idIsNumber: idIsNumber, value: value)
    }
}

/// A provider's plugin, called as CloudControl wants it.
struct PluginAdapter: ProviderAdapter, StepAdapter {
    let provider: String
    let operations: PluginOperations

    func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        do throws(StepError) {
            return try operations.call(OperationName(plugin: provider, operation: operation), input)
        } catch {
            throw AdapterFailure(error)
        }
    }

    func ask(
        _ operation: String, _ input: JSONObject, checkpoint: JSONValue?, for step: StepCall
    ) throws(AdapterFailure) -> AdapterAnswer {
        do throws(StepError) {
            let name = OperationName(plugin: provider, operation: operation)
            switch try operations.attempt(name, input, checkpoint: checkpoint, for: step) {
            case .done(let output): return .done(output)
            case .later(let milliseconds, let saved): return .later(milliseconds: milliseconds, checkpoint: saved)
            }
        } catch {
            throw AdapterFailure(error)
        }
    }
}

extension AdapterFailure {
    init(_ error: StepError) {
        self.init(code: error.code, message: error.message, remoteStatus: error.remoteStatus)
    }
}

/// Runs `body`, and says what CloudControl and the store say in the words of a command's failure.
func cloudwise<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let refusal as any CloudRefusal {
        throw Failure(APIProblem(refusal))
    } catch let error as BillingError {
        let problem = APIProblem(error)
        // What a provider did is no bug of ours.
        guard problem.status == 500 else { throw Failure(problem) }
        throw Failure(error.code, error.message, hint: error.hint, exit: .unavailable)
    } catch let error as StoreError {
        throw Failure(error)
    }
}
