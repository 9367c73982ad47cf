internal import CArcadiaPlugin
internal import Glibc
internal import SagaCore

/// A plugin in this process: its code is mapped, its table read and found right, its instance made.
final class LoadedPlugin: CallablePlugin, @unchecked Sendable {
    let manifest: PluginManifest
    let image: PluginImage
    let config: JSONValue
    /// HTTP as this plugin may use it; nil: it did not ask, or was not granted it.
    let http: (any HTTPAccess)?
    let gate: CallGate?
    let statistics = CallStatistics(since: SystemClock().now)
    /// This image's number among the loaded ones, from 1.
    let tag = CallMarkFile.newTag()
    let table: UnsafePointer<arcadia_plugin>
    let functions: PluginFunctions
    var instance: OpaquePointer?

    static let entryPrefix = "arcadia_plugin_entry_v"
    static let entrySymbol = entryPrefix + "1"
    /// What the entry said through the log, which a refusal repeats.
    private static let said = Monitor<String?>(nil)
    /// Loading is rare and one at a time, so that what is said can be told apart.
    private static let loading = Monitor(())

    typealias Entry = @convention(c) (UnsafePointer<arcadia_host>?) -> UnsafePointer<arcadia_plugin>?

    /// Maps a library from the content store and asks it who it is. From here on its code runs.
    init(
        path: String, manifest: PluginManifest, image: PluginImage, config: JSONValue, http: (any HTTPAccess)?,
        purpose: LoadPurpose = .work
    ) throws(PluginRefusal.Fact) {
        self.manifest = manifest
        self.image = image
        self.config = config
        self.http = http
        gate = manifest.concurrency == .full ? nil : CallGate(width: 1)
        (table, functions) = try Self.loading.withLock { _ throws(PluginRefusal.Fact) in
            let table = try Self.open(path)
            return (table, try Self.checked(table, manifest).taken(for: purpose))
        }
        try create()
    }

    /// One that was opened and asked before, without an instance: for a bench, which takes one step at a time.
    init(
        _ table: UnsafePointer<arcadia_plugin>, _ functions: PluginFunctions, manifest: PluginManifest,
        config: JSONValue, http: (any HTTPAccess)?
    ) {
        self.manifest = manifest
        image = PluginImage(plugin: manifest.id, version: manifest.version, hash: "")
        self.config = config
        self.http = http
        gate = nil
        self.table = table
        self.functions = functions
    }

    private static func open(_ path: String) throws(PluginRefusal.Fact) -> UnsafePointer<arcadia_plugin> {
        // NOW: a missing symbol shows here and not in the middle of a step. LOCAL: no plugin sees another's symbols.
        // NODELETE: a library with Swift or thread-local data in it cannot be taken out again safely.
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            throw .dlopen(dlerror().map { String(cString: $0) } ?? "no reason given")
        }
        guard let symbol = dlsym(library, entrySymbol) else { throw .noEntry(expected: entrySymbol) }
        said.withLock { $0 = nil }
        let sink = HostTable.log.withLock { log in
            defer { log = HostTable.Sink { line in LoadedPlugin.said.withLock { $0 = line.message } } }
            return log
        }
        let table = unsafeBitCast(symbol, to: Entry.self)(HostTable.pointer)
        HostTable.log.withLock { $0 = sink }
        guard let table else { throw .entryReturnedNull(said: said.withLock { $0 }) }
        return table
    }

    static func checked(
        _ table: UnsafePointer<arcadia_plugin>, _ manifest: PluginManifest
    ) throws(PluginRefusal.Fact) -> PluginFunctions {
        let size = Int(table.pointee.struct_size)
        let expected = MemoryLayout<arcadia_plugin>.offset(of: \.extension)! + MemoryLayout<UnsafeRawPointer>.size
        guard size >= expected else { throw .structTooSmall("arcadia_plugin", size: size, expected: expected) }
        guard table.pointee.min_host_minor <= HostTable.abiMinor else {
            throw .needsNewerHost(minor: Int(table.pointee.min_host_minor), known: Int(HostTable.abiMinor))
        }
        let id = table.pointee.id.map { String(cString: $0) } ?? ""
        guard id == manifest.id else { throw .otherID(found: id, manifest: manifest.id) }
        let version = table.pointee.version.map { String(cString: $0) } ?? ""
        guard version == manifest.version else { throw .otherVersion(found: version, manifest: manifest.version) }
        let typed = try TypedTable.read(table)
        let operations = try read(table, typed)
        try TypedTable.compare(typed, manifest)
        try compare(operations, manifest)
        let planned = try PlanTable.read(table)
        try PlanTable.compare(planned, manifest)
        return PluginFunctions(plain: operations, typed: typed, planned: planned)
    }

    private static func read(
        _ table: UnsafePointer<arcadia_plugin>, _ typed: [String: TypedFunction]
    ) throws(PluginRefusal.Fact) -> [String: arcadia_operation] {
        if table.pointee.operation_count == 0, !typed.isEmpty { return [:] }
        guard let list = table.pointee.operations, table.pointee.operation_count > 0 else { throw .noOperations }
        var operations: [String: arcadia_operation] = [:]
        for index in 0..<Int(table.pointee.operation_count) {
            guard let pointer = list[index] else { throw .noOperations }
            let size = Int(pointer.pointee.struct_size)
            let expected = MemoryLayout<arcadia_operation>.offset(of: \.cancel)! + MemoryLayout<UnsafeRawPointer>.size
            guard size >= expected else { throw .structTooSmall("arcadia_operation", size: size, expected: expected) }
            let name = pointer.pointee.name.map { String(cString: $0) } ?? ""
            guard typed[name] == nil else { throw .operationTwice(name) }
            operations[name] = pointer.pointee
        }
        return operations
    }

    private static func compare(
        _ operations: [String: arcadia_operation], _ manifest: PluginManifest
    ) throws(PluginRefusal.Fact) {
        for described in manifest.operations where described.signature == nil {
            guard let operation = operations[described.name] else { throw .operationMissing(described.name) }
            guard operation.execute != nil else {
                throw .functionMissing(described.name, function: "execute", flag: "an operation")
            }
            try compare(
                described.name, "compensate", operation.compensate != nil, "compensable",
                described.operation.isCompensable)
            try compare(described.name, "probe", operation.probe != nil, "probeable", described.operation.isProbeable)
        }
        if let extra = operations.keys.sorted().first(where: { manifest.operation($0) == nil }) {
            throw .operationUndeclared(extra)
        }
    }

    private static func compare(
        _ name: String, _ function: String, _ has: Bool, _ flag: String, _ isDeclared: Bool
    ) throws(PluginRefusal.Fact) {
        if isDeclared, !has { throw .functionMissing(name, function: function, flag: flag) }
        if has, !isDeclared { throw .functionUndeclared(name, function: function, flag: flag) }
    }

    private func create() throws(PluginRefusal.Fact) {
        guard let create = table.pointee.create else { return }
        let call = PluginCall(config: config)
        defer { _ = call.end() }
        let status = call.onThisThread { create(call.handle, &instance) }
        guard status == arcadia_status(ARCADIA_OK) else {
            throw .createFailed(
                call.failure?.error ?? StepError(code: "config", message: "it gave no reason", effect: .none))
        }
    }

    // MARK: - Calling

    func call(
        _ step: StepCall, reportingTo reporter: any StepCallReporter, isOfARun: Bool, credentialVariant: String?
    ) -> any OngoingCall {
        PluginCall(
            step, plugin: self, reporter: reporter, isOfARun: isOfARun, credentialVariant: credentialVariant)
    }

    /// Enters the plugin and comes back with its status.
    func enter(_ verb: StepVerb, operation name: String, _ call: PluginCall, _ step: StepCall) -> arcadia_status {
        if let typed = functions.typed[name], verb == .execute { return enter(typed, call, step) }
        guard let function = functions.function(verb, of: name) else { return arcadia_status(ARCADIA_FAILED) }
        let began = ContinuousClock.now
        let status = OperationTexts(step, isTraced: http != nil).withOperation { pointer in
            call.onThisThread { function(instance, call.handle, pointer) }
        }
        statistics.count(began.duration(to: .now), hasFailed: status == arcadia_status(ARCADIA_FAILED))
        return status
    }

    private func enter(_ typed: TypedFunction, _ call: PluginCall, _ step: StepCall) -> arcadia_status {
        let began = ContinuousClock.now
        let status = typed.perform(call, step)
        statistics.count(began.duration(to: .now), hasFailed: status == arcadia_status(ARCADIA_FAILED))
        return status
    }

    /// Nudges a call that should stop.
    func nudge(operation name: String, _ call: PluginCall) {
        functions.plain[name]?.cancel?(instance, call.handle)
    }
}

/// The texts of an `arcadia_op`, in one stretch of memory for the length of a call.
struct OperationTexts {
    private var bytes: [UInt8] = []
    private var ranges: [Range<Int>?] = []
    private let attempt: UInt32
    private let stepNumber: UInt32

    init(_ step: StepCall, isTraced: Bool) {
        attempt = UInt32(clamping: step.attempt)
        stepNumber = UInt32(clamping: step.stepNumber)
        bytes.reserveCapacity(384)
        ranges.reserveCapacity(10)
        add(step.operation.operation)
        add(step.run.description)
        add(step.saga)
        add(step.stepID)
        if step.verb == .plan { ranges.append(nil) } else { add(step.verb.keyDirection, keyOf: step) }
        add(step.with)
        add(step.result.map(JSONValue.object))
        add(step.checkpoint)
        // Execute and probe have one key, which is there already.
        if step.verb == .compensate {
            add(StepVerb.execute.keyDirection, keyOf: step)
        } else {
            ranges.append(ranges[4])
        }
        if isTraced { add(TraceContext.traceparent(of: step.run)) } else { ranges.append(nil) }
    }

    private mutating func add(_ text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        ranges.append(start..<bytes.count)
    }

    private mutating func add(_ direction: StaticString, keyOf step: StepCall) {
        let start = bytes.count
        step.writeKey(direction, into: &bytes)
        ranges.append(start..<bytes.count)
    }

    private mutating func add(_ value: JSONValue?) {
        guard let value else {
            ranges.append(nil)
            return
        }
        let start = bytes.count
        value.write(into: &bytes)
        ranges.append(start..<bytes.count)
    }

    func withOperation(_ body: (UnsafePointer<arcadia_op>) -> arcadia_status) -> arcadia_status {
        bytes.withUnsafeBytes { buffer in
            func text(_ index: Int) -> arcadia_str {
                guard let range = ranges[index] else { return arcadia_str(ptr: nil, len: 0) }
                let start = buffer.baseAddress!.assumingMemoryBound(to: CChar.self) + range.lowerBound
                return arcadia_str(ptr: start, len: range.count)
            }
            var operation = arcadia_op(
                struct_size: UInt32(MemoryLayout<arcadia_op>.size), attempt: attempt, step_number: stepNumber,
                reserved: 0,
                operation: text(0), run_id: text(1), saga: text(2), step_id: text(3), idempotency_key: text(4),
                with_json: text(5), result_json: text(6), checkpoint_json: text(7),
                traceparent: text(9), execute_key: text(8))
            return withUnsafePointer(to: &operation, body)
        }
    }
}
