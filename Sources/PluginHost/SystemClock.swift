internal import Glibc
public import SagaCore

/// The machine's clock, and one thread that rings.
public final class SystemClock: RunClock, @unchecked Sendable {
    private struct State {
        var alarm: Timestamp?
        var ring: (@Sendable () -> Void)?
        var regular: [@Sendable () -> Void] = []
        var isStarted = false
    }

    private let state = Monitor(State())

    public init() {}

    public var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public func setAlarm(at moment: Timestamp?, _ ring: @escaping @Sendable () -> Void) {
        state.change {
            $0.alarm = moment
            $0.ring = ring
        }
        start()
    }

    /// Calls back every 10 ms or so, for what has to be looked at from time to time.
    public func addRegular(_ body: @escaping @Sendable () -> Void) {
        state.change { $0.regular.append(body) }
        start()
    }

    private func start() {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return }
        startThread { [self] in run() }
    }

    /// Looks at the real time each round: an alarm an hour away must not be an hour late when the clock is set.
    private func run() {
        while true {
            let now = self.now
            let ring = state.withLock { state -> (@Sendable () -> Void)? in
                guard let alarm = state.alarm, alarm <= now else { return nil }
                state.alarm = nil
                return state.ring
            }
            ring?()
            let (regular, alarm) = state.withLock { ($0.regular, $0.alarm) }
            for body in regular { body() }
            let untilAlarm = alarm.map { max(0, min($0 - self.now, 1000)) } ?? 1000
            let pause = regular.isEmpty ? untilAlarm : min(untilAlarm, 10)
            guard pause > 0 else { continue }
            _ = state.wait(milliseconds: pause) { state -> Bool? in
                state.alarm != alarm || state.regular.count != regular.count ? true : nil
            }
        }
    }
}
