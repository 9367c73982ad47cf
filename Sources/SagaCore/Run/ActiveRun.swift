internal import Synchronization

/// A run in memory: its saga, its machine, and the calls or the write it waits for.
///
/// One thread at a time drives it and may touch what is not behind a lock: the one that holds the run. It changes hands
/// through that lock, the work queue and the store, whose locks order the accesses. Hence `@unchecked Sendable`.
final class ActiveRun: @unchecked Sendable {
    let id: RunID
    let saga: Saga
    let inputs: JSONValue
    let createdAt: Timestamp
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
    /// The row's `paused`.
    var storedPause: String?
    var storedWaits: RunWait?
    /// The events of the write in progress, for the observer.
    var unwritten: [StoredEvent] = []
    /// Slots of calls whose outcomes are in that write.
    var settledSlots: [Int] = []
    /// Calls that have begun and whose outcomes are not taken in.
    private(set) var calls: [StepRef: ActiveCall] = [:]
    /// Why it cannot go on in this process; the calls in progress are waited for.
    var obstacle: String?
    /// An operator gives it up as soon as the calls in progress have ended: no other begins.
    var isBeingAbandoned = false
    /// It is this run's turn among those of its concurrency key.
    var hasTurn: Bool
    /// Who may drive it, and what waits for them.
    private let hold = Monitor(Hold())
    /// Asked for by an operator; seen at the next safe point.
    let wantsCancel = Mutex<String?>(nil)
    let wishes = Mutex(RunWishes())

    private struct Hold {
        var isHeld = false
        /// It is in the work queue.
        var isQueued = false
        /// Something was asked of it that whoever holds it should look for.
        var isPoked = false
        /// The holder waits for a write, which takes the run up again itself.
        var isWriting = false
        /// A thread that is in a call of the run drives it when that comes back.
        var inline: ActiveCall?
        var brought: [BroughtOutcome] = []

        /// Whether there is somebody to be sent for it.
        mutating func needsDriver() -> Bool {
            guard !isHeld, !isQueued else { return false }
            isQueued = true
            return true
        }
    }

    /// A run that is about to be made.
    init(
        id: RunID, saga: Saga, inputs: JSONValue, images: RunImages, createdAt: Timestamp, runner: Runner
    ) {
        self.id = id
        self.images = images
        self.saga = saga
        self.inputs = inputs
        self.createdAt = createdAt
        self.runner = runner
        machine = RunMachine(saga.shape, at: createdAt)
        hasTurn = saga.concurrencyKey == nil
        storedStatus = .running
    }

    /// A run that was stored: its journal replayed.
    init(_ stored: StoredRun, saga: Saga, images: RunImages, runner: Runner) throws(IllegalEvent) {
        id = stored.row.id
        self.images = images
        key = stored.row.key
        self.saga = saga
        inputs = stored.row.inputs
        createdAt = stored.row.createdAt
        self.runner = runner
        machine = try RunMachine(replaying: stored, shape: saga.shape)
        hasTurn = saga.concurrencyKey == nil
        storedWake = stored.row.wakeAt
        storedStatus = stored.row.status
        storedPause = stored.row.paused
        storedWaits = stored.row.waits
        wantsCancel.withLock { $0 = machine.hearsCancel ? stored.row.cancelRequest : nil }
        wishes.withLock { $0 = stored.row.wishes }
    }

    var isCancelRequested: Bool { wantsCancel.withLock { $0 != nil } }

    /// It was opened again for a wish that has no meaning by now.
    var hasEndedUnlikeItsRow: Bool { machine.isEnded && machine.status != storedStatus }

    /// The step an operator took back by hand, if the run waits for the next attempt to do just that.
    func markedStep(_ mark: RunWishes.Mark) -> StepRef? {
        for (action, from) in machine.pending {
            if case .compensate(let step, _) = action, from != nil, calls[step] == nil,
                saga.labels[step] == mark.stepID
            {
                return step
            }
        }
        return nil
    }

    /// The step an operator wants left out, if the run waits with it and is in no call of it.
    func skippedStep(_ skip: RunWishes.Mark) -> StepRef? {
        guard let ref = saga.labels.ref(skip.stepID), calls[ref] == nil, machine.canSkip(ref) else { return nil }
        return ref
    }

    var waitsForSignal: Bool {
        machine.pending.contains { action, from in
            if case .execute(let step, _) = action {
                from != nil && saga.steps[step.index].waitsForSignal
            } else {
                false
            }
        }
    }

    // MARK: - Holding it

    /// The run is this thread's to drive; false: somebody else drives it.
    func take() -> Bool {
        hold.withLock { hold in
            hold.isQueued = false
            if hold.isWriting {
                hold.isWriting = false
                return true
            }
            guard !hold.isHeld else { return false }
            hold.isHeld = true
            return true
        }
    }

    /// Gives it back, unless something has come meanwhile: then the holder goes on.
    func leave() -> Bool {
        hold.change { hold in
            guard hold.brought.isEmpty, !hold.isPoked else {
                hold.isPoked = false
                return false
            }
            hold.isHeld = false
            return true
        }
    }

    /// The holder leaves for a write, whose end takes the run up again.
    func beginWrite() { hold.withLock { $0.isWriting = true } }
    /// It did not have to wait.
    func endWrite() { hold.withLock { $0.isWriting = false } }

    /// The holder is about to make a call itself, and holds the run no more.
    func lend(to call: ActiveCall) {
        let needsDriver = hold.change { hold in
            hold.isHeld = false
            hold.inline = call
            return (!hold.brought.isEmpty || hold.isPoked) && hold.needsDriver()
        }
        if needsDriver { runner.enqueue(self) }
    }

    /// Back from that call. True: the run is this thread's again.
    func isBack(from call: ActiveCall) -> Bool {
        hold.withLock { hold in
            guard hold.inline === call else { return false }
            hold.inline = nil
            guard !hold.isHeld, !hold.isQueued, !hold.brought.isEmpty || hold.isPoked else { return false }
            hold.isPoked = false
            hold.isHeld = true
            return true
        }
    }

    func bring(_ outcome: BroughtOutcome) {
        let needsDriver = hold.withLock { hold in
            hold.brought.append(outcome)
            if hold.inline === outcome.call {
                // The thread that made the call comes back with it, unless it was given up.
                guard outcome.keepsSlot else { return false }
                hold.inline = nil
            }
            return hold.needsDriver()
        }
        if needsDriver { runner.enqueue(self) }
    }

    /// Something was asked of it: whoever drives it should look.
    func poke() {
        let needsDriver = hold.withLock { hold in
            hold.isPoked = true
            return hold.needsDriver()
        }
        if needsDriver { runner.enqueue(self) }
    }

    func takeBrought() -> [BroughtOutcome] {
        hold.withLock { hold in
            guard !hold.brought.isEmpty else { return [] }
            defer { hold.brought = [] }
            return hold.brought
        }
    }

    /// Holds the run for the length of a small change, from a thread that is in a call of it.
    func borrow<Result>(_ body: () throws -> Result) rethrows -> Result {
        hold.wait { hold -> Void? in
            guard !hold.isHeld else { return nil }
            hold.isHeld = true
            return ()
        }
        defer {
            let needsDriver = hold.change { hold in
                hold.isHeld = false
                return (!hold.brought.isEmpty || hold.isPoked) && hold.needsDriver()
            }
            if needsDriver { runner.enqueue(self) }
        }
        return try body()
    }

    // MARK: - Calls

    func begin(_ call: ActiveCall) { hold.withLock { _ in calls[call.ref] = call } }

    func end(_ call: ActiveCall) { hold.withLock { _ in calls[call.ref] = nil } }

    /// Tells calls in progress to stop.
    func cancelCalls(_ isMeant: (ActiveCall) -> Bool = { _ in true }) {
        for call in hold.withLock({ _ in Array(calls.values) }) where isMeant(call) { call.requestStop() }
    }
}

extension ActiveRun: Work {
    func perform() { if take() { runner.drive(self) } }
}

extension ActiveRun: RunWriter {
    func wrote(_ result: Result<RunKey, StoreError>) -> (any Work)? { runner.settle(self, result) ? self : nil }
}

extension RunMachine {
    /// A machine that stands where the journal ends.
    public init(replaying events: [StoredEvent], stepCount: Int) throws(IllegalEvent) {
        try self.init(replaying: events, shape: RunShape(count: stepCount), from: Timestamp(milliseconds: 0))
    }

    public init(replaying run: StoredRun, shape: RunShape) throws(IllegalEvent) {
        try self.init(replaying: run.events, shape: shape, from: run.row.createdAt)
    }

    private init(replaying events: [StoredEvent], shape: RunShape, from time: Timestamp) throws(IllegalEvent) {
        self.init(shape, at: time)
        for stored in events { try apply(stored.event, by: stored.image, at: stored.at) }
    }
}
