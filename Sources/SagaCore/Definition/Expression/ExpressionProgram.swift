/// All expressions of a definition that need jq: what an evaluator compiles once.
public struct ExpressionProgram: Sendable, Hashable {
    /// The texts, each once.
    public let sources: [String]
    /// SHA-256 of all of them, in hex; empty where there are none.
    public let hash: String
    private let places: [String: Int]

    public static let empty = ExpressionProgram([])

    public init(_ expressions: [Expression]) {
        var sources: [String] = []
        var places: [String: Int] = [:]
        for expression in expressions where expression.path == nil && places[expression.source] == nil {
            places[expression.source] = sources.count
            sources.append(expression.source)
        }
        self.sources = sources
        self.places = places
        hash = sources.isEmpty ? "" : ContentHash.hex(of: JSONValue.array(sources.map(JSONValue.string)).text)
    }

    /// All that stand in these templates.
    public init(_ templates: [Template], and expressions: [Expression] = []) {
        self.init(templates.flatMap { $0.expressions(at: "").map(\.expression) } + expressions)
    }

    /// Nil: it is not among them.
    public func place(of expression: Expression) -> Int? { places[expression.source] }

    public static func == (left: ExpressionProgram, right: ExpressionProgram) -> Bool { left.hash == right.hash }
    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}
