internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// Calls of plugins in processes of their own.
enum WorkerSubject {
    /// Everything in workers of this program.
    static func policy(_ program: String) -> PlacementPolicy {
        PlacementPolicy(program: program, ownFolder: nil, onlyWorkers: true)
    }

    /// One call after another of `core.set`, and how long the first took, which starts the worker.
    static func call(folder: String, plugins: String, program: String, count: Int) throws {
        let data = try DataFolder(opening: folder)
        let marks = try CallMarkFile(dataFolder: data.path)
        let catalog = PluginCatalog(
            search: PluginSearch(given: [plugins], environment: [:], executable: nil), dataFolder: data.path,
            marks: marks, placement: policy(program))
        let dispatcher = PluginDispatcher(catalog: catalog, threads: HostThreads(), marks: marks)
        let call = CallSubject(marks)
        let begin = Subject.now()
        call.perform(dispatcher)
        let start = Subject.now() - begin
        for _ in 0..<1000 { call.perform(dispatcher) }
        var times: [Double] = []
        for _ in 0..<count {
            let begin = Subject.now()
            call.perform(dispatcher)
            times.append((Subject.now() - begin) * 1e6)
        }
        times.sort()
        let (there, back) = WorkerFrames.sizes(of: call.step, output: [:])
        print(
            "{\"p50_us\":\(times[count / 2]),\"p99_us\":\(times[count * 99 / 100]),\"start_ms\":\(start * 1000),\"there\":\(there),\"back\":\(back)}"
        )
    }
}

/// One call of an operation, made again and again.
struct CallSubject {
    let step: StepCall
    private let reporter = CallReporter()

    init(_ marks: CallMarkFile, operation: OperationName = OperationName("core.set")!, with: JSONValue = [:]) {
        var random = SystemRandomNumberGenerator()
        let run = RunID(at: SystemClock().now, using: &random)
        step = StepCall(
            verb: .execute, run: run, saga: "bench", stepID: "step_1", stepNumber: 1, operation: operation, attempt: 1,
            with: with, inputs: [:], context: [:], result: nil, checkpoint: nil, timeoutSeconds: nil, executedBy: nil,
            mark: CallMark(slot: marks.acquire(for: RunKey(number: 1), id: run), licence: 1))
    }

    func perform(_ dispatcher: PluginDispatcher) { dispatcher.perform(step, reportingTo: reporter) }
}

private final class CallReporter: StepCallReporter {
    func began(by image: PluginImage, cancel: any CallCancellation) {}
    func checkpoint(_ checkpoint: JSONValue) throws {}
    var isCancelRequested: Bool { false }
    func ended(_ outcome: StepOutcome) {
        guard case .completed = outcome else { fatalError("the call ended otherwise: \(outcome)") }
    }
    func gaveUp(_ outcome: StepOutcome) {}
}
