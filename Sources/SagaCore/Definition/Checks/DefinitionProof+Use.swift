/// What is written and never of use.
extension DefinitionProof {
    /// Definitions that no step of the saga leads to.
    ///
    /// - Parameter others: those that were read without any step that names them.
    static func unused(_ others: [SagaDefinition], in document: JSONDocument) -> [DefinitionError] {
        others.map { other in
            let name = other.at.tokens.last ?? ""
            let position = document.position(ofKey: other.at)
            return DefinitionError(.proof(.unusedDefinition(name)), at: other.at, position: position)
        }
    }

    /// Inputs that no expression reads.
    mutating func proveInputs(_ saga: CheckedSaga) {
        let read = saga.expressions.flatMap(\.expression.references)
        // Some read them all.
        guard !read.contains(where: { $0.path.isEmpty || $0.root == "inputs" && $0.names.isEmpty }) else { return }
        let names = Set(read.filter { $0.root == "inputs" }.compactMap(\.names.first))
        let place = saga.written.at.appending("inputs").appending("properties")
        for name in saga.written.inputs.propertyNames where !names.contains(name) {
            let at = place.appending(name)
            if isWritten(at) { note(.unusedInput(name), at: at, key: true) }
        }
    }

    /// What says how to take back what is never taken back.
    mutating func proveCompensations(_ saga: CheckedSaga) {
        for step in saga.everyStep where step.step.isCall {
            let at = step.written.at.appending("compensation")
            guard isWritten(at), step.written.compensation.uses == nil, let operation = step.step.operation,
                !operation.isCompensable, !operation.isIrreversible
            else { continue }
            note(.uselessCompensation(step: step.id, operation: operation.name), at: at, key: true)
        }
    }

    /// Scopes that say what to do when one of their steps fails, where none can.
    mutating func proveScopes(_ saga: CheckedSaga) {
        for step in saga.everyStep {
            guard case .scope = step.step.form, let body = step.lists.first, !body.isEmpty,
                !body.contains(where: \.mayFail)
            else { continue }
            for key in ["else", "on_failure"] where isWritten(step.written.at.appending(key)) {
                note(.nothingCanFail(scope: step.id, key: key), at: step.written.at.appending(key), key: true)
                break
            }
        }
    }
}

extension CheckedStep {
    /// False only where it is certain: nothing but waiting for a time that is written there.
    var mayFail: Bool {
        if let when = step.when, case .literal = when {} else if step.when != nil { return true }
        switch step.form {
        case .call: return !isPlainWait
        case .parallel: return lists.joined().contains(where: \.mayFail)
        case .forEach(let each):
            let isKnown = if case .literal(.array) = each.items { true } else { false }
            return !isKnown || each.output != nil || lists.joined().contains(where: \.mayFail)
        case .scope(_, let failure, _):
            if case .compensateScope = failure { return lists.dropFirst().joined().contains(where: \.mayFail) }
            return lists.first?.contains(where: \.mayFail) ?? true
        case .saga: return true
        }
    }

    private var isPlainWait: Bool {
        guard step.uses == SignalOperations.wait, case .literal(let with) = step.with, step.timeoutSeconds == nil,
            step.totalTimeoutSeconds == nil
        else { return false }
        if let until = with["until"] { return until.stringValue.flatMap { Timestamp(rfc3339: $0) } != nil }
        return waitedSeconds != nil
    }

    /// Seconds that it waits, where that is what it does and they are written there.
    var waitedSeconds: Double? {
        guard step.uses == SignalOperations.wait, case .literal(let with) = step.with, with["until"] == nil else {
            return nil
        }
        return with["seconds"]?.doubleValue.flatMap { $0 >= 0 ? $0 : nil }
    }
}
