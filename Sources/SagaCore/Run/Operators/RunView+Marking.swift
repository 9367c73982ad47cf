extension RunView {
    /// The step that an operator may say to have taken back by hand: its compensation failed, or
    /// the run waits for the next attempt at it.
    public func stepToMark(_ stepID: String) throws(RunRefusal) -> StepRef {
        guard let saga, let machine else { throw RunRefusal(.unreadable, run: row.id) }
        guard let step = saga.labels.ref(stepID) else {
            throw RunRefusal(.noStep(stepID, known: saga.labels.patterns), run: row.id)
        }
        let record = machine[step]
        if let other = record.givenTo { throw RunRefusal(.given(to: other, verb: .mark), run: row.id) }
        switch row.status {
        case .completed, .rolledBack: throw RunRefusal(.ended(row.status, verb: .mark), run: row.id)
        case .failed where record.status == .compensationFailed: return step
        case .compensating where record.status == .compensating:
            guard machine.pending.contains(where: { $0.action.step == step && $0.from != nil }) else {
                throw RunRefusal(.inCompensation(step: stepID), run: row.id)
            }
            return step
        default: throw RunRefusal(.notFailed(step: stepID, record.status), run: row.id)
        }
    }
}
