internal import Glibc

/// When a request was made that has not been answered yet. Keep it in the checkpoint.
///
/// A request outlives the one who made it: after a crash, a timeout or a lost connection a look at the world may find
/// nothing, and the effect comes a moment later. For a while, then, nothing found means nothing.
///
/// ```swift
/// struct Checkpoint: Codable, Sendable { var asked: Asked? }
///
/// let mayStillShow = call.checkpoint?.asked?.mayStillShow(within: .seconds(60)) ?? false  // before the look
/// if let made = try find(key) { return made }
/// if mayStillShow { throw Suspend(after: .seconds(5)) }
/// try call.save(Checkpoint(asked: .now), effectSoFar: .none)
/// return try make(key)
/// ```
public struct Asked: Codable, Sendable, Hashable {
    /// Seconds since 1970.
    public let at: Double

    /// At this moment.
    public init(at: Double) { self.at = at }

    /// Just now.
    public static var now: Asked { Asked(at: seconds) }

    /// Could the effect still come, if it takes no longer than this? A clock that was set back does not make it wait for
    /// ever.
    public func mayStillShow(within time: Duration) -> Bool {
        let (age, limit) = (Self.seconds - at, Double(time.milliseconds) / 1000)
        return age < limit && age > -limit
    }

    private static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// As a number.
    public init(from decoder: any Decoder) throws { at = try decoder.singleValueContainer().decode(Double.self) }

    /// As a number.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(at)
    }
}
