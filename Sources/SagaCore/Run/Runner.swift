internal import Synchronization

/// Drives runs: ask the machine, call, journal, ask again.
///
/// Many runs at once and no thread for one that waits: a suspended run is a row in the store and 24 bytes here.
/// The loop runs on the host's threads; where a write has to wait for others, the run is taken up again when it is
/// durable.
public final class Runner: Sendable {
    private let store: any RunStore
    private let dispatcher: any StepDispatcher
    private let catalog: any OperationCatalog
    private let workers: any WorkQueue
    private let clock: any RunClock
    private let marks: any CallMarks
    private let expressions: any ExpressionEvaluator
    private let faults: (any FaultInjector)?
    private let observer: (any RunObserver)?
    private let state = Monitor(State())
    private let alarms = Monitor(())
    /// The store has failed: nothing is driven any further.
    private let hasFailed = Atomic<Bool>(false)
    /// No call is begun any more.
    private let isStopping = Atomic<Bool>(false)

    private struct State {
        var active: [RunKey: ActiveRun] = [:]
        var timers = TimerHeap()
        /// Runs that are ours and have neither ended nor been set aside.
        var outstanding = 0
        var sagas: [SagaKey: Saga] = [:]
        var failure: StoreError?
    }

    /// A definition means what the images of a run say of its operations.
    private struct SagaKey: Hashable {
        let definitionHash: String
        let images: [PluginImage]
    }

    public init(
        store: any RunStore, dispatcher: any StepDispatcher, catalog: any OperationCatalog, workers: any WorkQueue,
        clock: any RunClock, marks: any CallMarks, expressions: any ExpressionEvaluator = NoExpressionEvaluator(),
        faults: (any FaultInjector)? = nil, observer: (any RunObserver)? = nil
    ) {
        self.store = store
        self.dispatcher = dispatcher
        self.catalog = catalog
        self.workers = workers
        self.clock = clock
        self.marks = marks
        self.expressions = expressions
        self.faults = faults
        self.observer = observer
    }

    // MARK: - Runs in

    /// Makes a run and drives it. Returns before the run is durable; the observer hears when it is.
    @discardableResult
    public func start(_ saga: Saga, inputs: JSONValue, id: RunID, idempotencyKey: String? = nil) -> RunID {
        let images = RunImages(uses: catalog.images(of: saga.plugins))
        let run = ActiveRun(id: id, saga: saga, inputs: inputs, images: images, runner: self)
        let new = NewRun(
            id: id, saga: saga, inputs: inputs, idempotencyKey: idempotencyKey, images: images, createdAt: clock.now)
        state.withLock { $0.outstanding += 1 }
        faults?.reached(.beforeWrite)
        if let result = store.write(.create(new, drivenByUs: true), for: run), settle(run, result) {
            workers.enqueue(run)
        }
        return id
    }

    /// Takes over runs that exist in the store: those that wait for a moment are only remembered.
    public func take(over runs: [(key: RunKey, wakeAt: Timestamp?)]) {
        let now = clock.now
        var due: [RunKey] = []
        state.withLock { state in
            state.outstanding += runs.count
            for run in runs {
                state.timers.insert(run.key, at: run.wakeAt ?? now)
                if run.wakeAt.map({ $0 <= now }) ?? true { due.append(run.key) }
            }
        }
        for key in due { workers.enqueue(ParkedRun(key: key, runner: self)) }
        setAlarm()
    }

    /// Stop at the next safe point and take back what was done. True when this runner has the run.
    ///
    /// The wish must be in the run's row by now: this only makes it heard sooner.
    @discardableResult
    public func cancel(_ key: RunKey, reason: String) -> Bool {
        guard let run = state.withLock({ $0.active[key] }) else { return wake(key) }
        run.wantsCancel.withLock { $0 = reason }
        run.cancelCall()
        return true
    }

    /// What else operators ask for, seen at the next safe point. As with `cancel`, the wishes are in the row already.
    @discardableResult
    public func hear(_ wishes: RunWishes, of key: RunKey) -> Bool {
        guard let run = state.withLock({ $0.active[key] }) else { return wake(key) }
        run.wishes.withLock { $0.join(wishes) }
        return true
    }

    private func wake(_ key: RunKey) -> Bool {
        let isOurs = state.withLock { $0.timers.contains(key) }
        if isOurs { workers.enqueue(ParkedRun(key: key, runner: self)) }
        return isOurs
    }

    // MARK: - Waiting for the end

    /// Waits until nothing is left to drive: every run has ended or was set aside.
    public func waitUntilIdle() throws(StoreError) {
        let failure = state.wait { state -> StoreError?? in
            if let failure = state.failure { return .some(failure) }
            return state.outstanding == 0 ? .some(nil) : nil
        }
        if let failure = failure ?? nil { throw failure }
    }

    /// Begins no call any more: what is in a call is written down when it ends, and no run goes on from there. The runs are
    /// the store's again when `waitUntilIdle` returns. Not to be taken back.
    public func stop() {
        state.change { state in
            isStopping.store(true, ordering: .sequentiallyConsistent)
            state.outstanding -= state.timers.count
            state.timers = TimerHeap()
        }
        setAlarm()
    }

    /// Why nothing is driven any more: what the store said.
    public var failure: StoreError? { state.withLock { $0.failure } }

    /// Runs that wait for a moment, and the earliest such moment.
    public var waiting: (count: Int, earliest: Timestamp?) { state.withLock { ($0.timers.count, $0.timers.earliest) } }

    // MARK: - The loop

    func enqueue(_ run: ActiveRun) { workers.enqueue(run) }

    /// Drives a run as far as it goes without waiting. On one of the host's threads.
    func drive(_ run: ActiveRun) {
        guard !hasFailed.load(ordering: .relaxed) else { return }
        while true {
            if let brought = run.takeOutcome() {
                guard journal(brought, of: run) else { return }
                continue
            }
            if let event = requestEvent(of: run) {
                guard apply(event, image: nil, to: run), write(of: run) else { return }
                continue
            }
            switch run.machine.next {
            case .end(let status): return end(run, status)
            case .wait(let moment) where moment > clock.now: return park(run, until: moment)
            case .wait, .execute, .probe, .compensate: break
            }
            guard !isStopping.load(ordering: .relaxed) else { return letGo(run) }
            guard let step = currentStep(of: run) else { return }
            if let event = run.machine.eventInsteadOfCalling(step, at: clock.now, random: Double.random(in: 0...1)) {
                guard apply(event, image: nil, to: run), write(of: run) else { return }
                continue
            }
            guard let ended = call(step, of: run), journal(ended, of: run) else { return }
        }
    }

    /// The step to make a call for. How one that another image executed is taken back, that image says.
    private func currentStep(of run: ActiveRun) -> Step? {
        guard case .compensate = run.machine.afterWaiting, let step = run.currentStep,
            let executed = run.machine.steps[step.number - 1].executedBy, !run.images.uses.contains(executed),
            case .found(let operation) = catalog.lookUp(step.uses, of: executed)
        else { return run.currentStep }
        return Step(
            id: step.id, number: step.number, uses: step.uses, with: step.with, retry: step.retry,
            timeoutSeconds: step.timeoutSeconds, compensation: step.compensation, operation: operation)
    }

    /// What an operator asked for, when the run is at a safe point for it.
    private func requestEvent(of run: ActiveRun) -> RunEvent? {
        if let wishes = run.wishes.withLock({ $0.takeOut() }), let event = event(of: wishes, run) { return event }
        return pendingCancel(of: run).map { .cancelRequested(reason: $0, duringCall: false) }
    }

    /// What follows from the wishes where the run stands. What has no meaning there is forgotten, in the row too: it
    /// would be heard again four times a second.
    private func event(of wishes: RunWishes, _ run: ActiveRun) -> RunEvent? {
        if let reason = wishes.abandon, !run.machine.isEnded { return .abandoned(reason: reason) }
        if let mark = wishes.mark {
            if let step = run.markedStep(mark) { return .compensationMarked(step: step, reason: mark.reason) }
            forget(.mark, of: run)
        }
        if let reason = wishes.retry {
            if case .wait = run.machine.next { return .retryRequested(reason: reason) }
            if case .end(.failed) = run.machine.next { return .retryRequested(reason: reason) }
        }
        if let name = wishes.signal {
            if run.waitsForSignal { return .signalled(name: name) }
            forget(.signal, of: run)
        }
        return nil
    }

    private func forget(_ requests: RunRequests, of run: ActiveRun) {
        do throws(StoreError) {
            try store.forget(requests, of: run.key!)
        } catch {
            fail(error)
        }
    }

    /// Why an operator wants the run to stop, where that is not in its journal yet and still has a meaning.
    private func pendingCancel(of run: ActiveRun) -> String? {
        guard run.machine.status == .running, !run.machine.isCancelled else { return nil }
        return run.wantsCancel.withLock { $0 }
    }

    /// Calls the plugin; nil when the outcome will be brought later.
    private func call(_ step: Step, of run: ActiveRun) -> (outcome: StepOutcome, image: PluginImage?)? {
        let call: StepCall
        do throws(ExpressionFailure) {
            call = try stepCall(step, of: run)
        } catch {
            return (.failed(Self.unresolved(error), retry: .no), nil)
        }
        faults?.reached(.beforeCall)
        let number = run.beginCall()
        dispatcher.perform(call, reportingTo: run)
        let ended = run.takeOutcomeOrLeave(number)
        faults?.reached(.afterCall)
        return ended
    }

    private static func unresolved(_ failure: ExpressionFailure) -> StepError {
        StepError(code: failure.stepCode, message: failure.message, effect: .none)
    }

    private func stepCall(_ step: Step, of run: ActiveRun) throws(ExpressionFailure) -> StepCall {
        let verb: StepVerb
        let attempt: Int
        switch run.machine.afterWaiting {
        case .probe(_, let number): (verb, attempt) = (.probe, number)
        case .compensate(_, let number): (verb, attempt) = (.compensate, number)
        case .execute(_, let number): (verb, attempt) = (.execute, number)
        case .wait, .end: preconditionFailure("a call is made only where the machine asks for one")
        }
        let record = run.machine.steps[step.number - 1]
        // An adopted step is taken back in the name of the run that executed it, with that run's inputs.
        let (id, inputs) = (record.execution?.run ?? run.id, record.execution?.inputs ?? run.inputs)
        let slot = run.slot ?? marks.acquire(for: run.key!, id: run.id)
        run.slot = slot
        return StepCall(
            verb: verb, run: id, saga: run.saga.name, stepID: step.id, stepNumber: step.number,
            operation: step.uses,
            attempt: attempt,
            with: try step.with.filled(
                in: RunScope(run: run, id: id, inputs: inputs, upTo: step.number - 1), among: run.saga.expressions,
                by: expressions),
            inputs: inputs, context: run.machine.context, result: verb == .execute ? nil : record.output,
            checkpoint: record.checkpoint,
            timeoutSeconds: (verb == .compensate ? step.compensation.timeoutSeconds : step.timeoutSeconds)
                ?? step.operation?.timeoutSeconds,
            executedBy: verb == .execute ? nil : record.executedBy,
            begunWith: run.images.used(of: step.uses.plugin),
            mark: CallMark(slot: slot, licence: run.machine.licence))
    }

    // MARK: - Writing

    /// Writes down how a call ended. True when it is durable and the loop may go on.
    private func journal(_ ended: (outcome: StepOutcome, image: PluginImage?), of run: ActiveRun) -> Bool {
        if case .unavailable(let reason) = ended.outcome {
            setAside(run, reason: reason)
            return false
        }
        guard let step = currentStep(of: run) else { return true }
        if let reason = pendingCancel(of: run) {
            guard apply(.cancelRequested(reason: reason, duringCall: true), image: nil, to: run) else { return false }
        }
        guard
            let event = run.machine.event(
                after: ended.outcome, of: step, at: clock.now, random: Double.random(in: 0...1))
        else { return true }
        guard apply(event, image: ended.image, to: run) else { return false }
        return write(of: run)
    }

    private func apply(_ event: RunEvent, image: PluginImage?, to run: ActiveRun) -> Bool {
        do throws(IllegalEvent) {
            try run.machine.apply(event, by: image)
        } catch {
            setAside(run, reason: "internal: \(error.event) does not fit a run that is \(error.state)")
            return false
        }
        run.unwritten.append(
            StoredEvent(sequence: run.machine.sequence, event: event, image: image, at: clock.now))
        if let image, run.images.note(image) { run.hasNewImages = true }
        return true
    }

    /// True when it is durable; else the run goes on when the store says so.
    private func write(of run: ActiveRun) -> Bool {
        faults?.reached(.beforeWrite)
        guard let result = store.write(.append(run.key!, run.unwritten, rowChange(of: run)), for: run) else {
            return false
        }
        return settle(run, result)
    }

    /// The run's row changes only when its status does, or a timer is set or gone.
    private func rowChange(of run: ActiveRun) -> RowChange? {
        let (status, wakeAt) = (run.machine.status, run.machine.wakeAt)
        let granted = run.unwritten.reduce(into: RunRequests()) { $0.formUnion($1.event.grants) }
        guard status != run.storedStatus || wakeAt != run.storedWake || !granted.isEmpty || run.hasNewImages else {
            return nil
        }
        run.storedStatus = status
        run.storedWake = wakeAt
        var change = run.machine.rowChange(steps: run.saga.steps, at: clock.now)
        change.clears.formUnion(granted)
        if run.hasNewImages { change.images = run.images }
        run.hasNewImages = false
        return change
    }

    /// From the thread that committed; must be short. True when the run may go on.
    func settle(_ run: ActiveRun, _ result: Result<RunKey, StoreError>) -> Bool {
        switch result {
        case .success(let key):
            if run.key == nil {
                run.key = key
                state.withLock { $0.active[key] = run }
            } else if let slot = run.slot {
                // Only now: until its outcome is durable, a call counts as begun.
                marks.release(slot)
                run.slot = nil
            }
            let events = run.unwritten
            run.unwritten.removeAll(keepingCapacity: true)
            observer?.run(run.id, of: run.saga, did: events, now: run.machine)
            faults?.reached(.afterWrite)
            return true
        case .failure(let error) where error.code == "taken" || error.code == "duplicate_key":
            // It concerns this run alone: another host has it, or there is one like it.
            if let slot = run.slot { marks.release(slot) }
            if let key = run.key { _ = state.withLock { $0.active.removeValue(forKey: key) } }
            observer?.run(run.id, isBlocked: error.message)
            leave()
            return false
        case .failure(let error):
            // What was not written did not happen: the run is taken up from the store, after a restart.
            fail(error)
            return false
        }
    }

    func writeCheckpoint(_ checkpoint: JSONValue, of run: ActiveRun) throws {
        guard let step = run.currentStep else { return }
        let event = RunEvent.checkpointed(step: step.number - 1, checkpoint: checkpoint)
        var machine = run.machine
        try machine.apply(event)
        let stored = StoredEvent(sequence: machine.sequence, event: event, image: nil, at: clock.now)
        faults?.reached(.beforeWrite)
        _ = try store.writeAndWait(.append(run.key!, [stored], nil))
        run.machine = machine
        observer?.run(run.id, of: run.saga, did: [stored], now: run.machine)
        faults?.reached(.afterWrite)
    }

    // MARK: - Runs out

    private func end(_ run: ActiveRun, _ status: RunStatus) {
        if let slot = run.slot { marks.release(slot) }
        if let key = run.key { _ = state.withLock { $0.active.removeValue(forKey: key) } }
        observer?.runEnded(run.id, status)
        leave()
    }

    /// One run less to drive; whoever waits for the last is woken for the last alone.
    private func leave() {
        let isIdle = state.withLock { state in
            state.outstanding -= 1
            return state.outstanding == 0
        }
        if isIdle { state.change { _ in } }
    }

    /// The run stays as it was last written.
    private func letGo(_ run: ActiveRun) {
        if let slot = run.slot { marks.release(slot) }
        run.slot = nil
        if let key = run.key { _ = state.withLock { $0.active.removeValue(forKey: key) } }
        leave()
    }

    private func fail(_ error: StoreError) {
        hasFailed.store(true, ordering: .relaxed)
        state.change { if $0.failure == nil { $0.failure = error } }
    }

    private func park(_ run: ActiveRun, until moment: Timestamp) {
        if let slot = run.slot { marks.release(slot) }
        run.slot = nil
        let isEarliest: Bool? = state.withLock { state in
            state.active.removeValue(forKey: run.key!)
            // Nobody would ring for it.
            guard !isStopping.load(ordering: .relaxed) else { return nil }
            let isEarliest = state.timers.earliest.map { moment < $0 } ?? true
            state.timers.insert(run.key!, at: moment)
            return isEarliest
        }
        guard let isEarliest else { return leave() }
        if isEarliest { setAlarm() }
    }

    /// The run cannot go on in this process; it keeps its place in the store, and the reason is shown.
    private func setAside(_ run: ActiveRun, reason: String) {
        if let slot = run.slot { marks.release(slot) }
        setAside(run.key!, id: run.id, reason: reason)
    }

    private func setAside(_ key: RunKey, id: RunID?, reason: String) {
        do throws(StoreError) {
            try store.setBlocked(key, reason: reason)
        } catch {
            fail(error)
        }
        if let id { observer?.run(id, isBlocked: reason) }
        _ = state.withLock { $0.active.removeValue(forKey: key) }
        leave()
    }

    // MARK: - Timers

    private func setAlarm() {
        // One at a time: else an earlier look at the timers could overwrite the alarm of a later one.
        alarms.withLock { _ in
            clock.setAlarm(at: state.withLock { $0.timers.earliest }) { [self] in ring() }
        }
    }

    private func ring() {
        let now = clock.now
        while let key = state.withLock({ $0.timers.popDue(at: now) }) {
            workers.enqueue(ParkedRun(key: key, runner: self))
        }
        setAlarm()
    }

    /// Brings a run back from the store and drives it.
    fileprivate func reload(_ key: RunKey) {
        // Whoever takes it out of the timers brings it back: an alarm and an operator may both have tried.
        guard state.withLock({ $0.timers.remove(key) }) else { return }
        do throws(StoreError) {
            guard let stored = try store.load(key) else {
                leave()
                return
            }
            guard let run = try bringBack(stored) else { return }
            state.withLock { $0.active[key] = run }
            if stored.row.blocked != nil { try store.setBlocked(key, reason: nil) }
            drive(run)
        } catch  where error.code == "damaged" {
            // One run that cannot be read does not stop the others.
            setAside(key, id: nil, reason: error.message)
        } catch {
            fail(error)
        }
    }

    private func bringBack(_ stored: StoredRun) throws(StoreError) -> ActiveRun? {
        guard let images = try images(of: stored), let saga = saga(of: stored, images.uses) else {
            setAside(stored.row.key, id: stored.row.id, reason: "its definition can no longer be read")
            return nil
        }
        do throws(IllegalEvent) {
            return try ActiveRun(stored, saga: saga, images: images, runner: self)
        } catch {
            setAside(
                stored.row.key, id: stored.row.id,
                reason: "its journal does not add up: \(error.event) cannot follow while \(error.state)")
            return nil
        }
    }

    /// The images the run goes on with. Those that it has not used yet are what is installed when it begins, and from then
    /// on its own. Nil: its definition cannot be read.
    private func images(of stored: StoredRun) throws(StoreError) -> RunImages? {
        guard let plugins = saga(of: stored, stored.images.uses)?.plugins else { return nil }
        var images = stored.images
        for plugin in plugins where images.used(of: plugin) == nil {
            images.uses += stored.lastImage(of: plugin).map { [$0] } ?? catalog.images(of: [plugin])
        }
        if images != stored.images { try store.setImages(stored.row.key, images) }
        return images
    }

    private func saga(of stored: StoredRun, _ images: [PluginImage]) -> Saga? {
        let key = SagaKey(definitionHash: stored.row.definitionHash, images: images)
        if let known = state.withLock({ $0.sagas[key] }) { return known }
        let catalog = ImageOperations(catalog: catalog, images: images)
        guard let saga = Saga(ofStored: stored.definition, fallbackName: stored.row.saga, catalog: catalog) else {
            return nil
        }
        state.withLock { $0.sagas[key] = saga }
        return saga
    }
}

/// A run that is only a row: brought back when its turn has come.
private final class ParkedRun: Work {
    let key: RunKey
    let runner: Runner

    init(key: RunKey, runner: Runner) {
        self.key = key
        self.runner = runner
    }

    func perform() { runner.reload(key) }
}

/// What the `with` of a step can see.
private struct RunScope: ExpressionScope {
    let run: ActiveRun
    /// Of the run that executes the step, or executed it.
    let id: RunID
    let inputs: JSONValue
    /// How many steps lie before the one that asks.
    let upTo: Int

    func value(at path: ArraySlice<Expression.Token>, of root: String) -> JSONValue? {
        switch root {
        case "inputs": return inputs.descend(path)
        case "context": return follow(path, in: run.machine.context)
        case "run":
            return JSONValue.object(["id": .string(id.description), "saga": .string(run.saga.name)]).descend(path)
        case "steps" where path.isEmpty: return .object(finished)
        case "steps":
            guard case .member(let id)? = path.first, path.count == 1 || path.dropFirst().first == .member("output"),
                let index = run.saga.steps.prefix(upTo).firstIndex(where: { $0.id == id }),
                let output = run.machine.steps[index].output
            else { return nil }
            return path.count == 1 ? ["output": .object(output)] : follow(path.dropFirst(2), in: output)
        default: return nil
        }
    }

    private var finished: JSONObject {
        var finished = JSONObject()
        for (step, record) in zip(run.saga.steps, run.machine.steps).prefix(upTo) {
            if let output = record.output { finished[step.id] = ["output": .object(output)] }
        }
        return finished
    }

    private func follow(_ path: ArraySlice<Expression.Token>, in object: JSONObject) -> JSONValue? {
        guard let first = path.first else { return .object(object) }
        guard case .member(let name) = first else { return nil }
        return object[name]?.descend(path.dropFirst())
    }
}

extension RunMachine {
    /// The moment the run waits for; nil when it does not wait.
    var wakeAt: Timestamp? {
        if case .wait(let moment) = next { moment } else { nil }
    }

    /// The run's row, as it follows from where the run stands.
    public func rowChange(steps: [Step], at now: Timestamp) -> RowChange {
        RowChange(
            status: status, wakeAt: wakeAt,
            error: status == .running || status == .completed ? nil : errorJSON(steps: steps),
            finishedAt: status.isEnded ? now : nil, clears: status.isEnded ? .all : [])
    }

    /// Why a run is taken back or failed: the first failure, the cancel, or that it was abandoned; nil when there is
    /// none.
    public func errorJSON(steps: [Step]) -> JSONValue? {
        let end = abandonReason.map { "; then it was abandoned: \($0)" } ?? ""
        if let failure {
            let step = steps[failure.step]
            var error: JSONObject = [
                "code": .string(failure.error.code),
                "message": .string("step \"\(step.id)\" (\(step.uses)) failed: \(failure.error.message)\(end)"),
                "step_id": .string(step.id), "effect": .string(failure.error.effect.rawValue),
            ]
            if failure.error.remoteStatus != 0 { error["remote_status"] = .int(Int64(failure.error.remoteStatus)) }
            error["detail"] = failure.error.detail
            return .object(error)
        }
        if let cancelReason { return ["code": "cancelled", "message": .string("cancelled: \(cancelReason)\(end)")] }
        return abandonReason.map { ["code": "abandoned", "message": .string("abandoned: \($0)")] }
    }
}

/// Told what runs do, once it is durable. From the host's threads, for one run never two at once.
public protocol RunObserver: AnyObject, Sendable {
    /// `events` is empty when the run was just made.
    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine)
    func run(_ id: RunID, isBlocked reason: String)
    func runEnded(_ id: RunID, _ status: RunStatus)
}

/// The moments at which a rehearsal may end the process.
public enum FaultPoint: String, Sendable, CaseIterable {
    case beforeWrite = "before_write"
    case afterWrite = "after_write"
    case beforeCall = "before_call"
    case afterCall = "after_call"
    /// Of a request that a plugin has the host make.
    case httpNotSent = "http_not_sent"
    case httpSent = "http_sent"
    case httpAnswered = "http_answered"
}

/// Ends the process at a chosen moment, so that everyone can see what happens then.
public protocol FaultInjector: Sendable {
    func reached(_ point: FaultPoint)
}
