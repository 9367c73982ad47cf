/// What a step asks of the signal that it waits for.
struct SignalRule {
    /// Of what comes with it; nil: anything will do.
    let schema: JSONSchema?
    /// Names, and roles as `role:operator`; nil: whoever may send signals.
    let senders: [String]?
    let needsFourEyes: Bool

    /// - Parameter with: of the step, as the definition says it.
    init(_ with: JSONValue) {
        schema = with["schema"].flatMap { try? JSONSchema($0) }
        senders = with["from"]?.arrayValue?.compactMap(\.stringValue)
        needsFourEyes = with["four_eyes"]?.boolValue ?? false
    }

    /// Why a signal is none for this step; nil: it is one.
    ///
    /// - Parameter starter: who started the run; nil: nobody knows.
    func refusal(of signal: Signal, startedBy starter: String?) -> RunRefusal.Fact? {
        if let senders, !senders.contains(signal.by), !senders.contains("role:" + (signal.role ?? "")) {
            return .signalSender(signal.name, by: signal.by, allowed: senders)
        }
        // Where nobody knows who started it, it may have been the same person.
        if needsFourEyes, starter == nil || starter == signal.by {
            return .fourEyes(signal.name, by: signal.by, isKnown: starter != nil)
        }
        guard let violation = schema?.violations(of: signal.data ?? .null).first else { return nil }
        return .signalData(signal.name, violation)
    }
}

extension RunView {
    /// Holds a signal against the steps that wait for one of its name, as far as the definition says which.
    ///
    /// - Throws: it is none for any of them; why it is none for the first.
    public func check(_ signal: Signal) throws(RunRefusal) {
        let rules = (saga?.steps ?? []).filter { $0.signalName == signal.name }.compactMap(\.signalRule)
        let refusals = rules.compactMap { $0.refusal(of: signal, startedBy: row.submittedBy) }
        guard refusals.count == rules.count, let first = refusals.first else { return }
        throw RunRefusal(first, run: row.id)
    }
}

extension Step {
    fileprivate var signalRule: SignalRule? {
        guard waitsForSignal, case .literal(let with) = with else { return nil }
        return SignalRule(with)
    }
}
