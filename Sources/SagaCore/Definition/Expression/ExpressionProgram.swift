/// All expressions of a definition that need jq, each text once: what an evaluator compiles.
public struct ExpressionProgram: Sendable, Hashable {
    /// Some that are compiled together.
    public struct Part: Sendable, Hashable {
        public let sources: [String]
        /// SHA-256 of all of them, in hex.
        public let hash: String

        init(_ sources: [String]) {
            self.sources = sources
            hash = ContentHash.hex(of: JSONValue.array(sources.map(JSONValue.string)).text)
        }

        public static func == (left: Part, right: Part) -> Bool { left.hash == right.hash }
        public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
    }

    /// In the order in which they are written, so many in each: libjq takes 40 ms for any program, and four times as
    /// long for twice as many functions.
    let parts: [Part]
    private let places: [String: Int]
    private static let partLength = 100

    public static let empty = ExpressionProgram([])

    public init(_ expressions: [Expression]) {
        var sources: [String] = []
        var places: [String: Int] = [:]
        for expression in expressions where expression.path == nil && places[expression.source] == nil {
            places[expression.source] = sources.count
            sources.append(expression.source)
        }
        self.places = places
        parts = stride(from: 0, to: sources.count, by: Self.partLength).map { start in
            Part(Array(sources[start..<min(start + Self.partLength, sources.count)]))
        }
    }

    /// All that stand in these templates.
    public init(_ templates: [Template], and expressions: [Expression] = []) {
        self.init(templates.flatMap { $0.expressions(at: "").map(\.expression) } + expressions)
    }

    /// The part that an expression is in, and where; one that is not among them is a part by itself.
    public func place(of expression: Expression) -> (part: Part, index: Int) {
        guard let place = places[expression.source] else { return (Part([expression.source]), 0) }
        return (parts[place / Self.partLength], place % Self.partLength)
    }

    public static func == (left: ExpressionProgram, right: ExpressionProgram) -> Bool { left.parts == right.parts }
    public func hash(into hasher: inout Hasher) { hasher.combine(parts) }
}
