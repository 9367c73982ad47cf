/// What a step of a run waits for: a signal, or a time.
public struct StepWait: Sendable, Hashable {
    public enum Cause: String, Sendable, Hashable { case signal, time }

    /// The step's label.
    public let stepID: String
    public let cause: Cause
    /// Of the signal, where the definition says it and no expression does.
    public let name: String?
    /// When the waiting is over at the latest; nil: never.
    public let until: Timestamp?

    public init(stepID: String, cause: Cause, name: String? = nil, until: Timestamp? = nil) {
        self.stepID = stepID
        self.cause = cause
        self.name = name
        self.until = until
    }
}

/// What a run waits for, in short: one step of those that wait, and how many others do.
public struct RunWait: Sendable, Hashable {
    public let first: StepWait
    public let others: Int

    public init(first: StepWait, others: Int = 0) {
        self.first = first
        self.others = others
    }

    /// A signal counts more than a time, since somebody has to send it. Nil: nothing waits.
    init?(_ waits: [StepWait]) {
        guard let first = waits.first(where: { $0.cause == .signal }) ?? waits.first else { return nil }
        self.init(first: first, others: waits.count - 1)
    }
}

extension RunMachine {
    /// The steps that wait for a signal or a time, in the order of the definition.
    func waits(of saga: Saga) -> [StepWait] {
        guard saga.hasWaits, status == .running else { return [] }
        let waiting = live.filter { saga.steps[$0.index].waitsFor != nil && isWaiting($0) }.sorted { isBefore($0, $1) }
        return waiting.map { ref in
            let step = saga.steps[ref.index]
            return StepWait(
                stepID: saga.labels[ref], cause: step.waitsFor!, name: step.signalName, until: waitEnd(of: ref))
        }
    }

    /// It is asleep, and not between two attempts of which one failed.
    func isWaiting(_ ref: StepRef) -> Bool {
        let record = self[ref]
        return record.status == .suspended && record.timer != nil && record.error == nil && !record.isStopping
    }

    /// When a step's waiting is over at the latest: it wrote that down when it began to wait. Nil: never.
    public func waitEnd(of ref: StepRef) -> Timestamp? {
        self[ref].checkpoint?["until"]?.intValue.map(Timestamp.init(milliseconds:))
    }
}

extension Step {
    /// Nil: it does not wait, but calls something.
    var waitsFor: StepWait.Cause? {
        switch uses {
        case SignalOperations.waitSignal: .signal
        case SignalOperations.wait: .time
        default: nil
        }
    }
}

// MARK: - JSON

extension RunWait {
    /// `{"for": "signal" | "time", "step_id", "name"?, "until": time or null, "others": n}`
    public var json: JSONValue {
        var object: JSONObject = ["for": .string(first.cause.rawValue), "step_id": .string(first.stepID)]
        object["name"] = first.name.map(JSONValue.string)
        object["until"] = first.until.map { .string($0.description) } ?? .null
        object["others"] = .int(Int64(others))
        return .object(object)
    }

    /// Nil: it is none.
    public init?(json: JSONValue) {
        guard let cause = json["for"]?.stringValue.flatMap(StepWait.Cause.init(rawValue:)),
            let step = json["step_id"]?.stringValue
        else { return nil }
        let first = StepWait(
            stepID: step, cause: cause, name: json["name"]?.stringValue,
            until: json["until"]?.stringValue.flatMap(Timestamp.init(rfc3339:)))
        self.init(first: first, others: Int(json["others"]?.intValue ?? 0))
    }
}
