internal import PluginHost
internal import SagaCore

/// What an expression costs: a plain path, and one that libjq evaluates in its process.
enum ExpressionSubject {
    private struct Scope: ExpressionScope {
        let document: JSONValue
        func value(at path: ArraySlice<SagaCore.Expression.Token>, of root: String) -> JSONValue? {
            document[root]?.descend(path)
        }
    }

    private static let scope = Scope(document: [
        "inputs": ["name": "web", "count": 3],
        "steps": ["droplet": ["output": ["ip": "192.0.2.1", "tags": ["a", "b"]]]],
    ])

    static func measure(program: String, count: Int) throws {
        let evaluator = JQEvaluator(program: program)
        let path = try SagaCore.Expression(".steps.droplet.output.ip")
        let one = try SagaCore.Expression(".steps.droplet.output.tags | map(ascii_upcase) | join(\",\")")
        let many = try (0..<100).map { try SagaCore.Expression("{name: .inputs.name, count: (.inputs.count + \($0))}") }
        let first = try times(1) { try value(one, ExpressionProgram([one]), evaluator) }
        let hundred = try times(1) { try value(many[50], ExpressionProgram(many), evaluator) }
        let known = ExpressionProgram([one])
        let jq = try times(count) { try value(one, known, evaluator) }
        let batch = 1000
        let plain = try times(count / 10) { for _ in 0..<batch { try value(path, .empty, evaluator) } }
        print(
            "{\"path_ns\":\(plain[plain.count / 2] * 1e9 / Double(batch)),\"p50_us\":\(jq[count / 2] * 1e6),\"p99_us\":\(jq[count * 99 / 100] * 1e6),\"first_ms\":\(first[0] * 1000),\"hundred_ms\":\(hundred[0] * 1000)}"
        )
    }

    private static func value(
        _ expression: SagaCore.Expression, _ program: ExpressionProgram, _ evaluator: JQEvaluator
    ) throws { _ = try expression.value(in: scope, among: program, by: evaluator) }

    /// In seconds, in their order.
    private static func times(_ count: Int, _ body: () throws -> Void) throws -> [Double] {
        try (0..<count).map { _ in
            let begin = Subject.now()
            try body()
            return Subject.now() - begin
        }.sorted()
    }
}
