/// A signal that a run will wait for and that nobody may send who is here: where one person works alone there is no second
/// one, and nobody has a role.
public struct LonelySignal: Sendable, Hashable {
    public let stepID: String
    public let rule: SignalRule
    /// Who is here.
    public let user: String

    /// eg: step "approve" waits for signal "go" from role:operator, and there is only lea here
    public var message: String {
        let signal = rule.name.map { "signal \"\($0)\"" } ?? "a signal"
        return "step \"\(stepID)\" waits for \(signal) from \(sender), and there is only \(user) here"
    }

    private var sender: String {
        guard let senders = rule.senders else { return "somebody else than who starts the run" }
        let either = senders.joined(separator: " or ")
        return rule.needsFourEyes ? "\(either), other than who starts the run" : either
    }

    public var hint: String {
        """
        others send it through a server: run it there (`--server URL`), or start `arcadia serve` here; alone, \
        `arcadia runs skip RUN --step \(stepID) --reason WHY` goes on without it
        """
    }
}

extension Saga {
    /// The signals that somebody who starts a run with these inputs, without a server, could not send it.
    public func signalsOutOfReach(
        of user: String, inputs: JSONValue, expressions: any ExpressionEvaluator
    ) -> [LonelySignal] {
        guard hasWaits else { return [] }
        let scope = PlanScope(inputs: inputs, program: self.expressions, evaluator: expressions)
        return PlanTree(self).nodes(inputs: scope).flatMap(\.calls).compactMap { node in
            guard node.step.waitsForSignal else { return nil }
            let rule = SignalRule(node.step.with.knownMembers(in: node.inputs).known)
            guard rule.refusal(of: user, nil, rule.name ?? "", startedBy: user) != nil else { return nil }
            return LonelySignal(stepID: node.label, rule: rule, user: user)
        }
    }
}
