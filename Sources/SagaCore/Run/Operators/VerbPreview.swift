/// What an operator's wish would come to where the run stands: what would be called, taken back, left as it is. Nothing
/// is asked of any plugin. What cannot be is refused, as the wish itself would be.
public struct VerbPreview: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable {
        case call, compensate, keep, irreversible, leave, reuse, know, skip, wait
        /// A new run calls it, and what the old one did of it stays.
        case callAgain = "call_again"
        case nothingToDo = "nothing_to_do"
        /// It is in a call, which is waited for first.
        case waitForCall = "wait_for_call"
        /// It reads what would not be there.
        case unresolved
        /// Its `when` does not hold.
        case leftOut = "left_out"
        /// It counts as taken back.
        case mark
    }

    public struct Entry: Sendable, Hashable {
        public let stepID: String
        public let number: Int
        public let uses: OperationName
        public let action: Action
        public let message: String
    }

    enum Outcome: Hashable {
        case ended(RunStatus), open
        /// Another run is made.
        case anew
    }

    public let run: RunID
    public let verb: RunRefusal.Verb
    public let status: RunStatus
    public let message: String
    public let would: [Entry]

    /// - Parameters:
    ///   - now: a run whose timer is still to come is in no call.
    ///   - expressions: answers conditions that are more than a path; one that nobody answers may hold.
    public init(
        of ask: RunAsk, _ view: RunView, at now: Timestamp,
        expressions: any ExpressionEvaluator = NoExpressionEvaluator()
    ) throws(RunRefusal) {
        run = view.row.id
        verb = ask.verb
        status = view.row.status
        guard let saga = view.saga, let machine = view.machine else { throw RunRefusal(.unreadable, run: view.row.id) }
        let facts = Facts(view: view, saga: saga, machine: machine, now: now, expressions: expressions)
        let (found, outcome) = try facts.find(ask)
        would = found.map { ref, action in
            let step = saga.steps[ref.index]
            return Entry(
                stepID: saga.labels[ref], number: step.number, uses: step.uses, action: action,
                message: Self.sentence(action, ask, step, saga.labels[ref]))
        }
        message = Self.sentence(ask, found.map(\.1), outcome)
    }

    /// `{"run_id", "verb", "status", "message", "would": [{"step_id", "step_number", "uses", "action", "message"}]}`
    public var json: JSONValue {
        let entries = would.map { entry -> JSONValue in
            [
                "step_id": .string(entry.stepID), "step_number": .int(Int64(entry.number)),
                "uses": .string(entry.uses.description), "action": .string(entry.action.rawValue),
                "message": .string(entry.message),
            ]
        }
        return [
            "run_id": .string(run.description), "verb": .string(verb.rawValue), "status": .string(status.rawValue),
            "message": .string(message), "would": .array(entries),
        ]
    }
}

/// What the machine itself makes of a wish: a preview is not a second opinion.
private struct Facts {
    typealias Found = [(StepRef, VerbPreview.Action)]
    typealias Outcome = VerbPreview.Outcome

    let view: RunView
    let saga: Saga
    let machine: RunMachine
    let now: Timestamp
    let expressions: any ExpressionEvaluator

    /// - Returns: what becomes of which step, and of the run.
    func find(_ ask: RunAsk) throws(RunRefusal) -> (Found, Outcome) {
        switch ask {
        case .cancel:
            try view.checkCancel()
            return (cancelled, .open)
        case .abandon:
            try view.checkAbandon()
            return (calls(of: machine, isPaused: isAtRest) + left, .ended(.failed))
        case .pause:
            try view.checkPause()
            return (calls(of: machine, isPaused: isAtRest) + waits, .open)
        case .resume:
            try view.checkResume()
            return (next(after: .resumed(reason: "")), .open)
        case .skip(let label): return (skip(try view.stepToSkip(label)), .open)
        case .mark(let label):
            let step = try view.stepToMark(label)
            let after = applying(.compensationMarked(step: step, reason: ""))
            return ([(step, .mark)], after.isEnded ? .ended(after.status) : .open)
        case .fork(let step, let inputs): return (forked(try view.fork(fromStep: step, inputs: inputs)), .anew)
        case .retry(let step, let inputs): return try retried(step, inputs)
        }
    }

    private func applying(_ event: RunEvent) -> RunMachine {
        var after = machine
        try? after.apply(event, at: now)
        // What is settled without a call is settled at once.
        while case .decide(let scope, .afterScope) = after.next,
            let then = after.eventInsteadOfCalling(saga.steps[scope.index], at: now, random: 0),
            (try? after.apply(then, at: now)) != nil
        {}
        return after
    }

    // MARK: - Where it stands

    /// Nobody is in a call of it.
    private var isAtRest: Bool { view.row.blocked != nil || view.row.status == .pending }

    /// Steps that may be in a call.
    private func calls(of machine: RunMachine, isPaused: Bool) -> Found {
        guard !isPaused else { return [] }
        return machine.pending.compactMap { action, from in
            guard action.isCall, from.map({ $0 <= now }) ?? true, let ref = action.step else { return nil }
            return (ref, .waitForCall)
        }
    }

    private var waits: Found {
        machine.pending.compactMap { action, from in
            guard let from, from > now, let ref = action.step else { return nil }
            return (ref, .wait)
        }
    }

    /// The newest first. What is in a call is waited for, and then taken back with the rest.
    private var cancelled: Found {
        let calls = calls(of: machine, isPaused: isAtRest)
        let back = toTakeBack(machine, after: .cancelRequested(reason: "", duringCall: false))
        return calls + back.filter { step in !calls.contains { $0.0 == step.0 } }
    }

    /// What is done and would stay.
    private var left: Found { machine.stepsToTakeBack.reversed().map { ($0, .leave) } }

    // MARK: - What follows

    private func toTakeBack(_ machine: RunMachine, after event: RunEvent) -> Found {
        applying(event).stepsToTakeBack.reversed().map { ($0, takingBack($0)) }
    }

    private func takingBack(_ ref: StepRef) -> VerbPreview.Action {
        switch saga.steps[ref.index].takingBack(isDone: machine[ref].output != nil) {
        case .compensate: .compensate
        case .nothingToDo: .nothingToDo
        case .keep: .keep
        case .irreversible: .irreversible
        }
    }

    /// What would be begun then, besides what is under way.
    private func next(after event: RunEvent) -> Found {
        var before = Set(machine.pending.compactMap { $0.from == nil ? $0.action : nil })
        if machine.pauseReason != nil { before = [] }
        var (after, leftOut) = (applying(event), Found())
        while let ref = after.pending.lazy.compactMap({ conditionFails($0.action, after) }).first {
            leftOut.append((ref, .leftOut))
            guard (try? after.apply(.stepSkipped(step: ref, reason: nil), at: now)) != nil else { break }
        }
        return leftOut
            + after.pending.compactMap { action, from in
                guard from.map({ $0 <= now }) ?? true, !before.contains(action), let ref = action.step else {
                    return nil
                }
                if case .compensate = action { return (ref, takingBack(ref)) }
                return (ref, .call)
            }
    }

    /// The step that is asked whether it is to be done, where it is known that it is not.
    private func conditionFails(_ action: RunMachine.Action, _ machine: RunMachine) -> StepRef? {
        guard case .decide(let ref, .condition) = action, let when = saga.steps[ref.index].when else { return nil }
        let scope = RunScope(
            saga: saga, machine: machine, ref: ref, run: view.row.id, inputs: view.row.inputs)
        return (try? when.filled(in: scope, among: saga.expressions, by: expressions)) == false ? ref : nil
    }

    private func skip(_ ref: StepRef) -> Found {
        let id = saga.steps[ref.index].id
        let level = saga.levels.level[ref.index]
        let readers = saga.steps.indices.filter { index in
            index > ref.index && saga.levels.level[index] == level && saga.steps[index].reads(id)
        }
        let next = next(after: .stepSkipped(step: ref, reason: "")).filter { next in !readers.contains(next.0.index) }
        return [(ref, .skip)] + next + readers.map { (StepRef($0), .unresolved) }
    }

    private func forked(_ fork: RunFork) -> Found {
        anew(inputs: fork.inputs) { _, index in index < fork.from ? .know : nil }
    }

    /// The steps of a new run.
    ///
    /// - Parameter taken: what becomes of a step that the old run has done, by its place in the list and among all; nil:
    ///   it is executed.
    private func anew(inputs: JSONValue, taken: (_ place: Int, _ index: Int) -> VerbPreview.Action?) -> Found {
        let nodes = PlanTree(saga).nodes(
            inputs: PlanScope(inputs: inputs, program: saga.expressions, evaluator: expressions))
        return saga.body.enumerated().map { place, index in
            let action = taken(place, index)
            let record = machine[StepRef(index)]
            let wasLeftOut = record.status == .skipped && record.skipReason == nil
            let isLeftOut = action == nil ? nodes[place].isLeftOut : wasLeftOut
            return (StepRef(index), isLeftOut ? .leftOut : action ?? .call)
        }
    }

    private func retried(_ step: String?, _ inputs: JSONValue?) throws(RunRefusal) -> (Found, Outcome) {
        guard case .anew(let successor) = try view.retry(fromStep: step, inputs: inputs) else {
            let event = RunEvent.retryRequested(reason: "")
            let isBack = applying(event).status == .compensating
            return (isBack ? toTakeBack(machine, after: event) : next(after: event), .open)
        }
        let found = anew(inputs: successor.inputs) { place, _ in place < successor.reused ? .reuse : nil }
            .map { ref, action in
                (ref, action == .call && successor.left.contains(ref.index) ? VerbPreview.Action.callAgain : action)
            }
        return (found, .anew)
    }
}

extension Step {
    /// An expression of it reads what that step put out, and finds nothing where it did not.
    func reads(_ id: String) -> Bool {
        var templates = [with] + [compensation.with, when].compactMap { $0 }
        if case .forEach(let each) = form { templates += [each.items] + [each.output].compactMap { $0 } }
        return templates.contains { template in
            template.expressions(at: JSONPointer(tokens: [])).contains { found in
                found.expression.references.contains { reference in
                    reference.root == "steps" && reference.names.first == id && !reference.isGuarded
                }
            }
        }
    }
}
