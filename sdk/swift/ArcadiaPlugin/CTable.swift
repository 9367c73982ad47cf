internal import CArcadiaPlugin
internal import Glibc

/// The C structs that the host reads. They and their texts stay for ever.
enum CTable {
    static func plugin(
        id: String, version: String, operations: [UnsafePointer<arcadia_operation>?]
    ) -> UnsafePointer<arcadia_plugin> {
        var plugin = arcadia_plugin()
        plugin.struct_size = UInt32(MemoryLayout<arcadia_plugin>.size)
        plugin.abi_minor = ARCADIA_ABI_MINOR
        plugin.operation_count = UInt32(operations.count)
        plugin.id = UnsafePointer(strdup(id))
        plugin.version = UnsafePointer(strdup(version))
        plugin.operations = keep(operations)
        plugin.create = create
        plugin.destroy = destroy
        plugin.health = health
        plugin.extension = extend
        return keep([plugin])
    }

    static func operation<Owner>(_ runner: OperationRunner<Owner>) -> UnsafePointer<arcadia_operation>? {
        var operation = arcadia_operation()
        operation.struct_size = UInt32(MemoryLayout<arcadia_operation>.size)
        operation.name = UnsafePointer(strdup(runner.name))
        operation.execute = execute
        operation.compensate = runner.compensate == nil ? nil : compensate
        operation.probe = runner.probe == nil ? nil : probe
        return keep([operation])
    }

    static func planned<Owner>(_ runner: OperationRunner<Owner>) -> UnsafePointer<arcadia_planned>? {
        var planned = arcadia_planned()
        planned.struct_size = UInt32(MemoryLayout<arcadia_planned>.size)
        planned.operation = UnsafePointer(strdup(runner.name))
        planned.plan = plan
        return keep([planned])
    }

    /// Nil: there is nothing to plan.
    static func plan(_ operations: [UnsafePointer<arcadia_planned>?]) -> UnsafePointer<arcadia_plan>? {
        guard !operations.isEmpty else { return nil }
        var plan = arcadia_plan()
        plan.struct_size = UInt32(MemoryLayout<arcadia_plan>.size)
        plan.operation_count = UInt32(operations.count)
        plan.operations = keep(operations)
        return keep([plan])
    }

    private static func keep<Element>(_ elements: [Element]) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        memory.initialize(from: elements, count: elements.count)
        return UnsafePointer(memory)
    }

    // MARK: - From C into Swift: one of each for all operations

    private typealias Verbatim =
        @convention(c) (OpaquePointer?, OpaquePointer?, UnsafePointer<arcadia_op>?) -> arcadia_status

    private static let execute: Verbatim = { CTable.run(.execute, $0, $1, $2) }
    private static let compensate: Verbatim = { CTable.run(.compensate, $0, $1, $2) }
    private static let probe: Verbatim = { CTable.run(.probe, $0, $1, $2) }
    private static let plan: Verbatim = { CTable.run(.plan, $0, $1, $2) }

    private static func run(
        _ verb: Verb, _ instance: OpaquePointer?, _ call: OpaquePointer?, _ op: UnsafePointer<arcadia_op>?
    ) -> arcadia_status {
        guard let instance = Instance.find(instance), let call, let op else { return HostCall.failed }
        return instance.run(verb, call: call, op: op.pointee)
    }

    private static let create:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>?) -> arcadia_status = { call, slot in
            guard let call, let slot, let make = Library.make else { return HostCall.failed }
            return make(call, slot)
        }

    private static let extend: @convention(c) (UnsafePointer<CChar>?) -> UnsafeRawPointer? = { id in
        guard let id, strcmp(id, ARCADIA_PLAN) == 0 else { return nil }
        return UnsafeRawPointer(Library.plan)
    }

    private static let destroy: @convention(c) (OpaquePointer?) -> Void = { Instance.release($0) }

    private static let health: @convention(c) (OpaquePointer?, OpaquePointer?) -> arcadia_status = { instance, call in
        guard let instance = Instance.find(instance), let call else { return HostCall.failed }
        return instance.health(call: call)
    }
}
