internal import Glibc
internal import SagaCore

/// A plugin in a process of its own: whatever it does to that process, the host goes on.
///
/// The worker stays for the next call. When it ends, the next call starts another, after a while that doubles with each
/// end in a row.
final class WorkerPlugin: CallablePlugin, @unchecked Sendable {
    let manifest: PluginManifest
    let image: PluginImage
    let config: JSONValue
    let http: PluginHTTP?
    let gate: CallGate?
    let statistics = CallStatistics(since: SystemClock().now)
    let tag = CallMarkFile.newTag()
    let settings: WorkerSettings
    private let crashes: CrashCount

    private struct State {
        var worker: Worker?
        var isStarting = false
        /// Ends in a row, without a call that came back between them.
        var endsInARow = 0
    }

    private let state = Monitor(State())

    /// How long it may take to say whether it takes the plugin.
    static let startMilliseconds: Int64 = 10_000
    private static let longestPauseMilliseconds: Int64 = 10_000

    /// Starts a worker and has it load the plugin.
    init(
        manifest: PluginManifest, image: PluginImage, config: JSONValue, http: PluginHTTP?, settings: WorkerSettings,
        crashes: CrashCount
    ) throws(PluginRefusal.Fact) {
        self.manifest = manifest
        self.image = image
        self.config = config
        self.http = http
        self.settings = settings
        self.crashes = crashes
        gate = CallGate(width: settings.lanes)
        let worker = try start()
        state.withLock { $0.worker = worker }
    }

    /// Nobody has a use for it any more, and no call is in it: a call keeps its plugin.
    deinit { state.withLock { $0.worker }?.end(.wasDismissed) }

    var isIdle: Bool { gate?.isEmpty ?? true }

    func call(
        _ step: StepCall, reportingTo reporter: any StepCallReporter, isOfARun: Bool, credentialVariant: String?
    ) -> any OngoingCall {
        WorkerCall(step, plugin: self, reporter: reporter, credentialVariant: credentialVariant)
    }

    // MARK: - Its worker

    /// The one that is there, or a new one.
    func worker() throws(PluginRefusal) -> Worker {
        let known = state.wait { state -> Worker?? in
            guard !state.isStarting else { return nil }
            if let worker = state.worker, worker.isAlive { return .some(worker) }
            state.isStarting = true
            return .some(nil)
        }
        if let known { return known }
        do throws(PluginRefusal.Fact) {
            let worker = try restart()
            state.change { ($0.worker, $0.isStarting) = (worker, false) }
            return worker
        } catch {
            state.change { ($0.worker, $0.isStarting) = (nil, false) }
            throw PluginRefusal(error, path: settings.library)
        }
    }

    private func restart() throws(PluginRefusal.Fact) -> Worker {
        if let fact = crashes.quarantine(of: image) { throw fact }
        let ends = state.withLock { $0.endsInARow }
        if ends > 1 { usleep(UInt32(min(Self.longestPauseMilliseconds, 50 << Int64(min(ends, 8))) * 1000)) }
        return try start()
    }

    private func start() throws(PluginRefusal.Fact) -> Worker {
        let load = settings.load(manifest, image: image, config: config, hasHTTP: http != nil)
        let worker: Worker
        do throws(WorkerStartProblem) {
            worker = try WorkerSupervisor.shared.start(settings, plugin: manifest.id, load: load)
        } catch {
            throw .workerNotStarted(error.reason)
        }
        try greet(worker, load)
        return worker
    }

    /// Waits until it has loaded the plugin.
    private func greet(_ worker: Worker, _ load: [UInt8]) throws(PluginRefusal.Fact) {
        switch worker.greetingOrEnd(milliseconds: Self.startMilliseconds) {
        case .greeting(.loaded): return
        case .greeting(.madeWay):
            worker.tellAgain(load)
            try greet(worker, load)
        case .greeting(.refused(let fact)):
            worker.end(.wasDismissed)
            throw fact
        case .end(let end):
            note(end, of: worker, operation: "loading", run: nil, licence: 0)
            throw .workerEnded(end.explanation)
        case nil:
            worker.end(.wasEnded(.silent))
            throw .workerSilent(seconds: Int(Self.startMilliseconds / 1000))
        }
    }

    // MARK: - Its end

    /// Ends its worker, if there is one, and comes back when what that said last has been heard.
    func dismiss() { state.withLock { $0.worker }?.dismiss() }

    /// What a call is told whose worker ended under it: nobody knows how far it came.
    func outcome(
        of end: WorkerEnd, for call: WorkerCall, _ step: StepCall, in lane: Int, _ worker: Worker
    ) -> StepOutcome {
        if case .wasEnded(let reason) = end.cause, call.stopAsked != nil {
            return .failed(call.lateness(reason, step: step), retry: .yes)
        }
        let isCulprit = end.isCrash && (end.lane == nil || end.lane == lane)
        if isCulprit {
            note(
                end, of: worker, operation: step.operation.description, run: step.run, licence: step.mark.licence)
        }
        let what =
            isCulprit
            ? "plugin \"\(manifest.id)\" crashed in \(step.operation): \(end.explanation); its worker ended, the host goes on"
            : "the worker of plugin \"\(manifest.id)\" ended while \(step.operation) was in it: \(end.explanation), because of another call"
        return .failed(
            StepError(code: StepError.HostCode.crashed, message: what, effect: .unknown), retry: .yes)
    }

    private func note(_ end: WorkerEnd, of worker: Worker, operation: String, run: RunID?, licence: Int) {
        guard worker.isEndUntold() else { return }
        state.withLock { $0.endsInARow += 1 }
        guard end.isCrash else { return }
        crashes.note(
            PluginCrash(
                image: image, operation: operation, run: run, cause: end.name, licence: licence,
                at: SystemClock().now))
    }

    /// A call came back as it should.
    func succeeded() { state.withLock { $0.endsInARow = 0 } }
}
