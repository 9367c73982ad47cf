/// Operations that the host performs itself. A definition uses them like any plugin's: `cloud.register_droplet`.
///
/// Every one of them is idempotent: after a crash in the middle of a call it is simply made again.
public protocol HostPlugin: Sendable {
    /// What stands before the dot.
    static var id: String { get }
    /// As a plugin says it in its `plugin.json`.
    static var manifest: String { get }

    /// Performs a call, on the thread it is called on.
    ///
    /// - Parameter save: makes a checkpoint durable before it returns; the next call of the step finds it.
    func perform(_ call: StepCall, saving save: (JSONValue) throws -> Void) -> StepOutcome
}
