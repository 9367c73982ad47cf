/// A step that waits: for a person or a program, or for a time.
struct PlannedWait: Sendable, Hashable {
    enum Length: Sendable, Hashable {
        /// At most, for a signal; just so, for a time.
        case seconds(Double)
        case until(String)
        case forEver
        case knownInRun
    }

    let cause: StepWait.Cause
    /// Of the signal.
    let name: String?
    /// Who may send it, as the definition says; empty: whoever may send signals.
    let from: [String]
    /// Whoever began the run may not send it.
    let isFourEyes: Bool
    let length: Length

    /// Nil: the step waits for neither.
    init?(_ node: PlanNode) {
        guard let cause = node.step.waitsFor else { return nil }
        self.cause = cause
        let with = node.step.with.shown(in: node.inputs)
        switch cause {
        case .signal:
            let rule = SignalRule(with)
            (name, from, isFourEyes) = (rule.name, rule.senders ?? [], rule.needsFourEyes)
            length = Self.length(with["timeout_seconds"], orElse: .forEver)
        case .time:
            (name, from, isFourEyes) = (nil, [], false)
            let until = with["until"]?.stringValue.flatMap { Timestamp(rfc3339: $0) == nil ? nil : $0 }
            length = until.map(Length.until) ?? Self.length(with["seconds"], orElse: .knownInRun)
        }
    }

    private static func length(_ seconds: JSONValue?, orElse otherwise: Length) -> Length {
        guard let seconds, seconds != .null else { return otherwise }
        return seconds.doubleValue.map(Length.seconds) ?? .knownInRun
    }

    /// `{"for": "signal" | "time", "name"?, "from"?, "four_eyes"?, "seconds": n or null, "until"?, "known_in_run"?}`
    var json: JSONObject {
        var object: JSONObject = ["for": .string(cause.rawValue)]
        object["name"] = name.map(JSONValue.string)
        if !from.isEmpty { object["from"] = .array(from.map(JSONValue.string)) }
        if isFourEyes { object["four_eyes"] = .bool(true) }
        object["seconds"] = .null
        switch length {
        case .seconds(let seconds): object["seconds"] = .seconds(seconds)
        case .until(let moment): object["until"] = .string(moment)
        case .knownInRun: object["known_in_run"] = .bool(true)
        case .forEver: break
        }
        return object
    }
}
