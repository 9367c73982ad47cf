internal import CArcadiaPlugin
internal import CPluginHost
internal import Glibc
internal import SagaCore
internal import Synchronization

/// One call of a plugin, from the host's side: what `arcadia_call` stands for.
///
/// The plugin holds a number, not a pointer: a handle that outlives its call finds nothing, instead of somebody's memory.
final class PluginCall: OngoingCall, @unchecked Sendable {
    private struct State: Sendable {
        var output = JSONObject()
        /// What was put so far, so that a document stays below the limit.
        var bytesPut = 0
        var checkpoint: JSONValue?
        var error: (error: StepError, retry: RetryAdvice)?
        var suspendAfter: Int64?
        var finding: Effect?
        var lent: [UInt] = []
        var isOver = false
        var cancelDescriptor: Int32 = -1
        /// Answers of HTTP requests that the plugin holds.
        var answers: [UInt: KeptAnswer] = [:]
    }

    let handle: OpaquePointer
    /// Nil for `create` and `health`, which see the config alone.
    let step: StepCall?
    let plugin: LoadedPlugin?
    let config: JSONValue
    /// Who hears of checkpoints and tells of cancels.
    let reporter: (any StepCallReporter)?
    let time: CallTime
    let credentialVariant: String?
    /// False: nobody but the thread that makes it waits for it, so it is not given up.
    let isOfARun: Bool
    /// Set by a deadline, a silence or an operator.
    private let isCancelled = Atomic<Bool>(false)
    private let state: Mutex<State>
    /// Held while something must not overlap with the end of the call, and takes no time: a nudge.
    private let alive = Mutex(true)
    /// Held while a checkpoint is written, which waits for whoever drives the run; so whoever drives it, or watches the
    /// call, never asks for this.
    private let writing = Mutex(())
    /// When and why the watch asked it to stop; touched by the watch alone.
    var stopAsked: (at: ContinuousClock.Instant, because: CallStopReason)?

    /// A document's limit in bytes.
    static let documentLimit = 16 << 20

    /// A step's call.
    init(
        _ step: StepCall, plugin: LoadedPlugin, reporter: any StepCallReporter, isOfARun: Bool = true,
        credentialVariant: String? = nil
    ) {
        self.step = step
        self.isOfARun = isOfARun
        self.credentialVariant = credentialVariant
        self.plugin = plugin
        self.reporter = reporter
        config = plugin.config
        time = CallTime(timeoutSeconds: step.timeoutSeconds, heartbeatSeconds: plugin.manifest.heartbeatSeconds)
        state = Mutex(State(checkpoint: step.checkpoint))
        handle = Self.nextHandle()
        Self.registry(of: handle).withLock { $0[handle] = self }
    }

    /// A call outside of any run.
    init(config: JSONValue) {
        step = nil
        plugin = nil
        reporter = nil
        self.config = config
        isOfARun = false
        credentialVariant = nil
        time = CallTime(timeoutSeconds: 10, heartbeatSeconds: nil)
        state = Mutex(State())
        handle = Self.nextHandle()
        Self.registry(of: handle).withLock { $0[handle] = self }
    }

    // MARK: - Handles

    private static let counter = Atomic<UInt>(0)

    /// Several, so that threads seldom meet at one.
    private static let registries = (0..<16).map { _ in Monitor<[OpaquePointer: PluginCall]>([:]) }

    private static func registry(of handle: OpaquePointer) -> Monitor<[OpaquePointer: PluginCall]> {
        registries[(Int(bitPattern: handle) >> 1) & 15]
    }

    /// Every call that is in a plugin now.
    static var inProgress: [PluginCall] { registries.flatMap { registry in registry.withLock { Array($0.values) } } }

    /// Odd numbers: no object lies at one, so a handle is never mistaken for a pointer that works by chance.
    private static func nextHandle() -> OpaquePointer {
        OpaquePointer(bitPattern: counter.add(2, ordering: .relaxed).newValue | 1)!
    }

    static func find(_ handle: OpaquePointer?) -> PluginCall? {
        guard let handle else { return nil }
        if let object = arcadia_current_call(UnsafeRawPointer(handle)) {
            return Unmanaged<PluginCall>.fromOpaque(object).takeUnretainedValue()
        }
        return registry(of: handle).withLock { $0[handle] }
    }

    /// Runs `body` as this thread's call.
    func onThisThread(_ body: () -> arcadia_status) -> arcadia_status {
        arcadia_set_current_call(UnsafeRawPointer(handle), Unmanaged.passUnretained(self).toOpaque())
        defer { arcadia_set_current_call(nil, nil) }
        return body()
    }

    /// The handle is dead from now on, and what was lent through it is gone. False: the call had been given up.
    func end() -> Bool {
        Self.registry(of: handle).withLock { _ = $0.removeValue(forKey: handle) }
        alive.withLock { $0 = false }
        // One that a thread of the plugin writes at this moment is written, and none after it.
        return writing.withLock { _ in
            state.withLock { state in
                for pointer in state.lent { free(UnsafeMutableRawPointer(bitPattern: pointer)) }
                state.lent.removeAll()
                state.answers.removeAll()
                if state.cancelDescriptor >= 0 { close(state.cancelDescriptor) }
                state.cancelDescriptor = -1
                defer { state.isOver = true }
                return !state.isOver
            }
        }
    }

    /// Given up: the plugin may still be in it, so what it was lent stays; but nothing it says counts any more. False: it
    /// ended just before.
    func abandon() -> Bool {
        alive.withLock { _ in
            state.withLock { state in
                defer { state.isOver = true }
                return !state.isOver
            }
        }
    }

    /// Does something with the plugin that needs the handle; nothing if that is dead.
    func whileAlive(_ body: () -> Void) {
        alive.withLock { if $0 { body() } }
    }

    // MARK: - Cancel, deadline, heartbeat

    func requestCancel() {
        isCancelled.store(true, ordering: .releasing)
        state.withLock { state in
            if state.cancelDescriptor >= 0 { arcadia_flag_raise(state.cancelDescriptor) }
        }
    }

    var isCancelRequested: Bool {
        isCancelled.load(ordering: .acquiring) || time.isOverdue || isOver
            || (step?.verb == .execute && reporter?.isCancelRequested == true)
    }

    /// Ended or given up: what still runs of it must not touch the world any more.
    private var isOver: Bool { state.withLock { $0.isOver } }

    func cancelDescriptor() -> Int32 {
        state.withLock { state in
            guard !state.isOver else { return -1 }
            if state.cancelDescriptor < 0 {
                state.cancelDescriptor = arcadia_flag_open(isCancelled.load(ordering: .acquiring) ? 1 : 0)
            }
            return state.cancelDescriptor
        }
    }

    // MARK: - Reading

    func value(at path: JSONPointer) -> JSONValue? {
        let tokens = path.tokens
        guard let root = tokens.first else { return nil }
        let rest = JSONPointer(tokens: Array(tokens.dropFirst()))
        switch root {
        case "with": return step?.with[rest]
        case "inputs": return step?.inputs[rest]
        case "context": return step.flatMap { JSONValue.object($0.context)[rest] }
        case "result": return step?.result.flatMap { JSONValue.object($0)[rest] }
        case "config": return config[rest]
        case "checkpoint": return state.withLock { $0.checkpoint }.flatMap { $0[rest] }
        case "output": return JSONValue.object(state.withLock { $0.output })[rest]
        default: return nil
        }
    }

    /// A copy that lives as long as the call.
    func lend(_ text: String) -> arcadia_str {
        var text = text
        return text.withUTF8 { utf8 in
            let copy = malloc(max(1, utf8.count))!
            if let base = utf8.baseAddress { memcpy(copy, base, utf8.count) }
            let isKept = state.withLock { state in
                guard !state.isOver else { return false }
                state.lent.append(UInt(bitPattern: copy))
                return true
            }
            guard isKept else {
                free(copy)
                return arcadia_str(ptr: nil, len: 0)
            }
            return arcadia_str(ptr: UnsafePointer(copy.assumingMemoryBound(to: CChar.self)), len: utf8.count)
        }
    }

    // MARK: - Answers of HTTP requests

    /// A handle for an answer; nil: the call is over.
    func keep(_ answer: KeptAnswer) -> OpaquePointer? {
        let handle = Self.nextHandle()
        let number = UInt(bitPattern: handle)
        let isKept = state.withLock { state in
            if !state.isOver { state.answers[number] = answer }
            return !state.isOver
        }
        return isKept ? handle : nil
    }

    func answer(_ handle: OpaquePointer) -> KeptAnswer? {
        let number = UInt(bitPattern: handle)
        return state.withLock { $0.answers[number] }
    }

    func forget(_ handle: OpaquePointer) {
        let number = UInt(bitPattern: handle)
        state.withLock { _ = $0.answers.removeValue(forKey: number) }
    }

    // MARK: - Writing

    /// Puts a value of about this many bytes under /output or /checkpoint.
    func put(_ value: JSONValue, bytes: Int, at path: JSONPointer) -> Bool {
        let tokens = path.tokens
        guard let root = tokens.first else { return false }
        if tokens.count == 1 { return replace(root, with: value) }
        let rest = JSONPointer(tokens: Array(tokens.dropFirst()))
        return state.withLock { state in
            guard !state.isOver, state.bytesPut <= Self.documentLimit - bytes else { return false }
            state.bytesPut += bytes
            switch tokens[0] {
            case "output":
                if tokens.count == 2 {
                    state.output[tokens[1]] = value
                    return true
                }
                var document = JSONValue.object(state.output)
                guard document.set(value, at: rest), let object = document.objectValue else { return false }
                state.output = object
                return true
            case "checkpoint":
                var document = state.checkpoint ?? [:]
                guard document.set(value, at: rest) else { return false }
                state.checkpoint = document
                return true
            default: return false
            }
        }
    }

    /// A whole document instead of what it held.
    private func replace(_ document: String, with value: JSONValue) -> Bool {
        guard let object = value.objectValue else { return false }
        switch document {
        case "output": return setOutput(object)
        case "checkpoint":
            return state.withLock { state in
                guard !state.isOver else { return false }
                state.checkpoint = value
                return true
            }
        default: return false
        }
    }

    func setOutput(_ output: JSONObject) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            state.output = output
            return true
        }
    }

    /// Makes a checkpoint durable; nil: what was put. One at a time, and none after the end of the call.
    func writeCheckpoint(_ checkpoint: JSONValue?) -> Bool {
        writing.withLock { _ in
            let document = state.withLock { state -> JSONValue? in
                guard !state.isOver else { return nil }
                if let checkpoint { state.checkpoint = checkpoint }
                return state.checkpoint
            }
            guard let document, let reporter else { return false }
            return (try? reporter.checkpoint(document)) != nil
        }
    }

    func fail(_ error: StepError, retry: RetryAdvice) {
        state.withLock { state in
            if !state.isOver { state.error = (error, retry) }
        }
    }

    func suspend(afterMilliseconds: Int64) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            // Ten years are for ever, and keep clear of the end of the number.
            state.suspendAfter = min(max(0, afterMilliseconds), 315_360_000_000)
            return true
        }
    }

    func found(_ effect: Effect) {
        state.withLock { state in
            if !state.isOver { state.finding = effect }
        }
    }

    // MARK: - Performing

    func perform(_ marks: CallMarkFile?) -> StepOutcome {
        guard let step, let plugin else { return .unavailable(reason: "a call of no step cannot be performed") }
        marks?.enter(step.mark, image: plugin.image, tag: plugin.tag, operation: step.operation)
        let status = plugin.enter(step.verb, operation: step.operation.operation, self, step)
        marks?.leave()
        let schema = plugin.manifest.operation(step.operation.operation)?.output ?? .anything
        return outcome(of: status, verb: step.verb, output: schema)
    }

    /// Whoever asks: the flag, the descriptor, and the plugin's own function.
    func askToStop() {
        requestCancel()
        guard let plugin, let step else { return }
        whileAlive { plugin.nudge(operation: step.operation.operation, self) }
    }

    // MARK: - Outcome

    var failure: (error: StepError, retry: RetryAdvice)? { state.withLock { $0.error } }

    /// What the status a plugin returned means, with all it said before.
    func outcome(of status: arcadia_status, verb: StepVerb, output schema: JSONSchema) -> StepOutcome {
        let (output, checkpoint, error, suspendAfter, finding) = state.withLock {
            ($0.output, $0.checkpoint, $0.error, $0.suspendAfter, $0.finding)
        }
        switch status {
        case arcadia_status(ARCADIA_OK):
            switch verb {
            case .execute: return Self.checked(output, against: schema)
            case .compensate, .plan: return .completed(output: output)
            case .probe:
                guard let finding else {
                    return .failed(Self.bug("its probe returned OK without calling found()", .unknown), retry: .no)
                }
                return .found(finding, output: output)
            }
        case arcadia_status(ARCADIA_SUSPENDED):
            guard let suspendAfter else {
                return .failed(Self.bug("it returned SUSPENDED without calling suspend()", .unknown), retry: .no)
            }
            return .suspended(afterMilliseconds: suspendAfter, checkpoint: checkpoint)
        case arcadia_status(ARCADIA_CANCELLED):
            let effect = error?.error.effect ?? .unknown
            if time.isOverdue {
                return .failed(
                    StepError(
                        code: StepError.HostCode.timedOut, message: error?.error.message ?? "it did not finish in time",
                        effect: effect),
                    retry: .yes)
            }
            return .failed(
                StepError(
                    code: StepError.HostCode.cancelled,
                    message: error?.error.message ?? "it stopped when it was asked to",
                    effect: effect),
                retry: error?.retry ?? .no)
        case arcadia_status(ARCADIA_FAILED):
            guard let error else {
                return .failed(Self.bug("it failed and gave no reason", .unknown, code: "other"), retry: .no)
            }
            return .failed(error.error, retry: error.retry)
        default:
            return .failed(
                error?.error ?? Self.bug("it returned status \(status), which is none", .unknown),
                retry: error?.retry ?? .no)
        }
    }

    static func checked(_ output: JSONObject, against schema: JSONSchema) -> StepOutcome {
        if let violation = schema.violations(of: .object(output)).first {
            let error = StepError(
                code: StepError.HostCode.badOutput,
                message: "its output is not what its manifest says: \(violation.message)", effect: .applied)
            return .failed(error, retry: .no)
        }
        return .completed(output: output)
    }

    private static func bug(_ message: String, _ effect: Effect, code: String = "bug") -> StepError {
        StepError(code: code, message: message, effect: effect)
    }
}
