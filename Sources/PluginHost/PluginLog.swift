internal import SagaCore

/// Where what plugins log goes.
public enum PluginLog {
    /// - Parameter sink: the call (`files.write report`), the level (0 trace to 4 error), the message. From any thread.
    public static func show(_ sink: @escaping @Sendable (_ label: String?, _ level: Int32, _ message: String) -> Void) {
        HostTable.log.withLock { $0 = HostTable.Sink(write: sink) }
    }
}
