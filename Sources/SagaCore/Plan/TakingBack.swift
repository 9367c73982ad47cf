/// What becomes of a step when what was done is taken back.
enum TakingBack: String {
    case compensate
    case nothingToDo = "nothing_to_do"
    /// The definition says to leave it.
    case keep
    case irreversible
}

extension Step {
    /// A plugin that is away counts as one that can: it is asked when it is back.
    ///
    /// - Parameter isDone: it was completed, so what is irreversible has happened.
    func takingBack(isDone: Bool) -> TakingBack {
        if compensation.skip { return .keep }
        guard compensation.uses == nil, let operation, !operation.isCompensable else { return .compensate }
        return operation.isIrreversible && isDone ? .irreversible : .nothingToDo
    }
}
