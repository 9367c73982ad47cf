internal import CPluginHost
internal import Glibc
internal import SagaCore

/// Starts the workers of this process, hears what they say beside their calls, and sees them end. One thread does it all,
/// and stays: a worker ends with the thread that started it.
final class WorkerSupervisor: @unchecked Sendable {
    static let shared = WorkerSupervisor()

    private typealias Order = @Sendable () -> Void

    private struct State {
        var orders: [Order] = []
        var isStarted = false
    }

    private let state = Monitor(State())
    private let bell = arcadia_flag_open(0)
    /// The thread alone touches these.
    private var workers: [Worker] = []
    private var isOutputOpen: [pid_t: Bool] = [:]
    /// Those that closed their end, and when.
    private var silentSince: [pid_t: ContinuousClock.Instant] = [:]
    /// How long a process may take to end that closed its end, or was asked to; then it is made to.
    private static let timeToEnd = Duration.milliseconds(500)

    private init() {}

    /// Starts a worker and tells it what to load.
    func start(_ settings: WorkerSettings, plugin: String, load: [UInt8]) throws(WorkerStartProblem) -> Worker {
        let outcome = Monitor<Result<Worker, WorkerStartProblem>?>(nil)
        order { [self] in
            do throws(WorkerStartProblem) {
                let worker = try Worker(settings, plugin: plugin)
                workers.append(worker)
                isOutputOpen[worker.pid] = true
                outcome.change { $0 = .success(worker) }
            } catch {
                outcome.change { $0 = .failure(error) }
            }
        }
        let worker = try outcome.wait(until: { $0 }).get()
        worker.tell(load)
        return worker
    }

    private func order(_ body: @escaping Order) {
        let isFirst = state.withLock { state in
            state.orders.append(body)
            defer { state.isStarted = true }
            return !state.isStarted
        }
        if isFirst { startThread { [self] in supervise() } }
        look()
    }

    /// A worker should be ending: its time is looked after from now on.
    func look() { arcadia_flag_raise(bell) }

    // MARK: - The thread

    private func supervise() {
        while true {
            var polls = [pollfd(fd: bell, events: Int16(POLLIN), revents: 0)]
            for worker in workers {
                let control = silentSince[worker.pid] == nil ? worker.control.descriptor : -1
                polls.append(pollfd(fd: control, events: Int16(POLLIN), revents: 0))
                let output = isOutputOpen[worker.pid] == true ? worker.output.descriptor : -1
                polls.append(pollfd(fd: output, events: Int16(POLLIN), revents: 0))
                polls.append(pollfd(fd: worker.endDescriptor, events: Int16(POLLIN), revents: 0))
            }
            // Without a descriptor for the end of a process it is looked for instead.
            let isBusy = workers.contains { endsSince($0) != nil || $0.endDescriptor < 0 }
            let patience: Int32 = isBusy ? 20 : -1
            guard poll(&polls, nfds_t(polls.count), patience) >= 0 || errno == EINTR else { continue }
            if polls[0].revents != 0 { hearBell() }
            let known = workers
            for (index, worker) in known.enumerated() where 3 * index + 3 < polls.count {
                if polls[3 * index + 2].revents != 0 { isOutputOpen[worker.pid] = worker.output.read() }
                if polls[3 * index + 1].revents != 0 { hear(worker) }
                if polls[3 * index + 3].revents != 0 || worker.endDescriptor < 0 { lookForEnd(of: worker) }
                if let since = endsSince(worker), since.duration(to: .now) > Self.timeToEnd { worker.end(.fellSilent) }
            }
        }
    }

    /// Since when its process should be ending by itself; nil: it should not.
    private func endsSince(_ worker: Worker) -> ContinuousClock.Instant? {
        silentSince[worker.pid] ?? worker.askedToEnd
    }

    private func hearBell() {
        var count: UInt64 = 0
        _ = read(bell, &count, 8)
        let orders = state.withLock { state in
            defer { state.orders = [] }
            return state.orders
        }
        for order in orders { order() }
    }

    private func lookForEnd(of worker: Worker) {
        guard let (status, usage) = worker.reap() else { return }
        // What it said last is heard before its end is known.
        hear(worker)
        if isOutputOpen[worker.pid] == true { _ = worker.output.read() }
        worker.output.finish()
        (isOutputOpen[worker.pid], silentSince[worker.pid]) = (nil, nil)
        workers.removeAll { $0 === worker }
        worker.ended(status, peakBytes: Int64(usage.ru_maxrss) * 1024)
    }

    // MARK: - What they say

    private func hear(_ worker: Worker) {
        do throws(FrameProblem) {
            for frame in try worker.control.receiveWhatIsThere() { hear(frame, from: worker) }
        } catch {
            switch error {
            case .malformed(let what): worker.end(.spokeNonsense(what))
            case .ended: silentSince[worker.pid] = silentSince[worker.pid] ?? .now
            }
        }
    }

    private func hear(_ frame: Frame, from worker: Worker) {
        switch frame.kind {
        case "sign":
            guard let lane = frame.json["lane"]?.intValue, let call = worker.call(in: Int(lane)) else { return }
            call.sign()
            call.reporter?.heard(CallProgress(frame))
        case "log":
            let sink = HostTable.log.withLock { $0 }
            let level = Int32(clamping: frame.json["level"]?.intValue ?? 2)
            sink.write(
                PluginLog.Line(
                    label: frame.json["label"]?.stringValue.map(HostTable.oneLine),
                    run: frame.json["run_id"]?.stringValue.flatMap(RunID.init(_:)), min(max(level, 0), 4),
                    HostTable.oneLine(frame.json["message"]?.stringValue ?? "")))
        case "confined": worker.greet(.madeWay)
        case "loaded": worker.greet(.loaded)
        case "refused":
            worker.greet(
                .refused(
                    .remembered(
                        code: frame.json["code"]?.stringValue ?? "plugin.refused",
                        reason: HostTable.oneLine(frame.json["reason"]?.stringValue ?? "it gave no reason"))))
        default: worker.end(.spokeNonsense("a frame \"\(frame.kind.prefix(40))\" beside its calls"))
        }
    }
}

extension CallProgress {
    /// As a worker's sign of life tells it.
    fileprivate init(_ frame: Frame) {
        let percent = frame.json["percent"]?.intValue.flatMap { (0...100).contains($0) ? Int($0) : nil }
        self.init(percent: percent, note: frame.json["note"]?.stringValue.map(HostTable.oneLine))
    }
}
