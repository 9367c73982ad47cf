internal import CloudControl
internal import PluginHost
internal import SagaCore
internal import Scheduling
internal import Storage

/// What a host does unasked while it lives: drives runs, fires schedules, works the queues.
final class Background: Sendable {
    private let host: Host
    private let database: SQLiteDatabase
    private let settings: ScheduleSettings
    private let scheduler: Scheduler
    private let queues: JobQueues
    private let jobs: Jobs
    private let state = Monitor(State())

    private struct State {
        var isStopping = false
        var isOver = false
        var lastUpkeep: Timestamp?
        var saidProblem: StoreError?
    }

    /// Milliseconds between two looks.
    private static let rhythm: Int64 = 200
    private static let upkeep: Int64 = 3_600_000

    init(_ host: Host, wiring: Wiring) throws {
        self.host = host
        settings = try wiring.scheduleSettings()
        let path = try wiring.dataFolder().database
        let database = try storing { () throws(StoreError) in try SQLiteDatabase(path: path) }
        self.database = database
        let (store, clock) = (host.store, host.clock)
        scheduler = Scheduler(try wiring.schedules(database, settings)) { try JobHandlers.isStillGoing($0, store) }
        jobs = Jobs(database)
        let handlers = JobHandlers(host, database: database, settings: settings)
        queues = JobQueues(
            jobs, settings: settings, host: store.host, now: { clock.now }, perform: handlers.perform,
            ended: Self.say)
    }

    private static func say(_ job: Job, _ end: JobEnd, _ status: JobStatus?) {
        guard case .failed(let reason, _) = end else { return }
        let then = status == .queued ? "; it is tried again" : ""
        Terminal.say("job \(job.number) (\(job.kind)) failed: \(reason)\(then)")
    }

    /// Begins, and comes back at once.
    ///
    /// - Returns: how many runs were taken over.
    func start() throws(StoreError) -> Int {
        let count = try host.takeOverAll()
        startThread { [self] in
            while !state.withLock({ $0.isStopping }) {
                look()
                _ = state.wait(milliseconds: Self.rhythm) { $0.isStopping ? true : nil }
            }
            state.change { $0.isOver = true }
        }
        return count
    }

    /// One look at everything. What stands in the way of it stands in the way of this look only.
    private func look() {
        do {
            try host.takeOverNew()
            let now = host.clock.now
            for firing in try scheduler.fireDue(at: now) { Self.say(firing) }
            try jobs.requeueOrphans(settings, isAlive: isAlive, at: now)
            try queues.look()
            for drift in try Drift(database).releaseFailedReverts(at: now) {
                Terminal.say("drift \(drift) is open again: the run that was to put it right did not")
            }
            try keepUp(now)
            if let problem = queues.takeProblem() { throw problem }
            state.withLock { $0.saidProblem = nil }
        } catch {
            say(error as? StoreError ?? StoreError(code: "other", message: "\(error)"))
        }
    }

    private func isAlive(_ other: HostID) -> Bool { other == host.store.host || host.isAlive(other) }

    private static func say(_ firing: Firing) {
        let what = firing.job.map { "job \($0)" } ?? firing.outcome.rawValue
        Terminal.say("schedule \(firing.schedule) of \(firing.dueAt) \(firing.why.rawValue): \(what)")
    }

    /// Once, not five times a second.
    private func say(_ problem: StoreError) {
        let isNew = state.withLock { state in
            defer { state.saidProblem = problem }
            return state.saidProblem != problem
        }
        if isNew { Terminal.say(error: problem.message, hint: problem.hint) }
    }

    private func keepUp(_ now: Timestamp) throws(StoreError) {
        let isTime = state.withLock { state in
            guard state.lastUpkeep.map({ now - $0 >= Self.upkeep }) ?? true else { return false }
            state.lastUpkeep = now
            return true
        }
        if isTime { try jobs.prune(settings, at: now) }
    }

    /// Until somebody asks to end, or nothing is driven any more.
    func stay(until signals: StopSignals) throws(Failure) {
        while !signals.came(within: 500) {
            if let failure { throw Failure(failure) }
        }
    }

    /// Why runs are not driven any more: whoever stays must end, so that another can take over.
    var failure: StoreError? { host.runner.failure }

    /// Takes nothing up any more and waits until what is under way has come to a safe point; then everything is
    /// somebody else's to take up.
    func stop() throws(StoreError) {
        state.change { $0.isStopping = true }
        queues.stop()
        state.wait { $0.isOver ? true : nil }
        queues.waitUntilIdle()
        try host.stop()
    }
}
