/// What stands in the way of what operators ask of a run.
extension RunView {
    /// A run that nobody can read is left alone.
    private func readable(for verb: RunRefusal.Verb) throws(RunRefusal) -> (Saga, RunMachine) {
        if row.status.isEnded { throw RunRefusal(.ended(row.status, verb: verb), run: row.id) }
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

    /// The step that an operator may leave out: the run waits with it.
    public func stepToSkip(_ stepID: String) throws(RunRefusal) -> StepRef {
        let (saga, machine) = try readable(for: .skip)
        guard let step = saga.labels.ref(stepID) else {
            throw RunRefusal(.noStep(stepID, known: saga.labels.patterns), run: row.id)
        }
        guard machine.canSkip(step) else {
            throw RunRefusal(.notWaiting(step: stepID, machine[step].status), run: row.id)
        }
        return step
    }
}
