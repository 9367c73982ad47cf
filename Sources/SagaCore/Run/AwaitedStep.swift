/// A step that waits, with all that somebody needs who wants it to go on.
public struct AwaitedStep: Sendable, Hashable {
    public let wait: StepWait
    /// What is asked of the signal; nil: it waits for a time.
    public let rule: SignalRule?
    /// Who started the run; nil: nobody knows.
    public let starter: String?
    let run: RunID

    /// - Parameter ref: a step that waits.
    init?(_ ref: StepRef, _ saga: Saga, _ machine: RunMachine, _ row: RunRow) {
        let step = saga.steps[ref.index]
        guard let cause = step.waitsFor, machine.isWaiting(ref), !machine.isEnded else { return nil }
        let scope = RunScope(saga: saga, machine: machine, ref: ref, run: row.id, inputs: row.inputs)
        let rule = cause == .signal ? SignalRule(step.with, in: scope, machine[ref].checkpoint) : nil
        self.rule = rule
        wait = StepWait(stepID: saga.labels[ref], cause: cause, name: rule?.name, until: machine.waitEnd(of: ref))
        starter = row.submittedBy
        run = row.id
    }

    /// Whoever started the run may not send it.
    public var barred: String? { rule?.needsFourEyes == true ? starter : nil }

    /// Nobody at all may send it: it takes two, and nobody knows who the first was.
    public var isHopeless: Bool { rule?.needsFourEyes == true && starter == nil }

    /// Whether somebody may send it, whatever comes with it.
    public func maySend(_ name: String, role: String?) -> Bool {
        rule?.refusal(of: name, role, wait.name ?? "", startedBy: starter) == nil
    }

    /// What sends the signal; nil: it waits for none.
    ///
    /// - Parameters:
    ///   - id: of the run, or enough of it; nil: all of it.
    ///   - options: what else has to be typed. eg: ` --server URL`
    public func command(id: String? = nil, options: String = "") -> String? {
        guard let rule else { return nil }
        let with = rule.schema.map { " --with \(SchemaInShort.example(of: $0).quoted)" } ?? ""
        return "arcadia runs signal \(id ?? run.description) \(wait.name ?? "NAME")\(with) --reason WHY\(options)"
    }

    /// `{"for", "name"?, "until", "from", "four_eyes", "not_from", "schema", "command"}`
    var json: JSONValue {
        var object: JSONObject = ["for": .string(wait.cause.rawValue)]
        object["name"] = wait.name.map(JSONValue.string)
        object["until"] = wait.until.map { .string($0.description) } ?? .null
        guard let rule else { return .object(object) }
        object["from"] = .array((rule.senders ?? []).map(JSONValue.string))
        object["four_eyes"] = .bool(rule.needsFourEyes)
        object["not_from"] = barred.map(JSONValue.string) ?? .null
        object["schema"] = rule.schema ?? .null
        object["command"] = command().map(JSONValue.string)
        return .object(object)
    }
}

extension SignalRule {
    /// - Parameter checkpoint: of the step that waits: it wrote down there what it worked out.
    fileprivate init(_ with: Template, in scope: some ExpressionScope, _ checkpoint: JSONValue?) {
        var known = with.filledMembers(in: scope).objectValue ?? [:]
        for key in Self.keptKeys { known[key] = checkpoint?[key] ?? known[key] }
        self.init(.object(known), leftOut: Self.keptKeys.filter { known[$0] == nil && with.member($0) != nil })
    }
}

extension Template {
    /// The members of an object that can be told without jq; the others are left out.
    func filledMembers(in scope: some ExpressionScope) -> JSONValue {
        guard case .object(let members) = self else { return (try? filled(in: scope)) ?? [:] }
        var known = JSONObject()
        for (key, member) in members { known[key] = try? member.filled(in: scope) }
        return .object(known)
    }

    /// What stands under a key of an object.
    func member(_ key: String) -> Template? {
        switch self {
        case .literal(let value): value[key].map(Template.literal)
        case .object(let members): members.first { $0.key == key }?.value
        default: nil
        }
    }
}

extension String {
    /// As one word of a shell, whatever it is.
    fileprivate var quoted: String { "'" + replacing("'", with: "'\\''") + "'" }
}

extension StepLabels {
    /// A label as it is typed: an item's brackets mean something to a shell.
    public static func typed(_ label: String) -> String { label.contains("[") ? label.quoted : label }
}
