import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// What is proved of conditions, beside what libjq makes of them.
@Suite struct ConditionTests {
    private static let inputs: JSONValue = [
        "required": ["size", "count", "name", "tier", "any"],
        "properties": [
            "size": ["enum": ["s-1", "s-2", 3]], "count": ["type": "integer", "minimum": 1, "maximum": 5],
            "share": ["type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 2, "default": 9],
            "name": ["type": "string"], "tier": ["const": "gold"], "any": true,
            "flag": ["type": ["boolean", "null"]], "deep": ["type": "object", "properties": ["a": ["enum": [1, 2]]]],
        ],
    ]
    private static let paths = ["size", "count", "share", "name", "tier", "any", "flag", "deep.a", "deep"]
    private static let constants = [
        #""s-1""#, #""s-2""#, #""gold""#, #""""#, "0", "1", "1.0", "1.5", "2", "3", "5", "6", "-1", "null", "true",
        "false",
        "[]",
    ]
    private static let catalog = ListedOperations([.test("echo")])

    @Test func `what is said never to hold does not, and what always to hold does, whatever a run is given`() throws {
        let isWhole = ProcessInfo.processInfo.environment["ARCADIA_EXPRESSIONS"] == "whole"
        var random = Seeded(7)
        var (never, always) = (0, 0)
        for _ in 0..<(isWhole ? 500 : 20) {
            let conditions = (0..<50).map { _ in Self.condition(depth: 2, &random) }
            let truths = try Self.truths(of: conditions)
            let answers = conditions.map { "[try (\($0)) catch empty]" }
            let lists = stride(from: 0, to: 50, by: 10).map { answers[$0..<$0 + 10].joined(separator: ", ") }
            let jq = try SagaCore.Expression("[\(lists.joined(separator: "] + ["))]")
            let program = ExpressionProgram([jq])
            for _ in 0..<40 {
                let document: JSONValue = ["inputs": Self.values(&random)]
                let found = try #require(try JQ.evaluator.evaluate(jq, among: program, in: document).arrayValue)
                for (index, truth) in truths {
                    let value = found[index].arrayValue?.first
                    guard let value, value != .bool(truth) else { continue }
                    Issue.record("\(conditions[index]) in \(document.text): \(value.text), said to be \(truth)")
                    return
                }
            }
            never += truths.count { !$0.value }
            always += truths.count { $0.value }
        }
        #expect(min(never, always) > 20)
        print("conditions: \(never) never hold, \(always) always do")
    }

    /// By the place of the condition, where something is said of it.
    private static func truths(of conditions: [String]) throws -> [Int: Bool] {
        let steps = conditions.enumerated().map { index, condition -> JSONValue in
            ["id": .string("s\(index)"), "uses": "test.echo", "when": .string("${ \(condition) }")]
        }
        let definition: JSONValue = ["saga": "trip", "inputs": inputs, "steps": .array(steps)]
        return DefinitionCheck(definition.text, catalog: catalog).findings.reduce(into: [:]) { truths, finding in
            switch finding.fact {
            case .proof(.neverHolds(let step, _, _)): truths[Int(step.dropFirst()) ?? -1] = false
            case .proof(.alwaysHolds(let step, _)): truths[Int(step.dropFirst()) ?? -1] = true
            default: break
            }
        }
    }

    private static func condition(depth: Int, _ random: inout Seeded) -> String {
        switch Int.random(in: 0..<(depth == 0 ? 2 : 6), using: &random) {
        case 2, 3: return "(\(condition(depth: depth - 1, &random))) and (\(condition(depth: depth - 1, &random)))"
        case 4: return "(\(condition(depth: depth - 1, &random))) or (\(condition(depth: depth - 1, &random)))"
        case 5: return "(\(condition(depth: depth - 1, &random))) | not"
        default:
            let sign = ["==", "!=", "<", "<=", ">", ">="].randomElement(using: &random)!
            let sides = [path(&random), side(&random)]
            return "\(sides[0]) \(sign) \(sides[1])"
        }
    }

    private static func side(_ random: inout Seeded) -> String {
        random.next() % 5 == 0 ? path(&random) : constants.randomElement(using: &random)!
    }

    private static func path(_ random: inout Seeded) -> String {
        let path = ".inputs." + paths.randomElement(using: &random)!
        return random.next() % 6 == 0 ? "(\(path) // \(constants.randomElement(using: &random)!))" : path
    }

    /// What fits the inputs.
    private static func values(_ random: inout Seeded) -> JSONValue {
        let anything: [JSONValue] = [.null, true, 0, 1, 7, "", "gold", "s-1", [], [:], .number("1.5")]
        var values: JSONObject = [
            "size": (["s-1", "s-2", 3] as [JSONValue]).randomElement(using: &random)!,
            "count": .int(Int64.random(in: 1...5, using: &random)),
            "share": ([9, 1, .number("0.5"), .number("1.5"), .number("1.999")] as [JSONValue])
                .randomElement(using: &random)!,
            "name": (["", "gold", "s-1", "z"] as [JSONValue]).randomElement(using: &random)!, "tier": "gold",
            "any": anything.randomElement(using: &random)!,
        ]
        if random.next() % 2 == 0 { values["flag"] = [true, false, .null].randomElement(using: &random)! }
        if random.next() % 2 == 0 {
            values["deep"] = random.next() % 2 == 0 ? [:] : ["a": random.next() % 2 == 0 ? 1 : 2]
        }
        return .object(values)
    }
}
