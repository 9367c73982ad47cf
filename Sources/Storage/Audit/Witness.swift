public import SagaCore

/// Something that was changed, as far as it concerns who answers for it.
public struct Change: Sendable, Hashable {
    /// What was changed. eg: "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04"
    public let target: String
    /// nil: there was nothing.
    public let before: JSONValue?
    /// nil: there is nothing any more.
    public let after: JSONValue?

    public init(target: String, before: JSONValue?, after: JSONValue?) {
        (self.target, self.before, self.after) = (target, before, after)
    }
}

/// Sees a change inside its transaction, and writes down who made it. What it throws undoes the change: what cannot be
/// written down does not happen.
public typealias Witness = (Change, any Connection) throws -> Void
