internal import Glibc
public import SagaCore

/// Evaluates expressions by libjq, in processes of its own that may do nothing but compute: whatever an expression does
/// there, the host goes on. The first expression starts the first process.
public final class JQEvaluator: ExpressionEvaluator {
    private struct State: Sendable {
        var idle: [Worker] = []
        var count = 0
        /// Of those that were started and have not been seen to end.
        var processes: [pid_t] = []
    }

    private let state = Monitor(State())
    private let program: String
    /// Processes at most; whoever comes when all are busy waits.
    private let limit: Int

    /// Address space of a process.
    public static let memoryBytes: Int64 = 512 << 20
    private static let startMilliseconds: Int64 = 10_000
    /// For an answer, however busy the machine is: the process has less of its own time.
    private static let answerSeconds = 30

    /// - Parameter program: this one, which knows how to be such a process.
    public init(program: String = "/proc/self/exe", limit: Int = 2) {
        self.program = program
        self.limit = max(1, limit)
    }

    deinit { for worker in state.withLock({ $0.idle }) { worker.end(.wasDismissed) } }

    /// The ids of the processes that evaluate now.
    public var processes: [Int32] { state.withLock { $0.processes } }

    // MARK: - Questions

    public func evaluate(
        _ expression: Expression, among program: ExpressionProgram, in scope: JSONValue
    ) throws(ExpressionFailure) -> JSONValue {
        let (part, place) = program.place(of: expression)
        var text: [UInt8] = []
        scope.write(into: &text)
        guard text.count <= EvaluatorProcess.textLimit else {
            throw ExpressionFailure(.readsTooMuch(limit: EvaluatorProcess.textLimit), expression: expression.source)
        }
        var order = FrameBytes("evaluate")
        order.add("hash", part.hash)
        order.add("place", Int64(place))
        let question = Question(source: expression.source, frame: order.finish(attachment: text), part: part)
        return try value(try answer(question), expression.source)
    }

    public func compiles(_ source: String) throws(ExpressionFailure) -> Bool {
        var order = FrameBytes("compiles")
        order.add("source", source)
        let reply = try answer(Question(source: source, frame: order.finish(), part: nil))
        return reply.json["compiles"]?.boolValue == true
    }

    private struct Question {
        let source: String
        let frame: [UInt8]
        /// Of what program; nil: of none.
        let part: ExpressionProgram.Part?
    }

    private func value(_ reply: Frame, _ source: String) throws(ExpressionFailure) -> JSONValue {
        if reply.kind == "value" {
            let value = reply.attachment.withUnsafeBytes { try? JSONValue(parsing: $0) }
            if let value { return value }
        }
        let message = HostTable.oneLine(reply.json["message"]?.stringValue ?? "")
        let fact: ExpressionFailure.Fact =
            switch reply.json["why"]?.stringValue {
            case "none": .noValue
            case "several": .severalValues
            case "too_long": .tooLong(limit: EvaluatorProcess.textLimit)
            case "not_compiled": .notCompiled(message)
            default: .jq(message)
            }
        throw ExpressionFailure(fact, expression: source)
    }

    // MARK: - Processes

    /// One that somebody from outside ended meanwhile is made good once: a question changes nothing.
    private func answer(_ question: Question) throws(ExpressionFailure) -> Frame {
        var end: WorkerEnd?
        for _ in 0..<2 where end?.isFromOutside != false {
            let worker = try take(for: question.source)
            do throws(FrameProblem) {
                guard let reply = try ask(worker, question) else {
                    worker.end(.wasEnded(.overdue))
                    throw .ended
                }
                state.signal { $0.idle.append(worker) }
                return reply
            } catch {
                forget(worker)
                end = worker.waitForEnd(orElse: .fellSilent)
            }
        }
        throw ExpressionFailure(end.map(Self.fact) ?? .noEvaluator, expression: question.source)
    }

    /// Nil: no answer in time.
    private func ask(_ worker: Worker, _ question: Question) throws(FrameProblem) -> Frame? {
        let reply = try exchange(question.frame, worker)
        guard let reply, reply.kind == "unknown", let part = question.part else { return reply }
        var order = FrameBytes("program")
        order.add("hash", part.hash)
        order.add("sources", .array(part.sources.map(JSONValue.string)))
        guard try exchange(order.finish(), worker) != nil else { return nil }
        return try exchange(question.frame, worker)
    }

    private func exchange(_ frame: [UInt8], _ worker: Worker) throws(FrameProblem) -> Frame? {
        let end = ContinuousClock.now.advanced(by: .seconds(Self.answerSeconds))
        try worker.lanes[0].send(frame)
        return try worker.lanes[0].receive(until: end)
    }

    private static func fact(of end: WorkerEnd) -> ExpressionFailure.Fact {
        switch end.cause {
        case .signal(SIGPROF), .wasEnded: .tookTooLong(seconds: EvaluatorProcess.valueSeconds)
        case .exit(EvaluatorProcess.outOfMemory), .ranOutOfMemory: .outOfMemory(bytes: memoryBytes)
        default: .ended(end.explanation)
        }
    }

    /// One that has nothing to do; a new one while there may be more.
    private func take(for source: String) throws(ExpressionFailure) -> Worker {
        while true {
            let known = state.wait { state -> Worker?? in
                if let worker = state.idle.popLast() { return .some(worker) }
                guard state.count < self.limit else { return nil }
                state.count += 1
                return .some(nil)
            }
            guard let worker = known else { return try startCounted(for: source) }
            if worker.isAlive { return worker }
            forget(worker)
        }
    }

    private func forget(_ worker: Worker) {
        state.signal { state in
            state.count -= 1
            state.processes.removeAll { $0 == worker.pid }
        }
    }

    private func startCounted(for source: String) throws(ExpressionFailure) -> Worker {
        do throws(ExpressionFailure) {
            let worker = try start(for: source)
            state.withLock { $0.processes.append(worker.pid) }
            return worker
        } catch {
            state.signal { $0.count -= 1 }
            throw error
        }
    }

    private func start(for source: String) throws(ExpressionFailure) -> Worker {
        let settings = WorkerSettings(
            program: program, library: "", isProgram: false, readable: [], writable: [], memoryBytes: Self.memoryBytes,
            graceSeconds: nil, maySpawn: false, lanes: 1, lock: -1, purpose: .work)
        let worker: Worker
        do throws(WorkerStartProblem) {
            worker = try WorkerSupervisor.shared.start(settings, plugin: "expressions", load: settings.loadEvaluator())
        } catch {
            throw ExpressionFailure(.notStarted(error.reason), expression: source)
        }
        switch worker.greetingOrEnd(milliseconds: Self.startMilliseconds) {
        case .greeting(.refused(.remembered(_, let reason)))?:
            worker.end(.wasDismissed)
            throw ExpressionFailure(.noLibrary(reason), expression: source)
        case .greeting?: return worker
        case .end(let end)?: throw ExpressionFailure(.notStarted(end.explanation), expression: source)
        case nil:
            worker.end(.wasEnded(.silent))
            throw ExpressionFailure(.notStarted("it said nothing for 10 s"), expression: source)
        }
    }
}

extension WorkerEnd {
    fileprivate var isFromOutside: Bool { [.signal(SIGKILL), .signal(SIGTERM), .fellSilent].contains(cause) }
}

extension WorkerSettings {
    /// What a worker is told that evaluates expressions.
    fileprivate func loadEvaluator() -> [UInt8] {
        var frame = FrameBytes("load")
        frame.add("expressions", .bool(true))
        frame.add("lanes", Int64(lanes))
        frame.add("memory_bytes", memoryBytes)
        frame.add("may_spawn", .bool(false))
        return frame.finish()
    }
}
