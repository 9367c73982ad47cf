internal import CArcadiaPlugin
public import SagaCore

/// Performs calls in this process, on the host's threads: into the plugin, a watch on the time, and out again.
public final class PluginDispatcher: StepDispatcher, @unchecked Sendable {
    private let catalog: PluginCatalog
    private let threads: HostThreads
    private let marks: CallMarkFile
    /// How long a call that was asked to stop may take to do so.
    private let graceSeconds: Double
    /// What the host does itself, by id.
    private let hostPlugins: [String: HostOperations]
    /// Plugins with a call that never came back, by id.
    private let hung = Monitor<[String: String]>([:])

    /// - Parameter hostPlugins: those that the catalog was told of.
    public init(
        catalog: PluginCatalog, threads: HostThreads, marks: CallMarkFile, hostPlugins: [any HostPlugin] = [],
        graceSeconds: Double = 5
    ) {
        self.catalog = catalog
        self.hostPlugins = hostPlugins.reduce(into: [:]) { known, plugin in
            known[type(of: plugin).id] = HostOperations(plugin, catalog: catalog)
        }
        self.threads = threads
        self.marks = marks
        self.graceSeconds = graceSeconds
    }

    public func perform(_ call: StepCall, reportingTo reporter: any StepCallReporter) {
        if let host = hostPlugins[call.operation.plugin] { return host.perform(call, reportingTo: reporter) }
        switch catalog.resolve(call) {
        case .unavailable(let reason): reporter.ended(.unavailable(reason: reason))
        case .plugin(let plugin): perform(call, plugin, reporter)
        }
    }

    private func perform(_ call: StepCall, _ plugin: LoadedPlugin, _ reporter: any StepCallReporter) {
        guard let gate = plugin.gate else { return enter(call, plugin, reporter) }
        let turn = Turn { [self] in
            if let operation = hung.withLock({ $0[plugin.image.hash] }) {
                let reason =
                    "plugin \"\(plugin.manifest.id)\" takes one call at a time, and its \(operation) has not come back; start arcadia again"
                reporter.ended(.unavailable(reason: reason))
            } else {
                enter(call, plugin, reporter)
            }
            if let next = gate.leave() { threads.enqueue(next) }
        }
        guard gate.enter(turn) else { return }
        turn.perform()
    }

    private func enter(_ step: StepCall, _ plugin: LoadedPlugin, _ reporter: any StepCallReporter) {
        let call = PluginCall(step, plugin: plugin, reporter: reporter)
        reporter.began(by: plugin.image, cancel: call)
        marks.enter(step.mark, image: plugin.image, tag: plugin.tag, operation: step.operation)
        let status = plugin.enter(step.verb, operation: step.operation.operation, call, step)
        marks.leave()

        let schema = plugin.manifest.operation(step.operation.operation)?.output ?? .anything
        let outcome = call.outcome(of: status, verb: step.verb, output: schema)
        guard call.end() else {
            // It was given up meanwhile, and the run went on without it.
            hung.withLock { _ = $0.removeValue(forKey: plugin.image.hash) }
            marks.release(step.mark.slot)
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
        for call in PluginCall.inProgress where call.step != nil {
            if let asked = call.stopAsked {
                if asked.at.duration(to: now) > .milliseconds(Int64(graceSeconds * 1000)) {
                    giveUp(call, asked.because)
                }
            } else if call.isOverdue {
                askToStop(call, because: .overdue, at: now)
            } else if call.isSilent {
                askToStop(call, because: .silent, at: now)
            }
        }
    }

    private func askToStop(_ call: PluginCall, because reason: PluginCall.StopReason, at now: ContinuousClock.Instant) {
        call.stopAsked = (now, reason)
        call.askToStop()
    }

    private func giveUp(_ call: PluginCall, _ reason: PluginCall.StopReason) {
        guard call.isOfARun, let plugin = call.plugin, let step = call.step, call.abandon() else { return }
        threads.lose()
        call.reporter?.gaveUp(.failed(Self.error(for: call, step, reason), retry: .yes))
        guard let gate = plugin.gate else { return }
        hung.withLock { $0[plugin.image.hash] = step.operation.description }
        // Whoever queues behind the call would wait for ever: they are told, by coming round again.
        for work in gate.drain() { threads.enqueue(work) }
    }

    private static func error(for call: PluginCall, _ step: StepCall, _ reason: PluginCall.StopReason) -> StepError {
        let (code, what) =
            switch reason {
            case .overdue:
                (StepError.HostCode.timedOut, "did not return within \(seconds(step.timeoutSeconds ?? 0))")
            case .silent:
                (StepError.HostCode.hung, "gave no sign of life for \(seconds(call.heartbeatSeconds ?? 0))")
            }
        return StepError(
            code: code, message: "\(step.operation) \(what), nor when it was asked to stop; its outcome is unknown",
            effect: .unknown)
    }

    private static func seconds(_ number: Double) -> String {
        number == number.rounded() && number < 1e9 ? "\(Int(number)) s" : "\(number) s"
    }
}

extension PluginCall: CallCancellation {
    /// An operator's wish. Compensation and probing are not cancellable: they are how a cancelled run gets clean.
    func cancel() {
        if step?.verb == .execute { askToStop() }
    }

    /// Whoever asks: the flag, the descriptor, and the plugin's own function.
    func askToStop() {
        requestCancel()
        guard let plugin, let step else { return }
        whileAlive { plugin.nudge(operation: step.operation.operation, self) }
    }
}

/// A turn at a serial gate.
private final class Turn: Work {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    func perform() { body() }
}
