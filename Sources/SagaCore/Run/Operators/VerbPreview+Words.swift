extension VerbPreview {
    static func sentence(_ action: Action, _ uses: OperationName) -> String {
        switch action {
        case .call: "\(uses) is called"
        case .compensate: "\(uses) is compensated"
        case .nothingToDo: "\(uses) has nothing to take back"
        case .keep: "the definition says to leave what \(uses) did"
        case .irreversible: "\(uses) cannot be taken back: the run would end failed"
        case .waitForCall: "the call in progress is waited for"
        case .wait: "it goes on waiting, and nothing is begun when that is over"
        case .leave: "what \(uses) did stays as it is"
        case .reuse: "what \(uses) did is taken over"
        case .know: "what \(uses) put out is known, and stays the other run's"
        case .skip: "it is left out; what its attempts may have done is taken back only if the run is"
        case .unresolved: "it reads what the step left out would have put out, and fails"
        case .mark: "it counts as taken back"
        }
    }

    /// - Parameter end: how the run would stand, where it would have ended.
    static func sentence(_ ask: RunAsk, _ actions: [Action], _ end: RunStatus?) -> String {
        func many(_ action: Action, _ thing: String) -> String {
            let count = actions.count { $0 == action }
            return "\(count) \(thing)\(count == 1 ? "" : "s")"
        }
        let calls = actions.contains(.waitForCall) ? "; \(many(.waitForCall, "call")) in progress waited for first" : ""
        switch ask {
        case .cancel: return "\(many(.compensate, "step")) would be taken back"
        case .abandon: return "the run would end failed, and \(many(.leave, "step")) would stay as done\(calls)"
        case .pause: return "nothing more would be begun until a resume\(calls)"
        case .resume: return "the run would go on"
        case .skip: return "the step would be left out, and the run would go on"
        case .mark:
            return end.map { "the run would end \($0.rawValue)" }
                ?? "the run would go on taking back, or wait for the rest"
        case .fork: return "a new run would know \(many(.know, "step")) and execute \(many(.call, "step"))"
        case .retry(nil, nil): return "the run would be tried again now"
        case .retry: return "a new run would take over \(many(.reuse, "step")) and execute \(many(.call, "step"))"
        }
    }
}
