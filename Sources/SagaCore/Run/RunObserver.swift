/// Told what runs do, once it is durable. From the host's threads, for one run never two at once.
public protocol RunObserver: AnyObject, Sendable {
    /// `events` is empty when the run was just made.
    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine)
    func run(_ id: RunID, isBlocked reason: String)
    func runEnded(_ id: RunID, _ status: RunStatus)
}

/// The moments at which a rehearsal may end the process.
public enum FaultPoint: String, Sendable, CaseIterable {
    case beforeWrite = "before_write"
    case afterWrite = "after_write"
    case beforeCall = "before_call"
    case afterCall = "after_call"
    /// Of a request that a plugin has the host make.
    case httpNotSent = "http_not_sent"
    case httpSent = "http_sent"
    case httpAnswered = "http_answered"
}

/// Ends the process at a chosen moment, so that everyone can see what happens then.
public protocol FaultInjector: Sendable {
    func reached(_ point: FaultPoint)
}
