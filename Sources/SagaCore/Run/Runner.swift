internal import Synchronization

/// Drives runs: ask the machine, call, journal, ask again.
///
/// Many runs at once and no thread for one that waits: a suspended run is a row in the store and 24 bytes here.
/// The loop runs on the host's threads; where a write has to wait for others, the run is taken up again when it is
/// durable.
public final class Runner: Sendable {
    let store: any RunStore
    let dispatcher: any StepDispatcher
    let catalog: any OperationCatalog
    let workers: any WorkQueue
    let clock: any RunClock
    let marks: any CallMarks
    let expressions: any ExpressionEvaluator
    let faults: (any FaultInjector)?
    let observer: (any RunObserver)?
    let state = Monitor(State())
    let alarms = Monitor(())
    /// The store has failed: nothing is driven any further.
    let hasFailed = Atomic<Bool>(false)
    /// No call is begun any more.
    let isStopping = Atomic<Bool>(false)

    struct State {
        var active: [RunKey: ActiveRun] = [:]
        var timers = TimerHeap()
        /// Moments of runs that are in calls meanwhile.
        var reminders = TimerHeap()
        /// Runs that are ours and have neither ended nor been set aside.
        var outstanding = 0
        var sagas: [SagaKey: Saga] = [:]
        var failure: StoreError?
    }

    /// A definition means what the images of a run say of its operations.
    struct SagaKey: Hashable {
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
        let now = clock.now
        let run = ActiveRun(id: id, saga: saga, inputs: inputs, images: images, createdAt: now, runner: self)
        let new = NewRun(
            id: id, saga: saga, inputs: inputs, idempotencyKey: idempotencyKey, images: images, createdAt: now)
        state.withLock { $0.outstanding += 1 }
        faults?.reached(.beforeWrite)
        // Held from the first, so that the write takes it up.
        _ = run.take()
        run.beginWrite()
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
        run.cancelCalls()
        run.poke()
        return true
    }

    /// What else operators ask for, seen at the next safe point. As with `cancel`, the wishes are in the row already.
    @discardableResult
    public func hear(_ wishes: RunWishes, of key: RunKey) -> Bool {
        guard let run = state.withLock({ $0.active[key] }) else { return wake(key) }
        run.wishes.withLock { $0.join(wishes) }
        run.poke()
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
            state.reminders = TimerHeap()
        }
        setAlarm()
    }

    /// Why nothing is driven any more: what the store said.
    public var failure: StoreError? { state.withLock { $0.failure } }

    /// Runs that wait for a moment, and the earliest such moment.
    public var waiting: (count: Int, earliest: Timestamp?) { state.withLock { ($0.timers.count, $0.timers.earliest) } }

    // MARK: - The loop

    func enqueue(_ run: ActiveRun) { workers.enqueue(run) }

    /// Drives a run as far as it goes without waiting. On one of the host's threads, which holds the run.
    ///
    /// First whatever was brought, asked for, or can be told without a call; then it is written; then calls begin, the
    /// last of them on this thread.
    func drive(_ run: ActiveRun) {
        while !hasFailed.load(ordering: .relaxed) {
            for brought in run.takeBrought() {
                guard takeIn(brought, of: run) else { return }
            }
            if let event = requestEvent(of: run) {
                guard apply(event, image: nil, to: run) else { return }
                continue
            }
            if !run.hasTurn {
                // A run that was ended and goes on is open again for the others to see before it asks for its turn.
                guard run.unwritten.isEmpty || write(of: run) else { return }
                guard takesTurn(run) else { return waitForTurn(run) }
            }
            let (ready, earliest) = due(run)
            if let event = ready.lazy.compactMap({ self.event(insteadOf: $0, of: run) }).first {
                guard apply(event, image: nil, to: run) else { return }
                continue
            }
            guard (run.unwritten.isEmpty && !run.hasEndedUnlikeItsRow) || write(of: run) else { return }
            if run.machine.isEnded { return end(run, run.machine.status) }
            if run.stopsCalls { run.cancelCalls { [machine = run.machine] in machine[$0.ref].isStopping } }
            guard let last = ready.last, mayBegin(run) else {
                if rest(run, until: earliest) { return }
                continue
            }
            for action in ready.dropLast() {
                if let made = begin(action, of: run) { workers.enqueue(QueuedCall(made, of: run)) }
            }
            guard let made = begin(last, of: run) else { continue }
            guard perform(made, of: run) else { return }
        }
    }

    /// Before a run begins, or goes on: is it its turn, among those of its concurrency key? One that has ended needs
    /// none.
    private func takesTurn(_ run: ActiveRun) -> Bool {
        guard !run.machine.isEnded, run.obstacle == nil, let name = concurrencyKey(of: run) else { return true }
        do throws(StoreError) {
            run.hasTurn = try store.takeTurn(run.key!, of: name)
            return run.hasTurn
        } catch {
            fail(error)
            return false
        }
    }

    /// Whoever ends wakes the next; a look now and then is for other hosts.
    private func waitForTurn(_ run: ActiveRun) {
        if isStopping.load(ordering: .relaxed) { letGo(run) } else { park(run, until: clock.now + 1000) }
    }

    /// The turn goes on to the next run.
    private func passTurn(of run: ActiveRun) {
        guard run.saga.concurrencyKey != nil, let key = run.key else { return }
        do throws(StoreError) {
            if let next = try store.leaveTurn(key) { _ = wake(next) }
        } catch {
            fail(error)
        }
    }

    private func mayBegin(_ run: ActiveRun) -> Bool {
        !isStopping.load(ordering: .relaxed) && run.obstacle == nil && run.machine.pauseReason == nil
            && !run.isBeingAbandoned
    }

    /// What there is to do now, besides what is being done; and when there will be more.
    private func due(_ run: ActiveRun) -> (ready: [RunMachine.Action], earliest: Timestamp?) {
        guard run.obstacle == nil, run.machine.pauseReason == nil else { return ([], nil) }
        let now = clock.now
        var ready: [RunMachine.Action] = []
        var earliest = run.deadline
        for (action, from) in run.machine.pending {
            if case .end = action { return ([], nil) }
            if let step = action.step, run.calls[step] != nil { continue }
            guard let from, from > now else {
                ready.append(action)
                continue
            }
            let limit = run.timeLimit(of: action) ?? from
            if limit <= now { ready.append(action) }
            earliest = min(earliest ?? from, from, limit)
        }
        return (ready, earliest)
    }

    /// Nothing can be begun. True: the thread is done with the run; false: something has come meanwhile.
    private func rest(_ run: ActiveRun, until earliest: Timestamp?) -> Bool {
        guard run.calls.isEmpty else {
            if let earliest { remind(run, at: earliest) }
            return run.leave()
        }
        if let obstacle = run.obstacle {
            setAside(run, reason: obstacle)
        } else if let reason = run.machine.pauseReason {
            setAside(run, reason: "paused: \(reason)")
        } else if let earliest, !isStopping.load(ordering: .relaxed) {
            park(run, until: earliest)
        } else {
            letGo(run)
        }
        return true
    }

    /// What an operator asked for, or the run's own deadline, when the run is at a safe point for it.
    private func requestEvent(of run: ActiveRun) -> RunEvent? {
        guard run.obstacle == nil else { return nil }
        if let wishes = run.wishes.withLock({ $0.takeOut() }), let event = event(of: wishes, run) {
            // One at a time: a run that stands still after this one would not hear the others again.
            run.wishes.withLock { $0.comeAfter(wishes, without: event.grants) }
            return event
        }
        if let reason = pendingCancel(of: run) {
            return .cancelRequested(reason: reason, duringCall: !run.calls.isEmpty)
        }
        if let deadline = run.deadline, deadline <= clock.now { return .deadlinePassed(duringCall: !run.calls.isEmpty) }
        return nil
    }

    /// What follows from the wishes where the run stands. What has no meaning there is forgotten, in the row too: it
    /// would be heard again four times a second.
    private func event(of wishes: RunWishes, _ run: ActiveRun) -> RunEvent? {
        if let reason = wishes.abandon, !run.machine.isEnded {
            guard !run.calls.isEmpty else { return .abandoned(reason: reason) }
            // What is in a call is waited for.
            run.isBeingAbandoned = true
            run.cancelCalls()
            run.wishes.withLock { $0.join(wishes) }
            return nil
        }
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
        if let skip = wishes.skip {
            if let step = run.skippedStep(skip) { return .stepSkipped(step: step, reason: skip.reason) }
            forget(.skip, of: run)
        }
        return event(ofPause: wishes, run)
    }

    private func event(ofPause wishes: RunWishes, _ run: ActiveRun) -> RunEvent? {
        let isPaused = run.machine.pauseReason != nil
        if let reason = wishes.pause {
            if !isPaused, !run.machine.isEnded { return .paused(reason: reason) }
            forget(.pause, of: run)
        }
        if let reason = wishes.resume {
            if isPaused { return .resumed(reason: reason) }
            forget(.resume, of: run)
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
    func pendingCancel(of run: ActiveRun) -> String? {
        run.machine.hearsCancel ? run.wantsCancel.withLock { $0 } : nil
    }

    // MARK: - Runs out

    func end(_ run: ActiveRun, _ status: RunStatus) {
        release(run)
        passTurn(of: run)
        observer?.runEnded(run.id, status)
        leave()
    }

    /// One run less to drive; whoever waits for the last is woken for the last alone.
    func leave() {
        let isIdle = state.withLock { state in
            state.outstanding -= 1
            return state.outstanding == 0
        }
        if isIdle { state.change { _ in } }
    }

    /// The run stays as it was last written.
    func letGo(_ run: ActiveRun) {
        release(run)
        leave()
    }

    /// Nothing is remembered of it any more; whoever still brings something for it brings it to nobody.
    func release(_ run: ActiveRun) {
        for slot in run.settledSlots { marks.release(slot) }
        run.settledSlots = []
        guard let key = run.key else { return }
        state.withLock { state in
            state.active.removeValue(forKey: key)
            _ = state.reminders.remove(key)
        }
    }

    func fail(_ error: StoreError) {
        hasFailed.store(true, ordering: .relaxed)
        state.change { if $0.failure == nil { $0.failure = error } }
    }

    private func park(_ run: ActiveRun, until moment: Timestamp) {
        release(run)
        let isEarliest: Bool? = state.withLock { state in
            // Nobody would ring for it.
            guard !isStopping.load(ordering: .relaxed) else { return nil }
            let isEarliest = state.timers.earliest.map { moment < $0 } ?? true
            state.timers.insert(run.key!, at: moment)
            return isEarliest
        }
        guard let isEarliest else { return leave() }
        if isEarliest { setAlarm() }
    }

    /// The run is in calls, and has something else to do at that moment.
    private func remind(_ run: ActiveRun, at moment: Timestamp) {
        state.withLock { $0.reminders.insert(run.key!, at: moment) }
        setAlarm()
    }

    /// The run cannot go on in this process; it keeps its place in the store, and the reason is shown.
    func setAside(_ run: ActiveRun, reason: String) {
        release(run)
        if run.machine.sequence == 0 { passTurn(of: run) }
        setAside(run.key!, id: run.id, reason: reason, unlessCancelled: run.machine.hearsCancel)
    }

    private func setAside(_ key: RunKey, id: RunID?, reason: String, unlessCancelled hearsCancel: Bool = false) {
        do throws(StoreError) {
            try store.setBlocked(key, reason: reason, unlessCancelled: hearsCancel)
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
            clock.setAlarm(at: state.withLock { $0.nextMoment }) { [self] in ring() }
        }
    }

    private func ring() {
        let now = clock.now
        while let key = state.withLock({ $0.timers.popDue(at: now) }) {
            workers.enqueue(ParkedRun(key: key, runner: self))
        }
        while let run = state.withLock({ $0.popReminder(at: now) }) { run.poke() }
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
            if stored.row.blocked != nil { try store.setBlocked(key, reason: nil, unlessCancelled: false) }
            if run.take() { drive(run) }
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

extension Runner.State {
    fileprivate var nextMoment: Timestamp? { [timers.earliest, reminders.earliest].compactMap { $0 }.min() }

    fileprivate mutating func popReminder(at now: Timestamp) -> ActiveRun? {
        while let key = reminders.popDue(at: now) {
            _ = reminders.remove(key)
            if let run = active[key] { return run }
        }
        return nil
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
