/// How an event lies in a journal row: kind, step, attempt, and the rest as JSON.
extension RunEvent {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case stepCompleted = "step_completed"
        case stepSuspended = "step_suspended"
        case stepFailed = "step_failed"
        case stepProbed = "step_probed"
        case checkpointed
        case cancelRequested = "cancel_requested"
        case compensationCompleted = "compensation_completed"
        case compensationSuspended = "compensation_suspended"
        case compensationFailed = "compensation_failed"
        case retryRequested = "retry_requested"
        case stepAdopted = "step_adopted"
        case retriedAs = "retried_as"
        case compensationMarked = "compensation_marked"
        case abandoned
        case signalled
        case stepBegun = "step_begun"
        case stepSkipped = "step_skipped"
        case itemsListed = "items_listed"
        case sagaEntered = "saga_entered"
        case stepStopped = "step_stopped"
        case scopeSettled = "scope_settled"
        case putOut = "put_out"
        case deadlinePassed = "deadline_passed"
        case paused, resumed
    }

    public var kind: Kind {
        switch self {
        case .stepCompleted: .stepCompleted
        case .stepSuspended: .stepSuspended
        case .stepFailed: .stepFailed
        case .stepProbed: .stepProbed
        case .checkpointed: .checkpointed
        case .cancelRequested: .cancelRequested
        case .compensationCompleted: .compensationCompleted
        case .compensationSuspended: .compensationSuspended
        case .compensationFailed: .compensationFailed
        case .retryRequested: .retryRequested
        case .stepAdopted: .stepAdopted
        case .retriedAs: .retriedAs
        case .compensationMarked: .compensationMarked
        case .abandoned: .abandoned
        case .signalled: .signalled
        case .stepBegun: .stepBegun
        case .stepSkipped: .stepSkipped
        case .itemsListed: .itemsListed
        case .sagaEntered: .sagaEntered
        case .stepStopped: .stepStopped
        case .scopeSettled: .scopeSettled
        case .putOut: .putOut
        case .deadlinePassed: .deadlinePassed
        case .paused: .paused
        case .resumed: .resumed
        }
    }

    /// The step it is about; nil for what is about the whole run.
    public var step: StepRef? {
        switch self {
        case .stepCompleted(let step, _, _), .stepSuspended(let step, _, _, _), .stepFailed(let step, _, _, _),
            .stepProbed(let step, _, _, _, _), .checkpointed(let step, _), .compensationCompleted(let step, _, _),
            .compensationSuspended(let step, _, _, _), .compensationFailed(let step, _, _, _),
            .stepAdopted(let step, _, _, _, _), .compensationMarked(let step, _), .stepSkipped(let step, _),
            .stepBegun(let step), .itemsListed(let step, _), .sagaEntered(let step, _), .stepStopped(let step),
            .scopeSettled(let step, _):
            step
        case .cancelRequested, .retryRequested, .retriedAs, .abandoned, .signalled, .putOut, .deadlinePassed, .paused,
            .resumed:
            nil
        }
    }

    public var attempt: Int? {
        switch self {
        case .stepCompleted(_, let attempt, _), .stepSuspended(_, let attempt, _, _), .stepFailed(_, let attempt, _, _),
            .stepProbed(_, let attempt, _, _, _), .compensationCompleted(_, let attempt, _),
            .compensationSuspended(_, let attempt, _, _), .compensationFailed(_, let attempt, _, _),
            .stepAdopted(_, let attempt, _, _, _):
            attempt
        case .checkpointed, .cancelRequested, .retryRequested, .retriedAs, .compensationMarked, .abandoned, .signalled,
            .stepSkipped, .stepBegun, .itemsListed, .sagaEntered, .stepStopped, .scopeSettled, .putOut, .deadlinePassed,
            .paused,
            .resumed:
            nil
        }
    }

    /// What else there is to the event; nil when there is nothing. For a completed step: its output, as it is.
    public var data: JSONValue? {
        switch self {
        case .stepCompleted(_, _, let output): output.isEmpty ? nil : .object(output)
        case .stepSuspended(_, _, let wakeAt, let checkpoint), .compensationSuspended(_, _, let wakeAt, let checkpoint):
            .object(["wake_at": .int(wakeAt.milliseconds), "checkpoint": checkpoint ?? .null])
        case .stepFailed(_, _, let error, let then): .object(["error": error.json, "then": then.json])
        case .stepProbed(_, _, let effect, let output, let then):
            .object(["effect": .string(effect.rawValue), "output": .object(output), "then": then.json])
        case .checkpointed(_, let checkpoint): checkpoint
        case .cancelRequested(let reason, let duringCall):
            .object(["reason": .string(reason), "during_call": .bool(duringCall)])
        case .compensationCompleted(_, _, let how): how == .called ? nil : .object(["how": .string(how.rawValue)])
        case .compensationFailed(_, _, let error, let then): .object(["error": error.json, "then": then.json])
        case .retryRequested(let reason), .compensationMarked(_, let reason), .abandoned(let reason),
            .paused(let reason), .resumed(let reason):
            .object(["reason": .string(reason)])
        case .stepSkipped(_, let reason): reason.map { .object(["reason": .string($0)]) }
        case .itemsListed(_, let items): .array(items)
        case .sagaEntered(_, let inputs): inputs
        case .stepStopped, .stepBegun: nil
        case .scopeSettled(_, let then): .object(["then": then.json])
        case .putOut(.success(let output)): .object(output)
        // An output is an object, so this is none.
        case .putOut(.failure(let error)): .array([error.json])
        case .deadlinePassed(let duringCall): .object(["during_call": .bool(duringCall)])
        case .stepAdopted(_, _, let output, let checkpoint, let execution):
            execution.json(output: output, checkpoint: checkpoint)
        case .retriedAs(let run, let adopted, let reason):
            .object([
                "run_id": .string(run.description), "adopted": .int(Int64(adopted)), "reason": .string(reason),
            ])
        case .signalled(let name): .object(["name": .string(name)])
        }
    }

    /// The event a row holds; nil when the row makes no sense.
    public init?(kind: Kind, step: StepRef?, attempt: Int?, data: JSONValue?) {
        switch (kind, step, attempt) {
        case (.stepCompleted, let step?, let attempt?):
            self = .stepCompleted(step: step, attempt: attempt, output: data?.objectValue ?? [:])
        case (.stepSuspended, let step?, let attempt?):
            guard let wakeAt = data?["wake_at"]?.intValue else { return nil }
            self = .stepSuspended(
                step: step, attempt: attempt, wakeAt: Timestamp(milliseconds: wakeAt),
                checkpoint: data?["checkpoint"]?.unlessNull)
        case (.stepFailed, let step?, let attempt?):
            guard let error = data?["error"].flatMap(StepError.init(json:)),
                let then = data?["then"].flatMap(AfterFailure.init(json:))
            else { return nil }
            self = .stepFailed(step: step, attempt: attempt, error: error, then: then)
        case (.stepProbed, let step?, let attempt?):
            guard let effect = data?["effect"]?.stringValue.flatMap(Effect.init(rawValue:)),
                let then = data?["then"].flatMap(AfterProbe.init(json:))
            else { return nil }
            self = .stepProbed(
                step: step, attempt: attempt, effect: effect, output: data?["output"]?.objectValue ?? [:], then: then)
        case (.checkpointed, let step?, _):
            guard let data else { return nil }
            self = .checkpointed(step: step, checkpoint: data)
        case (.cancelRequested, _, _):
            self = .cancelRequested(
                reason: data?["reason"]?.stringValue ?? "", duringCall: data?["during_call"]?.boolValue ?? false)
        case (.compensationCompleted, let step?, let attempt?):
            let how = data?["how"]?.stringValue.flatMap(Compensated.init(rawValue:)) ?? .called
            self = .compensationCompleted(step: step, attempt: attempt, how: how)
        case (.compensationSuspended, let step?, let attempt?):
            guard let wakeAt = data?["wake_at"]?.intValue else { return nil }
            self = .compensationSuspended(
                step: step, attempt: attempt, wakeAt: Timestamp(milliseconds: wakeAt),
                checkpoint: data?["checkpoint"]?.unlessNull)
        case (.compensationFailed, let step?, let attempt?):
            guard let error = data?["error"].flatMap(StepError.init(json:)),
                let then = data?["then"].flatMap(AfterCompensationFailure.init(json:))
            else { return nil }
            self = .compensationFailed(step: step, attempt: attempt, error: error, then: then)
        case (.retryRequested, _, _):
            self = .retryRequested(reason: data?["reason"]?.stringValue ?? "")
        case (.stepAdopted, let step?, let attempt?):
            guard let output = data?["output"]?.objectValue, let execution = data.flatMap(Execution.init(json:)) else {
                return nil
            }
            self = .stepAdopted(
                step: step, attempt: attempt, output: output, checkpoint: data?["checkpoint"]?.unlessNull,
                execution: execution)
        case (.retriedAs, _, _):
            guard let run = data?["run_id"]?.stringValue.flatMap(RunID.init), let adopted = data?["adopted"]?.intValue
            else { return nil }
            self = .retriedAs(run: run, adopted: Int(adopted), reason: data?["reason"]?.stringValue ?? "")
        case (.compensationMarked, let step?, _):
            self = .compensationMarked(step: step, reason: data?["reason"]?.stringValue ?? "")
        case (.abandoned, _, _):
            self = .abandoned(reason: data?["reason"]?.stringValue ?? "")
        case (.signalled, _, _):
            self = .signalled(name: data?["name"]?.stringValue ?? "")
        case (.stepSkipped, let step?, _):
            self = .stepSkipped(step: step, reason: data?["reason"]?.stringValue)
        case (.itemsListed, let step?, _):
            guard let items = data?.arrayValue else { return nil }
            self = .itemsListed(step: step, items: items)
        case (.sagaEntered, let step?, _):
            guard let data else { return nil }
            self = .sagaEntered(step: step, inputs: data)
        case (.stepBegun, let step?, _): self = .stepBegun(step: step)
        case (.stepStopped, let step?, _): self = .stepStopped(step: step)
        case (.scopeSettled, let step?, _):
            guard let then = data?["then"].flatMap(AfterScope.init(json:)) else { return nil }
            self = .scopeSettled(step: step, then: then)
        case (.putOut, _, _):
            let error = data?.arrayValue?.first.flatMap(StepError.init(json:))
            self = .putOut(output: error.map(Result.failure) ?? .success(data?.objectValue ?? [:]))
        case (.deadlinePassed, _, _): self = .deadlinePassed(duringCall: data?["during_call"]?.boolValue ?? false)
        case (.paused, _, _): self = .paused(reason: data?["reason"]?.stringValue ?? "")
        case (.resumed, _, _): self = .resumed(reason: data?["reason"]?.stringValue ?? "")
        default:
            return nil
        }
    }
}

extension RunEvent.Execution {
    fileprivate func json(output: JSONObject, checkpoint: JSONValue?) -> JSONValue {
        var object: JSONObject = ["run_id": .string(run.description), "output": .object(output)]
        object["checkpoint"] = checkpoint
        object["inputs"] = inputs
        if isKnown { object["known"] = true }
        return .object(object)
    }

    fileprivate init?(json: JSONValue) {
        guard let run = json["run_id"]?.stringValue.flatMap(RunID.init) else { return nil }
        self.init(run: run, inputs: json["inputs"], isKnown: json["known"]?.boolValue ?? false)
    }
}

// MARK: - Decisions as JSON: {"do": "execute", "attempt": 2, "at": 1700000000000}

extension RunEvent.AfterFailure {
    var json: JSONValue {
        switch self {
        case .execute(let attempt, let at): decision("execute", attempt: attempt, at: at)
        case .probe(let at): decision("probe", at: at)
        case .compensate(let thisToo): decision("compensate", thisToo: thisToo)
        }
    }

    init?(json: JSONValue) {
        switch json["do"]?.stringValue {
        case "execute":
            guard let attempt = json["attempt"]?.intValue, let at = json.moment else { return nil }
            self = .execute(attempt: Int(attempt), at: at)
        case "probe":
            guard let at = json.moment else { return nil }
            self = .probe(at: at)
        case "compensate": self = .compensate(thisToo: json["this_too"]?.boolValue ?? false)
        default: return nil
        }
    }
}

extension RunEvent.AfterProbe {
    var json: JSONValue {
        switch self {
        case .adopt: decision("adopt")
        case .execute(let attempt, let at): decision("execute", attempt: attempt, at: at)
        case .compensate(let thisToo): decision("compensate", thisToo: thisToo)
        case .probe(let at): decision("probe", at: at)
        }
    }

    init?(json: JSONValue) {
        if json["do"]?.stringValue == "adopt" {
            self = .adopt
            return
        }
        switch RunEvent.AfterFailure(json: json) {
        case .execute(let attempt, let at): self = .execute(attempt: attempt, at: at)
        case .probe(let at): self = .probe(at: at)
        case .compensate(let thisToo): self = .compensate(thisToo: thisToo)
        case nil: return nil
        }
    }
}

extension RunEvent.AfterScope {
    var json: JSONValue {
        switch self {
        case .again(let attempt, let at): decision("again", attempt: attempt, at: at)
        case .otherwise: decision("else")
        case .fail: decision("fail")
        }
    }

    init?(json: JSONValue) {
        switch json["do"]?.stringValue {
        case "again":
            guard let attempt = json["attempt"]?.intValue, let at = json.moment else { return nil }
            self = .again(attempt: Int(attempt), at: at)
        case "else": self = .otherwise
        case "fail": self = .fail
        default: return nil
        }
    }
}

extension RunEvent.AfterCompensationFailure {
    var json: JSONValue {
        switch self {
        case .compensate(let attempt, let at): decision("compensate", attempt: attempt, at: at)
        case .giveUp: decision("give_up")
        case .halt: decision("halt")
        }
    }

    init?(json: JSONValue) {
        switch json["do"]?.stringValue {
        case "compensate":
            guard let attempt = json["attempt"]?.intValue, let at = json.moment else { return nil }
            self = .compensate(attempt: Int(attempt), at: at)
        case "give_up": self = .giveUp
        case "halt": self = .halt
        default: return nil
        }
    }
}

private func decision(
    _ verb: String, attempt: Int? = nil, at: Timestamp? = nil, thisToo: Bool? = nil
) -> JSONValue {
    var object: JSONObject = ["do": .string(verb)]
    object["attempt"] = attempt.map { .int(Int64($0)) }
    object["at"] = at.map { .int($0.milliseconds) }
    object["this_too"] = thisToo.map(JSONValue.bool)
    return .object(object)
}

extension JSONValue {
    fileprivate var moment: Timestamp? { self["at"]?.intValue.map(Timestamp.init(milliseconds:)) }
    public var unlessNull: JSONValue? { self == .null ? nil : self }
}
