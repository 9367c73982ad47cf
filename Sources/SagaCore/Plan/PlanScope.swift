/// What is known before a run: the inputs, and what follows from them alone.
public struct PlanScope: ExpressionScope, Sendable {
    public let inputs: JSONValue
    private let program: ExpressionProgram
    private let evaluator: any ExpressionEvaluator

    public init(
        inputs: JSONValue, program: ExpressionProgram = .empty,
        evaluator: any ExpressionEvaluator = NoExpressionEvaluator()
    ) {
        self.inputs = inputs
        self.program = program
        self.evaluator = evaluator
    }

    /// The same of a saga within.
    func with(_ inputs: JSONValue) -> PlanScope { PlanScope(inputs: inputs, program: program, evaluator: evaluator) }

    public func value(at path: ArraySlice<Expression.Token>, of root: String) -> JSONValue? {
        root == "inputs" ? inputs.descend(path) : nil
    }

    /// Nil: only a run knows it.
    func value(of expression: Expression) -> JSONValue? {
        guard expression.references.allSatisfy({ $0.root == "inputs" }) else { return nil }
        return try? expression.value(in: self, among: program, by: evaluator)
    }
}
