/// Writing down what happens in a run, before anything follows from it.
extension Runner {
    func apply(_ event: RunEvent, image: PluginImage?, to run: ActiveRun) -> Bool {
        let now = clock.now
        do throws(IllegalEvent) {
            try run.machine.apply(event, by: image, at: now)
        } catch {
            setAside(run, reason: "internal: \(error.event) does not fit a run that is \(error.state)")
            return false
        }
        run.unwritten.append(StoredEvent(sequence: run.machine.sequence, event: event, image: image, at: now))
        if let image, run.images.note(image) { run.hasNewImages = true }
        return true
    }

    /// True when it is durable; else the run goes on when the store says so.
    func write(of run: ActiveRun) -> Bool {
        faults?.reached(.beforeWrite)
        run.beginWrite()
        guard let result = store.write(.append(run.key!, run.unwritten, rowChange(of: run)), for: run) else {
            return false
        }
        run.endWrite()
        return settle(run, result)
    }

    /// The run's row changes only when its status does, a timer is set or gone, or an operator has it wait.
    private func rowChange(of run: ActiveRun) -> RowChange? {
        let (status, wakeAt) = (run.machine.status, run.wakeAt)
        let waits = RunWait(run.machine.waits(of: run.saga))
        let granted = run.unwritten.reduce(into: RunRequests()) { $0.formUnion($1.event.grants) }
        guard
            status != run.storedStatus || wakeAt != run.storedWake || run.machine.pauseReason != run.storedPause
                || waits != run.storedWaits || !granted.isEmpty || run.hasNewImages
        else { return nil }
        run.storedStatus = status
        run.storedPause = run.machine.pauseReason
        run.storedWake = wakeAt
        run.storedWaits = waits
        var change = run.machine.rowChange(saga: run.saga, at: clock.now)
        change.wakeAt = wakeAt
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
            }
            // Only now: until its outcome is durable, a call counts as begun.
            for slot in run.settledSlots { marks.release(slot) }
            run.settledSlots.removeAll(keepingCapacity: true)
            let events = run.unwritten
            run.unwritten.removeAll(keepingCapacity: true)
            observer?.run(run.id, of: run.saga, did: events, now: run.machine)
            faults?.reached(.afterWrite)
            return true
        case .failure(let error) where error.code == "taken" || error.code == "duplicate_key":
            // It concerns this run alone: another host has it, or there is one like it.
            release(run)
            observer?.run(run.id, isBlocked: error.message)
            leave()
            return false
        case .failure(let error):
            // What was not written did not happen: the run is taken up from the store, after a restart.
            fail(error)
            return false
        }
    }

    /// From a thread that is in the call.
    func writeCheckpoint(_ checkpoint: JSONValue, of call: ActiveCall, in run: ActiveRun) throws {
        try run.borrow {
            // One that was given up meanwhile has nothing to say of the attempt that came after it.
            guard run.calls[call.ref] === call else { throw CallIsOver() }
            let event = RunEvent.checkpointed(step: call.ref, checkpoint: checkpoint)
            var machine = run.machine
            let now = clock.now
            try machine.apply(event, at: now)
            let stored = StoredEvent(sequence: machine.sequence, event: event, image: nil, at: now)
            faults?.reached(.beforeWrite)
            _ = try store.writeAndWait(.append(run.key!, [stored], nil))
            run.machine = machine
            observer?.run(run.id, of: run.saga, did: [stored], now: run.machine)
            faults?.reached(.afterWrite)
        }
    }
}

/// What a call says that the run has taken leave of.
private struct CallIsOver: Error {}

extension ActiveRun {
    /// When its time is over, as long as that has a meaning.
    var deadline: Timestamp? {
        guard let seconds = saga.timeoutSeconds, machine.status == .running, !machine.isCancelled,
            !machine.hasPassedPivot
        else { return nil }
        return createdAt + Int64(seconds * 1000)
    }

    /// When the step of an action has to be done, all its attempts and waits together.
    func timeLimit(of action: RunMachine.Action) -> Timestamp? {
        guard case .execute(let ref, _) = action, let seconds = saga.steps[ref.index].totalTimeoutSeconds,
            let begun = machine[ref].begunAt
        else { return nil }
        return begun + Int64(seconds * 1000)
    }

    /// The moment the run waits for; nil when it does not wait.
    var wakeAt: Timestamp? {
        guard case .wait(let moment) = machine.next else { return nil }
        let limits = machine.pending.compactMap { timeLimit(of: $0.action) }
        return ([moment] + limits + (deadline.map { [$0] } ?? [])).min()
    }

    /// Something in it stops while calls of it may be in progress.
    var stopsCalls: Bool { !calls.isEmpty && machine.isStoppingSomething }
}

extension RunMachine {
    /// The moment the run waits for; nil when it does not wait.
    var wakeAt: Timestamp? {
        if case .wait(let moment) = next { moment } else { nil }
    }

    /// The run's row, as it follows from where the run stands.
    public func rowChange(saga: Saga, at now: Timestamp) -> RowChange {
        RowChange(
            status: status, wakeAt: wakeAt,
            error: status == .running || status == .completed ? nil : errorJSON(saga), paused: pauseReason,
            waits: RunWait(waits(of: saga)), finishedAt: status.isEnded ? now : nil, clears: status.isEnded ? .all : [])
    }

    /// Why a run is taken back or failed: the first failure, the cancel, or that it was abandoned; nil when there is
    /// none.
    public func errorJSON(_ saga: Saga) -> JSONValue? {
        let end = abandonReason.map { "; then it was abandoned: \($0)" } ?? ""
        if let failure {
            let (step, label) = (saga.steps[failure.step.index], saga.labels[failure.step])
            let what = step.isCall ? " (\(step.uses))" : ""
            var error: JSONObject = [
                "code": .string(failure.error.code),
                "message": .string("step \"\(label)\"\(what) failed: \(failure.error.message)\(end)"),
                "step_id": .string(label), "effect": .string(failure.error.effect.rawValue),
            ]
            if failure.error.remoteStatus != 0 { error["remote_status"] = .int(Int64(failure.error.remoteStatus)) }
            error["detail"] = failure.error.detail
            error["hint"] = failure.error.hint.map(JSONValue.string)
            return .object(error)
        }
        if isOverdue {
            let seconds = saga.timeoutSeconds.map { " its \(JSONValue($0)?.text ?? "") s" } ?? " its time"
            return ["code": "deadline", "message": .string("the run took longer than\(seconds)\(end)")]
        }
        if let cancelReason { return ["code": "cancelled", "message": .string("cancelled: \(cancelReason)\(end)")] }
        return abandonReason.map { ["code": "abandoned", "message": .string("abandoned: \($0)")] }
    }
}
