internal import Synchronization

/// A run in memory: its saga, its machine, and the call or write it waits for.
///
/// One thread at a time drives it and may touch what is not behind a lock; it changes hands through the work queue
/// and the store, whose locks order the accesses. Hence `@unchecked Sendable`.
final class ActiveRun: @unchecked Sendable {
    let id: RunID
    let saga: Saga
    let inputs: JSONValue
    unowned let runner: Runner

    /// Known once the run is durable.
    var key: RunKey?
    var machine: RunMachine
    var images: RunImages
    /// Another image is among them than the store knows of.
    var hasNewImages = false
    /// The row's `wake_at`, so that it is written only when it changes.
    var storedWake: Timestamp?
    var storedStatus: RunStatus
    var slot: Int?
    /// The events of the write in progress, for the observer.
    var unwritten: [StoredEvent] = []
    /// Written while a call is in progress, from the call's thread.
    private let call = Mutex(CallState())
    /// Asked for by an operator; seen at the next safe point.
    let wantsCancel = Mutex<String?>(nil)
    let wishes = Mutex(RunWishes())

    private struct CallState {
        var cancellation: (any CallCancellation)?
        var image: PluginImage?
        var outcome: StepOutcome?
        /// Which call this is about. One that was given up has an old number, and nothing it brings counts.
        var number = 0
        /// The driving thread has left: whoever brings the outcome must see to it that the run goes on.
        var isAwaited = false

        /// The outcome, taken out: the state is as before a call.
        mutating func take() -> (outcome: StepOutcome, image: PluginImage?)? {
            guard let outcome else { return nil }
            defer { self = CallState(number: number) }
            return (outcome, image)
        }
    }

    /// A run that is about to be made.
    init(id: RunID, saga: Saga, inputs: JSONValue, images: RunImages, runner: Runner) {
        self.id = id
        self.images = images
        self.saga = saga
        self.inputs = inputs
        self.runner = runner
        machine = RunMachine(stepCount: saga.steps.count)
        storedStatus = .running
    }

    /// A run that was stored: its journal replayed.
    init(_ stored: StoredRun, saga: Saga, images: RunImages, runner: Runner) throws(IllegalEvent) {
        id = stored.row.id
        self.images = images
        key = stored.row.key
        self.saga = saga
        inputs = stored.row.inputs
        self.runner = runner
        machine = try RunMachine(replaying: stored.events, stepCount: saga.steps.count)
        storedWake = stored.row.wakeAt
        storedStatus = stored.row.status
        wantsCancel.withLock { $0 = machine.isCancelled ? nil : stored.row.cancelRequest }
        wishes.withLock { $0 = stored.row.wishes }
    }

    /// The current step, when there is a call to make for it.
    var currentStep: Step? { saga.step(of: machine.afterWaiting) }

    /// The step an operator took back by hand, if the run waits for the next attempt to do just that.
    func markedStep(_ mark: RunWishes.Mark) -> Int? {
        guard case .wait = machine.next, case .compensate(let step, _) = machine.afterWaiting,
            saga.steps[step].id == mark.stepID
        else { return nil }
        return step
    }

    var waitsForSignal: Bool {
        guard case .wait = machine.next, case .execute = machine.afterWaiting else { return false }
        return currentStep?.uses == SignalOperations.waitSignal
    }

    // MARK: - The call in progress

    /// The driving thread is about to make a call; the number is for `takeOutcomeOrLeave`.
    func beginCall() -> Int {
        call.withLock { state in
            state = CallState(number: state.number + 1)
            return state.number
        }
    }

    /// The outcome, if it came before the driving thread left; nil: it will be brought later, or the call was given up
    /// and another thread drives the run by now.
    func takeOutcomeOrLeave(_ number: Int) -> (outcome: StepOutcome, image: PluginImage?)? {
        call.withLock { state in
            guard state.number == number else { return nil }
            if let taken = state.take() { return taken }
            state.isAwaited = true
            return nil
        }
    }

    /// The outcome that was brought while nobody drove the run.
    func takeOutcome() -> (outcome: StepOutcome, image: PluginImage?)? {
        call.withLock { $0.take() }
    }

    func cancelCall() {
        call.withLock { $0.cancellation }?.cancel()
    }
}

extension ActiveRun: Work {
    func perform() { runner.drive(self) }
}

extension ActiveRun: RunWriter {
    func wrote(_ result: Result<RunKey, StoreError>) -> (any Work)? { runner.settle(self, result) ? self : nil }
}

extension ActiveRun: StepCallReporter {
    func began(by image: PluginImage, cancel: any CallCancellation) {
        call.withLock {
            $0.image = image
            $0.cancellation = cancel
        }
        if isCancelRequested { cancel.cancel() }
    }

    func checkpoint(_ checkpoint: JSONValue) throws {
        try runner.writeCheckpoint(checkpoint, of: self)
    }

    var isCancelRequested: Bool { wantsCancel.withLock { $0 != nil } }

    func ended(_ outcome: StepOutcome) {
        let isAwaited = call.withLock { state in
            state.outcome = outcome
            return state.isAwaited
        }
        if isAwaited { runner.enqueue(self) }
    }

    /// The thread that made the call may never come back: the run goes on without it. Its slot stays with the call.
    func gaveUp(_ outcome: StepOutcome) {
        call.withLock { state in
            state.outcome = outcome
            state.number += 1
        }
        slot = nil
        runner.enqueue(self)
    }
}

extension RunMachine {
    /// A machine that stands where the journal ends.
    public init(replaying events: [StoredEvent], stepCount: Int) throws(IllegalEvent) {
        self.init(stepCount: stepCount)
        for stored in events { try apply(stored.event, by: stored.image) }
    }
}
