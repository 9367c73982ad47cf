internal import Glibc

/// What the simulator takes for the time.
struct VirtualClock: Sendable {
    /// Where a manual clock starts: with it, the account has its 137 invoices without a gap.
    static let beginning = Moment(year: 2026, month: 1, day: 15) + 12 * 3600

    private let kind: SimulatorConfiguration.Clock
    private var passed = 0

    init(_ kind: SimulatorConfiguration.Clock) { self.kind = kind }

    var now: Moment {
        let base = kind == .real ? Self.real : Self.beginning
        return Moment(milliseconds: base.milliseconds + passed)
    }

    /// Moves the clock forward; a real one stays ahead by as much.
    mutating func advance(seconds: Double) { passed += Int((seconds * 1000).rounded()) }

    private static var real: Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
    }
}
