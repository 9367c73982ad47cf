/// The way back: what was done is taken back, the newest first, and what operators do by hand.
extension RunMachine {
    /// Everything the run did, in whatever it was under way.
    mutating func beginCompensating() {
        let open = containers.values.flatMap(\.ledger)
        if !open.isEmpty { ledger = sorted(ledger + open) }
        endContainers { _ in true }
        isStopping = false
        phase = .compensating
        showCompensation(of: nil)
    }

    /// A scope alone.
    mutating func compensate(scope: StepRef) {
        let within = containers.filter { shape.holds(scope, $0.key) }
        let open = within.values.flatMap(\.ledger)
        let all = sorted((containers[scope]?.ledger ?? []) + open)
        containers[scope]?.ledger = all
        endContainers { [shape] in shape.holds(scope, $0) }
        halted.removeAll { shape.holds(scope, $0.step) }
        self[scope].status = .compensating
        scopesInCompensation.append(scope)
        showCompensation(of: scope)
    }

    private mutating func endContainers(_ isMeant: (StepRef) -> Bool) {
        for ref in containers.keys where isMeant(ref) {
            containers[ref] = nil
            if self[ref].status == .running { self[ref].status = .failed }
        }
    }

    private func ledger(of unit: StepRef?) -> [StepRef] { unit.map { containers[$0]?.ledger ?? [] } ?? ledger }

    /// Begins with the next one; after the last one the unit is taken back.
    private mutating func showCompensation(of unit: StepRef?) {
        if let step = ledger(of: unit).last {
            self[step].status = .compensating
            self[step].timer = nil
            return license(step)
        }
        if let unit { scopeIsTakenBack(unit) } else { isTakenBack() }
    }

    private mutating func isTakenBack() {
        markContainers()
        let hasFailed = unsortedRecords.contains { self[$0].status == .compensationFailed }
        phase = .ended(hasFailed ? .failed : .rolledBack)
    }

    /// What holds others is as they are.
    private mutating func markContainers() {
        for ref in unsortedRecords where shape.isCall(ref) && self[ref].status == .compensated {
            var at = shape.parent(of: ref)
            while let parent = at, self[parent].status != .compensated {
                self[parent].status = .compensated
                at = shape.parent(of: parent)
            }
        }
    }

    private mutating func scopeIsTakenBack(_ scope: StepRef) {
        scopesInCompensation.removeAll { $0 == scope }
        rebuildContext()
        guard mayGoOn(scope) else {
            self[scope].status = .compensated
            containers[scope] = nil
            return settleStopping()
        }
        self[scope].question = .afterScope
        if !isLive(scope) { live.append(scope) }
        license(scope)
    }

    private mutating func drop(_ step: StepRef, of unit: StepRef?) {
        self[step].timer = nil
        if let unit { containers[unit]?.ledger.removeLast() } else { ledger.removeLast() }
    }

    mutating func finishCompensation(of step: StepRef, _ attempt: Int, _ how: RunEvent.Compensated) {
        guard let unit = unit(compensating: step) else { return }
        self[step].status = status(of: step, after: how)
        if how == .called { self[step].compensationAttempt = attempt }
        // What went wrong with taking it back is over; why the step itself failed is still true.
        if self[step].output != nil { self[step].error = nil }
        drop(step, of: unit)
        showCompensation(of: unit)
    }

    /// A step that was left out by hand, and of which there was nothing to take back, was left out.
    private func status(of step: StepRef, after how: RunEvent.Compensated) -> StepStatus {
        if self[step].skipReason != nil, how != .called { return .skipped }
        return how == .kept ? .completed : .compensated
    }

    mutating func failCompensation(
        of step: StepRef, attempt: Int, error: StepError, then: RunEvent.AfterCompensationFailure
    ) {
        guard let unit = unit(compensating: step) else { return }
        self[step].error = error
        switch then {
        case .compensate(let next, let at):
            self[step].compensationAttempt = next
            self[step].timer = at
            license(step)
        case .giveUp:
            self[step].compensationAttempt = attempt
            self[step].status = .compensationFailed
            drop(step, of: unit)
            showCompensation(of: unit)
        case .halt:
            self[step].compensationAttempt = attempt
            self[step].status = .compensationFailed
            drop(step, of: unit)
            if let unit, hasPassedPivot { return halt(scope: unit) }
            // What a scope began to take back is the run's to finish.
            if unit != nil { ledger = sorted(ledger + containers.values.flatMap(\.ledger)) }
            endForward()
            phase = .ended(.failed)
        }
    }

    /// Past the pivot only the scope stops, with what it has not taken back yet.
    private mutating func halt(scope: StepRef) {
        scopesInCompensation.removeAll { $0 == scope }
        self[scope].status = .failed
        halted.append(Halted(step: scope, question: .afterScope))
        settleStopping()
    }

    /// What follows when a scope was taken back.
    mutating func settleScope(_ scope: StepRef, then: RunEvent.AfterScope) {
        guard case .scope(let head, _, let otherwise) = shape.nodes[scope.index].kind else { return }
        unlive(scope)
        switch then {
        case .again(let attempt, let at):
            failure = nil
            for ref in items.keys where shape.holds(scope, ref) { items[ref] = nil }
            self[scope].status = .running
            containers[scope] = Container(attempt: attempt)
            start(StepRef(head, item: scope.item))
            for ref in live where shape.holds(scope, ref) { self[ref].timer = at }
        case .otherwise:
            failure = nil
            self[scope].status = .running
            containers[scope] = Container(isInElse: true)
            if case .list(let head) = otherwise {
                start(StepRef(head, item: scope.item))
            } else {
                complete(scope, output: [:])
            }
        case .fail:
            self[scope].status = .failed
            if isPastReturn(scope) { return halted.append(Halted(step: scope, question: .afterScope)) }
            containers[scope] = nil
            raise(from: scope)
        }
    }

    /// How often the scope was begun.
    public func attempt(ofScope scope: StepRef) -> Int { containers[scope]?.attempt ?? 1 }
    /// What of the scope could not be taken back.
    func leftovers(in scope: StepRef) -> [StepRef] {
        unsortedRecords.filter { shape.holds(scope, $0) && self[$0].status == .compensationFailed }
    }
    /// It was begun often enough; but an operator may say that it is begun once more.
    func isGranted(_ scope: StepRef) -> Bool { containers[scope]?.isGranted ?? false }

    // MARK: - By hand

    mutating func retry() {
        guard phase == .ended(.failed) else {
            for ref in live where self[ref].timer != nil { wake(ref) }
            for unit in scopesInCompensation.map({ $0 as StepRef? }) + (phase == .compensating ? [nil] : []) {
                wake(currentCompensation(of: unit).step)
            }
            return
        }
        guard halted.isEmpty else { return goOnWithHalted() }
        // The ones that failed come back on top of those a halt left alone, the newest step first, with fresh attempts.
        let failed = failedCompensations
        for step in failed { self[step].compensationAttempt = 0 }
        ledger = sorted(ledger + failed)
        beginCompensating()
    }

    private mutating func goOnWithHalted() {
        let waiting = halted
        (phase, halted) = (.forward, [])
        // Why a scope is taken back stays true until it is begun again.
        if !waiting.contains(where: { $0.question == .afterScope }) { failure = nil }
        for one in waiting {
            switch one.question {
            case .afterScope: goOn(withScope: one.step)
            case let question?:
                self[one.step].status = .running
                ask(one.step, question)
            case nil:
                self[one.step].status = .suspended
                self[one.step].attempt += 1
                self[one.step].begunAt = time
                goLive(one.step)
            }
        }
    }

    /// What is left of it is taken back first; then it is settled, and begun once more if that is what there is.
    private mutating func goOn(withScope scope: StepRef) {
        let failed = leftovers(in: scope)
        for step in failed { self[step].compensationAttempt = 0 }
        let ledger = sorted(ledger(of: scope) + failed)
        containers[scope]?.ledger = ledger
        containers[scope]?.isGranted = true
        self[scope].status = .compensating
        scopesInCompensation.append(scope)
        showCompensation(of: scope)
    }

    mutating func mark(_ step: StepRef, reason: String) {
        self[step].markReason = reason
        if self[step].output != nil { self[step].error = nil }
        if phase == .ended(.failed) {
            self[step].status = .compensated
            if !hasPassedPivot, stepsToTakeBack.isEmpty { phase = .ended(.rolledBack) }
        } else if let unit = unit(compensating: step) {
            self[step].status = .compensated
            drop(step, of: unit)
            showCompensation(of: unit)
        }
    }

    mutating func abandon(_ reason: String) {
        for unit in scopesInCompensation.map({ $0 as StepRef? }) + (phase == .compensating ? [nil] : []) {
            leaveCompensation(of: unit)
        }
        for ref in live { leaveForward(ref) }
        ledger = sorted(ledger + containers.values.flatMap(\.ledger))
        endForward()
        halted = []
        abandonReason = reason
        phase = .ended(.failed)
    }

    private mutating func endForward() {
        for ref in live { leaveForward(ref) }
        endContainers { _ in true }
        scopesInCompensation = []
        isStopping = false
        pauseReason = nil
    }

    /// The step that was being taken back is not, which a person should see; the others wait as after a halt.
    private mutating func leaveCompensation(of unit: StepRef?) {
        let step = currentCompensation(of: unit).step
        drop(step, of: unit)
        self[step].status = .compensationFailed
        if self[step].error == nil {
            self[step].error = StepError(
                code: StepError.HostCode.abandoned, message: "the run was abandoned before it was taken back",
                effect: .unknown)
        }
    }

    // MARK: - From run to run

    mutating func adopt(
        _ step: StepRef, _ attempt: Int, _ output: JSONObject, _ checkpoint: JSONValue?,
        _ execution: RunEvent.Execution
    ) {
        let isWithin = shape.parent(of: step) != nil
        self[step].attempt = attempt
        self[step].checkpoint = checkpoint
        self[step].execution = execution
        if isWithin {
            self[step].status = .completed
            self[step].output = output
            order += 1
            self[step].order = order
            if !execution.isKnown { ledger.append(step) }
        } else {
            for ref in live where shape.holds(step, ref) && self[ref].output == nil { self[ref].status = nil }
            live.removeAll { shape.holds(step, $0) }
            containers = containers.filter { $0.key != step && !shape.holds(step, $0.key) }
            complete(step, output: output)
        }
    }

    mutating func give(_ count: Int, to run: RunID) {
        for ref in records where ref.index < count && self[ref].status != nil { self[ref].givenTo = run }
        ledger.removeAll { $0.index < count }
        // It goes on there.
        halted = []
    }

    var stateInWords: String {
        switch phase {
        case .forward: live.map(inWords).joined(separator: "; ")
        case .compensating:
            "compensating step \(currentCompensation(of: nil).step.index + 1), attempt \(currentCompensation(of: nil).attempt)"
        case .ended(let status): "ended \(status.rawValue)"
        }
    }

    private func inWords(_ ref: StepRef) -> String {
        let item = ref.itemText.map { " of item \($0)" } ?? ""
        return "executing step \(ref.index + 1)\(item), attempt \(self[ref].attempt)"
            + (self[ref].isProbing ? ", probing" : "")
    }
}
