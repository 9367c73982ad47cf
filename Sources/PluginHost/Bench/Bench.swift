internal import CArcadiaPlugin
internal import CPluginHost
internal import Glibc
internal import SagaCore

/// A plugin under examination, from the inside: it is loaded, asked and called a step at a time, as it is told to over a
/// lane, and each answer says what the plugin did to the process meanwhile.
final class Bench: @unchecked Sendable {
    /// What its process may do: as little as a worker, or as much as a host.
    enum Freedom: String, Sendable { case confined, free }

    private let manifest: PluginManifest
    private let library: String
    private let hasHTTP: Bool
    private let mark: (Int) -> UnsafeMutablePointer<arcadia_mark>?

    private struct State {
        var entry: LoadedPlugin.Entry?
        var table: UnsafePointer<arcadia_plugin>?
        var plugin: LoadedPlugin?
    }

    private let state = Monitor(State())

    /// - Parameter mark: where to leave a mark for a lane; nil: nowhere.
    init(
        _ manifest: PluginManifest, library: String, hasHTTP: Bool,
        mark: @escaping (Int) -> UnsafeMutablePointer<arcadia_mark>?
    ) {
        self.manifest = manifest
        self.library = library
        self.hasHTTP = hasHTTP
        self.mark = mark
    }

    /// Does what it is told over a lane, until nobody tells it any more. On a large stack: what a plugin needs of one is
    /// looked at where that is asked for.
    func work(_ lane: Int, _ channel: FrameChannel) {
        Self.onStack(kibibytes: 8192) {
            while let order = try? channel.receive() {
                var facts = JSONObject()
                if let kibibytes = order.json["stack_kib"]?.intValue {
                    Self.onStack(kibibytes: Int(kibibytes)) { facts = self.facts(of: order, channel, lane: lane) }
                } else {
                    facts = self.facts(of: order, channel, lane: lane)
                }
                facts["late"] = .array(BenchTable.takeLate().map(JSONValue.string))
                var frame = FrameBytes("done")
                frame.add("facts", .object(facts))
                guard (try? channel.send(frame.finish())) != nil else { return }
            }
        }
    }

    /// What came of an order, and what the process looks like after it, seen from the thread that did it.
    private func facts(of order: Frame, _ channel: FrameChannel, lane: Int) -> JSONObject {
        let before = ProcessState.now
        let began = ContinuousClock.now
        if let mark = mark(lane) { arcadia_enter_call(mark) }
        var facts = obey(order, channel, lane: lane)
        arcadia_leave_call()
        if facts["ms"] == nil { facts["ms"] = .int(Self.milliseconds(since: began)) }
        facts["changes"] = ProcessState.now.changes(since: before)
        return facts
    }

    private static func onStack(kibibytes: Int, _ body: () -> Void) {
        withoutActuallyEscaping(body) { body in
            var errand = body
            _ = withUnsafeMutablePointer(to: &errand) {
                arcadia_on_stack(
                    kibibytes << 10, { $0!.assumingMemoryBound(to: (() -> Void).self).pointee() }, $0)
            }
        }
    }

    private static func milliseconds(since began: ContinuousClock.Instant) -> Int64 {
        let time = began.duration(to: .now)
        return time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
    }

    private func obey(_ order: Frame, _ channel: FrameChannel, lane: Int) -> JSONObject {
        switch order.json["do"]?.stringValue ?? "" {
        case "open": open(order.json["library"]?.stringValue ?? library)
        case "entry": ask(order.json["host"]?.stringValue == "newer" ? BenchTable.newer : BenchTable.pointer)
        case "extension": extend(order.json["ids"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        case "create": create(rounds: Int(order.json["rounds"]?.intValue ?? 0), order.json["config"] ?? [:])
        case "destroy": destroy()
        case "health": health()
        case "call": call(order, channel, lane: lane)
        case "look":
            ["threads": .int(Int64(ProcessState.now.threads)), "bytes": .int(Int64(ProcessState.now.residentBytes))]
        default: [:]
        }
    }

    // MARK: - Loading

    private func open(_ path: String) -> JSONObject {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) else {
            return ["problem": .string(dlerror().map { String(cString: $0) } ?? "no reason given")]
        }
        guard let symbol = dlsym(library, LoadedPlugin.entrySymbol) else { return ["problem": "it has no entry"] }
        state.withLock { $0.entry = unsafeBitCast(symbol, to: LoadedPlugin.Entry.self) }
        return [:]
    }

    private func ask(_ host: BenchTable.Pointer) -> JSONObject {
        let said = Monitor<String?>(nil)
        let sink = HostTable.log.withLock { log in
            defer { log = HostTable.Sink { line in said.withLock { $0 = line.message } } }
            return log
        }
        let table = state.withLock { $0.entry }?(host.table)
        HostTable.log.withLock { $0 = sink }
        guard let table else {
            let refusal = PluginRefusal(.entryReturnedNull(said: said.withLock { $0 }), path: "")
            return ["none": .string(refusal.reason)]
        }
        state.withLock { $0.table = table }
        do throws(PluginRefusal.Fact) {
            let plugin = LoadedPlugin(
                table, try LoadedPlugin.checked(table, manifest), manifest: manifest, config: [:],
                http: hasHTTP ? WorkerHTTP() : nil)
            state.withLock { $0.plugin = plugin }
            return [:]
        } catch {
            let refusal = PluginRefusal(error, path: "")
            return ["code": .string(refusal.code), "reason": .string(refusal.reason)]
        }
    }

    private func extend(_ ids: [String]) -> JSONObject {
        guard let answer = state.withLock({ $0.table })?.pointee.extension else { return ["answered": []] }
        return ["answered": .array(ids.filter { answer($0) != nil }.map { .string(String($0.prefix(40))) })]
    }

    // MARK: - An instance

    private func create(rounds: Int, _ config: JSONValue) -> JSONObject {
        guard let table = state.withLock({ $0.table }) else { return [:] }
        for _ in 0..<rounds {
            var instance: OpaquePointer?
            _ = make(table, config, &instance)
            table.pointee.destroy?(instance)
        }
        guard rounds == 0 else { return [:] }
        var instance: OpaquePointer?
        let (status, error) = make(table, config, &instance)
        state.withLock { state in
            guard let old = state.plugin else { return }
            let plugin = LoadedPlugin(
                table, old.functions, manifest: manifest, config: config, http: old.http)
            plugin.instance = instance
            state.plugin = plugin
        }
        var facts: JSONObject = ["status": .int(Int64(status)), "has_instance": .bool(instance != nil)]
        facts["error"] = error?.json
        return facts
    }

    private func make(
        _ table: UnsafePointer<arcadia_plugin>, _ config: JSONValue, _ instance: inout OpaquePointer?
    ) -> (arcadia_status, StepError?) {
        guard let create = table.pointee.create else { return (arcadia_status(ARCADIA_OK), nil) }
        let call = PluginCall(config: config)
        defer { _ = call.end() }
        let status = call.onThisThread { create(call.handle, &instance) }
        return (status, call.failure?.error)
    }

    private func destroy() -> JSONObject {
        let (table, plugin) = state.withLock { ($0.table, $0.plugin) }
        guard let destroy = table?.pointee.destroy else { return [:] }
        let began = ContinuousClock.now
        destroy(plugin?.instance)
        return ["ms": .int(Self.milliseconds(since: began))]
    }

    private func health() -> JSONObject {
        let (table, plugin) = state.withLock { ($0.table, $0.plugin) }
        guard let health = table?.pointee.health, let plugin else { return ["none": true] }
        let call = PluginCall(config: plugin.config)
        defer { _ = call.end() }
        let began = ContinuousClock.now
        let status = call.onThisThread { health(plugin.instance, call.handle) }
        var facts: JSONObject = ["status": .int(Int64(status)), "ms": .int(Self.milliseconds(since: began))]
        facts["error"] = call.failure?.error.json
        return facts
    }

    // MARK: - A call

    private func call(_ order: Frame, _ channel: FrameChannel, lane: Int) -> JSONObject {
        guard let plugin = state.withLock({ $0.plugin }), let step = StepCall(frame: order, plugin: manifest.id),
            plugin.functions.plain[step.operation.operation] != nil
        else { return ["unmade": true] }
        let memory = LentMemory(order.json["memory"]?.stringValue.flatMap(LentMemory.Layout.init) ?? .usual)
        let voice = WorkerVoice(channel, nil, lane: lane)
        let call = PluginCall(step, plugin: plugin, reporter: voice)
        BenchTable.begin(
            call.handle,
            CallNotes(
                memory: memory, refusedWrite: Int(order.json["refused_write"]?.intValue ?? 0),
                hasServices: order.json["services"]?.boolValue ?? true))
        if order.json["cancelled"]?.boolValue == true { call.requestCancel() }
        let nudge = Nudge(call, after: order.json["cancel_after_ms"]?.intValue)
        let began = ContinuousClock.now
        let status = enter(plugin, call, step, memory)
        let milliseconds = Self.milliseconds(since: began)
        nudge.wait()
        let isNudgedLate = order.json["nudge_late"]?.boolValue == true
        let slowest = isNudgedLate ? max(nudge.milliseconds, Nudge.time { call.askToStop() }) : nudge.milliseconds
        voice.fallSilent()
        var notes = BenchTable.end(call.handle)
        var facts = notes?.facts() ?? [:]
        facts.merge(Self.json(call.outcome(of: status, verb: step.verb, output: .anything)))
        facts["status"] = .int(Int64(status))
        facts["ms"] = .int(milliseconds)
        facts["nudge_ms"] = .int(slowest)
        _ = call.end()
        memory.end()
        return facts
    }

    private func enter(
        _ plugin: LoadedPlugin, _ call: PluginCall, _ step: StepCall, _ memory: LentMemory
    ) -> arcadia_status {
        guard let function = plugin.functions.function(step.verb, of: step.operation.operation) else {
            return arcadia_status(ARCADIA_FAILED)
        }
        return OperationTexts(step, isTraced: plugin.http != nil).withOperation { pointer in
            let lent = memory.layout == .usual ? pointer : memory.copy(pointer.pointee)
            return call.onThisThread { function(plugin.instance, call.handle, lent) }
        }
    }

    private static func json(_ outcome: StepOutcome) -> JSONObject {
        switch outcome {
        case .completed(let output): return ["output": .object(output)]
        case .suspended(let milliseconds, let checkpoint):
            var facts: JSONObject = ["after_ms": .int(milliseconds)]
            facts["checkpoint"] = checkpoint
            return facts
        case .found(let effect, let output): return ["found": .string(effect.rawValue), "output": .object(output)]
        case .failed(let error, let retry):
            return ["error": error.json, "is_worth_another_try": .bool(retry != .no)]
        case .unavailable(let reason): return ["error": ["message": .string(reason)]]
        }
    }
}

/// Asks a call to stop, after a while, from a thread of its own.
private final class Nudge: Sendable {
    private let taken = Monitor<Int64?>(nil)
    private let isWanted: Bool

    init(_ call: PluginCall, after milliseconds: Int64?) {
        isWanted = milliseconds != nil
        guard let milliseconds else { return }
        startThread { [taken] in
            usleep(UInt32(max(0, milliseconds)) * 1000)
            let time = Self.time { call.askToStop() }
            taken.change { $0 = time }
        }
    }

    static func time(_ body: () -> Void) -> Int64 {
        let began = ContinuousClock.now
        body()
        let time = began.duration(to: .now)
        return time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
    }

    func wait() { if isWanted { taken.wait { $0 } } }
    var milliseconds: Int64 { taken.withLock { $0 ?? 0 } }
}
