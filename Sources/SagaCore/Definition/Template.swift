/// A JSON value with `${ … }` in its strings: what a step's `with` is until the run fills it in.
public indirect enum Template: Sendable {
    case literal(JSONValue)
    /// A string that is one expression and nothing else keeps the type of what it finds.
    case expression(Expression)
    /// Expressions amid text become text.
    case text([Piece])
    case array([Template])
    case object([(key: String, value: Template)])

    public enum Piece: Sendable, Hashable {
        case literal(String)
        case expression(Expression)
    }

    /// An expression that could not be read, and where it stands.
    public struct Problem: Error, Sendable, Hashable {
        public enum Fact: Sendable, Hashable {
            case expression(String, Expression.Problem)
            case unterminated(String)
        }
        public let at: JSONPointer
        public let fact: Fact
    }

    /// Reads every string below `value`; all problems are collected, and what holds none is kept as it is.
    public init(_ value: JSONValue, at pointer: JSONPointer, problems: inout [Problem]) {
        switch value {
        case .string(let text):
            self = Self.reading(text, at: pointer, problems: &problems)
        case .array(let items):
            let parts = items.enumerated().map { Template($1, at: pointer.appending($0), problems: &problems) }
            self = parts.allSatisfy(\.isLiteral) ? .literal(value) : .array(parts)
        case .object(let members):
            let parts = members.map { ($0.key, Template($0.value, at: pointer.appending($0.key), problems: &problems)) }
            self = parts.allSatisfy { $0.1.isLiteral } ? .literal(value) : .object(parts)
        default:
            self = .literal(value)
        }
    }

    private var isLiteral: Bool {
        if case .literal = self { true } else { false }
    }

    private static func reading(_ text: String, at pointer: JSONPointer, problems: inout [Problem]) -> Template {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return .literal(.string(text)) }
        var pieces: [Piece] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            if start.lowerBound > rest.startIndex { pieces.append(.literal(String(rest[..<start.lowerBound]))) }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                problems.append(Problem(at: pointer, fact: .unterminated(text)))
                return .literal(.string(text))
            }
            let inner = String(rest[start.upperBound..<end])
            do throws(Expression.Problem) {
                pieces.append(.expression(try Expression(inner)))
            } catch {
                problems.append(Problem(at: pointer, fact: .expression(inner, error)))
            }
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { pieces.append(.literal(String(rest))) }
        if case .expression(let only)? = pieces.first, pieces.count == 1 { return .expression(only) }
        let isPlain = pieces.allSatisfy { if case .literal = $0 { true } else { false } }
        return isPlain ? .literal(.string(text)) : .text(pieces)
    }

    /// Every expression with the place it stands at, in the order written.
    public func expressions(at pointer: JSONPointer) -> [(at: JSONPointer, expression: Expression, isWhole: Bool)] {
        switch self {
        case .literal: []
        case .expression(let expression): [(pointer, expression, true)]
        case .text(let pieces):
            pieces.compactMap { if case .expression(let expression) = $0 { (pointer, expression, false) } else { nil } }
        case .array(let items): items.enumerated().flatMap { $1.expressions(at: pointer.appending($0)) }
        case .object(let members): members.flatMap { $0.value.expressions(at: pointer.appending($0.key)) }
        }
    }

    /// An expression that found nothing when the step was about to start.
    public struct Unresolved: Error, Sendable, Hashable {
        public let expression: String
        public init(expression: String) { self.expression = expression }
    }

    /// The value with everything filled in. A path that leads nowhere is an error, never a null.
    public func filled(in scope: some ExpressionScope) throws(Unresolved) -> JSONValue {
        switch self {
        case .literal(let value): return value
        case .expression(let expression): return try Self.value(of: expression, in: scope)
        case .text(let pieces):
            var text = ""
            for piece in pieces {
                switch piece {
                case .literal(let literal): text += literal
                case .expression(let expression):
                    let value = try Self.value(of: expression, in: scope)
                    text += value.stringValue ?? value.text
                }
            }
            return .string(text)
        case .array(let items):
            var filled: [JSONValue] = []
            for item in items { filled.append(try item.filled(in: scope)) }
            return .array(filled)
        case .object(let members):
            var filled = JSONObject()
            for member in members { filled[member.key] = try member.value.filled(in: scope) }
            return .object(filled)
        }
    }

    private static func value(of expression: Expression, in scope: some ExpressionScope) throws(Unresolved) -> JSONValue
    {
        guard let value = expression.evaluate(in: scope) else { throw Unresolved(expression: expression.source) }
        return value
    }
}
