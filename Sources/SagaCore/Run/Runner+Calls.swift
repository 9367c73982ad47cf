/// Making a run's calls, and taking in how they end.
extension Runner {
    /// A call that is about to be made.
    struct MadeCall: Sendable {
        let call: ActiveCall
        let step: StepCall
    }

    /// Nil: it cannot be made, which counts as its outcome.
    func begin(_ action: RunMachine.Action, of run: ActiveRun) -> MadeCall? {
        guard let ref = action.step else { return nil }
        let slot = marks.acquire(for: run.key!, id: run.id)
        let call = ActiveCall(action, ref, slot: slot, of: run)
        run.begin(call)
        do throws(ExpressionFailure) {
            return MadeCall(call: call, step: try stepCall(action, ref, slot: slot, of: run))
        } catch {
            call.ended(
                error.isOfHost
                    ? .unavailable(reason: Self.obstacle(error)) : .failed(Self.unresolved(error), retry: .no))
            return nil
        }
    }

    /// Makes the call on this thread. True: the run is this thread's again, with something to take in.
    func perform(_ made: MadeCall, of run: ActiveRun) -> Bool {
        run.lend(to: made.call)
        faults?.reached(.beforeCall)
        dispatcher.perform(made.step, reportingTo: made.call)
        let isBack = run.isBack(from: made.call)
        faults?.reached(.afterCall)
        return isBack
    }

    static func unresolved(_ failure: ExpressionFailure) -> StepError {
        StepError(code: failure.stepCode, message: failure.message, effect: .none, hint: failure.hint)
    }

    static func obstacle(_ failure: ExpressionFailure) -> String {
        failure.message + (failure.hint.map { "; \($0)" } ?? "")
    }

    func fill(_ template: Template, in scope: RunScope) throws(ExpressionFailure) -> JSONValue {
        try template.filled(in: scope, among: scope.saga.expressions, by: expressions)
    }

    /// The step as the image has it that an action goes to. How one that another image executed is taken back, that image
    /// says.
    func step(for action: RunMachine.Action, of run: ActiveRun) -> Step? {
        guard let ref = action.step else { return nil }
        let step = run.saga.steps[ref.index]
        guard case .compensate = action, let executed = run.machine[ref].executedBy,
            !run.images.uses.contains(executed), case .found(let operation) = catalog.lookUp(step.uses, of: executed)
        else { return step }
        return step.with(operation: operation)
    }

    private func stepCall(
        _ action: RunMachine.Action, _ ref: StepRef, slot: Int, of run: ActiveRun
    ) throws(ExpressionFailure) -> StepCall {
        guard let step = step(for: action, of: run) else { preconditionFailure("a call is of a step") }
        let record = run.machine[ref]
        let verb = action.verb
        // An adopted step is taken back in the name of the run that executed it, with that run's inputs.
        let scope = RunScope(
            saga: run.saga, machine: run.machine, ref: ref, run: record.execution?.run ?? run.id,
            inputs: record.execution?.inputs ?? run.inputs)
        let label = run.saga.labels[ref]
        let mark = CallMark(slot: slot, licence: record.licence)
        if verb == .compensate, let uses = step.compensation.uses {
            // Another operation takes it back: by being executed, under a key of its own.
            return StepCall(
                verb: .execute, run: scope.run, saga: run.saga.name, stepID: label, stepNumber: step.number,
                keyID: label + record.round + ":undo", operation: uses, attempt: action.attempt,
                with: try fill(step.compensation.with ?? step.with, in: scope), inputs: scope.ownInputs,
                context: scope.context, result: nil, checkpoint: nil,
                timeoutSeconds: step.compensation.timeoutSeconds ?? step.compensator?.timeoutSeconds, executedBy: nil,
                begunWith: run.images.used(of: uses.plugin), mark: mark)
        }
        let with = verb == .compensate ? step.compensation.with ?? step.with : step.with
        return StepCall(
            verb: verb, run: scope.run, saga: run.saga.name, stepID: label, stepNumber: step.number,
            keyID: label + record.round, operation: step.uses, attempt: action.attempt,
            with: try fill(with, in: scope), inputs: scope.ownInputs, context: scope.context,
            result: verb == .execute ? nil : record.output, checkpoint: record.checkpoint,
            timeoutSeconds: (verb == .compensate ? step.compensation.timeoutSeconds : step.timeoutSeconds)
                ?? step.operation?.timeoutSeconds,
            executedBy: verb == .execute ? nil : record.executedBy,
            begunWith: run.images.used(of: step.uses.plugin), mark: mark)
    }

    // MARK: - Outcomes

    /// Takes in how a call ended. False: the run does not go on.
    func takeIn(_ brought: BroughtOutcome, of run: ActiveRun) -> Bool {
        let call = brought.call
        run.end(call)
        if !brought.keepsSlot { run.settledSlots.append(call.slot) }
        guard !run.machine.isEnded else { return true }
        if case .unavailable(let reason) = brought.outcome {
            run.obstacle = reason
            return true
        }
        guard let step = step(for: call.action, of: run) else { return true }
        if let reason = pendingCancel(of: run) {
            guard apply(.cancelRequested(reason: reason, duringCall: true), image: nil, to: run) else { return false }
        }
        guard
            let event = run.machine.event(
                after: brought.outcome, of: step, for: call.action, at: clock.now,
                random: Double.random(in: 0...1))
        else { return true }
        return apply(event, image: brought.image, to: run)
    }
}

/// A call that another thread makes, because several begin at once.
final class QueuedCall: Work {
    private let made: Runner.MadeCall
    private let run: ActiveRun

    init(_ made: Runner.MadeCall, of run: ActiveRun) {
        self.made = made
        self.run = run
    }

    func perform() {
        run.runner.faults?.reached(.beforeCall)
        run.runner.dispatcher.perform(made.step, reportingTo: made.call)
        run.runner.faults?.reached(.afterCall)
    }
}

extension RunMachine.Action {
    /// The step it is about; nil: the whole run.
    public var step: StepRef? {
        switch self {
        case .execute(let step, _), .probe(let step, _), .compensate(let step, _), .decide(let step, _),
            .stop(let step):
            step
        case .putOut, .wait, .pause, .end: nil
        }
    }

    var attempt: Int {
        switch self {
        case .execute(_, let attempt), .probe(_, let attempt), .compensate(_, let attempt): attempt
        case .decide, .stop, .putOut, .wait, .pause, .end: 1
        }
    }

    var verb: StepVerb {
        switch self {
        case .probe: .probe
        case .compensate: .compensate
        case .execute, .decide, .stop, .putOut, .wait, .pause, .end: .execute
        }
    }
}
