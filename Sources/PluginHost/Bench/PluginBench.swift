internal import CPluginHost
internal import Glibc
package import SagaCore

/// What a bench is set up with.
package struct BenchSetup: Sendable {
    package let folder: PluginFolder
    package let manifest: PluginManifest
    /// A copy that nobody changes meanwhile.
    package let library: String
    package var config: JSONValue
    /// More folders that it may read. eg: that of another copy
    package var readable: [String] = []
    /// More folders that it may write to: those of the worlds to come.
    package var writable: [String] = []
    package var lanes = 1
    /// True: the plugin is loaded into this very process, for debuggers.
    package var isInThisProcess = false
    /// False: the worker may do what a host's own process may.
    package var isConfined = true

    package init(folder: PluginFolder, manifest: PluginManifest, library: String, config: JSONValue) {
        self.folder = folder
        self.manifest = manifest
        self.library = library
        self.config = config
    }
}

/// A plugin under examination, from the outside: a worker of its own that does with it what it is told, a step at a time.
package final class PluginBench: Sendable {
    /// What came of an order.
    package enum Reply: Sendable {
        /// The bench's facts.
        case done(JSONValue)
        /// The plugin ended its process; how, in words.
        case ended(String)
        /// Nothing came in time; the process was ended.
        case late
        /// The one who was asked for an answer ended it.
        case killed
    }

    /// What a plugin asks its host for in the middle of a call.
    package enum Question: Sendable {
        case checkpoint(JSONValue)
        case request(method: String, url: String)
    }

    /// What the host answers.
    package enum Answer: Sendable {
        /// As a host does: the checkpoint is durable, the request is made.
        case usual
        /// The checkpoint could not be written.
        case notDurable
        /// This came back.
        case response(status: Int, body: String)
        /// Nothing came back of a request that was sent.
        case noResponse
        /// The worker is killed before it hears an answer; with `afterwards`, what it asked for was done.
        case kill(afterwards: Bool)
    }

    private let worker: Worker?
    private let lanes: [FrameChannel]
    private let setup: BenchSetup
    private let http: PluginHTTP?

    /// Starts a worker. Nothing of the plugin is loaded before an order says so.
    ///
    /// - Throws: a sentence.
    package init(_ setup: BenchSetup, http: HTTPService?) throws(PluginRefusal) {
        self.setup = setup
        let needsHTTP = setup.manifest.capabilities.services.contains(PluginCapabilities.httpService)
        self.http =
            needsHTTP
            ? http.map {
                PluginHTTP(
                    service: $0, setup.manifest.capabilities, config: setup.config, given: setup.config, grant: nil)
            } : nil
        guard !setup.isInThisProcess else {
            (worker, lanes) = (nil, Self.threads(setup, hasHTTP: needsHTTP))
            return
        }
        let settings = WorkerSettings(bench: setup)
        let image = PluginImage(plugin: setup.manifest.id, version: setup.manifest.version, hash: "")
        let load = settings.load(
            setup.manifest, image: image, config: setup.config, hasHTTP: needsHTTP,
            bench: setup.isConfined ? .confined : .free)
        do throws(WorkerStartProblem) {
            let worker = try WorkerSupervisor.shared.start(settings, plugin: setup.manifest.id, load: load)
            (self.worker, lanes) = (worker, worker.lanes)
        } catch {
            throw PluginRefusal(.workerNotStarted(error.reason), path: setup.folder.path)
        }
    }

    private static func threads(_ setup: BenchSetup, hasHTTP: Bool) -> [FrameChannel] {
        let bench = Bench(setup.manifest, library: setup.library, hasHTTP: hasHTTP, mark: { _ in nil })
        return (0..<setup.lanes).compactMap { lane in
            var (ours, theirs): (Int32, Int32) = (-1, -1)
            guard arcadia_worker_channel(&ours, &theirs) == 0 else { return nil }
            let channel = FrameChannel(theirs)
            startThread { bench.work(lane, channel) }
            return FrameChannel(ours)
        }
    }

    deinit { end() }

    // MARK: - Orders

    /// Loads the library; a copy of it where one is named.
    package func open(_ library: String? = nil, seconds: Double = 10) -> Reply {
        var frame = FrameBytes("order")
        frame.add("do", "open")
        frame.add("library", library.map(JSONValue.string))
        return obey(frame, lane: 0, seconds: seconds)
    }

    /// - Parameter what: `entry`, `create`, `destroy`, `health`, `extension`, `look`, with what each takes.
    package func order(_ what: String, _ arguments: JSONObject = [:], seconds: Double = 10) -> Reply {
        var frame = FrameBytes("order")
        frame.add("do", .string(what))
        for (key, value) in arguments { frame.add(named: key, value) }
        return obey(frame, lane: 0, seconds: seconds)
    }

    /// - Parameters:
    ///   - arguments: how the bench makes it: `memory`, `services`, `refused_write`, `stack_kib`, `cancel_after_ms`,
    ///     `nudge_late`, `cancelled`.
    ///   - answer: what the plugin hears when it asks its host for something.
    package func call(
        _ call: StepCall, _ arguments: JSONObject = [:], lane: Int = 0, seconds: Double = 30,
        answer: (Question) -> Answer = { _ in .usual }
    ) -> Reply {
        var frame = FrameBytes(call: call)
        frame.add("do", "call")
        for (key, value) in arguments { frame.add(named: key, value) }
        return obey(frame, lane: lane, seconds: seconds, step: call, answer: answer)
    }

    private func obey(
        _ order: FrameBytes, lane: Int, seconds: Double, step: StepCall? = nil,
        answer: (Question) -> Answer = { _ in .usual }
    ) -> Reply {
        var order = order
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        do throws(FrameProblem) {
            try lanes[lane].send(order.finish())
            while let frame = try lanes[lane].receive(until: end) {
                switch frame.kind {
                case "done": return .done(frame.json["facts"] ?? [:])
                case "checkpoint", "http":
                    guard let reply = try reply(to: frame, step, answer) else {
                        kill()
                        return .killed
                    }
                    try lanes[lane].send(reply)
                default: throw .malformed("a frame \"\(frame.kind.prefix(40))\" in a call")
                }
            }
            self.end(.wasEnded(.overdue))
            return .late
        } catch {
            if case .malformed(let what) = error { self.end(.spokeNonsense(what)) }
            return .ended(worker?.waitForEnd(orElse: .fellSilent).explanation ?? "it ended its thread")
        }
    }

    /// Nil: it hears none.
    private func reply(to frame: Frame, _ step: StepCall?, _ answer: (Question) -> Answer) throws(FrameProblem)
        -> [UInt8]?
    {
        if frame.kind == "checkpoint" {
            let document = frame.json["checkpoint"] ?? .null
            let wanted = answer(.checkpoint(document))
            if case .kill = wanted { return nil }
            var reply = FrameBytes("written")
            if case .notDurable = wanted { reply.add("ok", false) } else { reply.add("ok", true) }
            return reply.finish()
        }
        guard let request = HTTPRequest(frame: frame) else { throw .malformed("a request that is none") }
        switch answer(.request(method: request.method, url: request.url)) {
        case .kill(let afterwards):
            if afterwards { _ = perform(request, step) }
            return nil
        case .response(let status, let body):
            return FrameBytes.answer(HTTPAnswer(status: status, headers: [], body: Array(body.utf8)))
        case .noResponse:
            return FrameBytes.answer(
                HTTPAnswer(.cutOff(host: "the other side", explanation: "the connection was lost"), wasSent: true))
        case .usual, .notDurable: return FrameBytes.answer(perform(request, step))
        }
    }

    private func perform(_ request: HTTPRequest, _ step: StepCall?) -> HTTPAnswer {
        guard let http else {
            return HTTPAnswer(.notConnected(host: "the other side", explanation: "the check has none"), wasSent: false)
        }
        return http.service.perform(request, of: http, for: BenchCaller(step))
    }

    // MARK: - Its end

    private func end(_ cause: WorkerEnd.Cause) {
        worker?.end(cause)
        _ = worker?.waitForEnd(orElse: cause)
    }

    /// As the machine does when it fails.
    package func kill() { end(.wasDismissed) }

    /// Ends it; comes back when it is gone.
    package func end() {
        kill()
        for lane in lanes { lane.shutDown() }
    }

    /// How what it printed began; complete once it has ended.
    package var printed: String { String(decoding: worker?.output.beginning.withLock { $0 } ?? [], as: UTF8.self) }

    /// The process it runs in; nil: this one.
    package var pid: Int32? { worker?.pid }
}

/// The call on whose behalf a bench makes requests.
private final class BenchCaller: HTTPCaller {
    let step: StepCall?
    init(_ step: StepCall?) { self.step = step }
    var credentialVariant: String? { nil }
    var millisecondsLeft: Int64 { 10_000 }
    var isCancelRequested: Bool { false }
    var isOverdue: Bool { false }
    func sign() {}
}

extension WorkerSettings {
    fileprivate init(bench setup: BenchSetup) {
        let usual = WorkerSettings(
            program: "/proc/self/exe", library: setup.library, folder: setup.folder.path, manifest: setup.manifest,
            config: setup.config, grant: nil, lock: nil)
        self.init(
            program: usual.program, library: usual.library, isProgram: usual.isProgram,
            readable: usual.readable + setup.readable,
            writable: usual.writable + setup.writable, memoryBytes: usual.memoryBytes, graceSeconds: nil,
            maySpawn: usual.maySpawn,
            lanes: setup.lanes, lock: -1, purpose: .work)
    }
}
