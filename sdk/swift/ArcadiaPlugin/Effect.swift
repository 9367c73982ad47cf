/// Did the outside world change? What the host does after a failure depends on this, never on the message.
///
/// ```swift
/// throw StepFailure(.notFound, "region fra9 does not exist", effect: .none)
/// ```
public enum Effect: Int32, Sendable {
    /// Nobody knows: the step is probed first. When in doubt, this.
    case unknown = 0
    /// It did not: may be tried again, and there is nothing to take back.
    case none = 1
    /// Some of it: the step is taken back.
    case partial = 2
    /// All of it: the step is taken back.
    case applied = 3
}

/// Is it worth trying again? Advice: how often and how long is the operator's decision.
///
/// ```swift
/// throw StepFailure(.remote, "the API is being upgraded", effect: .none, retry: .after(.seconds(60)))
/// ```
public enum Retry: Sendable, Equatable {
    /// It would end the same way.
    case no
    /// After the definition's own backoff.
    case yes
    /// Not before this.
    case after(Duration)
}
