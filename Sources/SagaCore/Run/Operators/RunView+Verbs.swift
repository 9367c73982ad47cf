/// What stands in the way of what operators ask of a run.
extension RunView {
    private func readable(for verb: RunRefusal.Verb) throws(RunRefusal) -> (Saga, RunMachine) {
        if row.status.isEnded { throw RunRefusal(.ended(row.status, verb: verb), run: row.id) }
        return try read()
    }

    /// A run that nobody can read is left alone.
    private func read() throws(RunRefusal) -> (Saga, RunMachine) {
        guard let saga, let machine else { throw RunRefusal(.unreadable, run: row.id) }
        return (saga, machine)
    }

    public func checkCancel() throws(RunRefusal) {
        if row.status == .compensating { throw RunRefusal(.beingTakenBack, run: row.id) }
        if row.status.isEnded { throw RunRefusal(.ended(row.status, verb: .cancel), run: row.id) }
    }

    public func checkAbandon() throws(RunRefusal) {
        if row.status.isEnded { throw RunRefusal(.ended(row.status, verb: .abandon), run: row.id) }
    }

    public func checkPause() throws(RunRefusal) {
        let (_, machine) = try readable(for: .pause)
        if let reason = machine.pauseReason, row.wishes.resume == nil {
            throw RunRefusal(.paused(reason), run: row.id)
        }
    }

    /// A pause that was not heard yet can be taken back, too.
    public func checkResume() throws(RunRefusal) {
        let (_, machine) = try readable(for: .resume)
        guard machine.pauseReason != nil || row.wishes.pause != nil else {
            throw RunRefusal(.notPaused(row.status), run: row.id)
        }
    }

    /// The step that an operator may leave out: the run waits with it, or ended with it past its pivot.
    public func stepToSkip(_ stepID: String) throws(RunRefusal) -> StepRef {
        let hasHalted = row.status == .failed && machine?.haltedSteps.isEmpty == false
        let (saga, machine) = hasHalted ? try read() : try readable(for: .skip)
        guard let step = saga.labels.ref(stepID) else {
            throw RunRefusal(.noStep(stepID, known: saga.labels.patterns), run: row.id)
        }
        if hasHalted { try checkSkip(ofHalted: step, stepID, saga, machine) }
        guard machine.canSkip(step) else {
            throw RunRefusal(.notWaiting(step: stepID, machine[step].status), run: row.id)
        }
        return step
    }

    private func checkSkip(
        ofHalted step: StepRef, _ stepID: String, _ saga: Saga, _ machine: RunMachine
    ) throws(RunRefusal) {
        guard machine.isHalted(step) else { throw RunRefusal(.ended(row.status, verb: .skip), run: row.id) }
        let left = machine.left(inHalted: step)
        guard left.isEmpty else {
            throw RunRefusal(.holdsLeftovers(step: stepID, left: left.map { saga.labels[$0] }), run: row.id)
        }
    }
}
