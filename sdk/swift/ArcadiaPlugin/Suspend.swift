/// Thrown to be called again later: no thread is held meanwhile, and a restart of the host does not matter.
///
/// ```swift
/// guard droplet.status == "active" else {
///     throw Suspend(after: .seconds(5), saving: Checkpoint(id: droplet.id))
/// }
/// ```
///
/// The same function runs from its start again, with the same key and attempt, and finds the checkpoint.
public struct Suspend: Error {
    /// How long from now.
    public var after: Duration
    /// What is made durable together with the timer; nil: what was saved before stays.
    public var checkpoint: (any Encodable & Sendable)?

    /// Keeps the checkpoint as it is.
    public init(after: Duration) {
        self.after = after
        checkpoint = nil
    }

    /// With a new checkpoint, of the operation's `Checkpoint` type.
    public init(after: Duration, saving checkpoint: some Encodable & Sendable) {
        self.after = after
        self.checkpoint = checkpoint
    }
}
