internal import PluginHost
internal import SagaCore
internal import Storage

/// A run as a command makes it: of which definition, with which inputs; driven here, or only recorded.
struct RunSubmission {
    private let wiring: Wiring
    private let source: (PluginCatalog) throws(Failure) -> DefinitionSource
    private let idempotencyKey: String?
    private let tenant: String?
    /// What the run must be, to the build; nil: whatever it is now.
    private let planned: PlanFile?
    private let inputs: (_ schema: JSONSchema) throws(Failure) -> JSONValue
    /// Hears of the run when it is durable and nothing of it has begun.
    private let made: (RunID) throws -> Void

    /// - Parameters:
    ///   - definition: a file, `-` for stdin, or the name of a shipped one.
    ///   - planned: the run is made only if definition, inputs and builds are those of this plan.
    ///   - inputs: those of the run, checked against what the definition declares.
    init(
        _ wiring: Wiring, definition: String, idempotencyKey: String? = nil, planned: PlanFile? = nil,
        inputs: @escaping (_ schema: JSONSchema) throws(Failure) -> JSONValue
    ) {
        self.wiring = wiring
        self.idempotencyKey = idempotencyKey
        self.planned = planned
        tenant = nil
        self.inputs = inputs
        source = { catalog throws(Failure) in try DefinitionSource(definition, wiring: wiring, catalog: catalog) }
        made = { _ in }
    }

    /// Of a definition that was made up here, without inputs.
    init(
        _ wiring: Wiring, _ definition: DefinitionSource, tenant: String?, made: @escaping (RunID) throws -> Void
    ) {
        self.wiring = wiring
        self.tenant = tenant
        idempotencyKey = nil
        planned = nil
        inputs = { schema throws(Failure) in try RunInputs.checked([:], schema) }
        source = { _ in definition }
        self.made = made
    }

    private var output: OutputFormat { Terminal.output }

    /// Makes the run and drives it to its end, which is shown; the failure that is thrown has the exit code that says it.
    func drive() throws {
        let progress = RunProgress(clock: wiring.clock, isQuiet: output != .table)
        let host = try wiring.host(observer: progress)
        do {
            try drive(host, progress)
        } catch let failure as Failure {
            // After a failure of the store calls may be in progress: our file must tell of them.
            if !failure.isAfterResult, !failure.code.hasPrefix("store.") { host.leave() }
            throw failure
        }
    }

    private func drive(_ host: Host, _ progress: RunProgress) throws {
        var (saga, inputs) = try prepare(host.catalog)
        if !host.catalog.load(for: saga).isEmpty {
            // What only loading shows is a mistake of the definition's surroundings, told in its place.
            (saga, inputs) = try prepare(host.catalog)
        }
        let uses = host.catalog.images(of: saga.plugins)
        try planned?.hold(againstBuilds: uses)
        let images = RunImages(uses: uses)
        let (key, id, isNew) = try create(saga, inputs, images, host.store, drivenByUs: true)
        if isNew {
            try made(id)
            host.runner.take(over: [(key, nil)])
        } else {
            Terminal.say("note: run \(id) was made with this idempotency key before")
            let isOurs = try storing { () throws(StoreError) in try host.takeOver(key) }
            // It has ended, or another arcadia drives it: then this one waits for it to end there.
            if !isOurs { try OperatorRequest.follow(key, host.store) }
        }
        try storing { () throws(StoreError) in
            try host.runner.waitUntilIdle()
            noteOrphans(try host.orphanCount())
            try host.finish()
        }
        try RunResult(key, store: host.store, catalog: host.catalog, wiring: wiring)
            .finish(
                drawn: isNew && output == .table && Terminal.isInteractive, blocked: progress.blockedReason(of: id))
    }

    /// Makes the run and leaves it to whoever drives runs here.
    func record() throws {
        let store = try wiring.store(try wiring.dataFolder())
        let catalog = try wiring.catalog(store)
        let (saga, inputs) = try prepare(catalog)
        // It begins with whatever the host has that takes it up.
        let (key, id, _) = try create(saga, inputs, RunImages(), store, drivenByUs: false)
        if output == .table {
            Terminal.print(id.description)
            Terminal.say("hint: `arcadia resume` drives it, `arcadia runs show \(id)` shows it")
        } else {
            try RunResult(key, store: store, catalog: catalog, wiring: wiring).show()
        }
    }

    private func prepare(_ catalog: PluginCatalog) throws -> (Saga, JSONValue) {
        let saga = try source(catalog).saga(catalog)
        let inputs = try inputs(saga.inputs)
        if let planned {
            let now = catalog.plan(
                of: saga, inputs: inputs, warnings: [], asksPlugins: false, at: wiring.clock.now)
            try planned.hold(against: now.json)
        }
        return (saga, inputs)
    }

    private func create(
        _ saga: Saga, _ inputs: JSONValue, _ images: RunImages, _ store: SQLRunStore, drivenByUs: Bool
    ) throws -> (RunKey, RunID, isNew: Bool) {
        var random = SystemRandomNumberGenerator()
        let id = RunID(at: wiring.clock.now, using: &random)
        warnOfSignals(saga, inputs)
        let new = NewRun(
            id: id, saga: saga, inputs: inputs, idempotencyKey: idempotencyKey, tenant: tenant,
            submittedBy: Wiring.userName, images: images, createdAt: wiring.clock.now)
        do throws(StoreError) {
            return (try store.writeAndWait(.create(new, drivenByUs: drivenByUs)), id, true)
        } catch  where error.code == "duplicate_key" {
            return try existing(saga, inputs, store)
        } catch {
            throw Failure(error)
        }
    }

    /// Said and not refused: somebody else may send the signal later, through a server on the same folder, and whoever
    /// tries a definition out alone can skip the step.
    private func warnOfSignals(_ saga: Saga, _ inputs: JSONValue) {
        let lonely = saga.signalsOutOfReach(
            of: Wiring.userName, inputs: inputs, expressions: wiring.expressions)
        for signal in lonely {
            Terminal.say("warn: \(signal.message)")
            Terminal.say("hint: \(signal.hint)")
        }
    }

    private func existing(
        _ saga: Saga, _ inputs: JSONValue, _ store: SQLRunStore
    ) throws -> (RunKey, RunID, isNew: Bool) {
        let key = idempotencyKey ?? ""
        let stored = try storing { () throws(StoreError) in
            try store.find(idempotencyKey: key).flatMap { key throws(StoreError) in try store.load(key) }
        }
        guard let stored else {
            throw Failure("run.gone", "the run with this idempotency key is gone", exit: .unavailable)
        }
        guard stored.row.definitionHash == saga.definitionHash, stored.row.inputs.sameJSON(as: inputs) else {
            throw Failure(
                "run.key_reused",
                "the idempotency key \"\(key)\" belongs to run \(stored.row.id), which has another definition or other inputs",
                hint: "use another key, or `arcadia runs show \(stored.row.id)`", exit: .badData)
        }
        return (stored.row.key, stored.row.id, false)
    }

    private func noteOrphans(_ count: Int) {
        guard count > 0 else { return }
        Terminal.say(
            "note: \(SagaCLI.runs(count)) cut off earlier \(count == 1 ? "waits" : "wait"); `arcadia resume` goes on with \(count == 1 ? "it" : "them")"
        )
    }
}
