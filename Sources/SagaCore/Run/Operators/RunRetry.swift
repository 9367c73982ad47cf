/// What a retry comes to, where the run stands.
public enum RunRetry: Sendable {
    /// The same run: it stops waiting, or takes up the compensations that failed.
    case again
    /// A new run of the same definition.
    case anew(Successor)

    /// A run that takes up an ended one.
    public struct Successor: Sendable {
        public let saga: Saga
        public let inputs: JSONValue
        /// Where it is to go on: the step's place from 0.
        public let from: Int
        /// What it begins with.
        public let adopted: [(event: RunEvent, image: PluginImage?)]

        public var preview: RetryPreview { RetryPreview(self) }
    }
}

extension RunView {
    /// Decides what a retry comes to.
    ///
    /// With `fromStep` an ended run is taken up by a new one, which adopts what still stands: the longest list of
    /// steps before that one, from the first on, that were completed and not taken back. What it does not adopt stays
    /// with the run that did it. With other inputs and no step nothing is adopted: it was made from the old ones.
    ///
    /// - Parameter inputs: all of them; nil: those the run had.
    public func retry(fromStep: String?, inputs: JSONValue?) throws(RunRefusal) -> RunRetry {
        guard let saga, let machine else { throw RunRefusal(.unreadable, run: row.id) }
        let index = try fromStep.map { step throws(RunRefusal) in try self.index(of: step, saga) }
        guard row.status.isEnded, machine.isEnded else {
            guard inputs == nil else { throw RunRefusal(.inputsOfOpenRun, run: row.id) }
            if let index, let fromStep { try checkStandsAt(index, fromStep, saga, machine) }
            return .again
        }
        if index == nil, inputs == nil { return try retryOfEnded(machine) }
        return .anew(try successor(from: index ?? 0, inputs, saga, machine))
    }

    private func index(of step: String, _ saga: Saga) throws(RunRefusal) -> Int {
        if let index = saga.steps.firstIndex(where: { $0.id == step }) { return index }
        throw RunRefusal(.noStep(step, known: saga.steps.map(\.id)), run: row.id)
    }

    private func checkStandsAt(
        _ index: Int, _ step: String, _ saga: Saga, _ machine: RunMachine
    ) throws(RunRefusal) {
        guard let current = saga.step(of: machine.afterWaiting) else { return }
        let isForward = machine.status == .running
        guard !isForward || current.number - 1 != index else { return }
        let place = isForward ? "step \"\(current.id)\"" : "the compensation of step \"\(current.id)\""
        throw RunRefusal(.notAtStep(step, at: place), run: row.id)
    }

    private func retryOfEnded(_ machine: RunMachine) throws(RunRefusal) -> RunRetry {
        guard row.status == .failed else { throw RunRefusal(.ended(row.status, verb: .retry), run: row.id) }
        if machine.stepsToTakeBack.isEmpty, let other = machine.steps.lazy.compactMap(\.givenTo).first {
            throw RunRefusal(.given(to: other, verb: .retry), run: row.id)
        }
        return .again
    }

    private func successor(
        from index: Int, _ inputs: JSONValue?, _ saga: Saga, _ machine: RunMachine
    ) throws(RunRefusal) -> RunRetry.Successor {
        if let other = machine.steps[..<index].lazy.compactMap(\.givenTo).first {
            throw RunRefusal(.given(to: other, verb: .retry), run: row.id)
        }
        let inputs = try inputs.map { given throws(RunRefusal) in try checked(given, saga.inputs) } ?? row.inputs
        let adopted = machine.steps[..<index].indices.prefix(while: machine.stands).map { step in
            (adoption(of: step, machine.steps[step], by: inputs), machine.steps[step].executedBy)
        }
        return RunRetry.Successor(saga: saga, inputs: inputs, from: index, adopted: adopted)
    }

    private func checked(_ inputs: JSONValue, _ schema: JSONSchema) throws(RunRefusal) -> JSONValue {
        let filled = schema.fillingDefaults(in: inputs)
        let violations = schema.violations(of: filled)
        guard violations.isEmpty else {
            throw RunRefusal(.inputs(violations, names: schema.propertyNames), run: row.id)
        }
        return filled
    }

    private func adoption(of step: Int, _ record: RunMachine.StepRecord, by inputs: JSONValue) -> RunEvent {
        let executed = record.execution?.inputs ?? row.inputs
        return .stepAdopted(
            step: step, attempt: record.attempt, output: record.output ?? [:], checkpoint: record.checkpoint,
            execution: RunEvent.Execution(
                run: record.execution?.run ?? row.id, inputs: executed == inputs ? nil : executed))
    }
}
