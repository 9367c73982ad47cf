internal import CArcadiaPlugin
public import SagaCore

/// Performs calls in this process, on the host's threads: into the plugin, a watch on the time, and out again.
public final class PluginDispatcher: StepDispatcher, @unchecked Sendable {
    private let catalog: PluginCatalog
    private let threads: HostThreads
    private let marks: CallMarkFile
    /// How long a call that was asked to stop may take to do so.
    private let graceSeconds: Double
    private let running = Monitor<[ObjectIdentifier: RunningCall]>([:])
    /// Plugins with a call that never came back, by id.
    private let hung = Monitor<[String: String]>([:])

    public init(catalog: PluginCatalog, threads: HostThreads, marks: CallMarkFile, graceSeconds: Double = 5) {
        self.catalog = catalog
        self.threads = threads
        self.marks = marks
        self.graceSeconds = graceSeconds
    }

    public func image(for operation: OperationName) -> PluginImage? {
        (try? catalog.plugin(operation.plugin))?.image
    }

    public func perform(_ call: StepCall, reportingTo reporter: any StepCallReporter) {
        switch catalog.resolve(call) {
        case .unavailable(let reason): reporter.ended(.unavailable(reason: reason))
        case .plugin(let plugin): perform(call, plugin, reporter)
        }
    }

    private func perform(_ call: StepCall, _ plugin: LoadedPlugin, _ reporter: any StepCallReporter) {
        guard let gate = plugin.gate else { return enter(call, plugin, reporter) }
        if let operation = hung.withLock({ $0[plugin.image.hash] }) {
            let reason = "plugin \"\(plugin.manifest.id)\" takes one call at a time, and its \(operation) has not come back; start arcadia again"
            return reporter.ended(.unavailable(reason: reason))
        }
        let turn = Turn { [self] in
            enter(call, plugin, reporter)
            pass(gate)
        }
        guard gate.enter(turn) else { return }
        turn.perform()
    }

    private func pass(_ gate: SerialGate) {
        if let next = gate.leave() { threads.enqueue(next) }
    }

    private func enter(_ step: StepCall, _ plugin: LoadedPlugin, _ reporter: any StepCallReporter) {
        let call = PluginCall(
            documents: PluginCall.Documents(
                with: step.with, inputs: step.inputs, context: step.context, result: step.result, config: plugin.config),
            checkpoint: step.checkpoint, reporter: reporter,
            label: "\(step.operation) \(step.stepID)", timeoutSeconds: step.timeoutSeconds,
            heartbeatSeconds: plugin.manifest.heartbeatSeconds)
        let running = RunningCall(call: call, step: step, plugin: plugin, reporter: reporter)
        let isWatched = call.deadline != nil || call.heartbeatSeconds != nil
        if isWatched { self.running.withLock { $0[ObjectIdentifier(running)] = running } }

        reporter.began(by: plugin.image, cancel: running)
        marks.enter(step.mark, image: plugin.image, operation: step.operation, run: step.run)
        let status = plugin.enter(step.verb, operation: step.operation.operation, call, step)
        marks.leave()

        let schema = plugin.manifest.operation(step.operation.operation)?.output ?? .anything
        let outcome = call.outcome(of: status, verb: step.verb, output: schema)
        if isWatched { self.running.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(running)) } }
        guard call.end() else {
            // It was given up meanwhile, and the run went on without it.
            threads.regain()
            return
        }
        reporter.ended(outcome)
    }

    // MARK: - Time

    /// Looks after calls in progress: asks those that are late or silent to stop, and gives up those that do not.
    /// Called regularly.
    public func watch() {
        let now = ContinuousClock.now
        let calls = running.withLock { Array($0.values) }
        for running in calls {
            if let since = running.stopAskedAt {
                if since.duration(to: now) > .milliseconds(Int64(graceSeconds * 1000)) { giveUp(running) }
            } else if running.call.isOverdue {
                running.askToStop(because: .overdue, at: now)
            } else if running.call.isSilent {
                running.askToStop(because: .silent, at: now)
            }
        }
    }

    private func giveUp(_ running: RunningCall) {
        self.running.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(running)) }
        guard running.call.abandon() else { return }
        threads.lose()
        if running.plugin.gate != nil {
            hung.withLock { $0[running.plugin.image.hash] = running.step.operation.description }
        }
        running.reporter.ended(.failed(running.givenUpError(graceSeconds: graceSeconds), retry: .yes))
    }
}

/// A turn at a serial gate.
private final class Turn: Work {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    func perform() { body() }
}

/// A call in a plugin, as the watch sees it.
private final class RunningCall: CallCancellation, @unchecked Sendable {
    enum Reason { case overdue, silent }

    let call: PluginCall
    let step: StepCall
    let plugin: LoadedPlugin
    let reporter: any StepCallReporter
    /// Touched by the watch alone.
    private(set) var stopAskedAt: ContinuousClock.Instant?
    private var reason = Reason.overdue

    init(call: PluginCall, step: StepCall, plugin: LoadedPlugin, reporter: any StepCallReporter) {
        self.call = call
        self.step = step
        self.plugin = plugin
        self.reporter = reporter
    }

    func cancel() {
        call.requestCancel()
        plugin.nudge(operation: step.operation.operation, call)
    }

    func askToStop(because reason: Reason, at now: ContinuousClock.Instant) {
        stopAskedAt = now
        self.reason = reason
        cancel()
    }

    func givenUpError(graceSeconds: Double) -> StepError {
        switch reason {
        case .overdue:
            StepError(
                code: StepError.HostCode.timedOut,
                message: "\(step.operation) did not return within \(seconds(step.timeoutSeconds ?? 0)), nor when it was asked to stop; its outcome is unknown",
                effect: .unknown)
        case .silent:
            StepError(
                code: StepError.HostCode.hung,
                message: "\(step.operation) gave no sign of life for \(seconds(call.heartbeatSeconds ?? 0)), nor when it was asked to stop; its outcome is unknown",
                effect: .unknown)
        }
    }

    private func seconds(_ number: Double) -> String {
        number == number.rounded() ? "\(Int(number)) s" : "\(number) s"
    }
}
