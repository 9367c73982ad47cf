/// A signal that no step of the definition is known to wait for, while a step waits for another: misspelt, most likely. It
/// is kept all the same.
public struct StraySignal: Sendable, Hashable {
    public let name: String
    /// The signal that is waited for, and the step that waits.
    public let awaited: String
    public let step: String

    public var message: String {
        "no step of the run waits for a signal \"\(name)\"; step \"\(step)\" waits for \"\(awaited)\""
    }

    public var hint: String {
        let isNear = closest(to: name, among: [awaited]) != nil
        return (isNear ? "did you mean \"\(awaited)\"?" : "it wants \"\(awaited)\" to go on;")
            + " what was sent is kept all the same"
    }
}

extension RunView {
    /// Whether nobody waits for a signal of this name, as far as the definition says it; nil: somebody may, or nobody waits
    /// for any.
    public func stray(signal name: String) -> StraySignal? {
        guard let saga, !row.status.isEnded else { return nil }
        let waiting = saga.steps.filter(\.waitsForSignal)
        guard !waiting.contains(where: { $0.signalName == name }),
            let now = steps.first(where: { $0.step.waitsForSignal && $0.status == .suspended }),
            let awaited = now.step.signalName
        else { return nil }
        return StraySignal(name: name, awaited: awaited, step: now.id)
    }
}

extension Step {
    /// The signal that the step waits for, where the definition says it and no expression does.
    public var signalName: String? {
        guard waitsForSignal, case .literal(let name)? = with.member("name") else { return nil }
        return name.stringValue
    }
}
