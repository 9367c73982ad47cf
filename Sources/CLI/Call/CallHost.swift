internal import PluginHost
internal import SagaCore
internal import Storage

/// Makes calls by hand: plugins and their dispatcher, as a host that drives runs has them, and no runs.
final class CallHost: Sendable {
    let catalog: PluginCatalog
    private let dispatcher: PluginDispatcher
    private let marks: CallMarkFile
    private let threads: HostThreads
    private let clock: SystemClock

    init(_ wiring: Wiring) throws(Failure) {
        let folder = try wiring.dataFolder()
        Terminal.keepStandardOutput()
        let (threads, clock) = (HostThreads(), wiring.clock)
        let (marks, database) = try storing { () throws(StoreError) in
            (try CallMarkFile(dataFolder: folder.path), try SQLiteDatabase(path: folder.database))
        }
        let store = try wiring.store(folder, host: marks.host)
        catalog = try wiring.catalog(store, marks: marks)
        let dispatcher = wiring.dispatcher(catalog, database: database, store: store, marks: marks, threads: threads)
        (self.marks, self.threads, self.clock, self.dispatcher) = (marks, threads, clock, dispatcher)
        CrashHandlers.install()
        clock.addRegular {
            threads.growIfStalled()
            dispatcher.watch()
        }
    }

    /// Makes the call, again for as long as it asks to be called again, and waits for what becomes of it.
    ///
    /// - Parameter signals: the first asks the call to stop, the second ends this process.
    func perform(_ call: HandCall, log: CallLog, stoppedBy signals: StopSignals) -> HandCallEnd {
        let caller = HandCaller(checkpoint: call.checkpoint)
        let mark = CallMark(slot: marks.acquire(), licence: 0)
        let begun = ContinuousClock.now
        var calls = 0
        while true {
            calls += 1
            let step = call.step(checkpoint: caller.lastCheckpoint, mark: mark)
            let reporter = WatchedReporter(caller, of: step, by: log)
            threads.enqueue(Errand { [dispatcher] in dispatcher.perform(step, reportingTo: reporter) })
            let outcome = caller.waitForOutcome(stoppedBy: signals)
            guard case .suspended(let milliseconds, let checkpoint) = outcome,
                sleep(milliseconds, keeping: checkpoint, caller, signals)
            else {
                catalog.dismissWorkers()
                marks.release(mark.slot)
                return HandCallEnd(
                    outcome: outcome, checkpoints: caller.checkpoints, checkpoint: caller.lastCheckpoint,
                    image: caller.image, calls: calls,
                    milliseconds: begun.duration(to: .now).milliseconds, exchanges: log.exchanges)
            }
        }
    }

    /// False: somebody asked to stop meanwhile.
    private func sleep(
        _ milliseconds: Int64, keeping checkpoint: JSONValue?, _ caller: HandCaller, _ signals: StopSignals
    ) -> Bool {
        if let checkpoint { caller.keep(checkpoint) }
        return !caller.isCancelRequested && !signals.came(within: Int(milliseconds))
    }

    /// Signs off.
    func leave() { marks.retire() }
}

/// Waits for a call by hand, and keeps what it wrote down.
private final class HandCaller: StepCallReporter {
    private struct State {
        var outcome: StepOutcome?
        var checkpoints: [JSONValue] = []
        var lastCheckpoint: JSONValue?
        var image: PluginImage?
        var cancellation: (any CallCancellation)?
        var isCancelled = false
    }

    private let state: Monitor<State>

    init(checkpoint: JSONValue?) { state = Monitor(State(lastCheckpoint: checkpoint)) }

    var checkpoints: [JSONValue] { state.withLock { $0.checkpoints } }
    var lastCheckpoint: JSONValue? { state.withLock { $0.lastCheckpoint } }
    var image: PluginImage? { state.withLock { $0.image } }

    func keep(_ checkpoint: JSONValue) { state.withLock { $0.lastCheckpoint = checkpoint } }

    func waitForOutcome(stoppedBy signals: StopSignals) -> StepOutcome {
        while true {
            if let outcome = state.wait(milliseconds: 50, until: { $0.outcome.take() }) { return outcome }
            guard signals.came(within: 0) else { continue }
            Terminal.say("asked it to stop; once more, and it is left where it is")
            signals.endAtOnceOnNext()
            stop()
        }
    }

    private func stop() {
        state.withLock { state in
            state.isCancelled = true
            return state.cancellation
        }?.cancel()
    }

    // MARK: - What the dispatcher tells

    func began(by image: PluginImage, cancel: any CallCancellation) {
        state.withLock { ($0.image, $0.cancellation) = (image, cancel) }
        if isCancelRequested { cancel.cancel() }
    }

    /// Kept by this process for the length of the call: there is no run to go on with after its end.
    func checkpoint(_ checkpoint: JSONValue) {
        state.withLock { state in
            state.checkpoints.append(checkpoint)
            state.lastCheckpoint = checkpoint
        }
    }

    var isCancelRequested: Bool { state.withLock { $0.isCancelled } }
    func ended(_ outcome: StepOutcome) { state.change { $0.outcome = outcome } }
    func gaveUp(_ outcome: StepOutcome) { ended(outcome) }
}

/// Something for one of the host's threads.
private final class Errand: Work {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    func perform() { body() }
}

extension Duration {
    var milliseconds: Double { Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15 }
}
