/// What a run would do, step by step, without doing it.
public struct Plan: Sendable {
    public let saga: Saga
    public let inputs: JSONValue
    public let warnings: [DefinitionError]

    /// - Parameter inputs: checked against what the definition declares, with their defaults.
    public init(_ saga: Saga, inputs: JSONValue, warnings: [DefinitionError] = []) {
        self.saga = saga
        self.inputs = inputs
        self.warnings = warnings
    }

    /// `{"saga", "inputs", "steps": [{"step_id", …}], "warnings": [Finding]}`
    public var json: JSONValue {
        [
            "saga": .string(saga.name), "inputs": inputs, "steps": .array(saga.steps.map(step)),
            "warnings": .array(warnings.map(\.json)),
        ]
    }

    private func step(_ step: Step) -> JSONValue {
        let timeout = step.timeoutSeconds ?? step.operation?.timeoutSeconds
        return [
            "step_id": .string(step.id), "step_number": .int(Int64(step.number)),
            "uses": .string(step.uses.description), "summary": .string(step.operation?.summary ?? ""),
            "with": with(of: step), "compensation": .string(compensation(of: step).rawValue),
            "max_attempts": .int(Int64(step.retry.maxAttempts)),
            "timeout_seconds": timeout.flatMap(Self.number) ?? .null,
        ]
    }

    /// 60, not 60.0.
    private static func number(_ seconds: Double) -> JSONValue? {
        seconds == seconds.rounded() && seconds < 1e15 ? .int(Int64(seconds)) : JSONValue(seconds)
    }

    /// What is put in; what only a run knows stays an expression.
    public func with(of step: Step) -> JSONValue { step.with.filled(withInputs: inputs) }

    public func compensation(of step: Step) -> CancelPreview.Action { step.takingBack(isDone: true) }
}

extension Template {
    func filled(withInputs inputs: JSONValue) -> JSONValue {
        switch self {
        case .literal(let value): value
        case .expression(let expression):
            Self.value(of: expression, inputs) ?? .string("${ \(expression.source) }")
        case .text(let pieces): .string(pieces.map { Self.text(of: $0, inputs) }.joined())
        case .array(let items): .array(items.map { $0.filled(withInputs: inputs) })
        case .object(let members):
            .object(members.reduce(into: JSONObject()) { $0[$1.key] = $1.value.filled(withInputs: inputs) })
        }
    }

    private static func text(of piece: Piece, _ inputs: JSONValue) -> String {
        switch piece {
        case .literal(let text): text
        case .expression(let expression):
            value(of: expression, inputs).map { $0.stringValue ?? $0.text } ?? "${ \(expression.source) }"
        }
    }

    private static func value(of expression: Expression, _ inputs: JSONValue) -> JSONValue? {
        guard let path = expression.path, path.first == .member("inputs") else { return nil }
        return inputs.descend(path.dropFirst())
    }
}
