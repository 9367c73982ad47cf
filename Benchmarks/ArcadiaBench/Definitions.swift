internal import Glibc
internal import PluginHost
internal import SagaCore

/// What long definitions cost, and long lists: to check, to plan, to run.
enum Definitions {
    /// A definition of `steps` steps in a row, each reading the one before; every hundredth is for jq;
    /// and the check of as many in loops.
    static func measure(folder: String, plugins: String, program: String, steps: Int) throws {
        let ended = Ended()
        let (runner, _, _, catalog) = try Subject.parts(
            folder: folder, plugins: plugins, expressions: JQEvaluator(program: program), observer: ended)
        let text = row(of: steps)
        let (check, checked) = timed { DefinitionCheck(text, catalog: catalog) }
        guard let saga = checked.saga, catalog.load(for: saga).isEmpty else {
            fatalError("the definition is not sound: \(checked.findings.first.map { "\($0)" } ?? "no core plugin")")
        }
        let (plan, told) = timed {
            catalog.plan(
                of: saga, inputs: [:], warnings: checked.warnings, asksPlugins: false,
                expressions: JQEvaluator(program: program),
                at: SystemClock().now
            ).json.text.utf8.count
        }
        let planned = Suspended.status("VmHWM") / 1024
        let run = ended.time(of: saga, inputs: [:], by: runner)
        let peak = Suspended.status("VmHWM") / 1024
        // Last: what they take in memory is not the others'.
        let apart = loops(of: steps)
        let (loops, checkedLoops) = timed { DefinitionCheck(apart, catalog: catalog) }
        guard checkedLoops.saga != nil else {
            fatalError("the loops are not sound: \(checkedLoops.findings.first.map { "\($0)" } ?? "")")
        }
        print(
            "{\"steps\":\(steps),\"bytes\":\(text.utf8.count),\"check_ms\":\(check * 1000),\"loops_ms\":\(loops * 1000),\"plan_ms\":\(plan * 1000),\"plan_bytes\":\(told),\"plan_rss_mib\":\(planned),\"run_us_per_step\":\(run * 1e6 / Double(steps)),\"rss_mib\":\(peak)}"
        )
    }

    /// One step for each of `items`, sixteen at once.
    static func forEach(folder: String, plugins: String, items: Int) throws {
        let ended = Ended()
        let (runner, _, _, catalog) = try Subject.parts(folder: folder, plugins: plugins, observer: ended)
        let text = """
            {"saga": "each", "inputs": {"required": ["list"], "properties": {"list": {"type": "array", "items": {"type": "integer"}}}}, "steps": [
              {"id": "all", "for_each": "${ .inputs.list }", "as": "n", "max_concurrency": 16, "steps": [
                {"id": "one", "uses": "core.set", "with": {"values": {"seen": "${ .n }"}}}]}]}
            """
        let inputs: JSONValue = ["list": .array((0..<items).map { .int(Int64($0)) })]
        let (check, checked) = timed { DefinitionCheck(text, catalog: catalog) }
        guard let saga = checked.saga, catalog.load(for: saga).isEmpty else {
            fatalError("the definition is not sound: \(checked.findings.first.map { "\($0)" } ?? "no core plugin")")
        }
        let (plan, _) = timed {
            catalog.plan(
                of: saga, inputs: inputs, warnings: checked.warnings, asksPlugins: false, at: SystemClock().now
            ).json.text.utf8.count
        }
        let before = Suspended.status("VmHWM") / 1024
        let run = ended.time(of: saga, inputs: inputs, by: runner)
        print(
            "{\"items\":\(items),\"check_ms\":\(check * 1000),\"plan_ms\":\(plan * 1000),\"run_us_per_item\":\(run * 1e6 / Double(items)),\"before_rss_mib\":\(before),\"rss_mib\":\(Suspended.status("VmHWM") / 1024)}"
        )
    }

    private static func row(of steps: Int) -> String {
        var text = "{\"saga\": \"long\", \"steps\": [\n"
        for number in 1...steps {
            let value =
                switch number {
                case 1: "1"
                case _ where number.isMultiple(of: 100): "${ .steps.s\(number - 1).output.v + 1 }"
                default: "${ .steps.s\(number - 1).output.v }"
                }
            text += #"  {"id": "s\#(number)", "uses": "core.set", "with": {"values": {"v": "\#(value)"}}}"#
            text += number == steps ? "\n" : ",\n"
        }
        return text.replacing("\"v\": \"1\"", with: "\"v\": 1") + "]}\n"
    }

    /// Half as many loops of a step each: every loop puts out something else, and reads what the one before put out.
    private static func loops(of steps: Int) -> String {
        let loops = (1...steps / 2).map { number in
            let first = number == 1 ? "1" : "\"${ .context.items[0].k\(number - 1) }\""
            return """
                  {"id": "l\(number)", "for_each": [\(first)], "output": {"k\(number)": "${ .item }"}, "steps": [
                    {"id": "s\(number)", "uses": "core.set", "with": {"values": {}}}]}
                """
        }
        return "{\"saga\": \"loops\", \"steps\": [\n\(loops.joined(separator: ",\n"))]}\n"
    }

    private static func timed<T>(_ body: () -> T) -> (seconds: Double, T) {
        let start = Subject.now()
        let result = body()
        return (Subject.now() - start, result)
    }
}

/// Hears of the end of one run.
private final class Ended: RunObserver, @unchecked Sendable {
    private let status = Monitor<RunStatus?>(nil)

    /// From the call that makes the run to its durable end, in seconds.
    func time(of saga: Saga, inputs: JSONValue, by runner: Runner) -> Double {
        var random = SystemRandomNumberGenerator()
        let start = Subject.now()
        runner.start(saga, inputs: inputs, id: RunID(at: SystemClock().now, using: &random))
        let status = status.wait(until: { $0 })
        precondition(status == .completed)
        return Subject.now() - start
    }

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {}
    func run(_ id: RunID, isBlocked reason: String) { fatalError("a run is blocked: \(reason)") }
    func runEnded(_ id: RunID, _ status: RunStatus) { self.status.change { $0 = status } }
}
