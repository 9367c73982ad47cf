import SagaCore
import Testing

/// What is known of an expression before it is evaluated.
@Suite struct ExpressionTests {
    private static func expression(_ text: String) throws -> SagaCore.Expression {
        try SagaCore.Expression(text, names: ["item", "host"])
    }

    /// `.inputs.name`, with `?` where what is missing is taken care of, and `*` where not every evaluation reads it.
    private static func reads(_ text: String) throws -> [String] {
        try expression(text).references.map { "\($0.text)\($0.isGuarded ? "?" : "")\($0.isConditional ? "*" : "")" }
    }

    @Test(
        arguments: [
            (".inputs.name", [".inputs.name"]),
            (".inputs.\"a b\"[0].c", [".inputs.\"a b\"[0].c"]),
            (".inputs[\"name\"]", [".inputs.name"]),
            (".inputs | .name", [".inputs.name"]),
            (".inputs | .a, .b | length", [".inputs.a*", ".inputs.b*"]),
            (".steps.a.output as $o | $o.ip", [".steps.a.output.ip"]),
            (
                ".steps.a.output as {$ip, ports: [$first]} | [$ip, $first]",
                [".steps.a.output.ip", ".steps.a.output.ports[0]"]
            ),
            (".inputs.name // \"none\"", [".inputs.name?"]),
            (".inputs.a // .inputs.b", [".inputs.a?", ".inputs.b*"]),
            (".inputs.name?", [".inputs.name?"]),
            ("try .inputs.name catch 1", [".inputs.name?"]),
            (".inputs.a + .inputs.b", [".inputs.a", ".inputs.b"]),
            ("if .inputs.a then .inputs.a.b else .inputs.c end", [".inputs.a?", ".inputs.a.b?*", ".inputs.c*"]),
            ("if .inputs | has(\"a\") then .inputs.a else 0 end", [".inputs", ".inputs.a?*"]),
            ("if .inputs.a == null then 0 else .inputs.a end", [".inputs.a?", ".inputs.a?*"]),
            (".inputs.a and .inputs.b", [".inputs.a?", ".inputs.b?*"]),
            (".inputs.list[] | .name", [".inputs.list"]),
            (".inputs.list | map(.name)", [".inputs.list"]),
            (".inputs.list[1:]", [".inputs.list"]),
            (".inputs.list[.inputs.at]", [".inputs.at", ".inputs.list"]),
            (".inputs.list[-1]", [".inputs.list"]),
            (".inputs.list | first", [".inputs.list[0]"]),
            ("keys", ["."]), ("..", ["."]), (".", ["."]), (". as $all | $all.run.id", [".run.id"]),
            ("{name: .inputs.name, n: (.item.n + 1)}", [".inputs.name", ".item.n"]),
            ("[.host, .run.id]", [".host", ".run.id"]),
            ("\"a \\(.inputs.a) b\"", [".inputs.a"]),
            ("@base64 \"\\(.inputs.a)\"", [".inputs.a"]),
            ("def f: .a; .inputs | f", [".inputs.a"]),
            ("def f(g): g | .a; f(.inputs)", [".inputs.a"]),
            ("def f($x): $x.ip; f(.steps.a.output)", [".steps.a.output.ip"]),
            ("def f: if .n > 0 then .next | f else . end; .inputs | f", [".inputs.n", ".inputs.next*", ".inputs*"]),
            ("reduce .inputs.list[] as $x (.inputs.start; . + $x.n)", [".inputs.list", ".inputs.start"]),
            ("foreach .inputs.list[] as $x (0; . + 1; [$x, .])", [".inputs.list"]),
            (".inputs | select(.a) | .b", [".inputs.a?", ".inputs.b*"]),
            (".inputs | .a = 1", [".inputs"]),
            (".inputs.name | length", [".inputs.name"]),
            ("label $out | .inputs.a, break $out", [".inputs.a"]),
            ("1 + 1", []), ("\"inputs\"", []), ("[]", []),
            (".context.a as [$x] ?// $x | $x", [".context.a"]),
            ("first(.inputs.a, .inputs.b)", [".inputs.a*", ".inputs.b*"]),
            ("limit(1; .inputs.list[])", [".inputs.list"]),
        ] as [(String, [String])])
    func `it is known what an expression reads`(text: String, reads: [String]) throws {
        let found = try Self.reads(text)
        #expect(found == reads)
    }

    @Test func `a reference says where it is written`() throws {
        let text = ".inputs.a + (.steps.\"é\".output | .ip)"
        let ranges = try Self.expression(text).references.map {
            String(decoding: Array(text.utf8)[$0.range], as: UTF8.self)
        }
        #expect(ranges == [".inputs.a", ".ip"])
    }

    @Test(arguments: [
        (".inputs.text", "string"), (".inputs.count", "integer"), (".inputs.text | length", "number"),
        ("length", "number"), ("tostring", "string"), (".inputs.count == 1", "boolean"),
        (".inputs.list | map(.x)", "array"), ("{a: 1}", "object"), ("[1]", "array"), ("\"a\\(1)\"", "string"),
        (".inputs.count + 1", "number"), (".inputs.text + \"x\"", "string"), ("1 / 2", "number"),
        (".inputs.text / \",\"", "array"), (".inputs.text // 1", "string integer"), ("null", "null"),
        (".inputs.maybe // 0", "string integer"), (".inputs.maybe", "string null"),
        ("if .inputs.text == \"a\" then 1 else \"b\" end", "string integer"), ("not", "boolean"),
        (".inputs.text | test(\"a\")", "boolean"), (".inputs as {$text} | $text", "string"),
        ("def f: .text; .inputs | f", "string"), (".inputs.text | ltrimstr(\"a\")", "string"),
        (".inputs.list[1:]", "array"), ("@json", "string"), ("[.inputs.list[] | .a] | add", "any"),
        (".inputs | .text, .count", "string integer"), ("first(.inputs.text, 1)", "string integer"),
        ("reduce .inputs.list[] as $x (0; . + 1)", "number"),
        ("try .inputs.count catch \"x\"", "string integer"), ("to_entries", "array"), ("-.inputs.count", "number"),
        (".inputs.maybe | strings", "string"), (".inputs.any", "any"), ("error(\"x\")", "any"),
        (".inputs.text and true", "boolean"),
    ])
    func `it is known what types the value can have`(text: String, types: String) throws {
        let known: [String: SchemaTypes] = [
            ".inputs.text": .string, ".inputs.count": .integer, ".inputs.list": .array,
            ".inputs.maybe": [.string, .null],
        ]
        let found = try Self.expression(text).result { known[$0.text] ?? .any }
        let all = SchemaTypes.any.names.joined(separator: " ")
        #expect((found == .any ? "any" : found.names.joined(separator: " ")) == (types == all ? "any" : types))
    }

    @Test(
        arguments: [
            (".inputs.a", .one), (".inputs.a + 1", .one), (".inputs.list[]", .any), ("[.inputs.list[]]", .one),
            ("1, 2", .any), ("empty", .atMostOne), (".inputs | select(.a)", .atMostOne), (".inputs.a?", .atMostOne),
            (".inputs.a // 1", .one), (".inputs.list[] // 1", .any), ("first(.inputs.list[])", .atMostOne),
            ("first(.inputs.list[]) // null", .one), ("if .inputs.a then 1 else empty end", .atMostOne),
            ("range(3)", .any), ("last(range(3))", .one), ("{a: (1, 2)}", .any), ("\"\\(1, 2)\"", .any),
            ("reduce range(3) as $x (0; . + $x)", .one), ("def f: 1, 2; f", .any), (".inputs.list[] as $x | 1", .any),
            ("error(\"x\") // 2", .one), ("..", .any),
        ] as [(String, ExpressionYield)])
    func `it is known how many values there are`(text: String, yields: ExpressionYield) throws {
        #expect(try Self.expression(text).yields == yields)
    }

    @Test(
        arguments: [
            ("env.HOME", .refused("env", .environment, offset: 0)),
            ("$ENV.HOME", .refused("$ENV", .environment, offset: 0)),
            ("[.inputs.a, now]", .refused("now", .clock, offset: 12)),
            ("1 | localtime", .refused("localtime", .clock, offset: 4)),
            ("input", .refused("input", .input, offset: 0)), ("[inputs]", .refused("inputs", .input, offset: 1)),
            ("debug", .refused("debug", .output, offset: 0)),
            ("1 | halt_error(1)", .refused("halt_error", .halting, offset: 4)),
            ("import \"a\" as a; 1", .refused("import", .module, offset: 0)),
            ("$__loc__", .refused("$__loc__", .place, offset: 0)),
            ("def f: now; 1", .refused("now", .clock, offset: 7)), ("inputs.name", .noLeadingDot),
            ("steps.a", .noLeadingDot),
            ("", .empty), (".inputs.a +", .syntax(found: "", offset: 11)),
            (".inputs.a b", .syntax(found: "b", offset: 10)),
            ("\"open", .openString(offset: 0)), ("1 / 0", .divisionByZero(offset: 4)),
            ("$x", .unknownName("$x", offset: 0)),
            ("1 | nosuch(2)", .unknownFunction("nosuch", arguments: 1, offset: 4)),
            (".secrets.a", .unknownRoot("secrets")),
            (".inputs.a + .secrets.a", .unknownRoot("secrets")), (".[0]", .unknownRoot("[0]")),
            ("9007199254740993", .roundedNumber("9007199254740993", offset: 0)),
            (".steps.my-step.output | length", .unknownFunction("step", arguments: 0, offset: 10)),
        ] as [(String, SagaCore.Expression.Problem)])
    func `what no step may say is told with its place`(text: String, problem: SagaCore.Expression.Problem) {
        #expect(throws: problem) { try SagaCore.Expression(text) }
    }

    @Test func `a deep expression is refused before it costs a stack`() {
        let deep = String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000)
        #expect(throws: SagaCore.Expression.Problem.self) { try SagaCore.Expression(deep) }
        let long = (0..<10_000).map { _ in "1" }.joined(separator: " | ")
        #expect(throws: SagaCore.Expression.Problem.self) { try SagaCore.Expression(long) }
    }

    @Test func `an expression as deep as may be fits the stack of a host's thread`() throws {
        let parentheses = String(repeating: "[{a: (", count: 19) + ".inputs.a" + String(repeating: ")}]", count: 19)
        let pipes = (0..<55).map { _ in "{a: .}" }.joined(separator: " | ")
        let functions = (0..<50).map { "def f\($0 + 1): f\($0) + 1; " }.joined()
        let done = Monitor<[Bool]>([])
        startThread {
            for text in [parentheses, pipes, "def f0: .inputs.a; " + functions + "f50"] {
                let isRead = (try? SagaCore.Expression(text)) != nil
                done.change { $0.append(isRead) }
            }
        }
        #expect(done.wait { $0.count == 3 ? $0 : nil } == [true, true, true])
    }

    @Test func `what only libjq understands is allowed, and may read anything`() throws {
        let expression = try SagaCore.Expression(".inputs.a | nosuch", compiles: { $0 == ".inputs.a | nosuch" })
        #expect(!expression.isProven)
        #expect(expression.references.map(\.text) == ["."])
        #expect(expression.result { _ in .string } == .any)
        #expect(throws: SagaCore.Expression.Problem.self) { try SagaCore.Expression("now", compiles: { _ in true }) }
    }

    @Test func `who calls too much is not followed`() throws {
        let calls = (1...16).map { "def f\($0): f\($0 - 1), f\($0 - 1); " }.joined()
        let expression = try SagaCore.Expression("def f0: .inputs.a; " + calls + "f16")
        #expect(!expression.isProven)
        #expect(expression.references.map(\.text) == ["."])
    }
}

/// Where expressions begin and end in a text.
@Suite struct TemplateTests {
    private static func pieces(_ text: String) -> [String] {
        var problems: [Template.Problem] = []
        let template = Template(.string(text), at: "", problems: &problems)
        guard problems.isEmpty else { return ["\(problems.count) problems"] }
        switch template {
        case .literal(let value): return ["'\(value.stringValue ?? "")'"]
        case .expression(let expression): return [expression.source]
        case .text(let pieces):
            return pieces.map {
                if case .expression(let expression) = $0 {
                    expression.source
                } else if case .literal(let text) = $0 {
                    "'\(text)'"
                } else {
                    ""
                }
            }
        default: return []
        }
    }

    @Test(
        arguments: [
            ("${ {a: .inputs.x} }", ["{a: .inputs.x}"]), ("${{a:{b:1}}}", ["{a:{b:1}}"]),
            ("${ \"}\" }", ["\"}\""]), ("${ \"a\\\"}\" }", ["\"a\\\"}\""]),
            ("${ \"\\(.inputs.x | {a: \"}\"})}\" } b", ["\"\\(.inputs.x | {a: \"}\"})}\"", "' b'"]),
            ("a ${ .inputs.x }${ .inputs.y } $b", ["'a '", ".inputs.x", ".inputs.y", "' $b'"]),
            ("$5 and {}", ["'$5 and {}'"]), ("${ .inputs.x", ["1 problems"]), ("${ \" }", ["1 problems"]),
            ("${ .inputs.x # } \n }", [".inputs.x # }"]), ("é${ .inputs.x }é", ["'é'", ".inputs.x", "'é'"]),
            ("$${ .inputs.x }", ["'$'", ".inputs.x"]),
        ] as [(String, [String])])
    func `an expression ends at its own brace`(text: String, pieces: [String]) {
        #expect(Self.pieces(text) == pieces)
    }
}
