/// What a step, or the run, is given: on one line, for a person who reads a plan.
enum PlanGiven {
    /// The most characters of one value, and of all of them.
    private static let longestValue = 60
    private static let longest = 500
    static let hidden = "(hidden)"

    /// eg: `message=${ .steps.hotel.output.room } seats=2 token=(hidden)`; nil: nothing is given.
    ///
    /// What is known before a run is filled in, and an expression that only a run can fill in stands as it is written.
    ///
    /// - Parameter schema: says which members are secret.
    static func text(_ with: Template, _ schema: JSONSchema?, in scope: PlanScope) -> String? {
        line(
            with.memberNames.map { name in
                let member = with.member(name)
                return (name, schema?.hides(name) == true ? nil : member.map { shown($0, scope) })
            })
    }

    /// The same of a run's inputs.
    static func text(_ inputs: JSONValue, _ schema: JSONSchema) -> String? {
        line(
            (inputs.objectValue ?? [:]).map { name, value in
                (name, schema.hides(name) ? nil : value.inShort(longestValue))
            })
    }

    /// - Parameter members: without a value where that is hidden.
    private static func line(_ members: [(name: String, value: String?)]) -> String? {
        let text = members.map { "\($0.name)=\($0.value ?? hidden)" }.joined(separator: " ")
        return text.isEmpty ? nil : text.cut(to: longest)
    }

    private static func shown(_ member: Template, _ scope: PlanScope) -> String {
        let value = member.shown(in: scope)
        // An expression has spaces, and reads better without quotes.
        guard case .expression = member, member.known(in: scope) == nil, let text = value.stringValue else {
            return value.inShort(longestValue)
        }
        return text.cut(to: longestValue)
    }
}

extension PlanNode {
    /// What the step is given, in short; nil: nothing, or it only holds others.
    var given: String? {
        switch form {
        case .call: PlanGiven.text(step.with, step.operation?.input, in: inputs)
        case .saga: PlanGiven.text(step.with, step.inputsWithin, in: inputs)
        case .parallel, .forEach, .scope: nil
        }
    }
}

extension Step {
    /// Of a saga within, what it declares as its inputs.
    fileprivate var inputsWithin: JSONSchema? {
        if case .saga(let saga) = form { saga.inputs } else { nil }
    }
}

extension Template {
    /// Of an object, in the order in which they are written.
    fileprivate var memberNames: [String] {
        switch self {
        case .literal(let value): (value.objectValue ?? [:]).map(\.key)
        case .object(let members): members.map(\.key)
        default: []
        }
    }
}
