internal import CArcadiaPlugin

/// What `arcadia_instance` stands for: a configured plugin, its type forgotten.
class Instance {
    func run(_ verb: Verb, call: OpaquePointer, op: arcadia_op) -> arcadia_status { HostCall.failed }

    func health(call: OpaquePointer) -> arcadia_status { HostCall.failed }

    /// Kept alive until ``release(_:)``.
    static func retain(_ instance: Instance) -> OpaquePointer {
        OpaquePointer(Unmanaged.passRetained(instance).toOpaque())
    }

    static func find(_ pointer: OpaquePointer?) -> Instance? {
        pointer.map { Unmanaged<Instance>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    static func release(_ pointer: OpaquePointer?) {
        guard let pointer else { return }
        Unmanaged<Instance>.fromOpaque(UnsafeRawPointer(pointer)).release()
    }
}

/// Never changed after it was made: threads share it.
final class PluginInstance<Owner: Plugin>: Instance {
    private let host: UnsafePointer<arcadia_host>
    private let plugin: Owner
    private let runners: [String: OperationRunner<Owner>]

    /// Throws what the plugin says against its configuration.
    init(host: UnsafePointer<arcadia_host>, config: arcadia_str?, runners: [OperationRunner<Owner>]) throws {
        self.host = host
        self.runners = Dictionary(runners.map { ($0.name, $0) }) { first, _ in first }
        plugin = try Owner(config: Self.read(config))
    }

    private static func read(_ config: arcadia_str?) throws(StepFailure) -> Owner.Config {
        do throws(UnreadableJSON) {
            return try JSON.decode(Owner.Config.self, from: config ?? .absent, place: "config")
        } catch {
            throw StepFailure(.config, error.message, effect: .none)
        }
    }

    override func run(_ verb: Verb, call: OpaquePointer, op: arcadia_op) -> arcadia_status {
        let name = op.operation.string ?? ""
        guard let run = runners[name]?.run(verb) else {
            let failure = StepFailure(.unsupported, "\(Owner.id) has no operation `\(name)` for this", effect: .none)
            return HostCall(host: host, handle: call).fail(failure)
        }
        return run(plugin, host, call, op)
    }

    override func health(call: OpaquePointer) -> arcadia_status {
        let call = HostCall(host: host, handle: call)
        defer { call.isOver = true }
        do {
            try plugin.health(call)
            return HostCall.ok
        } catch {
            return call.report(error)
        }
    }
}
