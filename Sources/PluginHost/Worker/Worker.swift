internal import CPluginHost
internal import Glibc
internal import SagaCore

/// A process that runs one plugin's calls, from the host's side.
///
/// A call has a lane of its own, a stream that only the thread that makes it reads: what a call costs is one frame there
/// and one back. What is not of a call (log, signs of life, the answer to `load`) comes over one more, which the supervisor
/// reads.
final class Worker: @unchecked Sendable {
    /// How its beginning went.
    enum Greeting: Sendable {
        /// It made way for the plugin's program, which has heard nothing yet.
        case madeWay
        case loaded
        case refused(PluginRefusal.Fact)
    }

    private struct State: Sendable {
        var greeting: Greeting?
        var end: WorkerEnd?
        var isEndTold = false
        /// Its number may be another's.
        var isReaped = false
        /// Why the host ends it, or what it did that the host ends it for.
        var reason: WorkerEnd.Cause?
        /// Since when it should be tidying up.
        var askedToEnd: ContinuousClock.Instant?
        var freeLanes: [Int]
        /// By lane: who is in a call.
        var calls: [Int: WorkerCall] = [:]
    }

    let pid: pid_t
    let memory: WorkerMemory
    let control: FrameChannel
    /// Readable when it has ended.
    let endDescriptor: Int32
    /// What it prints.
    let output: WorkerOutput
    let lanes: [FrameChannel]
    /// What keeps it and all that it starts together; nil: this system has nothing that does.
    private let group: ControlGroup?
    private let state: Monitor<State>

    /// - Throws: what the system said.
    init(_ settings: WorkerSettings, plugin: String) throws(WorkerStartProblem) {
        let parts = try WorkerParts(settings)
        defer { parts.closeTheirs() }
        var pid: pid_t = 0
        let failure = arcadia_worker_spawn(
            settings.program, WorkerProcess.argument, parts.theirs + parts.lent,
            Int32(parts.theirs.count + parts.lent.count), parts.outputEnd, &pid)
        guard failure == 0 else {
            parts.closeOurs()
            throw WorkerStartProblem(failure)
        }
        self.pid = pid
        group = ControlGroup(memoryBytes: settings.memoryBytes)
        group?.take(pid)
        memory = parts.memory
        control = FrameChannel(parts.control, jsonLimit: PluginCall.documentLimit)
        control.limitSending(seconds: Self.secondsToListen)
        lanes = parts.lanes.map { FrameChannel($0, jsonLimit: FrameChannel.outcomeLimit) }
        output = WorkerOutput(parts.output, plugin: plugin)
        endDescriptor = arcadia_worker_end_descriptor(pid)
        state = Monitor(State(freeLanes: Array((0..<settings.lanes).reversed())))
    }

    deinit {
        if endDescriptor >= 0 { close(endDescriptor) }
        memory.unmap()
    }

    // MARK: - Its beginning

    enum Beginning: Sendable {
        case greeting(Greeting)
        case end(WorkerEnd)
    }

    /// Waits for what it says of the plugin, or for its end; nil: neither in this time.
    func greetingOrEnd(milliseconds: Int64) -> Beginning? {
        state.wait(milliseconds: milliseconds) { $0.greeting.map(Beginning.greeting) ?? $0.end.map(Beginning.end) }
    }

    func greet(_ greeting: Greeting) { state.change { $0.greeting = $0.greeting ?? greeting } }

    /// Tells it once more what to load: it is another program now.
    func tellAgain(_ load: [UInt8]) {
        state.withLock { $0.greeting = nil }
        tell(load)
    }

    // MARK: - Lanes

    /// A lane for a call; waits for one as long as the worker lives. Nil: it is gone.
    func enter(_ call: WorkerCall) -> (lane: Int, channel: FrameChannel)? {
        let lane = state.wait { state -> Int?? in
            guard state.end == nil, state.reason == nil else { return .some(nil) }
            guard let lane = state.freeLanes.popLast() else { return nil }
            state.calls[lane] = call
            return lane
        }
        return lane.map { ($0, lanes[$0]) }
    }

    func leave(_ lane: Int) {
        state.change { state in
            state.calls[lane] = nil
            state.freeLanes.append(lane)
        }
    }

    func call(in lane: Int) -> WorkerCall? { state.withLock { $0.calls[lane] } }

    /// What it needs to begin with. It does not listen: the wait for its greeting ends it.
    func tell(_ frame: [UInt8]) { try? control.send(frame) }

    /// One that does not listen misses it: nobody waits for it.
    func tellAtOnce(_ frame: [UInt8]) { _ = control.sendWithoutWaiting(frame) }

    private static let secondsToListen = 5

    // MARK: - Its end

    /// True for whoever asks first: how it ended is written down once.
    func isEndUntold() -> Bool {
        state.withLock { state in
            defer { state.isEndTold = true }
            return !state.isEndTold
        }
    }

    var isAlive: Bool { state.withLock { $0.end == nil && $0.reason == nil } }

    /// Ends it for a reason; the first one counts.
    func end(_ reason: WorkerEnd.Cause) {
        state.change { state in
            state.reason = state.reason ?? reason
            send(SIGKILL, state)
        }
    }

    /// Ends it for a reason, and lets it tidy up first. The supervisor sees to it that this does not last, also when no call
    /// is in it any more that waits for its end.
    func askToEnd(_ reason: WorkerEnd.Cause) {
        let isNew = state.change { state in
            state.reason = state.reason ?? reason
            guard state.askedToEnd == nil else { return false }
            state.askedToEnd = .now
            send(SIGTERM, state)
            return true
        }
        if isNew { WorkerSupervisor.shared.look() }
    }

    /// Since when it should be tidying up; nil: nobody asked it to end.
    var askedToEnd: ContinuousClock.Instant? { state.withLock { $0.askedToEnd } }

    /// To its own group: whatever it may have started is meant, too.
    private func send(_ signal: Int32, _ state: State) { if !state.isReaped { kill(-pid, signal) } }

    /// There is no more use for it: it is told, and ends by itself or is made to. What it said last has been heard by then.
    func dismiss() {
        state.withLock { $0.reason = $0.reason ?? .wasDismissed }
        control.finishSending()
        _ = waitForEnd(orElse: .wasDismissed)
    }

    /// What became of it. It is on its way out, or made to be.
    func waitForEnd(orElse reason: WorkerEnd.Cause) -> WorkerEnd {
        if let end = state.wait(milliseconds: 500, until: { $0.end }) { return end }
        self.end(reason)
        return state.wait { $0.end }
    }

    /// How it ended, once it has. Whatever it started goes with it, before it is reaped: until then nobody else can have its
    /// number.
    func reap() -> (status: Int32, usage: rusage)? {
        state.withLock { state in
            if endDescriptor >= 0 {
                send(SIGKILL, state)
                group?.end()
            }
            var (status, usage) = (Int32(0), rusage())
            guard wait4(pid, &status, WNOHANG, &usage) == pid else { return nil }
            state.isReaped = true
            return (status, usage)
        }
    }

    /// The supervisor saw it end.
    func ended(_ status: Int32, peakBytes: Int64) {
        state.change { state in
            state.end = WorkerEnd(
                cause: state.reason ?? Self.cause(status, memory, group),
                lane: (0..<memory.lanes).first { memory.mark($0).pointee.cause != 0 }, peakBytes: peakBytes)
        }
        for lane in lanes { lane.shutDown() }
        group?.remove()
    }

    private static func cause(_ status: Int32, _ memory: WorkerMemory, _ group: ControlGroup?) -> WorkerEnd.Cause {
        let signal = status & 0x7F
        if signal == SIGKILL, group?.ranOutOfMemory == true { return .ranOutOfMemory }
        guard signal != 0 else {
            let code = (status >> 8) & 0xFF
            return code == WorkerProcess.channelLost ? .fellSilent : .exit(code)
        }
        let call = memory.forbiddenCall.pointee
        return signal == SIGSYS && call != 0
            ? .forbidden(call: call, argument: memory.forbiddenArgument.pointee) : .signal(signal)
    }
}

/// Why a worker could not be started.
struct WorkerStartProblem: Error, Sendable, Hashable {
    let reason: String
    init(_ failure: Int32) { reason = String(cString: strerror(failure)) }
}

/// The descriptors of a worker before it is one.
private struct WorkerParts {
    var control: Int32 = -1
    var lanes: [Int32] = []
    var output: Int32 = -1
    var outputEnd: Int32 = -1
    var theirs: [Int32] = []
    /// What the worker gets as well, and this process keeps.
    var lent: [Int32] = []
    let memory: WorkerMemory

    init(_ settings: WorkerSettings) throws(WorkerStartProblem) {
        let descriptor = arcadia_worker_memory(Int64(WorkerMemory.byteCount(lanes: settings.lanes)))
        guard descriptor >= 0, let map = WorkerMemory(descriptor: descriptor, lanes: settings.lanes) else {
            throw WorkerStartProblem(errno)
        }
        memory = map
        do throws(WorkerStartProblem) {
            theirs = [descriptor]
            let (ours, their) = try Self.channel()
            (control, theirs) = (ours, [their, descriptor])
            for _ in 0..<settings.lanes {
                let (ours, their) = try Self.channel()
                lanes.append(ours)
                theirs.append(their)
            }
            if settings.lock >= 0 { lent = [settings.lock] }
            var ends: [Int32] = [-1, -1]
            let failure = arcadia_worker_pipe(&ends)
            guard failure == 0 else { throw WorkerStartProblem(failure) }
            (output, outputEnd) = (ends[0], ends[1])
        } catch {
            closeTheirs()
            closeOurs()
            throw error
        }
    }

    private static func channel() throws(WorkerStartProblem) -> (Int32, Int32) {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        let failure = arcadia_worker_channel(&ours, &theirs)
        guard failure == 0 else { throw WorkerStartProblem(failure) }
        return (ours, theirs)
    }

    func closeTheirs() { for descriptor in theirs + [outputEnd] where descriptor >= 0 { close(descriptor) } }

    func closeOurs() {
        for descriptor in lanes + [control, output] where descriptor >= 0 { close(descriptor) }
        memory.unmap()
    }
}
