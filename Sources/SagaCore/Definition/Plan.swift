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
        forecasts: [Int: ForecastAnswer] = [:], at madeAt: Timestamp
    ) {
        self.saga = saga
        self.inputs = inputs
        self.warnings = warnings
        self.plugins = plugins
        self.forecasts = forecasts
        self.madeAt = madeAt
        tree = PlanTree(saga).nodes(inputs: inputs)
    }

    /// Its calls, those within other steps too.
    public var calls: [PlanNode] { tree.flatMap(\.calls) }
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

    static func value(of expression: Expression, _ inputs: JSONValue) -> JSONValue? {
        expression.root == "inputs" ? inputs.descend(expression.path.dropFirst()) : nil
    }
}
