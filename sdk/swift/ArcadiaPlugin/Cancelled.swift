/// Thrown to stop because the host asked to: the operator cancelled, or the deadline passed.
///
/// ```swift
/// if call.isCancelRequested { throw Cancelled(effect: .none) }
/// ```
public struct Cancelled: Error {
    /// What was changed until now.
    public var effect: Effect
    /// One line for an operator.
    public var message: String

    /// Stopped, with this effect.
    public init(effect: Effect = .unknown, _ message: String = "stopped as asked") {
        self.effect = effect
        self.message = message
    }
}
