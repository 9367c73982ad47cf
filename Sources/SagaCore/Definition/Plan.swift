/// What a run would do, without doing it: forward, back, what it waits for, what it may reach, what it comes to.
public struct Plan: Sendable {
    public let saga: Saga
    public let inputs: JSONValue
    public let warnings: [DefinitionError]
    /// The steps as a tree.
    public let tree: [PlanNode]
    /// Those that the saga uses.
    public var plugins: [PlannedPlugin]
    /// What operations say that they would do, by the step's number.
    public var forecasts: [Int: ForecastAnswer]
    /// When it was made: prices grow old.
    public let madeAt: Timestamp

    /// - Parameter inputs: checked against what the definition declares, with their defaults.
    public init(
        _ saga: Saga, inputs: JSONValue, warnings: [DefinitionError] = [], plugins: [PlannedPlugin] = [],
        forecasts: [Int: ForecastAnswer] = [:],
        expressions: any ExpressionEvaluator = NoExpressionEvaluator(), at madeAt: Timestamp
    ) {
        self.saga = saga
        self.inputs = inputs
        self.warnings = warnings
        self.plugins = plugins
        self.forecasts = forecasts
        self.madeAt = madeAt
        tree = PlanTree(saga).nodes(
            inputs: PlanScope(inputs: inputs, program: saga.expressions, evaluator: expressions))
    }

    /// Its calls, those within other steps too.
    public var calls: [PlanNode] { tree.flatMap(\.calls) }
}
