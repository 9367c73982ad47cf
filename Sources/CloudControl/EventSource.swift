/// Who or what changed the books. Stands in every event.
public struct EventSource: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    private init(_ description: String) { self.description = description }

    /// A sweep over the account.
    public static let sync = EventSource("sync")
    /// A comparison of what was asked for with what is.
    public static let drift = EventSource("drift")
    /// - Parameter run: the run's id.
    public static func saga(run: String) -> EventSource { EventSource("saga:" + run) }
    public static func `operator`(_ name: String) -> EventSource { EventSource("operator:" + name) }
}
