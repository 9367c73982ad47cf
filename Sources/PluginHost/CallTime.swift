internal import SagaCore
internal import Synchronization

/// How long a call may take, and when it was last heard of.
final class CallTime: Sendable {
    private let deadline: ContinuousClock.Instant?
    let heartbeatSeconds: Double?
    private let lastSign: Mutex<ContinuousClock.Instant>

    /// Begins now.
    ///
    /// - Parameters:
    ///   - timeoutSeconds: nil: no limit.
    ///   - heartbeatSeconds: seconds of silence after which it counts as hung; nil: silence is fine.
    init(timeoutSeconds: Double?, heartbeatSeconds: Double?) {
        let now = ContinuousClock.now
        deadline = timeoutSeconds.map { now.advanced(by: .seconds(min($0, 1e9))) }
        self.heartbeatSeconds = heartbeatSeconds
        lastSign = Mutex(now)
    }

    var isOverdue: Bool { deadline.map { $0 <= .now } ?? false }

    /// Silent for longer than the manifest allows.
    var isSilent: Bool {
        guard let heartbeatSeconds else { return false }
        return lastSign.withLock { $0 }.duration(to: .now) > .milliseconds(Int64(heartbeatSeconds * 1000))
    }

    func sign() {
        guard heartbeatSeconds != nil else { return }
        lastSign.withLock { $0 = .now }
    }

    /// `.max`: no limit.
    var millisecondsLeft: Int64 {
        guard let deadline else { return .max }
        let left = ContinuousClock.now.duration(to: deadline)
        return max(0, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)
    }
}
