import ArcadiaTesting
import Glibc
import PluginHost
import SagaCore
import Testing

/// Expressions in the process that evaluates them.
@Suite struct EvaluatorTests {
    private static let inputs: JSONValue = [
        "inputs": ["name": "web", "count": 3, "tags": ["b", "a"], "none": .null, "ports": ["http": 80]]
    ]

    @Test(
        arguments: [
            (".inputs.name | ascii_upcase", "WEB"), (".inputs.count + 1", 4), ("{a: .inputs.name}", ["a": "web"]),
            (".inputs.tags | sort", ["a", "b"]), (".inputs.missing // \"none\"", "none"), (".inputs.none", .null),
            (".inputs[\"name\"]", "web"), ("[.inputs.tags[] | length]", [1, 1]),
            (".inputs.count * 0.5", .number("1.5")),
            ("\"\\(.inputs.name)-\\(.inputs.count)\"", "web-3"),
            (".inputs as {$name, ports: {$http}} | [$name, $http]", ["web", 80]),
            ("if .inputs.count > 2 then \"many\" else \"few\" end", "many"), ("@base64 \"\\(.inputs.name)\"", "d2Vi"),
            ("def twice(f): [f, f]; twice(.inputs.count)", [3, 3]),
            ("reduce .inputs.tags[] as $t (\"\"; . + $t)", "ba"),
            ("[.inputs | to_entries[] | .key] | length", 5), ("[paths] | length", 9), ("try error(\"x\") catch .", "x"),
            ("\"é\\n\\u0001\"", "é\n\u{1}"),
        ] as [(String, JSONValue)])
    func `an expression has the value that jq gives it`(text: String, value: JSONValue) throws {
        #expect(try JQ.value(text, Self.inputs) == value)
    }

    @Test(
        arguments: [
            ("empty", .noValue), (".inputs.tags[]", .severalValues), ("repeat(1)", .severalValues),
            ("error(\"no such zone\")", .jq("no such zone")), ("error({code: 5})", .jq("{\"code\":5}")),
            (".inputs.name + 1", .jq("string (\"web\") and number (1) cannot be added")),
            (".inputs.gone", .nothingThere(path: ".inputs.gone")),
            (".inputs.gone | length", .nothingThere(path: ".inputs.gone")),
            (".inputs | .gone.a + 1", .nothingThere(path: ".inputs.gone.a")),
            ("first(.inputs.tags[], error(\"late\")) | error(\"early\")", .jq("early")),
        ] as [(String, ExpressionFailure.Fact)])
    func `what has not exactly one value says why`(text: String, fact: ExpressionFailure.Fact) {
        #expect(JQ.failure(text, Self.inputs) == fact)
    }

    @Test(arguments: [
        "last(repeat(1))", "[range(1e9)] | length", "def f: f; f", "reduce range(1e12) as $i (0; . + $i)",
        "[limit(1e9; repeat(\"x\"))] | length", "until(false; .)",
    ])
    func `an expression without an end is stopped and named, and the next one is answered`(text: String) throws {
        let failure = JQ.failure(text, Self.inputs)
        #expect(failure == .tookTooLong(seconds: 1) || failure == .outOfMemory(bytes: JQEvaluator.memoryBytes))
        #expect(try JQ.value(".inputs.count + 1", Self.inputs) == 4)
    }

    @Test func `an expression that wants all memory is stopped and named`() throws {
        let failure = JQ.failure("reduce range(40) as $i (\"x\" * 1000; . + .) | length", Self.inputs)
        #expect(failure == .outOfMemory(bytes: JQEvaluator.memoryBytes))
        #expect(try JQ.value(".inputs.count + 1", Self.inputs) == 4)
    }

    @Test func `a value that is too long is refused`() {
        #expect(JQ.failure("reduce range(24) as $i (\"x\"; . + .)") == .tooLong(limit: 8 << 20))
    }

    @Test func `a value nested too deep to be written ends its process and no other`() throws {
        guard case .ended? = JQ.failure("reduce range(1000000) as $i (null; [.])") else {
            Issue.record("it was answered")
            return
        }
        #expect(try JQ.value("1 + 1") == 2)
    }

    @Test func `many threads ask at once, and each hears its own answer`() throws {
        let evaluator = JQEvaluator(program: Arcadia.program)
        let expression = try SagaCore.Expression(".inputs.n * 2")
        let program = ExpressionProgram([expression])
        let wrong = Monitor<(left: Int, wrong: [Int])>((8, []))
        for thread in 0..<8 {
            startThread {
                for count in 0..<100 {
                    let number = thread * 1000 + count
                    let value = try? expression.value(
                        in: Document(["inputs": ["n": .int(Int64(number))]]), among: program, by: evaluator)
                    if value != .int(Int64(2 * number)) { wrong.withLock { $0.wrong.append(number) } }
                }
                wrong.change { $0.left -= 1 }
            }
        }
        #expect(wrong.wait { $0.left == 0 ? $0.wrong : nil } == [])
    }

    @Test func `the process is killed in the middle, and the question is asked again`() throws {
        let evaluator = JQEvaluator(program: Arcadia.program, limit: 1)
        let quick = try SagaCore.Expression("1 + 1")
        #expect(try evaluator.evaluate(quick, among: .empty, in: [:]) == 2)
        let slow = try SagaCore.Expression("[range(1000000)] | length")
        let done = Monitor<JSONValue??>(nil)
        startThread {
            let value = try? evaluator.evaluate(slow, among: .empty, in: [:])
            done.change { $0 = .some(value) }
        }
        let victim = try #require(evaluator.processes.first)
        kill(victim, SIGKILL)
        #expect(done.wait { $0 } == .some(1_000_000))
        #expect(try evaluator.evaluate(quick, among: .empty, in: [:]) == 2)
        #expect(evaluator.processes.first != victim)
    }

    @Test func `no process is started for a plain path`() throws {
        let evaluator = JQEvaluator(program: Arcadia.program)
        let path = try SagaCore.Expression(".inputs.name")
        #expect(try path.value(in: Document(Self.inputs), among: .empty, by: evaluator) == "web")
        #expect(evaluator.processes == [])
    }

    @Test(arguments: [
        "env.HOME", "$ENV.HOME", "now", "input", "[inputs]", "input_filename", "input_line_number", "debug", "stderr",
        "halt", "halt_error", "halt_error(1)", "localtime", "strflocaltime(\"%Y\")", "get_search_list", "modulemeta",
        "$__prog_args", "_input",
    ])
    func `whoever comes past the check finds nothing of the outside`(text: String) throws {
        // So deep that it is not followed here, and libjq alone understands it.
        let deep = String(repeating: "(", count: 70) + text + String(repeating: ")", count: 70)
        #expect(throws: (any Error).self) { try SagaCore.Expression(deep) }
        let hidden = try SagaCore.Expression("[\(deep)]", compiles: { _ in true })
        #expect(!hidden.isProven)
        let value = try? JQ.evaluator.evaluate(hidden, among: .empty, in: ["a": 1])
        #expect(value == nil || value == [.null])
    }

    @Test func `of a thousand expressions each has its own value, and they are compiled in parts`() throws {
        let expressions = try (0..<1000).map { try SagaCore.Expression(".inputs.n + \($0)") }
        let program = ExpressionProgram(expressions)
        let evaluator = JQEvaluator(program: Arcadia.program, limit: 1)
        for place in [999, 0, 99, 100, 199, 500, 998, 1] {
            #expect(
                try evaluator.evaluate(expressions[place], among: program, in: ["inputs": ["n": 1]])
                    == .int(Int64(place + 1)))
        }
        #expect(evaluator.processes.count == 1, "none of them was too much for a process")
        #expect(program.place(of: expressions[0]).part == program.place(of: expressions[99]).part)
        #expect(program.place(of: expressions[0]).part != program.place(of: expressions[100]).part)
        let other = try program.place(of: SagaCore.Expression("1 + 1"))
        #expect(other.part.sources == ["1 + 1"] && other.index == 0)
    }

    @Test func `an expression that libjq does not understand says what libjq says, and spoils no other`() throws {
        let wrong = try SagaCore.Expression("nosuch(1)", compiles: { _ in true })
        let right = try SagaCore.Expression("1 + 1")
        let program = ExpressionProgram([wrong, right])
        #expect(try JQ.evaluator.evaluate(right, among: program, in: [:]) == 2)
        #expect(
            throws: ExpressionFailure(.notCompiled("nosuch/1 is not defined"), expression: "nosuch(1)")
        ) { try JQ.evaluator.evaluate(wrong, among: program, in: [:]) }
    }
}

/// jq keeps numbers as doubles.
@Suite struct RoundedNumberTests {
    private static let scope: JSONValue = [
        "inputs": [
            "id": 9_007_199_254_740_993, "big": 1_152_921_504_606_846_977, "next": 1_152_921_504_606_846_978,
            "money": .number("12345678901234567.89"), "huge": .number("1e400"), "small": .number("0.10"),
            "ids": [9_007_199_254_740_993, 9_007_199_254_740_995, 5],
        ]
    ]

    @Test(
        arguments: [
            ("{id: .inputs.id}", ["id": 9_007_199_254_740_993]), (".inputs.id // 0", 9_007_199_254_740_993),
            ("[.inputs.ids[] | select(. > 10)]", [9_007_199_254_740_993, 9_007_199_254_740_995]),
            (".inputs.ids | max", 9_007_199_254_740_995),
            ("[.inputs.next, .inputs.big] | sort", [1_152_921_504_606_846_977, 1_152_921_504_606_846_978]),
            ("if .inputs.id > 5 then .inputs.money else 0 end", .number("12345678901234567.89")),
            ("[.inputs.huge]", [.number("1e400")]), (".inputs.small + 0", .number("0.1")), (".inputs.ids | length", 3),
            (".inputs.ids[2] + 1", 6),
        ] as [(String, JSONValue)])
    func `a number that jq would round passes through as it is`(text: String, value: JSONValue) throws {
        #expect(try JQ.value(text, Self.scope) == value)
    }

    @Test(arguments: [
        ".inputs.id + 1", ".inputs.big - 1", ".inputs.id | tostring", "\"\\(.inputs.id)\"", "[.inputs.id] | tojson",
        ".inputs.ids | add", ".inputs.id == 9007199254740992",
    ])
    func `to calculate with one is an error, and never a little wrong`(text: String) {
        #expect(JQ.failure(text, Self.scope) == .roundedNumber)
    }
}
