internal import Synchronization

/// A call of a run, from its beginning until its outcome is taken in.
final class ActiveCall: Sendable {
    let action: RunMachine.Action
    let ref: StepRef
    let slot: Int
    private let run: ActiveRun
    private let state = Mutex(State())

    private struct State {
        var cancellation: (any CallCancellation)?
        var image: PluginImage?
        var shouldStop = false
        /// Nothing it brings counts any more.
        var isOver = false
    }

    init(_ action: RunMachine.Action, _ ref: StepRef, slot: Int, of run: ActiveRun) {
        self.action = action
        self.ref = ref
        self.slot = slot
        self.run = run
    }

    /// Something else in the run says that the step is not gone on with.
    func requestStop() {
        let cancellation = state.withLock { state in
            state.shouldStop = true
            return state.cancellation
        }
        cancellation?.cancel()
    }

    /// False: an outcome was brought already.
    private func end() -> PluginImage?? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            state.cancellation = nil
            return .some(state.image)
        }
    }
}

extension ActiveCall: StepCallReporter {
    func began(by image: PluginImage, cancel: any CallCancellation) {
        state.withLock {
            $0.image = image
            $0.cancellation = cancel
        }
        if isCancelRequested { cancel.cancel() }
    }

    func checkpoint(_ checkpoint: JSONValue) throws {
        try run.runner.writeCheckpoint(checkpoint, of: self, in: run)
    }

    var isCancelRequested: Bool { state.withLock { $0.shouldStop } || run.isCancelRequested }

    func ended(_ outcome: StepOutcome) {
        guard let image = end() else { return }
        run.bring(BroughtOutcome(call: self, outcome: outcome, image: image, keepsSlot: false))
    }

    /// The thread that made the call may never come back: the run goes on without it. Its slot stays with the call.
    func gaveUp(_ outcome: StepOutcome) {
        guard let image = end() else { return }
        run.bring(BroughtOutcome(call: self, outcome: outcome, image: image, keepsSlot: true))
    }
}

/// How a call ended, on its way to whoever drives the run.
struct BroughtOutcome: Sendable {
    let call: ActiveCall
    let outcome: StepOutcome
    let image: PluginImage?
    /// The call was given up and may still be in the plugin.
    let keepsSlot: Bool
}
