internal import CPluginHost
internal import Glibc
internal import SagaCore
internal import Synchronization

/// One call of a plugin in a worker, from the host's side.
final class WorkerCall: OngoingCall, @unchecked Sendable {
    let step: StepCall?
    let reporter: (any StepCallReporter)?
    let credentialVariant: String?
    let time: CallTime
    var stopAsked: (at: ContinuousClock.Instant, because: CallStopReason)?
    private let plugin: WorkerPlugin
    private let call: StepCall
    private let isCancelled = Atomic<Bool>(false)
    private let isOver = Atomic<Bool>(false)
    private let place = Monitor<(worker: Worker, lane: Int)?>(nil)

    init(
        _ step: StepCall, plugin: WorkerPlugin, reporter: any StepCallReporter, credentialVariant: String?
    ) {
        self.step = step
        call = step
        self.plugin = plugin
        self.reporter = reporter
        self.credentialVariant = credentialVariant
        time = CallTime(timeoutSeconds: step.timeoutSeconds, heartbeatSeconds: plugin.manifest.heartbeatSeconds)
    }

    // MARK: - All that are under way

    private static let registry = Monitor<[ObjectIdentifier: WorkerCall]>([:])

    /// Every call that is in a worker of this process now.
    static var inProgress: [WorkerCall] { registry.withLock { Array($0.values) } }

    // MARK: - Performing

    func perform(_ marks: CallMarkFile?) -> StepOutcome {
        Self.registry.withLock { $0[ObjectIdentifier(self)] = self }
        defer { Self.registry.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(self)) } }
        let worker: Worker
        do throws(PluginRefusal) {
            worker = try plugin.worker()
        } catch {
            return .unavailable(reason: "plugin \"\(plugin.manifest.id)\" cannot be called: \(error.reason)")
        }
        guard let (lane, channel) = worker.enter(self) else { return perform(marks) }
        defer { worker.leave(lane) }
        // The host's own end from here on leaves the call begun; but it is not the plugin that ends the host.
        marks?.enter(call.mark, image: plugin.image, tag: plugin.tag, operation: call.operation)
        marks?.leave()
        place.withLock { $0 = (worker, lane) }
        defer { place.withLock { $0 = nil } }
        let began = ContinuousClock.now
        let outcome = converse(channel, worker, lane)
        let hasFailed = if case .failed = outcome { true } else { false }
        plugin.statistics.count(began.duration(to: .now), hasFailed: hasFailed)
        return outcome
    }

    /// Sends the call, does what the plugin asks the host for, and comes back with what became of it.
    private func converse(_ channel: FrameChannel, _ worker: Worker, _ lane: Int) -> StepOutcome {
        do throws(FrameProblem) {
            let left = millisecondsLeft
            try channel.send(
                FrameBytes.call(call, timeoutMilliseconds: left == .max ? nil : left, isCancelled: isCancelRequested))
            while true {
                let frame = try channel.receive()
                switch frame.kind {
                case "outcome":
                    guard let outcome = StepOutcome(frame: frame), let fitting = fitting(outcome) else {
                        throw .malformed("an outcome that is none")
                    }
                    plugin.succeeded()
                    return inTime(fitting)
                case "checkpoint": try channel.send(checkpoint(frame))
                case "http": try channel.send(try http(frame))
                default: throw .malformed("a frame \"\(frame.kind.prefix(40))\" in a call")
                }
            }
        } catch {
            let reason: WorkerEnd.Cause =
                switch error {
                case .malformed(let what): .spokeNonsense(what)
                case .ended: .fellSilent
                }
            if case .malformed = error { worker.end(reason) }
            return plugin.outcome(of: worker.waitForEnd(orElse: reason), for: self, call, in: lane, worker)
        }
    }

    /// Whoever stops when asked to because its time is over is late, whichever clock was first to say so.
    private func inTime(_ outcome: StepOutcome) -> StepOutcome {
        guard case .failed(var error, _) = outcome, error.code == StepError.HostCode.cancelled, time.isOverdue else {
            return outcome
        }
        error.code = StepError.HostCode.timedOut
        return .failed(error, retry: .yes)
    }

    /// An outcome must be one of the verb's; what it puts out is checked here, where the plugin has no say.
    private func fitting(_ outcome: StepOutcome) -> StepOutcome? {
        switch (outcome, call.verb) {
        case (.completed(let output), .execute):
            PluginCall.checked(
                output, against: plugin.manifest.operation(call.operation.operation)?.output ?? .anything)
        case (.completed, .compensate), (.completed, .plan), (.found, .probe), (.failed, _), (.suspended, _): outcome
        default: nil
        }
    }

    private func checkpoint(_ frame: Frame) -> [UInt8] {
        var reply = FrameBytes("written")
        let document = frame.json["checkpoint"].flatMap { $0.objectValue != nil && $0.isNested(atMost: 64) ? $0 : nil }
        let isDurable =
            !isOver.load(ordering: .acquiring) && document.map { (try? reporter?.checkpoint($0)) != nil } == true
        reply.add("ok", .bool(isDurable))
        return reply.finish()
    }

    private func http(_ frame: Frame) throws(FrameProblem) -> [UInt8] {
        guard let http = plugin.http else { throw .malformed("a request without the service for it") }
        guard let request = HTTPRequest(frame: frame) else { throw .malformed("a request that is none") }
        return FrameBytes.answer(http.service.perform(request, of: http, for: self))
    }

    // MARK: - Stopping

    var isCancelRequested: Bool {
        isCancelled.load(ordering: .acquiring) || isOverdue || isOver.load(ordering: .acquiring)
            || (call.verb == .execute && reporter?.isCancelRequested == true)
    }

    func askToStop() {
        isCancelled.store(true, ordering: .releasing)
        place.withLock { place in
            guard let place else { return }
            var frame = FrameBytes("cancel")
            frame.add("lane", Int64(place.lane))
            place.worker.tellAtOnce(frame.finish())
        }
    }

    var grace: Duration? { plugin.settings.graceSeconds.map { .milliseconds(Int64($0 * 1000)) } }

    /// It was asked to stop and did not: its worker ends.
    func endWorker(because reason: CallStopReason) { place.withLock { $0?.worker.askToEnd(.wasEnded(reason)) } }

    func end() -> Bool {
        isOver.store(true, ordering: .releasing)
        return true
    }
}
