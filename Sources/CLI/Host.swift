internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// A process that drives runs: store, plugins, threads and runner, wired.
final class Host: Sendable {
    let store: SQLRunStore
    let catalog: PluginCatalog
    let runner: Runner
    let clock: SystemClock
    private let folder: DataFolder
    private let marks: CallMarkFile
    private let threads: HostThreads

    /// Reads what dead hosts left before it looks at the plugins: a third crash keeps a plugin out from now on.
    init(
        wiring: Wiring, folder: DataFolder, database: SQLiteDatabase, store: SQLRunStore, marks: CallMarkFile,
        threads: HostThreads, observer: (any RunObserver)?, audience: (any CallAudience)?
    ) throws(Failure) {
        self.folder = folder
        self.store = store
        self.marks = marks
        clock = wiring.clock
        for host in CallMarkFile.deadHosts(dataFolder: folder.path, now: clock.now) {
            try storing { () throws(StoreError) in
                for crash in host.crashes { try store.record(crash) }
            }
            host.clearLoadingMarks()
            host.release()
        }
        catalog = try wiring.catalog(store, marks: marks)
        self.threads = threads
        threads.beforeSleep { store.flush() }
        let rehearsal = try Rehearsal.read(wiring.environment["ARCADIA_FAULT"])
        let dispatcher = wiring.dispatcher(
            catalog, database: database, store: store, marks: marks, threads: threads, audience: audience)
        runner = Runner(
            store: store, dispatcher: dispatcher, catalog: catalog, workers: threads, clock: clock, marks: marks,
            expressions: wiring.expressions, faults: rehearsal, observer: observer)
        CrashHandlers.install()
        CrashHandlers.onInterrupt(
            say: "\narcadia was interrupted; `arcadia resume` goes on from the last durable line\n")
        clock.addRegular { [threads] in
            threads.growIfStalled()
            dispatcher.watch()
        }
        listenForRequests()
    }

    // MARK: - Recovery

    private var recovery: Recovery { Recovery(store: store, catalog: catalog, clock: clock) }

    /// Takes over every run that no live host drives.
    ///
    /// - Returns: how many.
    func takeOverAll() throws(StoreError) -> Int {
        let runs = try claimRunsOfTheDead() + store.claimRuns(of: nil)
        runner.take(over: runs.map { ($0.key, $0.wakeAt) })
        return runs.count
    }

    /// Takes over what has come to be since: new runs, and those of hosts that ended. A run that is held up stays so, until
    /// somebody resumes it.
    ///
    /// - Returns: how many.
    @discardableResult
    func takeOverNew() throws(StoreError) -> Int {
        let runs = try claimRunsOfTheDead() + store.claimNewRuns()
        if !runs.isEmpty { runner.take(over: runs.map { ($0.key, $0.wakeAt) }) }
        return runs.count
    }

    private func claimRunsOfTheDead() throws(StoreError) -> [OpenRun] {
        var runs: [OpenRun] = []
        for host in CallMarkFile.deadHosts(dataFolder: folder.path, now: clock.now) {
            for crash in host.crashes { try store.record(crash) }
            try settle(host)
            runs += try store.claimRuns(of: host.host)
            host.forget()
        }
        return try runs + claimHostsWithoutFile()
    }

    /// Takes over one run, if no live host drives it. False: one does.
    func takeOver(_ key: RunKey) throws(StoreError) -> Bool {
        let dead = CallMarkFile.deadHosts(dataFolder: folder.path, now: clock.now)
        defer { for host in dead { host.release() } }
        for host in dead { try settle(host) }
        let driver = try store.driver(of: key)
        if let driver, !dead.contains(where: { $0.host == driver }) {
            guard !CallMarkFile.names(in: folder.path).contains(driver.description) else { return false }
            // Its file is gone, so nobody knows what had begun.
            try recovery.journalInterruption(.unknown(key))
        }
        guard try store.claimRun(key, of: driver) else { return false }
        runner.take(over: [(key, nil)])
        return true
    }

    /// Writes down which calls a dead host was in.
    private func settle(_ host: CallMarkFile.DeadHost) throws(StoreError) {
        let calls = host.knowsWhatBegan ? host.begun : try store.openRuns(of: host.host).map { .unknown($0.key) }
        for call in calls { try recovery.journalInterruption(call) }
        host.clearMarks()
    }

    /// Runs of hosts whose file is gone: somebody cleared it away, so nobody knows what had begun.
    private func claimHostsWithoutFile() throws(StoreError) -> [OpenRun] {
        // In this order: a host makes its file before its first run, and takes it away after its last.
        let hosts = try store.hostsWithOpenRuns()
        let present = Set(CallMarkFile.names(in: folder.path))
        var runs: [OpenRun] = []
        for host in hosts where !present.contains(host.description) {
            for run in try store.openRuns(of: host) {
                try recovery.journalInterruption(.unknown(run.key))
            }
            runs += try store.claimRuns(of: host)
        }
        return runs
    }

    /// Runs left by hosts that are gone, and not taken over by this one.
    func orphanCount() throws(StoreError) -> Int {
        var count = 0
        for host in CallMarkFile.deadHosts(dataFolder: folder.path, now: clock.now) {
            count += try store.openRuns(of: host.host).count
            host.release()
        }
        return count
    }

    // MARK: - Requests

    /// Other processes leave their wishes in the rows; this looks for them four times a second.
    private func listenForRequests() {
        let lastLook = Monitor(clock.now)
        clock.addRegular { [weak self, clock] in
            let isTime = lastLook.withLock { last in
                guard clock.now - last >= 250 else { return false }
                last = clock.now
                return true
            }
            if isTime { self?.lookForRequests() }
        }
    }

    /// Looks for wishes now; whoever has just noted one in this process need not wait.
    func lookForRequests() {
        if let disabled = try? store.disabledPlugins() { catalog.disable(disabled) }
        guard let requests = try? store.requests() else { return }
        for request in requests {
            if let reason = request.cancel { runner.cancel(request.key, reason: reason) }
            if !request.wishes.isEmpty { runner.hear(request.wishes, of: request.key) }
        }
    }

    // MARK: - Plugins

    /// Reads the plugin folders anew, and says what changed.
    ///
    /// - Parameter id: of the only plugin to read; nil: all of them.
    @Sendable func reloadPlugins(_ id: String? = nil) -> PluginReload {
        let reload = catalog.reload(id)
        for line in reload.lines { Terminal.say(line) }
        return reload
    }

    /// Waits until nothing is left to drive, then signs off. After an error it does not: what was in progress must count
    /// as begun for whoever comes next.
    func finish() throws(StoreError) {
        try runner.waitUntilIdle()
        marks.retire()
    }

    /// Ends what is under way at the next safe point, gives the runs back and signs off.
    func stop() throws(StoreError) {
        runner.stop()
        try runner.waitUntilIdle()
        try store.releaseRuns()
        marks.retire()
    }

    /// Whether another host of this data folder is there.
    func isAlive(_ other: HostID) -> Bool { CallMarkFile.isAlive(other, dataFolder: folder.path) }

    /// Signs off without having driven anything.
    func leave() { marks.retire() }
}

/// Ends the process at a chosen moment: `ARCADIA_FAULT=kill:after_write:3`. So that everyone can see what happens then.
final class Rehearsal: FaultInjector {
    private let point: FaultPoint
    private let left: Monitor<Int>

    /// - Parameter text: the variable's value; nil: it is not set, and nothing is rehearsed.
    /// - Throws: for a value that would rehearse nothing: whoever thinks that he survived a crash must have had one.
    static func read(_ text: String?) throws(Failure) -> Rehearsal? {
        guard let text, !text.isEmpty else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "kill", let point = FaultPoint(rawValue: String(parts[1])),
            let count = Int(parts[2]), count > 0
        else {
            let points = FaultPoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure(
                "fault.unknown", "ARCADIA_FAULT is \"\(text)\"; expected kill:PLACE:NUMBER, with one of \(points)",
                hint: "`ARCADIA_FAULT=kill:after_write:3`, say", exit: .usage)
        }
        return Rehearsal(point, count)
    }

    private init(_ point: FaultPoint, _ count: Int) {
        self.point = point
        left = Monitor(count)
    }

    func reached(_ point: FaultPoint) {
        guard point == self.point else { return }
        let isNow = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isNow { kill(getpid(), SIGKILL) }
    }
}
