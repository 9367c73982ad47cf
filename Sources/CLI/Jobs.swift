internal import CloudControl
internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Scheduling
internal import Server
internal import Storage

/// What jobs do, by their kind: the account is looked at, or a run is begun.
struct JobHandlers: Sendable {
    private let database: SQLiteDatabase
    private let store: SQLRunStore
    private let catalog: PluginCatalog
    private let clock: SystemClock
    private let settings: ScheduleSettings
    /// Drives a run that was made for this host.
    private let drive: @Sendable (RunKey) -> Void
    /// Hears of jobs that a job queued.
    private let queued: @Sendable (Int64) -> Void

    init(
        _ host: Host, database: SQLiteDatabase, settings: ScheduleSettings,
        queued: @escaping @Sendable (Int64) -> Void = { _ in }
    ) {
        self.database = database
        self.settings = settings
        self.queued = queued
        (store, catalog, clock) = (host.store, host.catalog, host.clock)
        let runner = host.runner
        drive = { runner.take(over: [($0, nil)]) }
    }

    private static let kinds = [
        "inventory.sync", "drift.detect", "billing.balance", "billing.history", "billing.invoice", "run",
    ]

    /// Does a job. On a thread of its own.
    func perform(_ job: Job, _ control: JobControl) -> JobEnd {
        do {
            switch job.kind {
            case "inventory.sync": return try syncInventory(job, control)
            case "drift.detect":
                let drift = Drift(database, comparators: FieldComparators(of: catalog))
                return .done(try drift.detect(at: clock.now).json.objectValue ?? [:])
            case "billing.balance": return try takeBalance(job, control)
            case "billing.history": return try discoverInvoices(job, control)
            case "billing.invoice": return try ingestInvoice(job, control)
            case "run": return try beginRun(job)
            default:
                let known = Self.kinds.joined(separator: ", ")
                return .failed("nothing is called \"\(job.kind)\" here; expected one of \(known)", again: false)
            }
        } catch {
            if control.isStopRequested { return .later(clock.now) }
            return Self.failed(error)
        }
    }

    /// In the words of whoever refused; again, unless the same would be said again.
    private static func failed(_ error: any Error) -> JobEnd {
        switch error {
        case let error as BillingError: .failed(error.message, again: !isFinal(error.code))
        case let refusal as any CloudRefusal: .failed(refusal.message, again: false)
        case let error as StoreError: .failed(error.message, again: true)
        case let failure as Failure: .failed(failure.message, again: false)
        default: .failed("\(error)", again: false)
        }
    }

    /// What no second try mends: somebody has to do something.
    private static func isFinal(_ code: String) -> Bool {
        ["auth", "denied", "config", "unsupported", "unavailable", "input", "not_found"].contains(code)
    }

    // MARK: - The account

    private func adapter(_ job: Job, _ control: JobControl) throws -> StoppableAdapter {
        let provider = job.input["provider"]?.stringValue ?? "digitalocean"
        guard catalog.entry(provider)?.manifest != nil else {
            throw Failure(
                "provider.unknown", "there is no plugin \"\(provider)\" to ask the provider with", exit: .unavailable)
        }
        let operations = PluginOperations(
            catalog: catalog, credentialVariant: settings.credential(of: job.queue),
            isStopRequested: { control.isStopRequested })
        return StoppableAdapter(adapter: PluginAdapter(provider: provider, operations: operations), control: control)
    }

    /// Input: `{provider?, kinds?}`
    private func syncInventory(_ job: Job, _ control: JobControl) throws -> JobEnd {
        let adapter = try adapter(job, control)
        let manifest = catalog.entry(adapter.provider)?.manifest
        let all = (manifest?.operations ?? []).filter { $0.kind == "inventory" }.compactMap {
            InventoryKind(operation: $0.name)
        }
        let wanted = job.input["kinds"]?.arrayValue?.compactMap(\.stringValue)
        let kinds = wanted.map { wanted in all.filter { wanted.contains($0.kind) } } ?? all
        let report = try Inventory(database).sync(adapter, kinds: kinds, at: clock.now)
        guard !report.isComplete else { return .done(Self.counts(report)) }
        guard !control.isStopRequested else { return .later(clock.now) }
        let lacking = report.sweeps.first { !$0.outcome.isComplete }?.message ?? report.projects.message
        return .failed(lacking, again: true)
    }

    private static func counts(_ report: SyncReport) -> JSONObject {
        func sum(_ number: KeyPath<SweepReport, Int>) -> JSONValue {
            .int(Int64(report.sweeps.reduce(0) { $0 + $1[keyPath: number] }))
        }
        return [
            "seen": sum(\.seen), "new": sum(\.new), "updated": sum(\.updated), "restored": sum(\.restored),
            "deleted": sum(\.deleted),
        ]
    }

    private func takeBalance(_ job: Job, _ control: JobControl) throws -> JobEnd {
        let billing = Billing(database: database, adapter: try adapter(job, control))
        let balance = try billing.snapshotBalance(at: clock.now)
        return .done([
            "month_to_date_usage": .string(balance.monthToDateUsage.description),
            "month_to_date_balance": .string(balance.monthToDateBalance.description),
        ])
    }

    /// Finds new invoices and queues a job for each that has not its lines yet.
    private func discoverInvoices(_ job: Job, _ control: JobControl) throws -> JobEnd {
        let adapter = try adapter(job, control)
        let billing = Billing(database: database, adapter: adapter)
        let new = try billing.discoverInvoices(at: clock.now)
        var count: Int64 = 0
        for invoice in try billing.missingInvoices() {
            let ingest = NewJob(
                queue: job.queue, kind: "billing.invoice",
                input: ["provider": .string(adapter.provider), "invoice": .string(invoice)],
                dedupKey: "billing.invoice:\(adapter.provider):\(invoice)")
            guard let number = try Jobs(database).enqueue(ingest, at: clock.now) else { continue }
            count += 1
            queued(number)
        }
        return .done(["discovered": .int(Int64(new.count)), "queued": .int(count)])
    }

    /// Input: `{provider, invoice}`
    private func ingestInvoice(_ job: Job, _ control: JobControl) throws -> JobEnd {
        let billing = Billing(database: database, adapter: try adapter(job, control))
        guard let invoice = job.input["invoice"]?.stringValue else {
            return .failed("the job names no invoice", again: false)
        }
        switch try billing.ingest(invoice, at: clock.now) {
        case .alreadyIngested: return .done(["lines": 0])
        case .ingested(let invoice):
            return .done(["lines": .int(Int64(invoice.lineCount)), "reconciled": .bool(invoice.isReconciled)])
        }
    }

    // MARK: - Runs

    /// A run is looked at again so long after, where one is to wait for another.
    private static let runPatience: Int64 = 5_000

    /// Makes a run and has it driven here; the job is done with that. Input: `{name, definition, inputs}`
    ///
    /// Done again, it finds the run it made: the job's key is the run's.
    private func beginRun(_ job: Job) throws -> JobEnd {
        guard let text = job.input["definition"]?.stringValue else {
            return .failed("the job has no definition", again: false)
        }
        if job.isAlone, let schedule = job.schedule, let last = try Jobs(database).lastResult(of: schedule),
            try JobHandlers.isStillGoing(last, store)
        {
            return .later(clock.now + Self.runPatience)
        }
        let source = DefinitionSource(
            name: job.input["name"]?.stringValue ?? "definition", text: text, library: DefinitionShelf(store, catalog))
        let saga = try source.saga(catalog)
        var random = SystemRandomNumberGenerator()
        let new = NewRun(
            id: RunID(at: clock.now, using: &random), saga: saga, inputs: job.input["inputs"] ?? [:],
            idempotencyKey: "job:" + job.dedupKey,
            images: RunImages(uses: catalog.images(of: saga.plugins)), createdAt: clock.now)
        return .done(["run_id": .string(try submit(new).description)])
    }

    /// - Returns: the run's id; of the one that was made under this key before, where there is one.
    private func submit(_ new: NewRun) throws(StoreError) -> RunID {
        do throws(StoreError) {
            drive(try store.writeAndWait(.create(new, drivenByUs: true)))
            return new.id
        } catch {
            guard error.code == "duplicate_key", let key = try store.find(idempotencyKey: new.idempotencyKey ?? ""),
                let known = try store.load(key)
            else { throw error }
            return known.row.id
        }
    }

    /// Whether the run that a job began goes on.
    static func isStillGoing(_ result: JSONObject, _ store: SQLRunStore) throws -> Bool {
        guard let id = result["run_id"]?.stringValue.flatMap({ RunID($0) }), let key = try store.find(id) else {
            return false
        }
        return try store.load(key).map { !$0.row.status.isEnded } ?? false
    }
}

/// A provider that is not asked any more once the job is to stop: between two calls nothing is half done.
private struct StoppableAdapter: ProviderAdapter {
    let adapter: PluginAdapter
    let control: JobControl
    var provider: String { adapter.provider }

    func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        guard !control.isStopRequested else {
            throw AdapterFailure(code: "cancelled", message: "arcadia was asked to stop")
        }
        return try adapter.call(operation, input)
    }
}

extension Wiring {
    /// What `schedules.json` in the data folder says.
    func scheduleSettings() throws(Failure) -> ScheduleSettings {
        let path = dataPath + "/schedules.json"
        guard let text = readFile(path) else {
            guard access(path, F_OK) != 0 else {
                throw Failure("schedules.settings", "\(path) cannot be read as UTF-8 text", exit: .badData)
            }
            return ScheduleSettings()
        }
        let json = try parsed(text, of: path)
        let settings: ScheduleSettings
        do throws(ScheduleSettingsError) {
            settings = try ScheduleSettings(reading: json)
        } catch {
            throw Failure(error.code, "\(path): \(error.message)", hint: error.hint, exit: .badData)
        }
        try checkCredentials(of: settings, path)
        return settings
    }

    /// A token that is named must be there: else its queue would take the one that all share, and nobody would know.
    private func checkCredentials(of settings: ScheduleSettings, _ path: String) throws(Failure) {
        let files = FolderListing.names(in: dataPath + "/credentials")
        for queue in settings.namedCredentials where !files.contains(where: { $0.hasSuffix("." + queue.credential) }) {
            throw Failure(
                "schedules.credential",
                "\(path): queue \"\(queue.name)\" names the credential \"\(queue.credential)\", and no file of \(dataPath)/credentials ends with \".\(queue.credential)\"",
                hint: "put the token there, say as \"digitalocean.billing.\(queue.credential)\", mode 0600",
                exit: .badData)
        }
    }

    /// The schedules of a database, with those that come with arcadia.
    func schedules(_ database: SQLiteDatabase, _ settings: ScheduleSettings) throws -> Schedules {
        let schedules = Schedules(database, settings: settings)
        try schedulingwise {
            try schedules.makeDefaults(at: clock.now)
            do {
                try schedules.checkSettings()
            } catch let error as ScheduleSettingsError {
                throw Failure(
                    error.code, "\(dataPath)/schedules.json: \(error.message)", hint: error.hint, exit: .badData)
            }
        }
        return schedules
    }
}

/// Runs `body`, and says what Scheduling and the store say in the words of a command's failure.
func schedulingwise<Result>(_ body: () throws -> Result) throws -> Result {
    do {
        return try body()
    } catch let refusal as SchedulingRefusal {
        throw Failure(APIProblem(refusal))
    } catch let error as StoreError {
        throw Failure(error)
    }
}
