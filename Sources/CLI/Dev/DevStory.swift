internal import CloudControl
internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Scheduling
internal import Storage

/// What happened before one looks: the past of an account and of a host, made by the same code as any other.
final class DevStory: Sendable {
    let account: DevAccount
    let database: SQLiteDatabase
    private let host: Host
    private let wiring: Wiring
    /// The run that waits for a signal.
    private let waiting = Monitor<RunID?>(nil)

    init(_ host: Host, wiring: Wiring, _ account: DevAccount) throws {
        (self.host, self.wiring, self.account) = (host, wiring, account)
        let path = try wiring.dataFolder().database
        database = try storing { () throws(StoreError) in try SQLiteDatabase(path: path) }
    }

    var waitingRun: RunID? { waiting.withLock { $0 } }
    private var now: Timestamp { host.clock.now }

    func tell() throws {
        account.seed()
        try syncInventory()
        let failed = try beginAFailure()
        let others = try submitRuns()
        try askForDroplets()
        try drift()
        try takeInInvoices()
        try wait(for: others)
        try wait(for: [failed])
        account.recover()
        // With what the runs made.
        try syncInventory()
        _ = try Drift(database).detect(at: now)
    }

    // MARK: - Plugins

    /// A plugin that is said to have crashed three times: read by the host when it starts.
    static func quarantineAPlugin(_ wiring: Wiring) throws {
        let store = try wiring.store(try wiring.dataFolder())
        let entries = try wiring.catalog(store).entries()
        guard let image = entries.first(where: { $0.id == "files" })?.image else { return }
        for crash in 1...CrashLimit.standard.crashes {
            let at = wiring.clock.now + -400_000 * Int64(crash)
            try storing { () throws(StoreError) in
                try store.record(
                    PluginCrash(
                        image: image, operation: "write", run: nil, cause: "SIGSEGV", licence: crash, at: at))
            }
        }
    }

    // MARK: - The account

    private func adapter() -> PluginAdapter {
        PluginAdapter(provider: "digitalocean", operations: PluginOperations(catalog: host.catalog))
    }

    private func syncInventory() throws {
        let operations = host.catalog.entry("digitalocean")?.manifest?.operations ?? []
        let kinds = operations.filter { $0.kind == "inventory" }.compactMap { InventoryKind(operation: $0.name) }
        guard !kinds.isEmpty else {
            throw Failure(
                "provider.unknown", "there is no plugin \"digitalocean\", and `arcadia dev` shows an account with it",
                hint: "`--plugins DIR` names the folder it is in; `make build` builds it", exit: .unavailable)
        }
        _ = try Inventory(database).sync(adapter(), kinds: kinds, at: now)
    }

    /// Everything that serves is asked to stay as it is.
    private func askForDroplets() throws {
        for droplet in account.droplets where !droplet.name.hasPrefix("campaign") {
            try Provisioning(database).set(
                droplet.name, ["name": .string(droplet.name), "size_slug": .string(droplet.size), "status": "active"],
                at: now, witness: wiring.witness(.provisionedSet, reason: nil))
        }
    }

    /// Some were changed by hand: one change was meant, the others are open.
    private func drift() throws {
        let droplets = account.droplets
        account.change(droplets[0].id, ["size_slug": "s-4vcpu-8gb"])
        account.change(droplets[1].id, ["name": "web-2-old"])
        account.change(droplets[3].id, ["size_slug": "s-2vcpu-4gb"])
        account.change(droplets[8].id, ["status": "off"])
        try syncInventory()
        _ = try Drift(database).detect(at: now)
        let meant = try Drift(database).list(in: .operatorOfThisMachine).first { $0.name == "db-1" }
        guard let meant else { return }
        let reason = "grew for the sale"
        try Drift(database).accept(
            meant.driftID, in: .operatorOfThisMachine, by: DriftCommand.operatorName, reason: reason, at: now,
            witness: wiring.witness(.driftAccept, reason: reason))
    }

    private func takeInInvoices() throws {
        _ = try Billing(database: database, adapter: adapter()).sync(at: now)
    }

    // MARK: - Runs

    /// A droplet that the provider does not let go.
    private func beginAFailure() throws -> RunKey {
        account.stumble(["method": "DELETE", "path": "/v2/droplets/*", "fault": "status_503"])
        return try submit(DevDefinitions.campaign).key
    }

    /// - Returns: those that come to an end.
    private func submitRuns() throws -> [RunKey] {
        try store(DevDefinitions.releaseWithoutApproval)
        try store(DevDefinitions.release)
        try store(DevDefinitions.nightlyReport)
        try store(DevDefinitions.smokeTest)
        try schedule("smoke_test", DevDefinitions.smokeTest, "* * * * *")
        let first = try submit(DevDefinitions.releaseWithoutApproval, ["build": "2026.10"])
        _ = try submit(DevDefinitions.nightlyReport)
        let approval = try submit(DevDefinitions.release)
        waiting.change { $0 = approval.id }
        let shipped = try ["hello", "network_recovers", "third_step_fails"].map { try submit(shipped: $0).key }
        return try [first.key] + shipped + [submit(shipped: "provision_droplet", ["name": "web-4"]).key]
    }

    private func submit(shipped name: String, _ inputs: JSONObject = [:]) throws -> (key: RunKey, id: RunID) {
        try submit(try DefinitionSource(name, wiring: wiring, catalog: host.catalog).text, inputs)
    }

    private func submit(_ definition: String, _ inputs: JSONObject = [:]) throws -> (key: RunKey, id: RunID) {
        let saga = try saga(definition)
        var random = SystemRandomNumberGenerator()
        let new = NewRun(
            id: RunID(at: now, using: &random), saga: saga, inputs: try RunInputs.checked(inputs, saga.inputs),
            images: RunImages(uses: host.catalog.images(of: saga.plugins)), createdAt: now)
        let key = try host.store.writeAndWait(.create(new, drivenByUs: true))
        host.runner.take(over: [(key, nil)])
        return (key, new.id)
    }

    private func saga(_ definition: String) throws -> Saga {
        let source = DefinitionSource(name: "definition", text: definition)
        _ = host.catalog.load(for: try source.saga(host.catalog))
        return try source.saga(host.catalog)
    }

    private func store(_ definition: String) throws {
        _ = try host.store.definitions.put(
            try saga(definition), by: Wiring.userName, at: now,
            witness: wiring.witness(.definitionPut, reason: nil))
    }

    private func schedule(_ name: String, _ definition: String, _ cron: String) throws {
        let new = NewSchedule(
            name: name, cron: try CronExpression(cron), kind: "run",
            input: ["name": .string(name), "definition": .string(definition), "inputs": [:]],
            queue: QueueName.provisioning)
        try Schedules(database).add(new, at: now)
    }

    /// Until they have ended; at most half a minute, then the story goes on without them.
    private func wait(for runs: [RunKey]) throws {
        let end = now + 30_000
        for run in runs {
            while now < end, let stored = try host.store.load(run), !stored.row.status.isEnded { usleep(50_000) }
        }
    }

    // MARK: - What goes on

    /// Has the books looked at by the host's own queues.
    func queue(_ kind: String, on queue: String) {
        // What stands in the way now does not stand in the way of the next time.
        _ = try? Jobs(database).enqueue(
            NewJob(queue: queue, kind: kind, input: [:], dedupKey: "dev:\(kind):\(now)"), at: now)
    }
}
