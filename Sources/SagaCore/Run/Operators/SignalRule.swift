/// What a step asks of the signal that it waits for.
public struct SignalRule: Sendable, Hashable {
    /// Of the signal; nil: only the run knows.
    public let name: String?
    /// A JSON Schema of what comes with it; nil: anything will do.
    public let schema: JSONValue?
    /// Names, and roles as `role:operator`; nil: whoever may send signals.
    public let senders: [String]?
    public let needsFourEyes: Bool
    /// What a step that waits keeps of its `with`.
    static let keptKeys = ["from", "four_eyes"]
    /// Who may send it is worked out when the step begins to wait.
    let isOpen: Bool

    /// - Parameters:
    ///   - with: of the step, as far as it is known.
    ///   - leftOut: its keys that are not known.
    public init(_ with: JSONValue, leftOut: [String] = []) {
        isOpen = Self.keptKeys.contains(where: leftOut.contains)
        name = with["name"]?.stringValue
        schema = with["schema"]
        senders = with["from"]?.arrayValue?.compactMap(\.stringValue)
        needsFourEyes = with["four_eyes"]?.boolValue ?? false
    }

    /// Whether a signal is one for this step.
    ///
    /// - Parameter starter: who started the run; nil: nobody knows.
    public func lets(_ signal: Signal, startedBy starter: String?) -> Bool {
        refusal(of: signal, startedBy: starter) == nil
    }

    /// Why a signal is none for this step; nil: it is one.
    ///
    /// - Parameter starter: who started the run; nil: nobody knows.
    func refusal(of signal: Signal, startedBy starter: String?) -> RunRefusal.Fact? {
        if let refusal = refusal(of: signal.by, signal.role, signal.name, startedBy: starter) { return refusal }
        let compiled = schema.flatMap { try? JSONSchema($0) }
        guard let violation = compiled?.violations(of: signal.data ?? .null).first else { return nil }
        return .signalData(signal.name, violation)
    }

    /// Why somebody may not send it, whatever comes with it; nil: they may.
    func refusal(of sender: String, _ role: String?, _ name: String, startedBy starter: String?) -> RunRefusal.Fact? {
        if isOpen { return .signalTooEarly(name) }
        if let senders, !senders.contains(sender), !senders.contains("role:" + (role ?? "")) {
            return .signalSender(name, by: sender, allowed: senders)
        }
        // Where nobody knows who started it, it may have been the same person.
        if needsFourEyes, starter == nil || starter == sender {
            return .fourEyes(name, by: sender, isKnown: starter != nil)
        }
        return nil
    }
}

extension RunView {
    /// Holds a signal against the steps that wait for one of its name, or will.
    ///
    /// - Throws: it is none for any of them; why it is none for the first.
    public func check(_ signal: Signal) throws(RunRefusal) {
        let all = signalRules
        let named = all.filter { $0.name == signal.name }
        // The name of a step's signal may be worked out in the run.
        let rules = named.isEmpty ? all.filter { $0.name == nil } : named
        let refusals = rules.compactMap { $0.refusal(of: signal, startedBy: row.submittedBy) }
        guard refusals.count == rules.count, let first = refusals.first else { return }
        throw RunRefusal(first, run: row.id)
    }

    /// Of steps that wait now, all of it; of the others, what the inputs say.
    private var signalRules: [SignalRule] {
        guard let saga, saga.hasWaits else { return [] }
        let now = steps.compactMap { step in step.awaited?.rule.map { (step.number, $0) } }
        let numbers = Set(now.map(\.0))
        let later = PlanTree(saga).every(inputs: PlanScope(inputs: row.inputs)).filter {
            $0.step.waitsForSignal && !numbers.contains($0.step.number)
        }
        return now.map(\.1)
            + later.map {
                let (known, leftOut) = $0.step.with.knownMembers(in: $0.inputs)
                return SignalRule(known, leftOut: leftOut)
            }
    }
}

extension RunView {
    /// An agreement is one to what the run was given: where the rule says who has to agree, other inputs are asked for
    /// anew.
    func checkAgreements(in list: ArraySlice<Int>, of saga: Saga, to inputs: JSONValue) throws(RunRefusal) {
        guard inputs != row.inputs else { return }
        let bound = list.first { index in
            saga.shape.nodes[index].range.contains { saga.steps[$0].saysWhoAgrees }
        }
        if let bound { throw RunRefusal(.agreedToOthers(step: saga.steps[bound].id), run: row.id) }
    }
}

extension Step {
    fileprivate var saysWhoAgrees: Bool {
        guard waitsForSignal else { return false }
        if case .literal(.bool(false))? = with.member("four_eyes") { return with.member("from") != nil }
        return with.member("from") != nil || with.member("four_eyes") != nil
    }
}
