/// What a cancel would take back, the newest step first. Nothing is asked of any plugin.
public struct CancelPreview: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable {
        case compensate
        case nothingToDo = "nothing_to_do"
        case keep, irreversible
        /// It is in a call, which is waited for first.
        case waitForCall = "wait_for_call"
    }

    public struct Entry: Sendable, Hashable {
        public let stepID: String
        public let number: Int
        public let uses: OperationName
        public let action: Action
        public let message: String
    }

    public let run: RunID
    public let status: RunStatus
    public let message: String
    public let would: [Entry]

    /// - Parameter now: a run whose timer is still to come is in no call.
    public init(of view: RunView, at now: Timestamp) throws(RunRefusal) {
        guard let saga = view.saga, let machine = view.machine else {
            throw RunRefusal(.unreadable, run: view.row.id)
        }
        run = view.row.id
        status = view.row.status
        would = status.isEnded ? [] : Self.entries(saga, machine, isInCall: Self.isInCall(view.row, machine, now))
        message = Self.sentence(status, would)
    }

    private static func isInCall(_ row: RunRow, _ machine: RunMachine, _ now: Timestamp) -> Bool {
        guard row.status == .running, row.blocked == nil else { return false }
        if case .wait(let moment) = machine.next { return moment <= now }
        return true
    }

    private static func entries(_ saga: Saga, _ machine: RunMachine, isInCall: Bool) -> [Entry] {
        var after = machine
        // What the machine itself would make of it: the plan is not a second opinion.
        if machine.status == .running, !machine.isCancelled {
            try? after.apply(.cancelRequested(reason: "", duringCall: false))
        }
        var entries = after.stepsToTakeBack.reversed().map { ref in
            entry(saga, ref, saga.steps[ref.index].takingBack(isDone: machine[ref].output != nil))
        }
        guard isInCall else { return entries }
        for (action, from) in machine.pending.reversed() where from == nil && action.isCall {
            guard let ref = action.step else { continue }
            entries.removeAll { $0.stepID == saga.labels[ref] }
            entries.insert(entry(saga, ref, .waitForCall), at: 0)
        }
        return entries
    }

    private static func entry(_ saga: Saga, _ ref: StepRef, _ action: Action) -> Entry {
        let step = saga.steps[ref.index]
        return Entry(
            stepID: saga.labels[ref], number: step.number, uses: step.uses, action: action,
            message: sentence(action, step, saga.labels[ref]))
    }

    static func sentence(_ action: Action, _ step: Step, _ label: String) -> String {
        let what = step.called(label)
        return switch action {
        case .compensate: step.compensation.uses.map { "\($0) takes \(what) back" } ?? "\(what) is compensated"
        case .nothingToDo: "\(what) has nothing to take back"
        case .keep: "the definition says to leave what \(what) did"
        case .irreversible: "\(what) cannot be taken back: the run would end failed"
        case .waitForCall: "the call in progress is waited for, then \(what) is taken back if it did anything"
        }
    }

    private static func sentence(_ status: RunStatus, _ would: [Entry]) -> String {
        switch status {
        case .completed, .rolledBack, .failed: return "the run has ended; a cancel changes nothing"
        case .compensating: return "the run is being taken back already; a cancel changes nothing"
        case .pending, .running:
            let count = would.count { $0.action == .compensate || $0.action == .waitForCall }
            return count == 0
                ? "nothing would be taken back" : "\(count) step\(count == 1 ? "" : "s") would be taken back"
        }
    }

    /// `{"run_id", "status", "message", "would": [{"step_id", "step_number", "uses", "action", "message"}]}`
    public var json: JSONValue {
        let entries = would.map { entry -> JSONValue in
            [
                "step_id": .string(entry.stepID), "step_number": .int(Int64(entry.number)),
                "uses": .string(entry.uses.description), "action": .string(entry.action.rawValue),
                "message": .string(entry.message),
            ]
        }
        return [
            "run_id": .string(run.description), "status": .string(status.rawValue), "message": .string(message),
            "would": .array(entries),
        ]
    }
}

extension Step {
    /// How the step would be taken back. A plugin that is away counts as one that can: it is asked when it is back.
    ///
    /// - Parameter isDone: it was completed, so what is irreversible has happened.
    func takingBack(isDone: Bool) -> CancelPreview.Action {
        if compensation.skip { return .keep }
        guard compensation.uses == nil, let operation, !operation.isCompensable else { return .compensate }
        return operation.isIrreversible && isDone ? .irreversible : .nothingToDo
    }
}
