extension VerbPreview {
    static func sentence(_ action: Action, _ ask: RunAsk, _ step: Step, _ label: String) -> String {
        let what = step.called(label)
        return switch action {
        case .call: step.isCall ? "\(what) is called" : "\(what) begins"
        case .callAgain:
            "\(what) \(step.isCall ? "is called" : "begins") again; what it did in this run stays as it is"
        case .compensate: step.compensation.uses.map { "\($0) takes \(what) back" } ?? "\(what) is compensated"
        case .nothingToDo: "\(what) has nothing to take back"
        case .keep: "the definition says to leave what \(what) did"
        case .irreversible: "\(what) cannot be taken back: the run would end failed"
        case .waitForCall where ask == .cancel:
            "the call in progress is waited for, then \(what) is taken back if it did anything"
        case .waitForCall: "the call in progress is waited for"
        case .wait: "it goes on waiting, and nothing is begun when that is over"
        case .leave: "what \(what) did stays as it is"
        case .reuse: "what \(what) did is taken over"
        case .know: "what \(what) put out is known, and stays the other run's"
        case .skip: "it is left out; what its attempts may have done is taken back only if the run is"
        case .unresolved: "it reads what the step left out would have put out, and fails"
        case .mark: "it counts as taken back"
        case .leftOut: "it is left out: its `when` does not hold"
        }
    }

    static func sentence(_ ask: RunAsk, _ actions: [Action], _ outcome: Outcome) -> String {
        func many(_ action: Action, _ thing: String) -> String {
            let count = actions.count { $0 == action }
            return "\(count) \(thing)\(count == 1 ? "" : "s")"
        }
        let calls = actions.contains(.waitForCall) ? "; \(many(.waitForCall, "call")) in progress waited for first" : ""
        switch ask {
        case .cancel:
            let count = actions.count { $0 == .compensate || $0 == .waitForCall }
            return count == 0
                ? "nothing would be taken back" : "\(count) step\(count == 1 ? "" : "s") would be taken back"
        case .abandon: return "the run would end failed, and \(many(.leave, "step")) would stay as done\(calls)"
        case .pause: return "nothing more would be begun until a resume\(calls)"
        case .resume: return "the run would go on"
        case .skip: return "the step would be left out, and the run would go on"
        case .mark:
            guard case .ended(let status) = outcome else {
                return "the run would go on taking back, or wait for the rest"
            }
            return "the run would end \(status.rawValue)"
        case .fork: return "a new run would know \(many(.know, "step")) and execute \(many(.call, "step"))"
        case .retry where outcome == .anew:
            let calls = actions.count { $0 == .call || $0 == .callAgain }
            return "a new run would take over \(many(.reuse, "step")) and execute \(calls) step\(calls == 1 ? "" : "s")"
        case .retry: return "the run would be tried again now"
        }
    }
}

extension Step {
    /// What a sentence calls it: what it uses, or its form and its name. eg: "core.echo", "`parallel` step \"both\""
    func called(_ label: String) -> String {
        switch form {
        case .call: uses.description
        case .parallel: "`parallel` step \"\(label)\""
        case .forEach: "`for_each` step \"\(label)\""
        case .saga: "`saga` step \"\(label)\""
        case .scope: "`scope` step \"\(label)\""
        }
    }
}
