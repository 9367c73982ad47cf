internal import CArcadiaPlugin

/// One operation with its type forgotten.
struct OperationRunner<Owner: Plugin>: Sendable {
    typealias Run = @Sendable (Owner, UnsafePointer<arcadia_host>, OpaquePointer, arcadia_op) -> arcadia_status

    let name: String
    let execute: Run
    let compensate: Run?
    let probe: Run?
    let plan: Run?

    init(_ type: any Operation<Owner>.Type) {
        name = type.name
        execute = Self.execute(type)
        compensate = (type as? any Compensable<Owner>.Type).map { Self.compensate($0) }
        probe = (type as? any Probeable<Owner>.Type).map { Self.probe($0) }
        plan = (type as? any Plannable<Owner>.Type).map { Self.plan($0) }
    }

    func run(_ verb: Verb) -> Run? {
        switch verb {
        case .execute: execute
        case .compensate: compensate
        case .probe: probe
        case .plan: plan
        }
    }

    private static func execute<Op: Operation<Owner>>(_ type: Op.Type) -> Run {
        run(type, .execute) { call in call.deliver(try Op().execute(call)) }
    }

    private static func compensate<Op: Compensable<Owner>>(_ type: Op.Type) -> Run {
        run(type, .compensate) { call in
            try Op().compensate(call)
            return HostCall.ok
        }
    }

    private static func probe<Op: Probeable<Owner>>(_ type: Op.Type) -> Run {
        run(type, .probe) { call in call.deliver(try Op().probe(call)) }
    }

    private static func plan<Op: Plannable<Owner>>(_ type: Op.Type) -> Run {
        run(type, .plan) { call in call.deliver(try Op().plan(call)) }
    }

    /// From the C call to the author's function and back: whatever is thrown ends here.
    private static func run<Op: Operation<Owner>>(
        _ type: Op.Type, _ verb: Verb, _ body: @escaping @Sendable (Call<Op>) throws -> arcadia_status
    ) -> Run {
        { plugin, host, handle, op in
            let call: Call<Op>
            do throws(StepFailure) {
                call = try Call<Op>(host: host, handle: handle, op: op, plugin: plugin)
            } catch {
                return HostCall(host: host, handle: handle).fail(error)
            }
            defer { call.isOver = true }
            do {
                return try body(call)
            } catch {
                return call.report(error, in: verb)
            }
        }
    }
}
