public import SagaCore

/// Where what plugins log goes, and what they print in their workers.
public enum PluginLog {
    public struct Line: Sendable {
        public enum Origin: Sendable {
            /// The plugin said it.
            case said
            /// Its worker printed it.
            case printed
            /// A request that the host made for it, and what came of it.
            case exchanged
            /// A request that the host did not make.
            case notMade
        }

        public let origin: Origin
        /// The call it belongs to, or the plugin where that is all that is known. eg: "files.write report"
        public let label: String?
        public let run: RunID?
        /// 0 trace to 4 error.
        public let level: Int32
        public let message: String

        init(_ origin: Origin = .said, label: String?, run: RunID?, _ level: Int32, _ message: String) {
            (self.origin, self.label, self.run, self.level, self.message) = (origin, label, run, level, message)
        }

        init(_ origin: Origin = .said, of step: StepCall?, _ level: Int32, _ message: String) {
            self.init(origin, label: step?.label, run: step?.run, level, message)
        }
    }

    /// - Parameter sink: is handed every line, from any thread.
    public static func show(_ sink: @escaping @Sendable (Line) -> Void) {
        HostTable.log.withLock { $0 = HostTable.Sink(write: sink) }
    }
}

extension StepCall {
    /// eg: "files.write report"
    var label: String { "\(operation) \(stepID)" }
}
