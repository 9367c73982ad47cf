internal import CArcadiaPlugin
internal import Glibc
internal import SagaCore

/// The functions lent to plugins: `arcadia_host`. Each finds its call, copies what it is given, and touches no memory of
/// the plugin's afterwards.
enum HostTable {
    static let version = "0.1.0"
    static let abiMinor: UInt32 = 0

    /// One table for the life of the process; a plugin keeps the pointer.
    nonisolated(unsafe) static let pointer: UnsafePointer<arcadia_host> = {
        let table = UnsafeMutablePointer<arcadia_host>.allocate(capacity: 1)
        table.initialize(to: make())
        return UnsafePointer(table)
    }()

    /// What plugins say is handed to this: the call's label, the level, the message.
    static let log = Monitor(Sink { _ in })

    /// A structure, because a closure that stands in a lock by itself is wrapped once more by every look at it.
    struct Sink: Sendable {
        let write: @Sendable (PluginLog.Line) -> Void
    }

    private static func make() -> arcadia_host {
        var host = arcadia_host()
        host.struct_size = UInt32(MemoryLayout<arcadia_host>.size)
        host.abi_minor = abiMinor
        host.name = UnsafePointer(strdup("arcadia"))
        host.version = UnsafePointer(strdup(version))
        addConversation(to: &host)
        addReaders(to: &host)
        addWriters(to: &host)
        host.service = { call, id in
            guard let id, String(cString: id) == PluginCapabilities.httpService,
                PluginCall.find(call)?.plugin?.http != nil
            else { return nil }
            return UnsafeRawPointer(HTTPTable.pointer)
        }
        return host
    }

    private static func addConversation(to host: inout arcadia_host) {
        host.log = { call, level, message, fields in
            let text = HostTable.text(message).map(HostTable.oneLine) ?? "(a message that is not UTF-8)"
            let extra = HostTable.text(fields).map { " " + $0 } ?? ""
            let sink = HostTable.log.withLock { $0 }
            sink.write(PluginLog.Line(of: PluginCall.find(call)?.step, level, text + extra))
        }
        host.heartbeat = { call, percent, note in
            guard let call = PluginCall.find(call) else { return 1 }
            call.sign()
            call.reporter?.heard(HostTable.progress(percent, note))
            return call.isCancelRequested ? 1 : 0
        }
        host.cancel_requested = { call in PluginCall.find(call).map { $0.isCancelRequested ? 1 : 0 } ?? 1 }
        host.cancel_fd = { call in PluginCall.find(call)?.cancelDescriptor() ?? -1 }
        host.deadline_ms = { call in PluginCall.find(call)?.millisecondsLeft ?? 0 }
        host.checkpoint = { call, json in
            guard let call = PluginCall.find(call) else { return -1 }
            guard json.ptr != nil else { return call.writeCheckpoint(nil) ? 0 : -1 }
            guard let value = HostTable.json(json), value.objectValue != nil else { return -1 }
            return call.writeCheckpoint(value) ? 0 : -1
        }
        host.suspend = { call, milliseconds in
            PluginCall.find(call)?.suspend(afterMilliseconds: milliseconds) == true ? 0 : -1
        }
        host.result = { call, json in
            guard let call = PluginCall.find(call), let output = HostTable.json(json)?.objectValue else { return -1 }
            return call.setOutput(output) ? 0 : -1
        }
        host.found = { call, effect in PluginCall.find(call)?.found(HostTable.effect(effect)) }
        host.fail = { call, error in
            guard let call = PluginCall.find(call), let error else { return }
            let (failure, retry) = HostTable.error(error)
            call.fail(failure, retry: retry)
        }
    }

    private static func addReaders(to host: inout arcadia_host) {
        host.get_string = { call, path, value in
            HostTable.read(call, path) { found, call in
                guard let text = found.stringValue else { return -1 }
                value?.pointee = call.lend(text)
                return 1
            }
        }
        host.get_int64 = { call, path, value in
            HostTable.read(call, path) { found, _ in
                guard let number = found.intValue else { return -1 }
                value?.pointee = number
                return 1
            }
        }
        host.get_double = { call, path, value in
            HostTable.read(call, path) { found, _ in
                guard let number = found.doubleValue else { return -1 }
                value?.pointee = number
                return 1
            }
        }
        host.get_bool = { call, path, value in
            HostTable.read(call, path) { found, _ in
                guard let flag = found.boolValue else { return -1 }
                value?.pointee = flag ? 1 : 0
                return 1
            }
        }
        host.get_json = { call, path, json in
            guard let call = PluginCall.find(call), let value = HostTable.pointer(path).flatMap(call.value(at:)) else {
                return 0
            }
            json?.pointee = call.lend(value.text)
            return 1
        }
        host.count = { call, path in
            guard let call = PluginCall.find(call), let value = HostTable.pointer(path).flatMap(call.value(at:)) else {
                return -1
            }
            return Int64(value.arrayValue?.count ?? value.objectValue?.count ?? -1)
        }
        host.get_key = { call, path, position, name in
            HostTable.read(call, path) { found, call in
                guard let object = found.objectValue else { return -1 }
                guard position >= 0, position < Int64(object.count) else { return 0 }
                name?.pointee = call.lend(object.keys[Int(position)])
                return 1
            }
        }
    }

    private static func addWriters(to host: inout arcadia_host) {
        host.put_string = { call, path, value in
            HostTable.put(call, path, HostTable.text(value).map(JSONValue.string), bytes: value.len)
        }
        host.put_int64 = { call, path, value in HostTable.put(call, path, .int(value)) }
        host.put_double = { call, path, value in
            HostTable.put(call, path, value.isFinite ? HostTable.number(value) : nil)
        }
        host.put_bool = { call, path, value in HostTable.put(call, path, .bool(value != 0)) }
        host.put_json = { call, path, json in HostTable.put(call, path, HostTable.json(json), bytes: json.len) }
    }

    // MARK: - Across the border

    private static func read(
        _ handle: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ body: (JSONValue, PluginCall) -> Int32
    ) -> Int32 {
        guard let call = PluginCall.find(handle), let value = pointer(path).flatMap(call.value(at:)), value != .null
        else { return 0 }
        return body(value, call)
    }

    private static func put(
        _ handle: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ value: JSONValue?, bytes: Int = 24
    ) -> Int32 {
        guard let call = PluginCall.find(handle), let path = pointer(path), let value else { return -1 }
        return call.put(value, bytes: bytes, at: path) ? 0 : -1
    }

    /// Depth is bounded here, with room to spare below what the journal can read back.
    private static func pointer(_ path: UnsafePointer<CChar>?) -> JSONPointer? {
        guard let path else { return nil }
        let length = strlen(path)
        return path.withMemoryRebound(to: UInt8.self, capacity: length) {
            let pointer = JSONPointer(utf8: UnsafeBufferPointer(start: $0, count: length))
            return pointer.flatMap { $0.tokens.count <= 32 ? $0 : nil }
        }
    }

    /// Nil: absent, too long, or not UTF-8.
    static func text(_ text: arcadia_str) -> String? {
        guard let base = text.ptr, (0...PluginCall.documentLimit).contains(text.len) else { return nil }
        return base.withMemoryRebound(to: UInt8.self, capacity: text.len) {
            String(validating: UnsafeBufferPointer(start: $0, count: text.len), as: UTF8.self)
        }
    }

    private static func json(_ text: arcadia_str) -> JSONValue? {
        guard let base = text.ptr, (0...PluginCall.documentLimit).contains(text.len),
            let value = try? JSONValue(parsing: UnsafeRawBufferPointer(start: base, count: text.len)),
            value.isNested(atMost: 64)
        else { return nil }
        return value
    }

    /// 3 rather than 3.0; what is not whole keeps its shortest exact text.
    static func number(_ value: Double) -> JSONValue {
        if let whole = Int64(exactly: value) { return .int(whole) }
        return .number("\(value)")
    }

    private static func progress(_ percent: Int32, _ note: arcadia_str) -> CallProgress {
        let isKnown = (0...100).contains(percent)
        return CallProgress(percent: isKnown ? Int(percent) : nil, note: text(note).map(oneLine))
    }

    private static func effect(_ effect: arcadia_effect) -> Effect {
        switch effect {
        case arcadia_effect(ARCADIA_EFFECT_NONE): .none
        case arcadia_effect(ARCADIA_EFFECT_PARTIAL): .partial
        case arcadia_effect(ARCADIA_EFFECT_APPLIED): .applied
        default: .unknown
        }
    }

    static let codes = [
        "other", "input", "config", "auth", "denied", "not_found", "conflict", "quota", "rate", "network", "remote",
        "timeout", "unsupported", "bug",
    ]

    static func name(of code: arcadia_code) -> String {
        codes.indices.contains(Int(code)) ? codes[Int(code)] : "other"
    }

    /// Copies an error; fields that the plugin's struct does not reach are as if zero.
    private static func error(_ pointer: UnsafePointer<arcadia_error>) -> (StepError, RetryAdvice) {
        var error = arcadia_error()
        let size = min(Int(pointer.pointee.struct_size), MemoryLayout<arcadia_error>.size)
        withUnsafeMutableBytes(of: &error) { _ = memcpy($0.baseAddress!, pointer, size) }
        let message =
            error.message.ptr == nil
            ? "the plugin gave no reason" : text(error.message).map(oneLine) ?? "(a message that is not UTF-8)"
        let retry: RetryAdvice =
            switch error.retry {
            case arcadia_retry(ARCADIA_RETRY_YES): .yes
            case arcadia_retry(ARCADIA_RETRY_AFTER): .after(milliseconds: Int64(error.retry_after_ms))
            default: .no
            }
        return (
            StepError(
                code: name(of: error.code), message: message,
                effect: effect(error.effect), remoteStatus: Int(error.remote_status), detail: json(error.detail_json)),
            retry
        )
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    /// A message is one line for an operator: a plugin that sends ten gets them joined, and a megabyte is cut.
    ///
    /// Control characters go: nothing a plugin says may move the cursor of an operator's terminal.
    static func oneLine(_ text: String) -> String {
        let plain = String(text.unicodeScalars.map { isControl($0) ? " " : Character($0) })
        return plain.split(separator: " ").joined(separator: " ").cut(to: 2000)
    }
}

extension JSONValue {
    /// Are lists and objects in one another no deeper than this?
    func isNested(atMost depth: Int) -> Bool {
        switch self {
        case .array(let items): depth > 0 && items.allSatisfy { $0.isNested(atMost: depth - 1) }
        case .object(let members): depth > 0 && members.allSatisfy { $0.value.isNested(atMost: depth - 1) }
        default: true
        }
    }
}
