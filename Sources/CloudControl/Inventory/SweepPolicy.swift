/// When a sweep believes that something is gone.
public struct SweepPolicy: Sendable, Hashable {
    /// So many complete sweeps in a row without a resource, and it is asked for directly.
    public var strikesUntilDeleted: Int64 = 3
    /// The breaker: nothing is believed where more than this share of the live ones of a kind …
    public var breakerPercent = 10
    /// … and more than this many would get their last strike in one sweep.
    public var breakerCount = 5
    /// The operator has looked: the breaker is off. Each resource is asked for directly all the same.
    public var believesMassDeletion = false
    /// How many are asked for directly in one sweep at most; the others wait for the next.
    public var directQuestions = 200

    public init() {}
}
