public import SagaCore

/// Definitions in which something is odd now and then.
public enum NearDefinition {
    private static let odd: [JSONValue] = [
        .null, true, 0, -1, 1, .number("1.5"), .number("1.0"), 1000, 1001, 86_400, 86_401, 604_800, 604_801, "", "x",
        "1x",
        "é", "core.echo", "core.nosuch", "nosuch.echo", "echo", "a\n", "object", "cancel", [], [:], ["core.echo"], [[]],
        ["a": 1], ["type": "object"], "${ .run.id }", "a ${ .run.id } b", "2024-01-01T00:00:00Z", "operator",
    ]

    public static func definition(using random: inout SeededGenerator) -> JSONValue {
        if chance(10, &random) { return steps(0, &random) }
        var definition = object(
            [
                ("timeout_seconds", 10, seconds), ("concurrency_key", 10, { _ in "${ .inputs.n }" }),
                ("output", 10, { $0.next() % 2 == 0 ? ["a": 1] : "${ .inputs.n }" }),
                ("saga", 98, { _ in "trip" }), ("version", 50, { _ in "1" }), ("description", 30, { _ in "d" }),
                ("inputs", 30, inputs), ("steps", 98, { steps(0, &$0) }), ("$schema", 5, { _ in "./x" }),
                ("nosuch", 1, { _ in 1 }),
            ], &random)
        // One is always sound, so that there is something to name; another is as odd as the rest, and nobody names it.
        if case .object(var object) = definition {
            object["definitions"] = definitions(&random)
            definition = .object(object)
        }
        return definition
    }

    private static func definitions(_ random: inout SeededGenerator) -> JSONValue {
        if Int.random(in: 0..<200, using: &random) == 0 { return odd.randomElement(using: &random)! }
        guard chance(20, &random) else { return ["sub": sub] }
        let other = object(
            [
                ("saga", 98, { _ in "other" }), ("inputs", 30, inputs), ("steps", 98, { steps(1, &$0) }),
                ("output", 10, { _ in ["a": 1] }), ("nosuch", 1, { _ in 1 }),
            ], &random)
        return ["sub": sub, "other": other]
    }

    private static let sub: JSONValue = [
        "saga": "sub", "version": "1", "inputs": ["properties": ["n": ["type": "integer"]]], "steps": ["core.echo"],
    ]

    private typealias Member = (key: String, share: Int, value: (inout SeededGenerator) -> JSONValue)

    private static func object(_ members: [Member], _ random: inout SeededGenerator) -> JSONValue {
        if chance(1, &random) { return odd.randomElement(using: &random)! }
        return .object(
            members.reduce(into: JSONObject()) { object, member in
                guard chance(member.share, &random) else { return }
                let isOdd = Int.random(in: 0..<200, using: &random) == 0
                object[member.key] = isOdd ? odd.randomElement(using: &random)! : member.value(&random)
            })
    }

    private static func chance(_ percent: Int, _ random: inout SeededGenerator) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    private static func inputs(_ random: inout SeededGenerator) -> JSONValue {
        object(
            [
                ("type", 40, { $0.next() % 8 == 0 ? "array" : "object" }),
                ("properties", 60, { _ in ["n": ["type": "integer"]] }), ("required", 20, { _ in ["n"] }),
                ("nosuch", 3, { _ in 1 }),
            ], &random)
    }

    /// What is odd wherever it stands.
    public static func oddity(using random: inout SeededGenerator) -> JSONValue { odd.randomElement(using: &random)! }

    private static func steps(_ depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        let count = chance(1, &random) ? 0 : Int.random(in: 1...(depth == 0 ? 3 : 2), using: &random)
        return .array((0..<count).map { _ in step(depth, &random) })
    }

    /// A step of any form, with what it holds.
    public static func step(using random: inout SeededGenerator) -> JSONValue { step(1, &random) }

    private static func step(_ depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        if chance(15, &random) { return chance(4, &random) ? "cloud.create" : "core.echo" }
        if depth > 1 || chance(50, &random) { return call(&random) }
        return form(depth, &random)
    }

    private static func form(_ depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        let form = ["parallel", "for_each", "saga", "scope", "wait", "signal"].randomElement(using: &random)!
        let own: [Member] =
            switch form {
            case "parallel": [("on_failure", 30, branchFailure)]
            case "for_each":
                [
                    ("as", 40, { $0.next() % 8 == 0 ? "run" : "each" }),
                    ("max_concurrency", 40, { .int(Int64($0.next() % 9) + 1) }), ("on_failure", 30, branchFailure),
                    ("steps", 98, { steps(depth + 1, &$0) }), ("output", 30, { _ in 1 }),
                ]
            case "saga":
                [("version", 30, { $0.next() % 8 == 0 ? "2" : "1" }), ("with", 30, { _ in ["n": 1] })]
            case "scope":
                [
                    (
                        "on_failure", 70,
                        { ["compensate_all", "compensate_scope", "retry"].randomElement(using: &$0)! }
                    ), ("retry", 20, retry), ("else", 30, { $0.next() % 4 == 0 ? [] : steps(depth + 1, &$0) }),
                ]
            default: []
            }
        let others: [Member] = [
            ("uses", 1, { _ in "core.echo" }), ("wait", 1, { _ in ["seconds": 1] }), ("with", 1, { _ in [:] }),
        ]
        return object(
            [
                ("id", 60, { .string("s\($0.next() % 1000)") }), (form, 99, { body(of: form, depth, &$0) }),
                ("when", 20, when), ("description", 10, { _ in "d" }), ("nosuch", 1, { _ in 1 }),
            ] + own + others.filter { other in !own.contains { $0.key == other.key } && other.key != form }, &random)
    }

    private static func body(of form: String, _ depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        switch form {
        case "parallel": .array((0...Int.random(in: 0...1, using: &random)).map { _ in steps(depth + 1, &random) })
        case "for_each": random.next() % 2 == 0 ? [1, 2] : "${ .inputs.n }"
        case "saga": random.next() % 8 == 0 ? "nosuch" : "sub"
        case "scope": steps(depth + 1, &random)
        case "wait":
            object([("seconds", 70, seconds), ("until", 30, { _ in "2030-01-01T00:00:00Z" })], &random)
        default: object([("name", 97, { _ in "go" }), ("timeout_seconds", 30, seconds)], &random)
        }
    }

    private static func when(_ random: inout SeededGenerator) -> JSONValue {
        [true, "${ .inputs.n }", "a ${ .run.id }"].randomElement(using: &random)!
    }

    private static func branchFailure(_ random: inout SeededGenerator) -> JSONValue {
        random.next() % 2 == 0 ? "cancel" : "wait"
    }

    private static func call(_ random: inout SeededGenerator) -> JSONValue {
        let uses = ["core.echo", "core.set", "core.any", "cloud.create", "cloud.create"].randomElement(using: &random)!
        let share = uses == "cloud.create" ? 97 : 50
        return object(
            [
                ("id", 60, { .string("s\($0.next() % 1000)") }), ("uses", 99, { _ in .string(uses) }),
                ("with", share, { with(uses, &$0) }), ("retry", 20, retry), ("timeout_seconds", 20, seconds),
                ("compensation", 20, { compensation(uses, &$0) }), ("pivot", 10, { _ in true }), ("when", 20, when),
                ("total_timeout_seconds", 10, seconds), ("description", 10, { _ in "d" }), ("nosuch", 1, { _ in 1 }),
            ], &random)
    }

    private static func with(_ uses: String, _ random: inout SeededGenerator) -> JSONValue {
        switch uses {
        case "core.echo": object([("message", 90, { _ in "hi" }), ("nosuch", 1, { _ in 1 })], &random)
        case "core.set": object([("values", 50, { _ in ["a": ["b": 1]] }), ("more", 10, { _ in 1 })], &random)
        default:
            object(
                [
                    ("name", 97, { _ in "web" }), ("size", 30, { _ in "s-1" }),
                    ("count", 30, { .int(Int64($0.next() % 3) + 1) }),
                    ("image", 30, { $0.next() % 2 == 0 ? "a" : 7 }),
                    ("keys", 30, { .array($0.next() % 2 == 0 ? [1, 2] : [["id": 1], "${ .run.id }"]) }),
                    ("tags", 20, { object([("a", 80, { _ in "x" }), ("b", 80, { _ in "y ${ .run.id }" })], &$0) }),
                    (
                        "spec", 20,
                        { object([("on", 97, { _ in true }), ("of", 50, { _ in "s-2" }), ("no", 1, { _ in 1 })], &$0) }
                    ), ("nosuch", uses == "core.any" ? 50 : 1, { _ in 1 }),
                ], &random)
        }
    }

    private static func seconds(_ random: inout SeededGenerator) -> JSONValue { .int(Int64(random.next() % 1000) + 1) }

    private static func retry(_ random: inout SeededGenerator) -> JSONValue {
        object(
            [
                ("max_attempts", 50, { .int(Int64($0.next() % 9) + 1) }), ("initial_seconds", 50, seconds),
                ("multiplier", 50, { _ in .number("1.5") }), ("max_seconds", 50, { .int(Int64($0.next() % 80_000)) }),
                ("jitter", 50, { _ in .number("0.5") }),
                ("on", 20, { _ in ["rate", "network"] }), ("nosuch", 1, { _ in 1 }),
            ], &random)
    }

    private static func compensation(_ uses: String, _ random: inout SeededGenerator) -> JSONValue {
        let own = chance(30, &random) ? "core.echo" : nil
        return object(
            [
                ("uses", own == nil ? 0 : 100, { _ in .string(own ?? "") }), ("with", 30, { with(own ?? uses, &$0) }),
                ("retry", 30, retry), ("timeout_seconds", 30, seconds),
                ("on_failure", 50, { $0.next() % 2 == 0 ? "continue" : "halt" }), ("skip", 30, { _ in false }),
                ("nosuch", 1, { _ in 1 }),
            ], &random)
    }
}
