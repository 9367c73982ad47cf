internal import CArcadiaPlugin
internal import CPluginHost
internal import Glibc
internal import SagaCore
internal import Synchronization

/// A worker, from the inside: one plugin, loaded as a host loads it, and a thread for each lane. What only the host can do
/// (make a checkpoint durable, speak HTTP) is asked for over the lane of the call.
public enum WorkerProcess {
    /// What stands on the command line of a worker, before the number of its host.
    public static let argument = "worker"

    /// Is this process meant to be one? Looked at before anything else is made of the command line.
    public static func isMeant(_ arguments: [String]) -> Bool {
        arguments.count == 3 && arguments[1] == argument && Int32(arguments[2]) != nil && isSocket(controlDescriptor)
    }

    private static func isSocket(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// How it ends when its way to the host is gone: the host is, or the plugin closed it.
    static let channelLost: Int32 = 75

    static let controlDescriptor = Int32(ARCADIA_WORKER_FIRST_FD)
    private static let memoryDescriptor = controlDescriptor + 1
    static let firstLane = controlDescriptor + 2

    /// Works until the host closes its end.
    public static func run(_ arguments: [String]) -> Never {
        guard arcadia_worker_follow_parent(Int32(arguments[2]) ?? 0) == 0 else { _exit(0) }
        arcadia_worker_print_by_line()
        let control = FrameChannel(controlDescriptor)
        guard let load = try? control.receive(), load.kind == "load" else { _exit(0) }
        let laneCount = Int(load.json["lanes"]?.intValue ?? 1)
        guard let memory = WorkerMemory(descriptor: memoryDescriptor, lanes: laneCount) else { _exit(71) }
        close(memoryDescriptor)
        HostTable.log.withLock { sink in
            sink = HostTable.Sink { line in tell(control, line) }
        }
        if let program = load.json["program"]?.stringValue { become(program, load, memory, control) }
        if load.json["expressions"] != nil {
            confine(load, memory)
            EvaluatorProcess.work(FrameChannel(firstLane), control)
        }
        if load.json["bench"] != nil { examine(load, memory, laneCount) }
        let plugin = take(load, memory, control)
        let lanes = (0..<laneCount).map {
            WorkerLane($0, FrameChannel(firstLane + Int32($0)), plugin, memory, control)
        }
        for lane in lanes { startThread { lane.work() } }
        listen(control, lanes)
    }

    /// Does not load the plugin, but does with it what it is told over its lanes.
    private static func examine(_ load: Frame, _ memory: WorkerMemory, _ laneCount: Int) -> Never {
        arcadia_crash_silently()
        arcadia_install_crash_handlers()
        if load.json["bench"]?.stringValue == Bench.Freedom.confined.rawValue { confine(load, memory) }
        guard let source = load.json["manifest"], let library = load.json["library"]?.stringValue,
            let manifest = try? PluginManifest(parsing: source.text)
        else { _exit(0) }
        let bench = Bench(
            manifest, library: library, hasHTTP: load.json["services"]?.arrayValue?.isEmpty == false,
            mark: { memory.mark($0) })
        for lane in 1..<laneCount { startThread { work(bench, lane) } }
        work(bench, 0)
    }

    private static func work(_ bench: Bench, _ lane: Int) -> Never {
        bench.work(lane, FrameChannel(firstLane + Int32(lane)))
        _exit(channelLost)
    }

    private static func tell(_ control: FrameChannel, _ line: PluginLog.Line) {
        var frame = FrameBytes("log")
        frame.add("label", line.label.map(JSONValue.string))
        frame.add("run_id", line.run.map { .string($0.description) })
        frame.add("level", Int64(line.level))
        frame.add("message", line.message)
        try? control.send(frame.finish())
    }

    // MARK: - Loading

    private static func take(_ load: Frame, _ memory: WorkerMemory, _ control: FrameChannel) -> LoadedPlugin {
        arcadia_crash_silently()
        arcadia_install_crash_handlers()
        confine(load, memory)
        do throws(PluginRefusal.Fact) {
            let plugin = try loaded(load, memory, control)
            var answer = FrameBytes("loaded")
            try? control.send(answer.finish())
            return plugin
        } catch {
            let refusal = PluginRefusal(error, path: "")
            var answer = FrameBytes("refused")
            answer.add("code", refusal.code)
            answer.add("reason", refusal.reason)
            try? control.send(answer.finish())
            // The host ends this process once it has read that.
            while true { pause() }
        }
    }

    /// Makes way for a program that speaks the protocol itself: it is confined like this one, and told what this one was.
    private static func become(
        _ program: String, _ load: Frame, _ memory: WorkerMemory, _ control: FrameChannel
    ) -> Never {
        confine(load, memory)
        var ready = FrameBytes("confined")
        try? control.send(ready.finish())
        arcadia_worker_become(program)
        tell(
            control,
            PluginLog.Line(
                label: nil, run: nil, 4, "\(program) cannot be run: \(String(cString: strerror(errno)))"))
        _exit(126)
    }

    /// Gives up what a plugin does not need, before a line of it runs.
    private static func confine(_ load: Frame, _ memory: WorkerMemory) {
        func paths(_ key: String) -> [String] { load.json[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
        let isProgram = load.json["program"] != nil
        let readable = Paths(
            WorkerSettings.system + (isProgram ? WorkerSettings.interpreters : []) + libraryFolders()
                + paths("readable"))
        let writable = Paths(paths("writable"))
        var sandbox = arcadia_sandbox(
            readable: readable.pointer, writable: writable.pointer,
            memory_bytes: UInt64(max(0, load.json["memory_bytes"]?.intValue ?? 0)),
            may_spawn: load.json["may_spawn"]?.boolValue == true ? 1 : 0,
            may_become: isProgram ? 1 : 0, kept_descriptor: firstLane + Int32(memory.lanes),
            forbidden_call: memory.forbiddenCall,
            forbidden_argument: memory.forbiddenArgument)
        guard arcadia_sandbox_enter(&sandbox) != ARCADIA_SANDBOX_FILES | ARCADIA_SANDBOX_CALLS else { return }
        let sink = HostTable.log.withLock { $0 }
        let what = "this kernel keeps a worker neither to its folders nor from the network, or from only one of them"
        sink.write(PluginLog.Line(label: load.json["manifest"]?["id"]?.stringValue, run: nil, 3, what))
    }

    private static func libraryFolders() -> [String] {
        let folders = Monitor<Set<String>>([])
        arcadia_library_folders(
            { path, context in
                let folders = Unmanaged<Monitor<Set<String>>>.fromOpaque(context!).takeUnretainedValue()
                folders.withLock { _ = $0.insert(String(cString: path!)) }
            }, Unmanaged.passUnretained(folders).toOpaque())
        return folders.withLock { $0.sorted() }
    }

    /// C strings with NULL at the end, for the life of the process.
    private struct Paths {
        let pointer: UnsafePointer<UnsafePointer<CChar>?>

        init(_ paths: [String]) {
            let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: paths.count + 1)
            for (index, path) in paths.enumerated() { list[index] = UnsafePointer(strdup(path)) }
            list[paths.count] = nil
            pointer = UnsafePointer(list)
        }
    }

    private static func loaded(
        _ load: Frame, _ memory: WorkerMemory, _ control: FrameChannel
    ) throws(PluginRefusal.Fact) -> LoadedPlugin {
        guard let source = load.json["manifest"], let library = load.json["library"]?.stringValue else {
            throw .noManifest
        }
        let manifest = try PluginManifest(parsing: source.text)
        let hasHTTP = load.json["services"]?.arrayValue?.isEmpty == false
        // A constructor that ends the process is attributed like a call.
        arcadia_enter_call(memory.mark(0))
        defer { arcadia_leave_call() }
        return try LoadedPlugin(
            path: library, manifest: manifest,
            image: PluginImage(
                plugin: manifest.id, version: manifest.version, hash: load.json["hash"]?.stringValue ?? ""),
            config: load.json["config"] ?? [:], http: hasHTTP ? WorkerHTTP() : nil,
            purpose: load.json["purpose"]?.stringValue.flatMap(LoadPurpose.init) ?? .work)
    }

    // MARK: - Beside the calls

    private static func listen(_ control: FrameChannel, _ lanes: [WorkerLane]) -> Never {
        while let frame = try? control.receive() {
            guard frame.kind == "cancel", let lane = frame.json["lane"]?.intValue, lanes.indices.contains(Int(lane))
            else { continue }
            lanes[Int(lane)].cancel()
        }
        _exit(channelLost)
    }
}

/// One lane of a worker: the calls that come over it, one after the other.
private final class WorkerLane: Sendable {
    private let number: Int
    private let channel: FrameChannel
    private let plugin: LoadedPlugin
    private let memory: WorkerMemory
    private let control: FrameChannel
    private let current = Monitor<PluginCall?>(nil)

    init(
        _ number: Int, _ channel: FrameChannel, _ plugin: LoadedPlugin, _ memory: WorkerMemory, _ control: FrameChannel
    ) {
        self.number = number
        self.channel = channel
        self.plugin = plugin
        self.memory = memory
        self.control = control
    }

    func work() {
        arcadia_prepare_thread()
        while let frame = try? channel.receive() {
            guard frame.kind == "call", let step = StepCall(frame: frame, plugin: plugin.manifest.id) else { _exit(76) }
            let outcome = perform(step, isCancelled: frame.json["cancelled"]?.boolValue == true)
            guard (try? channel.send(FrameBytes.outcome(outcome))) != nil else { break }
        }
        _exit(WorkerProcess.channelLost)
    }

    private func perform(_ step: StepCall, isCancelled: Bool) -> StepOutcome {
        let voice = WorkerVoice(channel, control, lane: number)
        let call = PluginCall(step, plugin: plugin, reporter: voice)
        current.withLock { $0 = call }
        if isCancelled { call.requestCancel() }
        arcadia_enter_call(memory.mark(number))
        let status = plugin.enter(step.verb, operation: step.operation.operation, call, step)
        arcadia_leave_call()
        current.withLock { $0 = nil }
        voice.fallSilent()
        // What it put out is checked by the host: here the plugin could have a hand in it.
        let outcome = call.outcome(of: status, verb: step.verb, output: .anything)
        _ = call.end()
        return outcome
    }

    /// Late for its call: then it was of the one before, and nothing is to be done.
    func cancel() {
        let call = current.withLock { $0 }
        call?.askToStop()
    }
}

/// What a call in a worker asks its host for, and tells it.
final class WorkerVoice: StepCallReporter {
    private let channel: FrameChannel
    /// Nil: nobody wants to know that it is alive.
    private let control: FrameChannel?
    private let lane: Int
    /// False: the call is over, and the lane is another's.
    private let isOpen = Monitor(true)
    private let lastSign = Atomic<Int64>(0)

    init(_ channel: FrameChannel, _ control: FrameChannel?, lane: Int) {
        self.channel = channel
        self.control = control
        self.lane = lane
    }

    func fallSilent() { isOpen.withLock { $0 = false } }

    /// Asks the host and waits; one question at a time, whichever thread has it.
    ///
    /// - Throws: the call is over, or the host is gone.
    func ask(_ frame: [UInt8]) throws(FrameProblem) -> Frame {
        try isOpen.withLock { isOpen throws(FrameProblem) in
            guard isOpen else { throw .ended }
            try channel.send(frame)
            return try channel.receive()
        }
    }

    func checkpoint(_ checkpoint: JSONValue) throws {
        var frame = FrameBytes("checkpoint")
        frame.add("checkpoint", checkpoint)
        guard try ask(frame.finish()).json["ok"]?.boolValue == true else { throw FrameProblem.ended }
    }

    /// Ten a second are enough to be taken for alive.
    func heard(_ progress: CallProgress) {
        let now = SystemClock().now.milliseconds
        let last = lastSign.load(ordering: .relaxed)
        guard now - last >= 100 || now < last,
            lastSign.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        var frame = FrameBytes("sign")
        frame.add("lane", Int64(lane))
        frame.add("percent", progress.percent.map { .int(Int64($0)) })
        frame.add("note", progress.note.map(JSONValue.string))
        try? control?.send(frame.finish())
    }

    func began(by image: PluginImage, cancel: any CallCancellation) {}
    var isCancelRequested: Bool { false }
    func ended(_ outcome: StepOutcome) {}
    func gaveUp(_ outcome: StepOutcome) {}
}

/// HTTP in a worker: the host makes the requests.
struct WorkerHTTP: HTTPAccess {
    func perform(_ request: HTTPRequest, for call: PluginCall) -> HTTPAnswer {
        guard let voice = call.reporter as? WorkerVoice, let reply = try? voice.ask(FrameBytes.http(request)),
            let answer = HTTPAnswer(frame: reply)
        else { return HTTPAnswer(.cancelled(host: HTTPPermissions.withoutQuery(request.url)), wasSent: true) }
        return answer
    }
}
