extension RunRefusal {
    public var code: String {
        switch fact {
        case .unknown: "run.unknown"
        case .ended: "run.ended"
        case .beingTakenBack: "run.compensating"
        case .unreadable: "run.unreadable"
        case .inputsOfOpenRun: "run.inputs_never_change"
        case .notAtStep: "run.not_at_step"
        case .noStep, .stepWithin: "run.unknown_step"
        case .given: "run.given"
        case .inputs(let violations, _): "inputs.\(violations.first?.fact.code ?? "unsound")"
        case .notFailed: "run.compensation_not_failed"
        case .inCompensation: "run.in_compensation"
        case .badSignalName: "signal.name"
        case .signalData: "signal.data"
        case .signalTooEarly: "signal.too_early"
        case .signalSender: "signal.sender"
        case .fourEyes: "signal.four_eyes"
        case .paused: "run.paused"
        case .notPaused: "run.not_paused"
        case .notEnded: "run.not_ended"
        case .notKnown: "run.not_known"
        case .agreedToOthers: "run.agreed_to_others"
        case .notWaiting: "run.not_waiting"
        case .abandonedPastPivot: "run.abandoned_past_pivot"
        case .holdsLeftovers: "run.leftovers"
        case .changed: "run.changed"
        }
    }

    /// Every sentence; nearly always there is one.
    public var messages: [String] {
        switch fact {
        case .inputs(let violations, _): violations.map { "inputs: \($0.message)" }
        default: [sentence]
        }
    }

    public var message: String { messages.first ?? sentence }

    private var sentence: String {
        switch fact {
        case .unknown(let text): "there is no run \"\(text)\""
        case .ended(let status, .retry):
            "run \(run) has ended: \(status.rawValue); there is nothing to try again"
        case .ended(let status, .mark):
            "run \(run) has ended: \(status.rawValue); no compensation of it has failed"
        case .ended(.failed, .skip): "run \(run) has ended: failed; that step is none that it waits with"
        case .ended(let status, _): "run \(run) has ended: \(status.rawValue)"
        case .beingTakenBack: "run \(run) is being taken back already"
        case .unreadable: "the definition or the journal of run \(run) cannot be read"
        case .inputsOfOpenRun: "run \(run) has not ended, and a run's inputs never change"
        case .notAtStep(let step, let at): "run \(run) stands at \(at), not at step \"\(step)\""
        case .noStep(let step, _): "run \(run) has no step \"\(step)\""
        case .stepWithin(let step, let holder):
            "step \"\(step)\" of run \(run) is within step \"\(holder)\"; expected one of the list itself"
        case .given(let other, .retry), .given(let other, .fork):
            "run \(other) has gone on with the steps of run \(run)"
        case .given(let other, _): "run \(other) has gone on with that step of run \(run)"
        case .inputs: "inputs: they do not fit"
        case .notFailed(let step, let status):
            "step \"\(step)\" of run \(run) is \(status?.rawValue ?? "not reached"); expected one whose compensation failed"
        case .inCompensation(let step):
            "run \(run) is not waiting to take back step \"\(step)\" again; expected it between two attempts, or ended"
        case .signalData(let name, let violation): "what comes with signal \"\(name)\": \(violation.message)"
        case .signalTooEarly(let name):
            "who may send signal \"\(name)\" of run \(run) is worked out when its step begins to wait, which it did not yet"
        case .signalSender(let name, let by, _): "signal \"\(name)\" of run \(run) is not \(by)'s to send"
        case .fourEyes(let name, let by, isKnown: true):
            "\(by) started run \(run); signal \"\(name)\" has to come from somebody else"
        case .fourEyes(let name, _, isKnown: false):
            "signal \"\(name)\" has to come from somebody else than who started run \(run), and nobody knows who that was"
        case .badSignalName(let name):
            "\"\(name)\" is no name of a signal; expected a letter, then letters, digits, `_`, `-` or `.`, 64 at most"
        case .paused(let reason): "run \(run) is paused: \(reason)"
        case .notPaused(let status): "run \(run) is \(status.rawValue), and not paused"
        case .notEnded(let status): "run \(run) has not ended: it is \(status.rawValue); a fork is made of one that has"
        case .notKnown(let step, let status):
            "step \"\(step)\" of run \(run) is \(status?.rawValue ?? "not reached"), so nothing it put out is true now"
        case .agreedToOthers(let step):
            "what was agreed to at step \"\(step)\" of run \(run) was its inputs, and these are others"
        case .notWaiting(let step, let status):
            "step \"\(step)\" of run \(run) is \(status?.rawValue ?? "not reached"); expected one that waits: for its next attempt, a signal or a time"
        case .abandonedPastPivot:
            "run \(run) was abandoned past its pivot: nothing of it is taken back, and no step of it waits"
        case .holdsLeftovers(let step, let left):
            "\(left.count == 1 ? "a step" : "\(left.count) steps") within \"\(step)\" of run \(run) \(left.count == 1 ? "is" : "are") not taken back: \(list(left))"
        case .changed: "run \(run) went on meanwhile; nothing was done"
        }
    }

    public var hint: String? {
        switch fact {
        case .unknown: "`arcadia runs list` shows the recent ones"
        case .ended(.completed, .retry), .ended(.rolledBack, .retry):
            "`arcadia runs retry \(run) --from STEP` makes a new one; `arcadia run` starts from nothing"
        case .ended(.failed, .skip), .abandonedPastPivot:
            "`arcadia runs retry \(run) --from STEP` makes a new run, which takes over what stands before that step"
        case .ended, .beingTakenBack, .badSignalName: nil
        case .unreadable: "`arcadia runs show \(run)` says what is known"
        case .signalData: "`--with` gives it, as JSON"
        case .signalTooEarly: "`arcadia runs show \(run)` says when it waits, and for whom"
        case .signalSender(_, _, let allowed): "the definition wants it from \(list(allowed))"
        case .fourEyes: nil
        case .inputsOfOpenRun: "cancel it and run again"
        case .notAtStep: "without a step it goes on where it stands"
        case .noStep(let step, let known):
            closest(to: step, among: known).map { "did you mean \"\($0)\"?" }
                ?? "its steps are \(known.joined(separator: ", "))"
        case .stepWithin(_, let holder): "`--from \(holder)` begins with all of that step"
        case .given(let other, .fork):
            "`arcadia runs fork \(other) --from STEP` forks that one, if it did not take them back"
        case .given(let other, _): "ask that one: `arcadia runs show \(other)`"
        case .inputs(_, let names):
            names.isEmpty ? "the definition declares no inputs" : "the inputs are \(names.joined(separator: ", "))"
        case .notFailed: "`arcadia runs show \(run)` shows where each step stands"
        case .inCompensation: "`arcadia runs show \(run)` says when the next attempt is due"
        case .paused: "`arcadia runs resume \(run) --reason WHY` lets it go on"
        case .notPaused: "`arcadia runs show \(run)` says what it does, or waits for"
        case .notEnded: "`arcadia runs cancel \(run)` ends it; `arcadia runs watch \(run)` waits for its end"
        case .notKnown(let step, _): "`--from \(step)` executes it anew"
        case .agreedToOthers(let step): "`--from \(step)`, or a step before it, asks again"
        case .notWaiting: "a step in a call is waited for; `arcadia runs show \(run)` shows where each step stands"
        case .holdsLeftovers: "`arcadia runs retry \(run) --reason WHY` takes that back, once the cause is mended"
        case .changed: "`arcadia runs show \(run)` shows where it stands now"
        }
    }
}
