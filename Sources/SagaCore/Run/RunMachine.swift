/// Decides what a run does next.
///
/// Pure: no clock, no database, no plugin. Feed it every journalled event in order and it knows where the run stands,
/// so a crash is recovered by replaying the journal into a new machine.
///
/// A run stands at several steps at once where the definition says so: `live` are those it goes on with. What was done
/// is in ledgers, the newest last: one of the run, and one of each scope and each saga within it until that is over.
public struct RunMachine: Sendable {
    /// What a run does next.
    public enum Action: Sendable, Hashable {
        case execute(step: StepRef, attempt: Int)
        case probe(step: StepRef, attempt: Int)
        case compensate(step: StepRef, attempt: Int)
        /// Something of the step that no plugin answers.
        case decide(step: StepRef, Question)
        /// The step is not to be gone on with. Whoever makes the calls knows whether it is in one.
        case stop(step: StepRef)
        /// Everything is done: what does the run put out?
        case putOut
        /// Nothing before that moment; then what `afterWaiting` says.
        case wait(until: Timestamp)
        /// Nothing until an operator says so.
        case pause
        case end(RunStatus)
    }

    /// What has to be known before a step goes on.
    public enum Question: Sendable, Hashable {
        /// Is it done at all?
        case condition
        /// What does the `for_each` go through?
        case items
        /// With what does the saga begin?
        case inputs
        /// What does it put out?
        case output
        /// The scope was taken back; what now?
        case afterScope
    }

    public internal(set) var steps: [StepRecord]
    /// Of the steps within a `for_each`.
    public internal(set) var items: [StepRef: StepRecord] = [:]
    public internal(set) var context = JSONObject()
    /// What the run put out, where its definition says what; nil: not yet.
    public internal(set) var output: JSONObject?
    /// Why that cannot be told, of a run that is completed all the same.
    public internal(set) var outputError: StepError?
    /// The run's first failure: why it is taken back.
    public internal(set) var failure: (step: StepRef, error: StepError)?
    public internal(set) var cancelReason: String?
    /// Why an operator gave the run up.
    public internal(set) var abandonReason: String?
    /// Why an operator has it wait; nil: it does not.
    public internal(set) var pauseReason: String?
    public internal(set) var isOverdue = false
    /// A step is done after which there is no way back.
    public internal(set) var hasPassedPivot = false
    /// The number of the last event that licenses a call; checkpoints and cancels do not move it.
    public internal(set) var licence = 0
    /// The number of the last event.
    public internal(set) var sequence = 0
    /// When that was.
    public internal(set) var time: Timestamp

    let shape: RunShape
    var phase: Phase
    /// Steps that are gone on with, the one that was begun first first.
    var live: [StepRef] = []
    /// What is known of steps that hold others and are under way.
    var containers: [StepRef: Container] = [:]
    /// What each `for_each` goes through.
    var lists: [StepRef: [JSONValue]] = [:]
    /// What each saga within began with.
    var entered: [StepRef: JSONValue] = [:]
    /// What the run did, the newest last. In this order, backwards, it is taken back.
    var ledger: [StepRef] = []
    /// Scopes that are being taken back by themselves.
    var scopesInCompensation: [StepRef] = []
    /// Everything stops at the next safe point, and then is taken back.
    var isStopping = false
    /// Past the pivot: what failed, and waits for an operator.
    var halted: [Halted] = []
    /// Nothing but adoptions so far.
    var isAdopting = true
    private var ordinal = 0
    var order = 0

    enum Phase: Sendable, Hashable {
        case forward, compensating
        case ended(RunStatus)
    }

    /// A step that holds others.
    struct Container: Sendable {
        /// Branches, or items, under way.
        var open = 0
        var count = 0
        var begun = 0
        var hasFailed = false
        /// Its steps stop at the next safe point, and then it has failed.
        var isStopping = false
        /// Of a scope or a saga: what it did.
        var ledger: [StepRef] = []
        /// Of a scope: how often it was begun.
        var attempt = 1
        /// Of a scope: an operator said that it is begun once more.
        var isGranted = false
        var isInElse = false
    }

    /// A step past the pivot that failed for good.
    struct Halted: Sendable, Hashable {
        let step: StepRef
        /// What has to be known before it goes on; nil: it is called.
        let question: Question?
    }

    /// A run of these steps before its first event.
    ///
    /// - Parameter time: when it was made.
    public init(_ shape: RunShape, at time: Timestamp = Timestamp(milliseconds: 0)) {
        self.shape = shape
        self.time = time
        steps = Array(repeating: StepRecord(), count: shape.nodes.count)
        phase = .forward
        if let head = shape.head { start(StepRef(head)) } else { finish() }
    }

    /// A run of a list of calls.
    public init(stepCount: Int) { self.init(RunShape(count: stepCount)) }

    public internal(set) subscript(ref: StepRef) -> StepRecord {
        get { ref.item.isEmpty ? steps[ref.index] : items[ref] ?? StepRecord() }
        set {
            if ref.item.isEmpty { steps[ref.index] = newValue } else { items[ref] = newValue }
        }
        _modify {
            if ref.item.isEmpty { yield &steps[ref.index] } else { yield &items[ref, default: StepRecord()] }
        }
    }

    // MARK: - What is next

    /// What there is to do, each with the moment before which it is not.
    public var pending: [(action: Action, from: Timestamp?)] {
        if case .ended(let status) = phase { return [(.end(status), nil)] }
        var pending: [(Action, Timestamp?)] = scopesInCompensation.map { compensation(of: $0) }
        if phase == .compensating { pending.append(compensation(of: nil)) }
        for ref in live { pending.append(action(of: ref)) }
        if pending.isEmpty { pending.append((.putOut, nil)) }
        return pending
    }

    private func action(of ref: StepRef) -> (Action, Timestamp?) {
        let record = self[ref]
        if let question = record.question { return (.decide(step: ref, question), record.timer) }
        if record.isStopping, !record.isProbing { return (.stop(step: ref), nil) }
        return record.isProbing
            ? (.probe(step: ref, attempt: record.attempt), record.timer)
            : (.execute(step: ref, attempt: record.attempt), record.timer)
    }

    private func compensation(of unit: StepRef?) -> (Action, Timestamp?) {
        let (step, attempt) = currentCompensation(of: unit)
        return (.compensate(step: step, attempt: attempt), self[step].timer)
    }

    /// The first thing to do now; a run that waits says until when.
    public var next: Action {
        if pauseReason != nil, !isEnded { return .pause }
        let pending = pending
        if let ready = pending.first(where: { $0.from == nil }) { return ready.action }
        return pending.compactMap(\.from).min().map(Action.wait) ?? .pause
    }

    /// The first thing to do when the time has come.
    public var afterWaiting: Action {
        let pending = pending
        if let ready = pending.first(where: { $0.from == nil }) { return ready.action }
        return pending.min { $0.from! < $1.from! }!.action
    }

    public var status: RunStatus {
        switch phase {
        case .forward: .running
        case .compensating: .compensating
        case .ended(let status): status
        }
    }

    public var isEnded: Bool { status.isEnded }
    /// Past the pivot: steps that failed, and that an operator goes on with or leaves out.
    public var haltedSteps: [StepRef] { halted.map(\.step) }
    /// Steps that a cancel, or a retry after the end, takes back; the one to begin with last.
    public var stepsToTakeBack: [StepRef] {
        guard isEnded else { return sorted(ledger + containers.values.flatMap(\.ledger)) }
        return sorted(ledger + failedCompensations)
    }
    var failedCompensations: [StepRef] { unsortedRecords.filter { self[$0].status == .compensationFailed } }
    /// Every step there is anything to say of, in the order of the definition, items one after the other.
    public var records: [StepRef] { items.isEmpty ? unsortedRecords : unsortedRecords.sorted { isBefore($0, $1) } }
    var unsortedRecords: [StepRef] {
        steps.indices.filter { shape.nodes[$0].depth == 0 }.map { StepRef($0) } + Array(items.keys)
    }
    /// What the step did still stands, and nobody else has it.
    public func stands(_ ref: StepRef) -> Bool {
        let record = self[ref]
        if record.status == .skipped { return record.givenTo == nil }
        return record.status == .completed && record.output != nil && record.givenTo == nil
    }
    public var isCancelled: Bool { cancelReason != nil || isOverdue }
    /// A cancel has a meaning: there is a way back, and none has been heard yet.
    public var hearsCancel: Bool { phase == .forward && cancelReason == nil && !hasPassedPivot }

    /// The one in hand: of the run, or of a scope that is taken back by itself.
    func currentCompensation(of unit: StepRef?) -> (step: StepRef, attempt: Int) {
        let ledger = unit.map { containers[$0]?.ledger ?? [] } ?? ledger
        // Never empty while compensating: that ends with the last one.
        let step = ledger[ledger.count - 1]
        return (step, max(1, self[step].compensationAttempt))
    }

    /// The unit in whose taking back this step's turn has come; nil: in none.
    func unit(compensating ref: StepRef) -> StepRef?? {
        if let unit = scopesInCompensation.first(where: { currentCompensation(of: $0).step == ref }) { return unit }
        guard phase == .compensating, currentCompensation(of: nil).step == ref else { return nil }
        return .some(nil)
    }

    /// The step that holds this one; nil: the saga itself.
    public func parent(of ref: StepRef) -> StepRef? { shape.parent(of: ref) }

    /// In the order of the definition; of one loop item by item.
    func isBefore(_ a: StepRef, _ b: StepRef) -> Bool {
        let (loops, others) = (shape.loops(around: a.index), shape.loops(around: b.index))
        for (place, (left, right)) in zip(a.item, b.item).enumerated() {
            guard loops[place] == others[place] else { break }
            if left != right { return left < right }
        }
        return a.index < b.index
    }

    func sorted(_ refs: [StepRef]) -> [StepRef] {
        refs.map { ($0, self[$0].order) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    // MARK: - Events in

    /// Takes in what happened. Whatever is not listed here is an `IllegalEvent`, and changes nothing.
    ///
    /// - Parameters:
    ///   - image: the plugin image that did the work, where a plugin did.
    ///   - time: when it was; nil: like the one before.
    public mutating func apply(
        _ event: RunEvent, by image: PluginImage? = nil, at time: Timestamp? = nil
    ) throws(IllegalEvent) {
        guard fits(event) else { throw IllegalEvent(event: event, state: stateInWords) }
        if let time { self.time = time }
        sequence += 1
        if event.isLicensing {
            licence = sequence
            ordinal = 0
        }
        if !event.isAdoption { isAdopting = false }
        if let image, let step = event.step, event.isForward { self[step].executedBy = image }
        take(event)
        haltIfIdle()
    }

    /// Makes it known which event lets the step's next call begin. Unlike any other's, where there is room for that.
    mutating func license(_ ref: StepRef) {
        self[ref].licence = licence | min(ordinal, 127) << 24
        ordinal += 1
    }

    private func fits(_ event: RunEvent) -> Bool {
        switch event {
        case .stepCompleted(let step, let attempt, _):
            canGoOn(step, attempt) && (shape.isCall(step) ? self[step].question == nil : self[step].question == .output)
        case .stepSuspended(let step, let attempt, _, _): isInCall(step, attempt)
        case .stepFailed(let step, let attempt, _, _): canGoOn(step, attempt)
        case .stepProbed(let step, let attempt, _, _, _): isInCall(step, attempt) && self[step].isProbing
        case .checkpointed(let step, _): isLive(step) || unit(compensating: step) != nil
        case .cancelRequested: hearsCancel
        case .deadlinePassed: phase == .forward && !isCancelled && !hasPassedPivot
        case .compensationCompleted(let step, let attempt, _), .compensationSuspended(let step, let attempt, _, _),
            .compensationFailed(let step, let attempt, _, _):
            unit(compensating: step).map { currentCompensation(of: $0).attempt == attempt } ?? false
        case .retryRequested: !isEnded || (phase == .ended(.failed) && canBeTakenUp)
        case .stepAdopted(let step, _, _, _, _):
            isAdopting && isTopOrWithin(step) && phase == .forward
        case .retriedAs(_, let adopted, _): isEnded && canBeTaken(adopted)
        case .compensationMarked(let step, _):
            phase == .ended(.failed)
                ? isKnown(step) && self[step].status == .compensationFailed
                : unit(compensating: step) != nil && self[step].timer != nil
        case .abandoned: !isEnded
        case .signalled: phase == .forward && live.contains { self[$0].timer != nil }
        case .stepSkipped(let step, let reason):
            reason != nil
                ? canSkip(step) || isLive(step) && isAdopting : isLive(step) && self[step].question == .condition
        case .stepBegun(let step): isLive(step) && self[step].question == .condition
        case .itemsListed(let step, _):
            isLive(step) ? self[step].question == .items : isAdopting && isTopOrWithin(step)
        case .sagaEntered(let step, _):
            isLive(step) ? self[step].question == .inputs : isAdopting && isTopOrWithin(step)
        case .stepStopped(let step): isLive(step) && self[step].isStopping && !self[step].isProbing
        case .scopeSettled(let step, _): isLive(step) && self[step].question == .afterScope
        case .putOut: phase == .forward && live.isEmpty && scopesInCompensation.isEmpty && shape.hasOutput
        case .paused: !isEnded && pauseReason == nil
        case .resumed: !isEnded && pauseReason != nil
        }
    }

    /// It waits, and nothing else has decided what becomes of it.
    func canSkip(_ ref: StepRef) -> Bool {
        guard phase == .forward else { return phase == .ended(.failed) && isHalted(ref) && left(inHalted: ref).isEmpty }
        return isLive(ref) && self[ref].timer != nil && !self[ref].isStopping && mayGoOn(ref)
    }
    func isHalted(_ ref: StepRef) -> Bool { halted.contains { $0.step == ref } }
    /// What of it is to be taken back before anything else, the last first.
    func left(inHalted ref: StepRef) -> [StepRef] {
        let isScope = halted.contains(Halted(step: ref, question: .afterScope))
        return sorted(leftovers(in: ref) + (isScope ? containers[ref]?.ledger ?? [] : [])).reversed()
    }
    /// A run that failed can be gone on with: backwards, or past its pivot with what waits there.
    var canBeTakenUp: Bool { !hasPassedPivot || !halted.isEmpty }
    func isKnown(_ ref: StepRef) -> Bool { ref.item.isEmpty ? steps.indices.contains(ref.index) : items[ref] != nil }
    func isLive(_ ref: StepRef) -> Bool { live.contains(ref) }
    private func canGoOn(_ ref: StepRef, _ attempt: Int) -> Bool { isLive(ref) && self[ref].attempt == attempt }
    private func isInCall(_ ref: StepRef, _ attempt: Int) -> Bool {
        canGoOn(ref, attempt) && self[ref].question == nil && shape.isCall(ref)
    }

    /// The first of the list's steps that is not done yet, or within that.
    private func isTopOrWithin(_ ref: StepRef) -> Bool {
        guard let top = adoptable, steps.indices.contains(ref.index) else { return false }
        return top == ref || shape.holds(top, ref)
    }

    private var adoptable: StepRef? {
        var top = live.first
        while let step = top, let parent = shape.parent(of: step) { top = parent }
        return top
    }

    /// Whether another run can go on with the steps before that place.
    private func canBeTaken(_ count: Int) -> Bool {
        (0...steps.count).contains(count)
            && (0..<count).allSatisfy { shape.nodes[$0].depth > 0 || steps[$0].status == nil || stands(StepRef($0)) }
            && (0..<count).allSatisfy { shape.nodes[$0].parent != nil || stands(StepRef($0)) }
    }

    // MARK: - By event

    private mutating func take(_ event: RunEvent) {
        switch event {
        case .stepCompleted(let step, _, let output): complete(step, output: output)
        case .stepSuspended(let step, _, let wake, let checkpoint): suspend(step, until: wake, checkpoint)
        case .stepFailed(let step, _, let error, let then): fail(step, error: error, then: then)
        case .stepProbed(let step, _, let effect, let output, let then):
            settleProbe(step, effect: effect, output: output, then: then)
        case .checkpointed(let step, let checkpoint): self[step].checkpoint = checkpoint
        case .cancelRequested(let reason, let duringCall):
            cancelReason = reason
            pauseReason = nil
            stopAll(atOnce: !duringCall)
        case .deadlinePassed(let duringCall):
            isOverdue = true
            stopAll(atOnce: !duringCall)
        case .compensationCompleted(let step, let attempt, let how): finishCompensation(of: step, attempt, how)
        case .compensationSuspended(let step, let attempt, let wake, let checkpoint):
            self[step].compensationAttempt = attempt
            self[step].checkpoint = checkpoint ?? self[step].checkpoint
            self[step].timer = wake
            license(step)
        case .compensationFailed(let step, let attempt, let error, let then):
            failCompensation(of: step, attempt: attempt, error: error, then: then)
        case .retryRequested: retry()
        case .stepAdopted(let step, let attempt, let output, let checkpoint, let execution):
            adopt(step, attempt, output, checkpoint, execution)
        case .retriedAs(let run, let adopted, _): give(adopted, to: run)
        case .compensationMarked(let step, let reason): mark(step, reason: reason)
        case .abandoned(let reason): abandon(reason)
        case .signalled: wakeForSignal()
        case .stepBegun(let step):
            unlive(step)
            begin(step)
        case .stepSkipped(let step, let reason): skip(step, reason: reason)
        case .itemsListed(let step, let items): begin(step, items: items)
        case .sagaEntered(let step, let inputs): enter(step, inputs: inputs)
        case .stepStopped(let step): leave(step)
        case .scopeSettled(let step, let then): settleScope(step, then: then)
        case .putOut(let output):
            switch output {
            case .success(let output): self.output = output
            case .failure(let error): outputError = error
            }
            phase = .ended(.completed)
        case .paused(let reason): pauseReason = reason
        case .resumed: pauseReason = nil
        }
    }
}

extension RunEvent {
    /// Does the next call follow from this event? A checkpoint or a cancel comes in the middle of one.
    var isLicensing: Bool {
        switch self {
        case .checkpointed: false
        case .cancelRequested(_, let duringCall), .deadlinePassed(let duringCall): !duringCall
        default: true
        }
    }

    /// What a run may begin with that takes up another.
    var isAdoption: Bool {
        switch self {
        case .stepAdopted, .stepSkipped, .itemsListed, .sagaEntered: true
        default: false
        }
    }

    /// The way to do a step, not the way back.
    var isForward: Bool {
        switch self {
        case .stepCompleted, .stepSuspended, .stepFailed, .stepProbed, .stepAdopted: true
        default: false
        }
    }
}
