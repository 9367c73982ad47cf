/// What a run would do, step by step, without doing it.
public struct Plan: Sendable {
    public let saga: Saga
    public let inputs: JSONValue
    public let warnings: [DefinitionError]
    private let expressions: any ExpressionEvaluator

    /// - Parameter inputs: checked against what the definition declares, with their defaults.
    public init(
        _ saga: Saga, inputs: JSONValue, warnings: [DefinitionError] = [],
        expressions: any ExpressionEvaluator = NoExpressionEvaluator()
    ) {
        self.saga = saga
        self.inputs = inputs
        self.warnings = warnings
        self.expressions = expressions
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
    public func with(of step: Step) -> JSONValue {
        step.with.filled(with: PlanScope(inputs: inputs, program: saga.expressions, evaluator: expressions))
    }

    public func compensation(of step: Step) -> CancelPreview.Action { step.takingBack(isDone: true) }
}

/// What is known before a run.
private struct PlanScope: ExpressionScope {
    let inputs: JSONValue
    let program: ExpressionProgram
    let evaluator: any ExpressionEvaluator

    func value(at path: ArraySlice<Expression.Token>, of root: String) -> JSONValue? {
        root == "inputs" ? inputs.descend(path) : nil
    }

    /// Nil: only a run knows it.
    func value(of expression: Expression) -> JSONValue? {
        guard expression.references.allSatisfy({ $0.root == "inputs" }) else { return nil }
        return try? expression.value(in: self, among: program, by: evaluator)
    }
}

extension Template {
    fileprivate func filled(with scope: PlanScope) -> JSONValue {
        switch self {
        case .literal(let value): value
        case .expression(let expression):
            scope.value(of: expression) ?? .string("${ \(expression.source) }")
        case .text(let pieces): .string(pieces.map { Self.text(of: $0, scope) }.joined())
        case .array(let items): .array(items.map { $0.filled(with: scope) })
        case .object(let members):
            .object(members.reduce(into: JSONObject()) { $0[$1.key] = $1.value.filled(with: scope) })
        }
    }

    private static func text(of piece: Piece, _ scope: PlanScope) -> String {
        switch piece {
        case .literal(let text): text
        case .expression(let expression):
            scope.value(of: expression).map { $0.stringValue ?? $0.text } ?? "${ \(expression.source) }"
        }
    }
}
