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
        /// How many of the list's steps that are.
        public let reused: Int
        /// Steps of the list that the old run did and the new one does once more: what they did stays the old
        /// one's. Their places among all steps.
        public let left: Set<Int>
        /// The first step that is not adopted: its place among all steps.
        public var boundary: Int { reused < saga.body.count ? saga.body[reused] : saga.steps.count }

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
            if let reason = machine.pauseReason { throw RunRefusal(.paused(reason), run: row.id) }
            guard inputs == nil else { throw RunRefusal(.inputsOfOpenRun, run: row.id) }
            if let index, let fromStep { try checkStandsAt(index, fromStep, saga, machine) }
            return .again
        }
        if index == nil, inputs == nil { return try retryOfEnded(machine) }
        return .anew(try successor(from: index ?? 0, inputs, saga, machine))
    }

    func index(of step: String, _ saga: Saga) throws(RunRefusal) -> Int {
        if let index = saga.body.first(where: { saga.steps[$0].id == step }) { return index }
        let holder = saga.body.last { index in
            saga.shape.nodes[index].range.contains { saga.steps[$0].id == step }
                || saga.labels.ref(step).map { saga.shape.nodes[index].range.contains($0.index) } == true
        }
        if let holder { throw RunRefusal(.stepWithin(step, holder: saga.steps[holder].id), run: row.id) }
        throw RunRefusal(.noStep(step, known: saga.body.map { saga.steps[$0].id }), run: row.id)
    }

    private func checkStandsAt(
        _ index: Int, _ step: String, _ saga: Saga, _ machine: RunMachine
    ) throws(RunRefusal) {
        guard let current = machine.afterWaiting.step else { return }
        let isForward = machine.status == .running
        let isThere = machine.pending.contains { action, _ in
            action.step.map { saga.shape.nodes[index].range.contains($0.index) } ?? false
        }
        guard !isForward || !isThere else { return }
        let label = saga.labels[current]
        let place = isForward ? "step \"\(label)\"" : "the compensation of step \"\(label)\""
        throw RunRefusal(.notAtStep(step, at: place), run: row.id)
    }

    private func retryOfEnded(_ machine: RunMachine) throws(RunRefusal) -> RunRetry {
        guard row.status == .failed else { throw RunRefusal(.ended(row.status, verb: .retry), run: row.id) }
        if machine.stepsToTakeBack.isEmpty || machine.hasPassedPivot,
            let other = machine.steps.lazy.compactMap(\.givenTo).first
        {
            throw RunRefusal(.given(to: other, verb: .retry), run: row.id)
        }
        guard machine.canBeTakenUp else { throw RunRefusal(.abandonedPastPivot, run: row.id) }
        return .again
    }

    private func successor(
        from index: Int, _ inputs: JSONValue?, _ saga: Saga, _ machine: RunMachine
    ) throws(RunRefusal) -> RunRetry.Successor {
        if let other = machine.steps[..<index].lazy.compactMap(\.givenTo).first {
            throw RunRefusal(.given(to: other, verb: .retry), run: row.id)
        }
        let inputs = try inputs.map { given throws(RunRefusal) in try checked(given, saga.inputs) } ?? row.inputs
        let list = saga.body.prefix { $0 < index }.prefix { machine.stands(StepRef($0)) }
        let left = saga.body.dropFirst(list.count).filter {
            machine.stands(StepRef($0)) && machine[StepRef($0)].status == .completed
        }
        return RunRetry.Successor(
            saga: saga, inputs: inputs, from: index, adopted: try adoptions(list, saga, machine, by: inputs),
            reused: list.count, left: Set(left))
    }

    /// Of the list's steps, as far as they stand, with what was done within each, in the order in which it was done.
    ///
    /// - Parameter asKnown: they stay this run's, or whosever they are.
    func adoptions(
        _ list: ArraySlice<Int>, _ saga: Saga, _ machine: RunMachine, by inputs: JSONValue, asKnown: Bool = false
    ) throws(RunRefusal) -> [(event: RunEvent, image: PluginImage?)] {
        try checkAgreements(in: list, of: saga, to: inputs)
        var adopted: [(event: RunEvent, image: PluginImage?)] = []
        for index in list {
            let ref = StepRef(index)
            for holder in machine.records where holder == ref || saga.shape.holds(ref, holder) {
                if let items = machine.lists[holder] { adopted.append((.itemsListed(step: holder, items: items), nil)) }
                if let inputs = machine.entered[holder] {
                    adopted.append((.sagaEntered(step: holder, inputs: inputs), nil))
                }
            }
            let within = machine.records.filter {
                saga.shape.holds(ref, $0) && saga.shape.isCall($0)
                    && (asKnown ? machine.isFact($0) : machine.stands($0))
            }
            for step in machine.sorted(within) where machine[step].status == .completed {
                adopted.append((adoption(of: step, machine[step], by: inputs, asKnown), machine[step].executedBy))
            }
            if machine[ref].status == .skipped {
                adopted.append((.stepSkipped(step: ref, reason: machine[ref].skipReason), nil))
            } else {
                adopted.append((adoption(of: ref, machine[ref], by: inputs, asKnown), machine[ref].executedBy))
            }
        }
        return adopted
    }

    func checked(_ inputs: JSONValue, _ schema: JSONSchema) throws(RunRefusal) -> JSONValue {
        let filled = schema.fillingDefaults(in: inputs)
        let violations = schema.violations(of: filled)
        guard violations.isEmpty else {
            throw RunRefusal(.inputs(violations, names: schema.propertyNames), run: row.id)
        }
        return filled
    }

    private func adoption(of step: StepRef, _ record: RunMachine.StepRecord, by inputs: JSONValue, _ asKnown: Bool)
        -> RunEvent
    {
        let executed = record.execution?.inputs ?? row.inputs
        return .stepAdopted(
            step: step, attempt: record.attempt, output: record.output ?? [:], checkpoint: record.checkpoint,
            execution: RunEvent.Execution(
                run: record.execution?.run ?? row.id, inputs: executed == inputs ? nil : executed,
                isKnown: asKnown || record.isKnown))
    }
}
