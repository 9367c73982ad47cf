internal import SagaCore
internal import Synchronization

/// Whom an operator keeps out, by id; it may change while the host runs.
final class DisabledPlugins: Sendable {
    private let plugins: Monitor<[String: DisabledPlugin]>
    /// False: nobody, so that a call need not look.
    private let hasAny: Atomic<Bool>

    init(_ plugins: [DisabledPlugin]) {
        self.plugins = Monitor(Self.byID(plugins))
        hasAny = Atomic(!plugins.isEmpty)
    }

    func replace(with plugins: [DisabledPlugin]) {
        self.plugins.withLock { $0 = Self.byID(plugins) }
        hasAny.store(!plugins.isEmpty, ordering: .releasing)
    }

    /// Nil: it may be let in.
    func refusal(of id: String, path: String) -> PluginRefusal? {
        guard hasAny.load(ordering: .acquiring), let plugin = plugins.withLock({ $0[id] }) else { return nil }
        return PluginRefusal(.disabled(reason: plugin.reason, by: plugin.by), path: path)
    }

    private static func byID(_ plugins: [DisabledPlugin]) -> [String: DisabledPlugin] {
        plugins.reduce(into: [:]) { $0[$1.id] = $1 }
    }
}
