public import ArcadiaPlugin
internal import Synchronization

/// One step of one run, with a plugin made for it, called through the C table as a host does.
///
/// ```swift
/// let step = try TestStep(Greet.self, config: #"{"folder":"/tmp/x"}"#, with: #"{"name":"Ada"}"#)
/// #expect(try step.execute().file == "/tmp/x/Ada.txt")
/// try step.compensate()
/// ```
///
/// Compensate and probe see the `with`, the checkpoint and the result that execute left. Executing again is what a host does
/// after a crash: the same key, the last durable checkpoint, no result. Whatever ends a call comes back as what was thrown:
/// ``StepFailure``, `Suspend` or `Cancelled`.
///
/// It checks no schema and no size, and lends no HTTP. Of one thread.
public final class TestStep<Op: Operation> {
    private let call: FakeCall
    private let plugin: UnsafePointer<arcadia_plugin>
    private let instance: OpaquePointer?
    private let with: String
    private var result: String?

    /// Makes the plugin; throws what its `init(config:)` throws. Both texts are JSON objects.
    public init(_ operation: Op.Type, config: String = "{}", with: String = "{}") throws {
        let call = FakeCall(documents: ["config": config, "with": with])
        self.call = call
        self.with = with
        var made: OpaquePointer?
        // A real library holds one plugin, and its host calls entry and create one after the other.
        let (table, status) = FakeHost.serial.withLock { _ in
            let table = Op.Owner.entry(FakeHost.table)!
            return (table, table.pointee.create(call.handle, &made))
        }
        (plugin, instance) = (table, made)
        try call.throwWhatEnded(status)
    }

    deinit {
        if let instance { plugin.pointee.destroy(instance) }
    }

    /// What it returns or throws.
    @discardableResult
    public func execute() throws -> Op.Output {
        result = nil
        try run(operation.execute, "execute")
        result = call.output
        return try output()
    }

    /// Throws what it throws. An operation that is not `Compensable` throws `.unsupported`.
    public func compensate() throws { try run(operation.compensate, "compensate") }

    /// What it finds. An operation that is not `Probeable` throws `.unsupported`.
    public func probe() throws -> Finding<Op.Output> {
        result = nil
        try run(operation.probe, "execute")
        switch call.found {
        case .applied: return .applied(try output())
        case .partial: return .partial
        default: return .nothing
        }
    }

    /// What it says that it would do, as JSON. An operation that is not `Plannable` throws `.unsupported`.
    public func plan() throws -> String {
        result = nil
        try run(planned, "execute")
        return call.output ?? "{}"
    }

    /// The host died before execute came back: its result was never heard of.
    public func loseResult() { result = nil }

    /// What is durable, as JSON; nil: nothing.
    public var checkpoint: String? { call.durable }

    /// From now on no checkpoint is taken.
    public var isDiskFull: Bool {
        get { call.isDiskFull }
        set { call.isDiskFull = newValue }
    }

    /// The operator cancelled.
    public var isCancelRequested: Bool {
        get { call.isCancelRequested }
        set { call.isCancelRequested = newValue }
    }

    /// What earlier steps put there, a JSON object.
    public func setContext(_ json: String) { call.documents["context"] = json }

    /// Everything that was logged.
    public var logged: [String] { call.logged }

    private var operation: arcadia_operation {
        (0..<Int(plugin.pointee.operation_count)).map { plugin.pointee.operations[$0]!.pointee }
            .first { String(cString: $0.name) == Op.name }!
    }

    private var planned: Function? {
        guard let found = plugin.pointee.extension?(ARCADIA_PLAN) else { return nil }
        let plan = found.assumingMemoryBound(to: arcadia_plan.self).pointee
        return (0..<Int(plan.operation_count)).map { plan.operations[$0]!.pointee }
            .first { String(cString: $0.operation) == Op.name }?.plan
    }

    private func output() throws -> Op.Output {
        try TestJSON.decode(Op.Output.self, call.output ?? "{}")
    }

    private typealias Function =
        @convention(c) (OpaquePointer?, OpaquePointer?, UnsafePointer<arcadia_op>?) -> arcadia_status

    private func run(_ function: Function?, _ direction: String) throws {
        guard let function else {
            throw StepFailure(.unsupported, "`\(Op.name)` has no such function", effect: .none)
        }
        call.begin(result: result)
        var op = arcadia_op()
        op.struct_size = UInt32(MemoryLayout<arcadia_op>.size)
        op.attempt = 1
        op.step_number = 1
        op.operation = call.lend(Op.name)
        op.run_id = call.lend(Self.run)
        op.saga = call.lend("a_test")
        op.step_id = call.lend("step")
        op.idempotency_key = call.lend("\(Self.run)/1/\(direction)")
        op.execute_key = call.lend("\(Self.run)/1/execute")
        op.with_json = call.lend(with)
        if let result { op.result_json = call.lend(result) }
        if let durable = call.durable { op.checkpoint_json = call.lend(durable) }
        try call.throwWhatEnded(function(instance, call.handle, &op))
    }

    private static var run: String { "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04" }
}
