/// A plugin that an operator keeps out, whatever its build.
public struct DisabledPlugin: Sendable, Hashable {
    public let id: String
    public let reason: String
    /// Who did it.
    public let by: String
    public let at: Timestamp

    public init(id: String, reason: String, by: String, at: Timestamp) {
        (self.id, self.reason, self.by, self.at) = (id, reason, by, at)
    }
}
