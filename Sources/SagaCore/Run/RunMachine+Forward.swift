/// The way forward: which step begins when another is done, and what a failure comes to.
extension RunMachine {
    // MARK: - Beginning

    mutating func start(_ ref: StepRef) {
        var record = StepRecord()
        record.status = .running
        record.begunAt = time
        if !containers.isEmpty { record.round = round(of: ref) }
        self[ref] = record
        if shape.nodes[ref.index].hasCondition {
            ask(ref, .condition)
        } else {
            begin(ref)
        }
    }

    private func round(of ref: StepRef) -> String {
        var round = ""
        var at = shape.parent(of: ref)
        while let parent = at {
            if let attempt = containers[parent]?.attempt, attempt > 1 { round += "#\(attempt)" }
            at = shape.parent(of: parent)
        }
        return round
    }

    /// Once it is known that it is done.
    mutating func begin(_ ref: StepRef) {
        switch shape.nodes[ref.index].kind {
        case .call: goLive(ref)
        case .parallel(let heads, _):
            containers[ref] = Container(open: heads.count)
            for head in heads { start(StepRef(head, item: ref.item)) }
        case .forEach: ask(ref, .items)
        case .saga: ask(ref, .inputs)
        case .scope(let head, _, _):
            containers[ref] = Container()
            start(StepRef(head, item: ref.item))
        }
    }

    mutating func ask(_ ref: StepRef, _ question: Question) {
        self[ref].question = question
        goLive(ref)
    }

    mutating func goLive(_ ref: StepRef) {
        if !isLive(ref) { live.append(ref) }
        license(ref)
    }

    mutating func begin(_ ref: StepRef, items: [JSONValue]) {
        lists[ref] = items
        guard case .forEach(_, let most, _) = shape.nodes[ref.index].kind, isLive(ref) else { return }
        unlive(ref)
        containers[ref] = Container(count: items.count)
        guard !items.isEmpty else { return ask(ref, .output) }
        for _ in 0..<min(most, items.count) { beginItem(of: ref) }
    }

    private mutating func beginItem(of ref: StepRef) {
        guard case .forEach(let head, _, _) = shape.nodes[ref.index].kind, let begun = containers[ref]?.begun else {
            return
        }
        containers[ref]?.begun += 1
        containers[ref]?.open += 1
        start(StepRef(head, item: ref.item + [begun]))
    }

    mutating func enter(_ ref: StepRef, inputs: JSONValue) {
        entered[ref] = inputs
        guard case .saga(let head) = shape.nodes[ref.index].kind, isLive(ref) else { return }
        unlive(ref)
        containers[ref] = Container()
        start(StepRef(head, item: ref.item))
    }

    /// What a saga within the saga began with; nil: it has not.
    public func inputs(of saga: StepRef) -> JSONValue? { entered[saga] }
    /// What a `for_each` goes through.
    public func items(of loop: StepRef) -> [JSONValue] { lists[loop] ?? [] }

    // MARK: - Done

    mutating func complete(_ ref: StepRef, output: JSONObject) {
        let isStopping = self[ref].isStopping
        self[ref].status = .completed
        self[ref].output = output
        self[ref].error = nil
        unlive(ref)
        let isKnown = self[ref].isKnown
        if shape.isCall(ref) {
            note(ref, inLedger: !isKnown)
            if ref.item.isEmpty, isOfRun(ref) { context.merge(output) }
        } else {
            close(ref)
            if case .parallel = shape.nodes[ref.index].kind {
            } else if ref.item.isEmpty, isOfRun(ref) {
                context.merge(output)
            }
        }
        if shape.nodes[ref.index].isPivot, !isStopping, !isKnown { hasPassedPivot = true }
        if isStopping { settleStopping() } else { goOn(after: ref) }
    }

    /// No saga within is around it: what it puts out is the run's.
    private func isOfRun(_ ref: StepRef) -> Bool {
        var at = shape.nodes[ref.index].parent
        while let parent = at {
            if case .saga = shape.nodes[parent].kind { return false }
            at = shape.nodes[parent].parent
        }
        return true
    }

    /// Without what was taken back.
    mutating func rebuildContext() {
        let done = steps.indices.map { StepRef($0) }.filter { ref in
            guard self[ref].status == .completed, isOfRun(ref) else { return false }
            if case .parallel = shape.nodes[ref.index].kind { return false } else { return true }
        }
        context = JSONObject()
        for ref in sorted(done) { context.merge(self[ref].output ?? [:]) }
    }

    mutating func skip(_ ref: StepRef, reason: String?) {
        if isHalted(ref) { leaveHalted(ref) }
        // By hand, between two attempts: what those may have done is taken back like anything else.
        if reason != nil { leaveForward(ref) } else { unlive(ref) }
        self[ref].status = .skipped
        self[ref].skipReason = reason
        goOn(after: ref)
    }

    private mutating func goOn(after ref: StepRef) {
        if let next = shape.nodes[ref.index].next { return start(StepRef(next, item: ref.item)) }
        guard let parent = shape.parent(of: ref) else { return finish() }
        listEnded(of: parent)
    }

    private mutating func listEnded(of ref: StepRef) {
        switch shape.nodes[ref.index].kind {
        case .call: break
        case .parallel:
            guard branchEnded(of: ref) else { return }
            complete(ref, output: [:])
        case .forEach:
            let hasFailed = containers[ref]?.hasFailed ?? false
            if !hasFailed, let container = containers[ref], container.begun < container.count {
                containers[ref]?.open -= 1
                beginItem(of: ref)
            } else if branchEnded(of: ref) {
                ask(ref, .output)
            }
        case .saga: ask(ref, .output)
        case .scope: complete(ref, output: [:])
        }
    }

    /// True when that was the last one, and all went well.
    private mutating func branchEnded(of ref: StepRef) -> Bool {
        containers[ref]?.open -= 1
        guard let container = containers[ref], container.open == 0 else { return false }
        if container.hasFailed { giveUp(container: ref) }
        return !container.hasFailed
    }

    mutating func finish() {
        guard !shape.hasOutput else { return }
        phase = .ended(.completed)
    }

    mutating func unlive(_ ref: StepRef) {
        live.removeAll { $0 == ref }
        self[ref].question = nil
        self[ref].timer = nil
        self[ref].isProbing = false
        self[ref].isStopping = false
    }

    // MARK: - Ledgers

    /// It may have done something: it is taken back when its turn comes.
    ///
    /// - Parameter inLedger: false: another run did it, and has it.
    mutating func note(_ ref: StepRef, inLedger: Bool = true) {
        order += 1
        self[ref].order = order
        guard inLedger else { return }
        if let unit = openUnit(of: ref) { containers[unit]?.ledger.append(ref) } else { ledger.append(ref) }
    }

    private func openUnit(of ref: StepRef) -> StepRef? {
        var unit = shape.unit(of: ref)
        while let at = unit, containers[at] == nil { unit = shape.unit(of: at) }
        return unit
    }

    /// It is over: what it did is taken back as one, where it stands in the ledger around it.
    mutating func close(_ ref: StepRef) {
        let container = containers.removeValue(forKey: ref)
        for step in (container?.ledger ?? []) + [ref] {
            order += 1
            self[step].order = order
        }
        guard let container, !container.ledger.isEmpty else { return }
        if let unit = openUnit(of: ref) {
            containers[unit]?.ledger += container.ledger
        } else {
            ledger += container.ledger
        }
    }

    // MARK: - Not done

    mutating func suspend(_ ref: StepRef, until wake: Timestamp, _ checkpoint: JSONValue?) {
        self[ref].status = .suspended
        self[ref].checkpoint = checkpoint ?? self[ref].checkpoint
        self[ref].error = nil
        self[ref].interruptions = 0
        self[ref].timer = wake
        license(ref)
        // Stopped during the call: the step would go on for as long as it likes.
        if self[ref].isStopping { leave(ref) }
    }

    mutating func fail(_ ref: StepRef, error: StepError, then: RunEvent.AfterFailure) {
        self[ref].error = error
        let isInterrupted = error.code == StepError.HostCode.hostStopped
        self[ref].interruptions = isInterrupted ? self[ref].interruptions + 1 : 0
        switch then {
        case .execute(let attempt, let at):
            if error.effect == .unknown { self[ref].mayHaveActed = true }
            executeAgain(ref, attempt: attempt, at: at)
        case .probe(let at):
            self[ref].isProbing = true
            self[ref].timer = at
            license(ref)
        case .compensate(let thisToo): giveUp(ref, error, thisToo: thisToo)
        }
    }

    mutating func settleProbe(_ ref: StepRef, effect: Effect, output: JSONObject, then: RunEvent.AfterProbe) {
        self[ref].probes = effect == .unknown ? self[ref].probes + 1 : 0
        if effect != .unknown {
            self[ref].error?.effect = effect
            self[ref].mayHaveActed = false
        }
        switch then {
        case .adopt: complete(ref, output: output)
        case .execute(let attempt, let at): executeAgain(ref, attempt: attempt, at: at)
        case .probe(let at):
            self[ref].timer = at
            license(ref)
        case .compensate(let thisToo): giveUp(ref, self[ref].error, thisToo: thisToo)
        }
    }

    private mutating func executeAgain(_ ref: StepRef, attempt: Int, at: Timestamp) {
        self[ref].status = .suspended
        self[ref].attempt = attempt
        self[ref].isProbing = false
        self[ref].timer = at
        license(ref)
    }

    private mutating func giveUp(_ ref: StepRef, _ error: StepError?, thisToo: Bool) {
        if failure == nil, let error { failure = (ref, error) }
        let (isStopping, question) = (self[ref].isStopping, self[ref].question)
        unlive(ref)
        self[ref].status = .failed
        if isPastReturn(ref) { return halted.append(Halted(step: ref, question: question)) }
        if thisToo { note(ref) }
        if isStopping { settleStopping() } else { raise(from: ref) }
    }

    /// There is no way back, and nothing around it that would deal with a failure.
    func isPastReturn(_ ref: StepRef) -> Bool {
        guard hasPassedPivot else { return false }
        var at: StepRef? = ref
        while let step = at {
            if let parent = shape.parent(of: step), case .scope(_, let decision, _) = shape.nodes[parent.index].kind,
                decision != .compensateAll, containers[parent]?.isInElse == false
            {
                return false
            }
            at = shape.parent(of: step)
        }
        return true
    }

    /// It is left out: the run goes on without it, or waits with the others.
    private mutating func leaveHalted(_ ref: StepRef) {
        halted.removeAll { $0.step == ref }
        phase = .forward
        if containers[ref] != nil { close(ref) }
        guard let failed = failure?.step, failed == ref || shape.holds(ref, failed) else { return }
        failure = haltedSteps.lazy.compactMap { [self] step in self[step].error.map { (step: step, error: $0) } }.first
    }

    /// Whatever else the run could do is done.
    mutating func haltIfIdle() {
        guard !halted.isEmpty, phase == .forward, live.isEmpty, scopesInCompensation.isEmpty else { return }
        phase = .ended(.failed)
    }

    private mutating func giveUp(container ref: StepRef) {
        self[ref].status = .failed
        raise(from: ref)
    }

    /// A step has failed for good: what holds it decides.
    mutating func raise(from ref: StepRef) {
        guard let parent = shape.parent(of: ref) else {
            if hasPassedPivot { phase = .ended(.failed) } else { beginCompensating() }
            return
        }
        guard !isStopping, !isWithinStopping(parent) else { return settleStopping() }
        switch shape.nodes[parent.index].kind {
        case .call: break
        case .parallel(_, let onFailure), .forEach(_, _, let onFailure):
            containers[parent]?.hasFailed = true
            if onFailure == .wait {
                _ = branchEnded(of: parent)
            } else {
                containers[parent]?.isStopping = true
                stop { [shape] in shape.holds(parent, $0) }
                settleStopping()
            }
        case .saga:
            self[parent].status = .failed
            raise(from: parent)
        case .scope(_, let decision, _):
            guard decision != .compensateAll, containers[parent]?.isInElse == false else {
                self[parent].status = .failed
                return raise(from: parent)
            }
            compensate(scope: parent)
        }
    }

    // MARK: - Stopping

    /// Cancelled, or out of time.
    mutating func stopAll(atOnce: Bool) {
        isStopping = true
        if atOnce {
            for ref in live { leaveForward(ref) }
        } else {
            stop { _ in true }
        }
        settleStopping()
    }

    /// What is a question is not asked any more; what may be in a call is waited for.
    private mutating func stop(_ isMeant: (StepRef) -> Bool) {
        for ref in live where isMeant(ref) {
            if self[ref].question == nil { self[ref].isStopping = true } else { leaveForward(ref) }
        }
    }

    mutating func leave(_ ref: StepRef) {
        leaveForward(ref)
        settleStopping()
    }

    /// Stopped while no call is in progress. A step that may have begun its work is taken back too: a suspended one,
    /// one whose outcome nobody knows. One that waits for its next attempt left nothing, and one that was never called
    /// has no place in the ledger.
    mutating func leaveForward(_ ref: StepRef) {
        let record = self[ref]
        let wasReached = record.status != .running || record.isProbing
        let leftNothing = record.error?.effect == Effect.none && !record.mayHaveActed
        unlive(ref)
        if wasReached, !leftNothing, shape.isCall(ref) { note(ref) }
        self[ref].status = wasReached ? .failed : nil
    }

    private func isWithinStopping(_ ref: StepRef) -> Bool {
        containers[ref]?.isStopping == true
            || containers.contains { $0.value.isStopping && shape.holds($0.key, ref) }
    }

    /// What stops has stopped when none of its steps is gone on with any more.
    mutating func settleStopping() {
        if isStopping {
            if live.isEmpty, scopesInCompensation.isEmpty { beginCompensating() }
            return
        }
        let stopped = containers.filter { ref, container in
            container.isStopping && !live.contains { shape.holds(ref, $0) }
                && !scopesInCompensation.contains { shape.holds(ref, $0) }
        }
        // The innermost first: what it comes to may be what the next one waits for.
        guard let ref = stopped.keys.max(by: { $0.index < $1.index }) else { return }
        containers[ref]?.isStopping = false
        giveUp(container: ref)
    }

    var isStoppingSomething: Bool { isStopping || containers.contains { $0.value.isStopping } }

    func mayGoOn(_ ref: StepRef) -> Bool { !isStopping && !isWithinStopping(ref) }

    // MARK: - Woken

    mutating func wakeForSignal() {
        let waiting = live.filter { self[$0].timer != nil }
        let meant = waiting.filter { shape.nodes[$0.index].waitsForSignal }
        for ref in meant.isEmpty ? waiting : meant { wake(ref) }
    }

    mutating func wake(_ ref: StepRef) {
        self[ref].timer = nil
        license(ref)
    }
}
