/// What a run finds out by itself, without a call.
extension Runner {
    /// What to write down instead of doing that; nil: it is a call to make.
    func event(insteadOf action: RunMachine.Action, of run: ActiveRun) -> RunEvent? {
        switch action {
        case .putOut: return putOut(run)
        case .decide(let ref, let question) where question != .afterScope: return answer(question, of: ref, run)
        case .execute(let ref, let attempt):
            guard let limit = run.timeLimit(of: action), limit <= clock.now else { return nil }
            return overdue(ref, attempt, run)
        default:
            guard let step = step(for: action, of: run) else { return nil }
            return run.machine.eventInsteadOfCalling(
                step, for: action, at: clock.now, random: Double.random(in: 0...1))
        }
    }

    /// What the run takes turns for; nil: nothing. One that cannot be told holds the run up.
    func concurrencyKey(of run: ActiveRun) -> String? {
        guard let template = run.saga.concurrencyKey else { return nil }
        do throws(ExpressionFailure) {
            let value = try fill(template, in: scope(nil, run))
            return value.stringValue ?? value.text
        } catch {
            run.obstacle = "`concurrency_key`: \(Self.obstacle(error))"
            return nil
        }
    }

    private func overdue(_ ref: StepRef, _ attempt: Int, _ run: ActiveRun) -> RunEvent {
        let record = run.machine[ref]
        let leftNothing = record.status == .running || (record.error?.effect == Effect.none && !record.mayHaveActed)
        let seconds = JSONValue(run.saga.steps[ref.index].totalTimeoutSeconds ?? 0)?.text ?? ""
        let error = StepError(
            code: StepError.HostCode.timedOut, message: "the step took longer than its \(seconds) s in all",
            effect: leftNothing ? .none : .unknown)
        return .stepFailed(step: ref, attempt: attempt, error: error, then: .compensate(thisToo: !leftNothing))
    }

    private func scope(_ ref: StepRef?, _ run: ActiveRun) -> RunScope {
        RunScope(saga: run.saga, machine: run.machine, ref: ref, run: run.id, inputs: run.inputs)
    }

    /// What expressions come to, or what their failure does; nil: this host cannot tell, and the run waits.
    private func told(
        _ run: ActiveRun, orElse failed: (StepError) -> RunEvent, _ tell: () throws(ExpressionFailure) -> RunEvent
    ) -> RunEvent? {
        do throws(ExpressionFailure) {
            return try tell()
        } catch {
            guard error.isOfHost else { return failed(Self.unresolved(error)) }
            run.obstacle = Self.obstacle(error)
            return nil
        }
    }

    private func answer(_ question: RunMachine.Question, of ref: StepRef, _ run: ActiveRun) -> RunEvent? {
        let step = run.saga.steps[ref.index]
        return told(run, orElse: { failed(ref, run, $0) }) { () throws(ExpressionFailure) in
            switch (question, step.form) {
            case (.condition, _): return try condition(step, ref, run)
            case (.items, .forEach(let each)):
                let found = try fill(each.items, in: scope(ref, run))
                guard let items = found.arrayValue else {
                    return failed(ref, run, "`for_each` is \(article(found.typeName)); expected a list")
                }
                return .itemsListed(step: ref, items: items)
            case (.inputs, .saga(let saga)): return try enter(saga, step, ref, run)
            case (.output, .forEach(let each)):
                return .stepCompleted(step: ref, attempt: 1, output: try outputs(of: each, ref, run))
            case (.output, .saga(let saga)):
                let output = try output(saga.output, in: inner(of: ref, saga.body, run))
                return .stepCompleted(step: ref, attempt: 1, output: output)
            default: return failed(ref, run, "internal: step \"\(step.id)\" has no such question")
            }
        }
    }

    private func failed(_ ref: StepRef, _ run: ActiveRun, _ message: String) -> RunEvent {
        failed(ref, run, StepError(code: StepError.HostCode.unresolved, message: message, effect: .none))
    }

    private func failed(_ ref: StepRef, _ run: ActiveRun, _ error: StepError) -> RunEvent {
        .stepFailed(
            step: ref, attempt: run.machine[ref].attempt, error: error, then: .compensate(thisToo: false))
    }

    private func condition(_ step: Step, _ ref: StepRef, _ run: ActiveRun) throws(ExpressionFailure) -> RunEvent {
        let found = try step.when.map { when throws(ExpressionFailure) in try fill(when, in: scope(ref, run)) } ?? true
        guard let holds = found.boolValue else {
            return failed(ref, run, "`when` is \(article(found.typeName)); expected true or false")
        }
        return holds ? .stepBegun(step: ref) : .stepSkipped(step: ref, reason: nil)
    }

    private func enter(
        _ saga: SubSaga, _ step: Step, _ ref: StepRef, _ run: ActiveRun
    ) throws(ExpressionFailure) -> RunEvent {
        let inputs = saga.inputs.fillingDefaults(in: try fill(step.with, in: scope(ref, run)))
        if let violation = saga.inputs.violations(of: inputs).first {
            return failed(ref, run, "the inputs of saga \"\(saga.name)\": \(violation.message)")
        }
        return .sagaEntered(step: ref, inputs: inputs)
    }

    /// What the last step of a list can see, when that is done.
    private func inner(of ref: StepRef, _ body: [Int], _ run: ActiveRun, item: Int? = nil) -> RunScope {
        scope(StepRef(body.last ?? ref.index, item: ref.item + (item.map { [$0] } ?? [])), run).atEnd
    }

    private func output(_ template: Template?, in scope: RunScope) throws(ExpressionFailure) -> JSONObject {
        guard let template else { return scope.context }
        return try fill(template, in: scope).objectValue ?? [:]
    }

    private func outputs(of each: ForEach, _ ref: StepRef, _ run: ActiveRun) throws(ExpressionFailure) -> JSONObject {
        var outputs: [JSONValue] = []
        for place in run.machine.items(of: ref).indices {
            let scope = inner(of: ref, each.body, run, item: place)
            if let template = each.output {
                outputs.append(try fill(template, in: scope))
            } else {
                outputs.append(scope.ref.flatMap { run.machine[$0].output }.map(JSONValue.object) ?? .null)
            }
        }
        return ["items": .array(outputs)]
    }

    private func putOut(_ run: ActiveRun) -> RunEvent? {
        // Everything is done by now: that is worth more than an output that cannot be told.
        told(run, orElse: { .putOut(output: .failure($0)) }) { () throws(ExpressionFailure) in
            .putOut(output: .success(try output(run.saga.output, in: scope(nil, run))))
        }
    }
}
