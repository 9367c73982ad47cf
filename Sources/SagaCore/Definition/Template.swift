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
    ///
    /// - Parameters:
    ///   - names: what the expressions can see besides the usual roots.
    ///   - compiles: whether libjq understands a text that is not understood here.
    public init(
        _ value: JSONValue, at pointer: JSONPointer, names: [String] = [],
        compiles: (String) -> Bool = { _ in false }, problems: inout [Problem]
    ) {
        switch value {
        case .string(let text):
            self = Self.reading(text, at: pointer, names, compiles, problems: &problems)
        case .array(let items):
            let parts = items.enumerated().map {
                Template($1, at: pointer.appending($0), names: names, compiles: compiles, problems: &problems)
            }
            self = parts.allSatisfy(\.isLiteral) ? .literal(value) : .array(parts)
        case .object(let members):
            let parts = members.map { member in
                let place = pointer.appending(member.key)
                return (
                    member.key,
                    Template(member.value, at: place, names: names, compiles: compiles, problems: &problems)
                )
            }
            self = parts.allSatisfy { $0.1.isLiteral } ? .literal(value) : .object(parts)
        default:
            self = .literal(value)
        }
    }

    private var isLiteral: Bool {
        if case .literal = self { true } else { false }
    }

    private static func reading(
        _ text: String, at pointer: JSONPointer, _ names: [String], _ compiles: (String) -> Bool,
        problems: inout [Problem]
    ) -> Template {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return .literal(.string(text)) }
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var rest = 0
        while let start = opening(in: bytes, from: rest) {
            if start > rest { pieces.append(.literal(String(decoding: bytes[rest..<start], as: UTF8.self))) }
            guard let end = JQLexer.end(of: bytes, from: start + 2) else {
                problems.append(Problem(at: pointer, fact: .unterminated(text)))
                return .literal(.string(text))
            }
            let inner = String(decoding: bytes[(start + 2)..<end], as: UTF8.self)
            do throws(Expression.Problem) {
                pieces.append(.expression(try Expression(inner, names: names, compiles: compiles)))
            } catch {
                problems.append(Problem(at: pointer, fact: .expression(inner, error)))
            }
            rest = end + 1
        }
        if rest < bytes.count { pieces.append(.literal(String(decoding: bytes[rest...], as: UTF8.self))) }
        if case .expression(let only)? = pieces.first, pieces.count == 1 { return .expression(only) }
        let isPlain = pieces.allSatisfy { if case .literal = $0 { true } else { false } }
        return isPlain ? .literal(.string(text)) : .text(pieces)
    }

    /// Where the next `${` stands.
    private static func opening(in bytes: [UInt8], from start: Int) -> Int? {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] == UInt8(ascii: "$"), bytes[place + 1] == UInt8(ascii: "{") { return place }
            place += 1
        }
        return nil
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
}
