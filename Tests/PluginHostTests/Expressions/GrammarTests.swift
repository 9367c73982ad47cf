import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// Our reading of jq beside libjq's own.
@Suite struct GrammarTests {
    private static let names = ["a", "b", "c", "d", "foo", "x", "if", "and", "e0x", "e1x", "A"]

    private enum Verdict: Equatable { case accepted, refused, rejected }

    private static func ours(_ text: String) -> Verdict {
        do {
            _ = try SagaCore.Expression(text, names: names)
            return .accepted
        } catch {
            switch error {
            case .unknownRoot: return .accepted
            // jq finds out about a division by zero when it comes to it.
            case .refused, .noLeadingDot, .divisionByZero: return .refused
            default: return .rejected
            }
        }
    }

    @Test func `what is read here libjq compiles, and what is not it does not`() throws {
        let file = Fixtures.folder.appendingPathComponent("expressions/corpus.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count > 250)
        var disagreements: [String] = []
        for line in lines {
            let ours = Self.ours(line)
            guard ours != .refused else { continue }
            if try JQ.evaluator.compiles(line) != (ours == .accepted) { disagreements.append(line) }
        }
        #expect(disagreements == [])
    }

    @Test func `what the grammar can make is read here, and libjq compiles it`() throws {
        var random = Seeded(6)
        var maker = ExpressionMaker()
        for _ in 0..<10 {
            let texts = (0..<50).map { _ in maker.expression(depth: 4, &random) }
            for text in texts { #expect(Self.ours(text) == .accepted, "\(text)") }
            // All of them in one, since compiling takes its time.
            let functions = texts.enumerated().map { "def e\($0): (\($1)\n);" }.joined(separator: "\n")
            let whole = functions + (0..<texts.count).map { "e\($0)" }.joined(separator: ", ")
            guard try !JQ.evaluator.compiles(whole) else { continue }
            for text in texts { #expect(try JQ.evaluator.compiles(text), "\(text)") }
        }
    }
}

/// Makes expressions by the rules of the grammar.
struct ExpressionMaker {
    private var variables: [String] = []

    private static let functions = [
        "length", "keys", "tostring", "not", "type", "add", "sort", "reverse", "ascii_downcase", "tojson", "empty",
        "values", "first", "floor", "to_entries", "flatten", "unique", "min", "max", "any", "all",
    ]
    private static let operators = [
        "+", "-", "*", "/", "%", "and", "or", "//", "|", ",", "==", "!=", "<", ">", "<=", ">=", "=", "|=", "+=", "//=",
    ]

    mutating func expression(depth: Int, _ random: inout Seeded) -> String {
        guard depth > 0 else { return leaf(&random) }
        let (one, two) = (depth - 1, depth - 2)
        switch Int.random(in: 0..<18, using: &random) {
        case 0, 1:
            let sign = Self.operators.randomElement(using: &random)!
            return "(\(expression(depth: one, &random))) \(sign) (\(expression(depth: one, &random)))"
        case 2: return "\(term(depth: one, &random)) | \(expression(depth: one, &random))"
        case 3: return "\(term(depth: one, &random)) + \(term(depth: one, &random)) * \(term(depth: one, &random))"
        case 4: return "[\(expression(depth: one, &random))]"
        case 5:
            return "{a: \(term(depth: two, &random)), \"b c\": (\(expression(depth: one, &random))), (\"k\"): 1, foo}"
        case 6:
            return
                "if \(expression(depth: two, &random)) then \(expression(depth: two, &random)) elif . then 1 else \(expression(depth: two, &random)) end"
        case 7: return "try \(term(depth: one, &random)) catch \(term(depth: one, &random))"
        case 8: return bound("$v\(variables.count)", depth: one, &random)
        case 9: return bound("[$v\(variables.count), {a: $w}]", depth: one, &random)
        case 10:
            return
                "reduce \(term(depth: two, &random)) as $r (\(expression(depth: two, &random)); . + (\(expression(depth: two, &random))))"
        case 11:
            return
                "foreach \(term(depth: two, &random)) as $r (0; \(expression(depth: two, &random)); \(expression(depth: two, &random)))"
        case 12:
            return "def f(g; $p): g + $p | f(.; 1); f(\(expression(depth: two, &random)); \(term(depth: two, &random)))"
        case 13: return "label $out | \(expression(depth: two, &random)), break $out"
        case 14: return "\"a\\(\(expression(depth: two, &random)))b\\n\""
        case 15: return "@base64 \"\\(\(expression(depth: two, &random)))\""
        case 16: return "map(\(expression(depth: two, &random))) | select(\(expression(depth: two, &random)))"
        default: return "-\(term(depth: one, &random))"
        }
    }

    private mutating func bound(_ pattern: String, depth: Int, _ random: inout Seeded) -> String {
        let name = "$v\(variables.count)"
        let source = term(depth: depth, &random)
        variables.append(name)
        defer { variables.removeLast() }
        return "\(source) as \(pattern) | \(expression(depth: depth, &random))"
    }

    private mutating func term(depth: Int, _ random: inout Seeded) -> String {
        guard depth > 0 else { return leaf(&random) }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return "(\(expression(depth: depth - 1, &random)))"
        case 1: return "\(path(&random))[\(expression(depth: depth - 1, &random))]"
        case 2: return "\(path(&random))[\(expression(depth: depth - 1, &random)):]?"
        case 3: return "\(path(&random))[]?"
        case 4: return "[\(expression(depth: depth - 1, &random))][0].x?"
        case 5: return "first(\(expression(depth: depth - 1, &random)))"
        case 6: return "\(path(&random))?.b[\"c d\"]"
        default: return leaf(&random)
        }
    }

    private func path(_ random: inout Seeded) -> String {
        [".a", ".a.b", ".foo.\"x y\"", ".a[\"b\"]", ".d[1]", ".a.if"].randomElement(using: &random)!
    }

    private func leaf(_ random: inout Seeded) -> String {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return ["1", "0.5", "1e3", ".5", "17"].randomElement(using: &random)!
        case 1: return ["\"x\"", "\"\\u00e9\"", "\"a\\\\b\"", "\"{}\"", "null", "true"].randomElement(using: &random)!
        case 2: return Self.functions.randomElement(using: &random)!
        case 3: return variables.randomElement(using: &random) ?? ".a"
        case 4: return [".", "..", "[]", "{}", "@json"].randomElement(using: &random)!
        default: return path(&random)
        }
    }
}
