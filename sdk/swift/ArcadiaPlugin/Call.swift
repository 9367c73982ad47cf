internal import CArcadiaPlugin
internal import FoundationEssentials

/// One call of an operation: what it was given, and what it may do.
///
/// ```swift
/// func execute(_ call: Call<Greet>) throws -> Output {
///     if let made = call.checkpoint { return Output(id: made.id) }
///     let id = try create(call.input.name, key: call.idempotencyKey)
///     try call.save(Checkpoint(id: id), effectSoFar: .applied)
///     return Output(id: id)
/// }
/// ```
public final class Call<Op: Operation>: HostCall {
    /// What the definition gives the step; the same in execute, compensate and probe.
    public let input: Op.Input

    /// The plugin as it was configured.
    public let plugin: Op.Owner

    /// What an earlier call of this step saved; nil: nothing. Execute, compensate and probe share it.
    public private(set) var checkpoint: Op.Checkpoint?

    /// What execute returned; nil in execute, and where it never completed.
    public let result: Op.Output?

    /// eg: "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04"
    public let runID: String

    /// The definition's name. eg: "provision_droplet"
    public let saga: String

    /// eg: "droplet"
    public let stepID: String

    /// The step's place in the definition, from 1.
    public let stepNumber: Int

    /// From 1; a suspended step comes back with the same.
    public let attempt: Int

    /// The same for every attempt of this step in this direction, and for no other: doing it twice under one key must
    /// leave the world as once does.
    public let idempotencyKey: String

    /// The key that execute has, in compensate and probe too: what to look for.
    public let executeKey: String

    /// W3C trace context. ``http`` sends it by itself.
    public let traceparent: String?

    init(
        host: UnsafePointer<arcadia_host>, handle: OpaquePointer, op: arcadia_op, plugin: Op.Owner
    ) throws(StepFailure) {
        input = try Self.readInput(op)
        checkpoint = try Self.readCheckpoint(op)
        result = try Self.readResult(op)
        self.plugin = plugin
        runID = op.run_id.string ?? ""
        saga = op.saga.string ?? ""
        stepID = op.step_id.string ?? ""
        stepNumber = Int(op.step_number)
        attempt = Int(op.attempt)
        idempotencyKey = op.idempotency_key.string ?? ""
        executeKey = op.execute_key.string ?? ""
        traceparent = op.traceparent.string
        super.init(host: host, handle: handle)
        mayHaveActed = !op.checkpoint_json.isAbsent
    }

    private static func readInput(_ op: arcadia_op) throws(StepFailure) -> Op.Input {
        do throws(UnreadableJSON) {
            return try JSON.decode(Op.Input.self, from: op.with_json, place: "with")
        } catch {
            throw StepFailure(.input, error.message, effect: op.checkpoint_json.isAbsent ? .none : .unknown)
        }
    }

    private static func readCheckpoint(_ op: arcadia_op) throws(StepFailure) -> Op.Checkpoint? {
        guard !op.checkpoint_json.isAbsent, Op.Checkpoint.self != NoCheckpoint.self else { return nil }
        do throws(UnreadableJSON) {
            return try JSON.decode(Op.Checkpoint.self, from: op.checkpoint_json, place: "checkpoint")
        } catch {
            throw StepFailure(.other, "what an earlier call of this step saved: \(error.message)")
        }
    }

    private static func readResult(_ op: arcadia_op) throws(StepFailure) -> Op.Output? {
        guard !op.result_json.isAbsent else { return nil }
        do throws(UnreadableJSON) {
            return try JSON.decode(Op.Output.self, from: op.result_json, place: "result")
        } catch {
            throw StepFailure(.other, "what execute returned: \(error.message)")
        }
    }
}

extension Call {
    /// Makes a checkpoint durable, which takes as long as a flush to disk: what is here will be there after a crash.
    ///
    /// If it cannot be written, throws a failure with the effect that the step has had so far.
    ///
    /// ```swift
    /// try call.save(Checkpoint(id: id), effectSoFar: .none)  // before the effect
    /// ```
    public func save(_ checkpoint: Op.Checkpoint, effectSoFar effect: Effect = .unknown) throws {
        let json = try encodeCheckpoint(checkpoint, effect: effect)
        guard !isOver, lending(json, { host.pointee.checkpoint(handle, $0) }) == 0 else {
            throw StepFailure(.other, "the checkpoint was not written", effect: effect, retry: .yes)
        }
        self.checkpoint = checkpoint
        if effect != .none { mayHaveActed = true }
    }

    /// What earlier steps put into the context, by a member's name or a JSON pointer; nil: absent. What is there and of
    /// another type is nil too, and logged: what a step cannot do without is better given to it as `with`.
    ///
    /// ```swift
    /// let id = call.context("droplet_id", as: Int.self)
    /// let first = call.context("/addresses/0", as: String.self)
    /// ```
    public func context<Value: Decodable>(_ path: String, as type: Value.Type) -> Value? {
        read(type, at: path, in: "context")
    }

    /// The run's inputs, like ``context(_:as:)``.
    ///
    /// ```swift
    /// let region = call.runInput("region", as: String.self)
    /// ```
    public func runInput<Value: Decodable>(_ path: String, as type: Value.Type) -> Value? {
        read(type, at: path, in: "inputs")
    }

    private func read<Value: Decodable>(_ type: Value.Type, at path: String, in document: String) -> Value? {
        let pointer = path.isEmpty || path.hasPrefix("/") ? path : "/" + pointerToken(path)
        guard let text = json(at: "/" + document + pointer), !text.bytes.elementsEqual("null".utf8) else { return nil }
        let place = document + pointer.split(separator: "/").map { "." + $0 }.joined()
        do throws(UnreadableJSON) {
            return try JSON.decode(type, from: text, place: place)
        } catch {
            log(.warn, error.message)
            return nil
        }
    }

    private func encodeCheckpoint(_ checkpoint: Op.Checkpoint, effect: Effect) throws(StepFailure) -> Data {
        do throws(UnwritableJSON) {
            return try JSON.encodeObject(checkpoint, place: "the checkpoint")
        } catch {
            throw StepFailure(.bug, error.message, effect: effect)
        }
    }

    /// Puts the checkpoint of a ``Suspend`` where it becomes durable together with the timer.
    func put(_ checkpoint: any Encodable & Sendable) throws(StepFailure) {
        guard let typed = checkpoint as? Op.Checkpoint else {
            throw StepFailure(
                .bug, "Suspend saves \(type(of: checkpoint)), and the checkpoint is \(Op.Checkpoint.self)")
        }
        let json = try encodeCheckpoint(typed, effect: .unknown)
        guard !isOver, lending(json, { host.pointee.put_json(handle, "/checkpoint", $0) }) == 0 else {
            throw StepFailure(.other, "the checkpoint was not written", retry: .yes)
        }
    }

    /// A member's name as part of a JSON pointer (RFC 6901).
    private func pointerToken(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
    }
}
