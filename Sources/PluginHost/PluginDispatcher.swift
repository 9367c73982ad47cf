public import SagaCore

/// Performs calls on the host's threads: into the plugin, here or in its worker, a watch on the time, and out again.
public final class PluginDispatcher: StepDispatcher, @unchecked Sendable {
    private let catalog: PluginCatalog
    private let threads: HostThreads
    private let marks: CallMarkFile
    /// How long a call that was asked to stop may take to do so.
    private let grace: Duration
    /// How long a worker of an image that is not installed stays without a call.
    private let idlePatience: Duration
    /// What the host does itself, by id.
    private let hostPlugins: [String: HostOperations]
    private let audience: (any CallAudience)?
    /// Plugins with a call that never came back, by id.
    private let hung = Monitor<[String: String]>([:])

    /// - Parameters:
    ///   - hostPlugins: those that the catalog was told of.
    ///   - audience: looks on while calls are made.
    public init(
        catalog: PluginCatalog, threads: HostThreads, marks: CallMarkFile, hostPlugins: [any HostPlugin] = [],
        audience: (any CallAudience)? = nil, graceSeconds: Double = 5, idleSeconds: Double = 10
    ) {
        self.catalog = catalog
        self.audience = audience
        self.hostPlugins = hostPlugins.reduce(into: [:]) { known, plugin in
            known[type(of: plugin).id] = HostOperations(plugin, catalog: catalog)
        }
        self.threads = threads
        self.marks = marks
        grace = .milliseconds(Int64(graceSeconds * 1000))
        idlePatience = .milliseconds(Int64(idleSeconds * 1000))
    }

    public func perform(_ call: StepCall, reportingTo caller: any StepCallReporter) {
        var reporter = caller
        if let audience, audience.looksAt(plugin: call.operation.plugin) {
            reporter = WatchedReporter(caller, of: call, by: audience)
        }
        if let host = hostPlugins[call.operation.plugin] { return host.perform(call, reportingTo: reporter) }
        switch catalog.resolve(call) {
        case .unavailable(let reason): reporter.ended(.unavailable(reason: reason))
        case .plugin(let plugin): perform(call, plugin, reporter)
        }
    }

    private func perform(_ call: StepCall, _ plugin: any CallablePlugin, _ reporter: any StepCallReporter) {
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

    private func enter(_ step: StepCall, _ plugin: any CallablePlugin, _ reporter: any StepCallReporter) {
        let call = plugin.call(step, reportingTo: reporter, isOfARun: true, credentialVariant: nil)
        reporter.began(by: plugin.image, cancel: call)
        let outcome = Self.refusal(step, plugin) ?? call.perform(marks)
        guard call.end() else {
            // It was given up meanwhile, and the run went on without it.
            hung.withLock { _ = $0.removeValue(forKey: plugin.image.hash) }
            marks.release(step.mark.slot)
            threads.regain()
            return
        }
        reporter.ended(outcome)
    }

    /// What a step takes is known in full only now that its expressions are filled in. Compensation and probes are made in
    /// any case: what was executed once must be taken back.
    private static func refusal(_ step: StepCall, _ plugin: any CallablePlugin) -> StepOutcome? {
        guard step.verb == .execute,
            let violation = plugin.manifest.operation(step.operation.operation)?.input.violations(of: step.with).first
        else { return nil }
        let message = "\(step.operation) does not take this: \(violation.message)"
        return .failed(StepError(code: "input", message: message, effect: .none), retry: .no)
    }

    // MARK: - Time

    /// Looks after calls in progress: asks those that are late or silent to stop, and gives up those that do not. Then after
    /// workers that nobody needs. Called regularly.
    public func watch() {
        catalog.dismissIdle(after: idlePatience)
        let now = ContinuousClock.now
        for call in PluginCall.inProgress where call.step != nil {
            if let reason = isToBeGivenUp(call, now, after: grace) { giveUp(call, reason) }
        }
        for call in WorkerCall.inProgress {
            if let reason = isToBeGivenUp(call, now, after: call.grace ?? grace) { call.endWorker(because: reason) }
        }
    }

    /// Asks a call to stop that is late; then, after a while, says why it is to be waited for no longer.
    private func isToBeGivenUp(
        _ call: some OngoingCall, _ now: ContinuousClock.Instant, after grace: Duration
    ) -> CallStopReason? {
        if let asked = call.stopAsked {
            return asked.at.duration(to: now) > grace ? asked.because : nil
        }
        guard let reason: CallStopReason = call.isOverdue ? .overdue : call.time.isSilent ? .silent : nil else {
            return nil
        }
        call.stopAsked = (now, reason)
        call.askToStop()
        return nil
    }

    private func giveUp(_ call: PluginCall, _ reason: CallStopReason) {
        guard call.isOfARun, let plugin = call.plugin, let step = call.step, call.abandon() else { return }
        threads.lose()
        call.reporter?.gaveUp(.failed(call.lateness(reason, step: step), retry: .yes))
        guard let gate = plugin.gate else { return }
        hung.withLock { $0[plugin.image.hash] = step.operation.description }
        // Whoever queues behind the call would wait for ever: they are told, by coming round again.
        for work in gate.drain() { threads.enqueue(work) }
    }
}

/// A turn at a gate.
private final class Turn: Work {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    func perform() { body() }
}
