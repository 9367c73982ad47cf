import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// Plain paths, which are answered here, beside what libjq makes of them.
@Suite struct PlainPathTests {
    private typealias Token = SagaCore.Expression.Token

    @Test func `a plain path finds what libjq finds, and nothing where libjq finds null or fails`() throws {
        let million = ProcessInfo.processInfo.environment["ARCADIA_EXPRESSIONS"] == "whole"
        let (rounds, documents) = million ? (100, 100) : (20, 50)
        var random = Seeded(1)
        var found = 0
        for _ in 0..<rounds {
            let paths = (0..<100).map { _ in Self.path(&random) }
            let expressions = try paths.map { try SagaCore.Expression(Self.text($0, &random), names: Self.roots) }
            let answers = paths.map { "[try \(Self.jqText($0)) catch empty]" }
            let lists = stride(from: 0, to: 100, by: 10).map { answers[$0..<$0 + 10].joined(separator: ", ") }
            let jq = try SagaCore.Expression("[\(lists.joined(separator: "] + ["))]", names: Self.roots)
            let program = ExpressionProgram([jq])
            for _ in 0..<documents {
                let document = Self.object(depth: 4, &random)
                let theirs = try #require(
                    try JQ.evaluator.evaluate(jq, among: program, in: document).arrayValue)
                for (index, expression) in expressions.enumerated() {
                    let ours = try? expression.value(
                        in: Document(document), among: .empty, by: NoExpressionEvaluator())
                    let answer = theirs[index].arrayValue?.first ?? .null
                    if ours != nil { found += 1 }
                    guard !(ours ?? .null).sameJSON(as: answer) else { continue }
                    Issue.record(
                        "\(expression.source) in \(document.text): \(ours?.text ?? "nothing"), libjq \(answer.text)")
                    return
                }
            }
        }
        #expect(found > rounds * documents * 10, "most paths lead nowhere")
        print("plain paths: \(rounds * documents * 100) cases, \(found) of them found something")
    }

    private static let roots = ["item", "a b", "x"]
    private static let members = ["name", "ip", "my-step", "a b", "é", "x", "0", "e1", "if"]

    private static func path(_ random: inout Seeded) -> [Token] {
        let root = (SagaCore.Expression.roots + roots).randomElement(using: &random)!
        return [.member(root)]
            + (0..<Int.random(in: 0...4, using: &random)).map { _ in
                Int.random(in: 0..<4, using: &random) == 0
                    ? .index(Int.random(in: 0...3, using: &random)) : .member(members.randomElement(using: &random)!)
            }
    }

    /// As a person would write it, one way or the other.
    private static func text(_ path: [Token], _ random: inout Seeded) -> String {
        path.enumerated().map { place, token in
            switch token {
            case .index(let index): return "[\(index)]"
            case .member(let name):
                let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
                return isPlain && Bool.random(using: &random) ? ".\(name)" : ".\"\(name)\""
            }
        }.joined()
    }

    private static func jqText(_ path: [Token]) -> String {
        path.map { token in
            switch token {
            case .index(let index): "[\(index)]"
            case .member(let name): ".\"\(name)\""
            }
        }.joined()
    }

    private static func object(depth: Int, _ random: inout Seeded) -> JSONValue {
        var object = JSONObject()
        let names = depth == 4 ? SagaCore.Expression.roots + roots : members
        for name in names where Int.random(in: 0..<5, using: &random) > 0 {
            object[name] = value(depth: depth - 1, &random)
        }
        return .object(object)
    }

    private static func value(depth: Int, _ random: inout Seeded) -> JSONValue {
        guard depth > 0 else { return scalar(&random) }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return scalar(&random)
        case 1, 2:
            return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(depth: depth - 1, &random) })
        default: return object(depth: depth, &random)
        }
    }

    private static func scalar(_ random: inout Seeded) -> JSONValue {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .int(Int64.random(in: -(1 << 53)...(1 << 53), using: &random))
        case 3: .number(["0.1", "1e3", "-2.50", "1.5e-7", "1E+2"].randomElement(using: &random)!)
        default: .string(["", "text", "zwölf", "a\"b\\c\n", "\u{1F600}"].randomElement(using: &random)!)
        }
    }
}
