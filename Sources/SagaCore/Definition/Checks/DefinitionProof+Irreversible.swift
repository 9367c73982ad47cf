/// What cannot be taken back should be the last to be done: where something may fail after it, or beside it, a run ends
/// half done.
extension DefinitionProof {
    mutating func proveIrreversible(_ saga: CheckedSaga) {
        // After a pivot nothing is taken back, so nothing is left half done.
        let pivot = saga.steps.firstIndex { $0.step.isPivot && $0.step.when == nil } ?? saga.steps.endIndex
        proveIrreversible(Array(saga.steps.prefix(pivot)), Neighbours(next: saga.steps.dropFirst(pivot).first?.id))
    }

    /// Steps that may fail while or after something is done.
    private struct Neighbours {
        /// Comes later.
        var next: String?
        /// In another branch.
        var beside: String?
        /// The loop whose other items they are.
        var loop: String?
    }

    private mutating func proveIrreversible(_ list: [CheckedStep], _ around: Neighbours) {
        for (step, next) in zip(list, Self.next(after: list, orElse: around.next)) {
            var here = around
            here.next = next
            guard !step.step.isCall else {
                note(step, here)
                continue
            }
            if case .forEach(let each) = step.step.form, each.mayHaveSeveral { here.loop = step.id }
            if let saga = step.saga { proveIrreversible(saga.steps, here) }
            let failing = step.failingByList
            for (number, list) in step.lists.enumerated() {
                var inner = here
                inner.beside = failing.first { $0.list != number }?.id ?? here.beside
                proveIrreversible(list, inner)
            }
        }
    }

    /// For each step of a list the one after it that may fail first.
    private static func next(after list: [CheckedStep], orElse last: String?) -> [String?] {
        var next = last
        return list.reversed().map { step in
            defer { if step.mayFail { next = step.id } }
            return next
        }.reversed()
    }

    private mutating func note(_ step: CheckedStep, _ around: Neighbours) {
        guard let operation = step.step.operation, step.step.cannotBeTakenBack, !step.step.compensation.skip,
            !step.step.isPivot
        else { return }
        let (id, at) = (step.id, step.written.at)
        if let next = around.next {
            let fact = DefinitionError.Fact.irreversibleNotLast(step: id, operation: operation.name, next: next)
            note(fact, at: at)
        } else if let other = around.beside {
            note(.irreversibleBeside(step: id, operation: operation.name, other: other), at: at)
        } else if let loop = around.loop {
            note(.irreversibleInLoop(step: id, operation: operation.name, loop: loop), at: at)
        }
    }
}

extension CheckedStep {
    /// Of branches the first step of each that may fail.
    fileprivate var failingByList: [(list: Int, id: String)] {
        guard case .parallel = step.form else { return [] }
        return lists.enumerated().compactMap { number, list in
            list.first(where: \.mayFail).map { (number, $0.id) }
        }
    }
}

extension ForEach {
    fileprivate var mayHaveSeveral: Bool {
        if case .literal(let value) = items { return (value.arrayValue?.count ?? 2) > 1 }
        return true
    }
}
