/// Decides what a run does next.
///
/// Pure: no clock, no database, no plugin. Feed it every journalled event in order and it knows where the run stands,
/// so a crash is recovered by replaying the journal into a new machine.
public struct RunMachine: Sendable {
    /// What a run does next.
    public enum Action: Sendable, Hashable {
        case execute(step: Int, attempt: Int)
        case probe(step: Int, attempt: Int)
        case compensate(step: Int, attempt: Int)
        /// Nothing before that moment; then what `afterWaiting` says.
        case wait(until: Timestamp)
        case end(RunStatus)
    }

    /// What is known about one step.
    public struct StepRecord: Sendable, Hashable {
        /// Nil: never reached.
        public var status: StepStatus?
        /// Of execute, from 1.
        public var attempt = 1
        public var output: JSONObject?
        /// The last failure of execute or compensate.
        public var error: StepError?
        public var checkpoint: JSONValue?
        /// An earlier attempt ended with nobody knowing what it did, so a later one that left nothing proves nothing.
        public var mayHaveActed = false
        /// The plugin image that executed it: the one to take it back.
        public var executedBy: PluginImage?
        /// Where it was executed, if another run did it; nil: here.
        public var execution: RunEvent.Execution?
        /// The run that has gone on with it: it is that run's now, and not taken back here.
        public var givenTo: RunID?
        /// Why an operator took it back by hand; nil: nobody did.
        public var markReason: String?
        /// Of compensate; 0: never tried.
        public var compensationAttempt = 0
        /// How often in a row the host stopped during a call of this step: a plugin that ends the process looks like this.
        public var interruptions = 0
        /// How often in a row a probe could not tell.
        public var probes = 0
    }

    enum Phase: Sendable, Hashable {
        case forward(step: Int)
        case compensating
        case ended(RunStatus)
    }

    public private(set) var steps: [StepRecord]
    public private(set) var context = JSONObject()
    /// The run's first failure: why it is taken back.
    public private(set) var failure: (step: Int, error: StepError)?
    public private(set) var cancelReason: String?
    /// Why an operator gave the run up.
    public private(set) var abandonReason: String?
    /// The number of the last event that licenses a call; checkpoints and cancels do not move it.
    public private(set) var licence = 0
    /// The number of the last event.
    public private(set) var sequence = 0

    private var phase: Phase
    /// Steps to take back, the next one last.
    private var toCompensate: [Int] = []
    private var timer: Timestamp?
    private var isProbing = false

    /// A run of `stepCount` steps before its first event.
    public init(stepCount: Int) {
        steps = Array(repeating: StepRecord(), count: stepCount)
        phase = stepCount == 0 ? .ended(.completed) : .forward(step: 0)
        if stepCount > 0 { steps[0].status = .running }
    }

    /// What to do now; a run that waits says until when.
    public var next: Action {
        if let timer, !isEnded { return .wait(until: timer) }
        return afterWaiting
    }

    /// What to do when the time has come.
    public var afterWaiting: Action {
        switch phase {
        case .forward(let step):
            isProbing
                ? .probe(step: step, attempt: steps[step].attempt) : .execute(step: step, attempt: steps[step].attempt)
        case .compensating:
            // Never empty while compensating: the phase ends with the last one.
            .compensate(step: toCompensate[toCompensate.count - 1], attempt: currentCompensation.attempt)
        case .ended(let status): .end(status)
        }
    }

    public var status: RunStatus {
        switch phase {
        case .forward: .running
        case .compensating: .compensating
        case .ended(let status): status
        }
    }

    public var isEnded: Bool { status.isEnded }
    /// Steps that a cancel, or a retry after the end, takes back: by number from 0, the one to begin with last.
    public var stepsToTakeBack: [Int] {
        let failed = steps.indices.filter { steps[$0].status == .compensationFailed }
        return isEnded ? (toCompensate + failed).sorted() : toCompensate
    }
    /// What the step did still stands, and nobody else has it.
    public func stands(_ step: Int) -> Bool {
        steps[step].status == .completed && steps[step].output != nil && steps[step].givenTo == nil
    }
    public var isCancelled: Bool { cancelReason != nil }

    private var currentCompensation: (step: Int, attempt: Int) {
        let step = toCompensate[toCompensate.count - 1]
        return (step, max(1, steps[step].compensationAttempt))
    }

    // MARK: - Events in

    /// Takes in what happened. Whatever is not listed here is an `IllegalEvent`, and changes nothing.
    ///
    /// - Parameter image: the plugin image that did the work, where a plugin did.
    public mutating func apply(_ event: RunEvent, by image: PluginImage? = nil) throws(IllegalEvent) {
        if let image, case .forward(let step) = phase { steps[step].executedBy = image }
        switch (phase, event) {
        case (.forward(let at), .stepCompleted(let step, let attempt, let output)) where fits(at, step, attempt):
            complete(step, output: output)

        case (.forward(let at), .stepSuspended(let step, let attempt, let wake, let checkpoint))
        where fits(at, step, attempt):
            steps[step].status = .suspended
            steps[step].checkpoint = checkpoint ?? steps[step].checkpoint
            steps[step].error = nil
            steps[step].interruptions = 0
            timer = wake
            // Cancelled during the call: the step would go on for as long as it likes.
            if isCancelled { stopForward(at: step) }

        case (.forward(let at), .stepFailed(let step, let attempt, let error, let then)) where fits(at, step, attempt):
            fail(step, error: error, then: then)

        case (.forward(let at), .stepProbed(let step, let attempt, let effect, let output, let then))
        where fits(at, step, attempt) && isProbing:
            settleProbe(step, effect: effect, output: output, then: then)

        case (.forward(let at), .checkpointed(let step, let checkpoint)) where at == step:
            steps[step].checkpoint = checkpoint

        case (.compensating, .checkpointed(let step, let checkpoint)) where currentCompensation.step == step:
            steps[step].checkpoint = checkpoint

        case (.forward(let step), .cancelRequested(let reason, let duringCall)) where !isCancelled:
            cancelReason = reason
            if !duringCall { stopForward(at: step) }

        case (.compensating, .compensationCompleted(let step, let attempt, let how)) where fits(step, attempt):
            steps[step].status = how == .kept ? .completed : .compensated
            if how == .called { steps[step].compensationAttempt = attempt }
            // What went wrong with taking it back is over; why the step itself failed is still true.
            if steps[step].output != nil { steps[step].error = nil }
            finishCompensation(of: step)

        case (.compensating, .compensationSuspended(let step, let attempt, let wake, let checkpoint))
        where fits(step, attempt):
            steps[step].compensationAttempt = attempt
            steps[step].checkpoint = checkpoint ?? steps[step].checkpoint
            timer = wake

        case (.compensating, .compensationFailed(let step, let attempt, let error, let then)) where fits(step, attempt):
            failCompensation(of: step, attempt: attempt, error: error, then: then)

        case (.forward, .retryRequested), (.compensating, .retryRequested):
            timer = nil

        case (.ended(.failed), .retryRequested):
            takeUpFailedCompensations()

        case (.forward(let at), .stepAdopted(let step, let attempt, let output, let checkpoint, let execution))
        where at == step && sequence == step && steps[..<step].allSatisfy { $0.execution != nil }:
            steps[step].attempt = attempt
            steps[step].checkpoint = checkpoint
            steps[step].execution = execution
            complete(step, output: output)

        case (.ended, .retriedAs(let run, let adopted, _))
        where (0...steps.count).contains(adopted) && (0..<adopted).allSatisfy(stands):
            for step in 0..<adopted { steps[step].givenTo = run }
            toCompensate.removeAll { $0 < adopted }

        case (.ended(.failed), .compensationMarked(let step, let reason))
        where steps.indices.contains(step) && steps[step].status == .compensationFailed:
            mark(step, reason: reason)
            if stepsToTakeBack.isEmpty { phase = .ended(.rolledBack) }

        case (.compensating, .compensationMarked(let step, let reason))
        where timer != nil && currentCompensation.step == step:
            mark(step, reason: reason)
            finishCompensation(of: step)

        case (.forward(let step), .abandoned(let reason)):
            leaveForward(at: step)
            abandon(reason)

        case (.compensating, .abandoned(let reason)):
            leaveCompensation()
            abandon(reason)

        case (.forward, .signalled) where timer != nil:
            timer = nil

        default:
            throw IllegalEvent(event: event, state: stateInWords)
        }
        sequence += 1
        if event.isLicensing { licence = sequence }
    }

    private func fits(_ at: Int, _ step: Int, _ attempt: Int) -> Bool { at == step && steps[step].attempt == attempt }

    private func fits(_ step: Int, _ attempt: Int) -> Bool { currentCompensation == (step, attempt) }

    // MARK: - Forward

    private mutating func complete(_ step: Int, output: JSONObject) {
        steps[step].status = .completed
        steps[step].output = output
        steps[step].error = nil
        context.merge(output)
        toCompensate.append(step)
        timer = nil
        isProbing = false
        if isCancelled {
            beginCompensating()
        } else if step + 1 < steps.count {
            steps[step + 1].status = .running
            phase = .forward(step: step + 1)
        } else {
            phase = .ended(.completed)
        }
    }

    private mutating func fail(_ step: Int, error: StepError, then: RunEvent.AfterFailure) {
        steps[step].error = error
        steps[step].interruptions = error.code == StepError.HostCode.hostStopped ? steps[step].interruptions + 1 : 0
        switch then {
        case .execute(let attempt, let at):
            if error.effect == .unknown { steps[step].mayHaveActed = true }
            executeAgain(step, attempt: attempt, at: at)
        case .probe(let at):
            isProbing = true
            timer = at
        case .compensate(let thisToo):
            if failure == nil { failure = (step, error) }
            giveUp(step, thisToo: thisToo)
        }
    }

    private mutating func settleProbe(_ step: Int, effect: Effect, output: JSONObject, then: RunEvent.AfterProbe) {
        steps[step].probes = effect == .unknown ? steps[step].probes + 1 : 0
        if effect != .unknown {
            steps[step].error?.effect = effect
            steps[step].mayHaveActed = false
        }
        switch then {
        case .adopt: complete(step, output: output)
        case .execute(let attempt, let at): executeAgain(step, attempt: attempt, at: at)
        case .probe(let at): timer = at
        case .compensate(let thisToo):
            if failure == nil, let error = steps[step].error { failure = (step, error) }
            giveUp(step, thisToo: thisToo)
        }
    }

    private mutating func executeAgain(_ step: Int, attempt: Int, at: Timestamp) {
        steps[step].status = .suspended
        steps[step].attempt = attempt
        isProbing = false
        timer = at
    }

    private mutating func giveUp(_ step: Int, thisToo: Bool) {
        steps[step].status = .failed
        if thisToo { toCompensate.append(step) }
        beginCompensating()
    }

    /// Cancelled while no call is in progress. A step that may have begun its work is taken back too: a suspended one,
    /// one whose outcome nobody knows. One that waits for its next attempt left nothing, and one that was never called
    /// has no place in the ledger.
    private mutating func stopForward(at step: Int) {
        leaveForward(at: step)
        beginCompensating()
    }

    private mutating func leaveForward(at step: Int) {
        let wasReached = steps[step].status != .running || isProbing
        let leftNothing = steps[step].error?.effect == Effect.none && !steps[step].mayHaveActed
        if wasReached, !leftNothing { toCompensate.append(step) }
        steps[step].status = wasReached ? .failed : nil
    }

    // MARK: - Backwards

    private mutating func beginCompensating() {
        timer = nil
        isProbing = false
        phase = .compensating
        showCompensating()
    }

    private mutating func showCompensating() {
        guard let step = toCompensate.last else {
            phase = .ended(steps.contains { $0.status == .compensationFailed } ? .failed : .rolledBack)
            return
        }
        steps[step].status = .compensating
    }

    private mutating func finishCompensation(of step: Int) {
        timer = nil
        toCompensate.removeLast()
        showCompensating()
    }

    private mutating func failCompensation(
        of step: Int, attempt: Int, error: StepError, then: RunEvent.AfterCompensationFailure
    ) {
        steps[step].error = error
        switch then {
        case .compensate(let next, let at):
            steps[step].compensationAttempt = next
            timer = at
        case .giveUp:
            steps[step].compensationAttempt = attempt
            steps[step].status = .compensationFailed
            finishCompensation(of: step)
        case .halt:
            steps[step].compensationAttempt = attempt
            steps[step].status = .compensationFailed
            timer = nil
            toCompensate.removeLast()
            phase = .ended(.failed)
        }
    }

    /// The ones that failed come back on top of those a halt left alone, the newest step first, each with fresh attempts.
    private mutating func takeUpFailedCompensations() {
        let failed = steps.indices.filter { steps[$0].status == .compensationFailed }
        for step in failed { steps[step].compensationAttempt = 0 }
        toCompensate = (toCompensate + failed).sorted()
        beginCompensating()
    }

    // MARK: - By hand

    private mutating func mark(_ step: Int, reason: String) {
        steps[step].status = .compensated
        steps[step].markReason = reason
        if steps[step].output != nil { steps[step].error = nil }
    }

    private mutating func abandon(_ reason: String) {
        abandonReason = reason
        timer = nil
        isProbing = false
        phase = .ended(.failed)
    }

    /// The step that was being taken back is not, which a person should see; the others wait as after a halt.
    private mutating func leaveCompensation() {
        let step = toCompensate.removeLast()
        steps[step].status = .compensationFailed
        if steps[step].error == nil {
            steps[step].error = StepError(
                code: StepError.HostCode.abandoned, message: "the run was abandoned before it was taken back",
                effect: .unknown)
        }
    }

    private var stateInWords: String {
        switch phase {
        case .forward(let step):
            "executing step \(step + 1), attempt \(steps[step].attempt)" + (isProbing ? ", probing" : "")
        case .compensating: "compensating step \(currentCompensation.step + 1), attempt \(currentCompensation.attempt)"
        case .ended(let status): "ended \(status.rawValue)"
        }
    }
}

extension RunEvent {
    /// Does the next call follow from this event? A checkpoint or a cancel comes in the middle of one.
    var isLicensing: Bool {
        switch self {
        case .checkpointed: false
        case .cancelRequested(_, let duringCall): !duringCall
        default: true
        }
    }
}
