internal import CArcadiaPlugin
internal import CPluginHost
internal import Glibc
internal import SagaCore

/// `arcadia_host` for a plugin on the bench: the host's own functions, each with somebody behind it who takes notes.
enum BenchTable {
    /// By call.
    private static let notes = Monitor<[OpaquePointer: CallNotes]>([:])
    /// What was done with calls that were over.
    private static let late = Monitor<[String]>([])
    nonisolated(unsafe) private static let host = HostTable.pointer.pointee

    static let pointer = Pointer(make(newer: false))
    /// The table of a host that is newer than this one: longer, with something at its end that is no pointer.
    static let newer = Pointer(make(newer: true))

    struct Pointer: @unchecked Sendable {
        let table: UnsafePointer<arcadia_host>
        fileprivate init(_ table: UnsafePointer<arcadia_host>) { self.table = table }
    }

    // MARK: - Notes

    static func begin(_ handle: OpaquePointer, _ first: CallNotes) { notes.withLock { $0[handle] = first } }

    static func end(_ handle: OpaquePointer) -> CallNotes? { notes.withLock { $0.removeValue(forKey: handle) } }

    static func takeLate() -> [String] {
        late.withLock { late in
            defer { late = [] }
            return late
        }
    }

    private static func note(_ call: OpaquePointer?, _ function: String, _ body: (inout CallNotes) -> Void = { _ in }) {
        guard let call else { return }
        let isKnown = notes.withLock { notes in
            notes[call]?.count(function)
            if notes[call] != nil { body(&notes[call]!) }
            return notes[call] != nil
        }
        guard !isKnown, PluginCall.find(call) == nil else { return }
        late.withLock { if $0.count < 8 { $0.append("\(function)() was given a call that was over") } }
    }

    private static func onlyOnItsThread(_ call: OpaquePointer?, _ function: String) {
        guard let call, arcadia_current_call(UnsafeRawPointer(call)) == nil else { return }
        note(call, function) { $0.misuse("\(function)() was called on another thread than the call's own") }
    }

    private static func isRefused(_ call: OpaquePointer?, _ function: String) -> Bool {
        var isRefused = false
        note(call, function) { isRefused = $0.isRefusedWrite() }
        return isRefused
    }

    private static func text(_ call: OpaquePointer?, _ function: String, _ text: arcadia_str) {
        guard text.ptr != nil, HostTable.text(text) == nil else { return }
        note(call, function) { $0.misuse("\(function)() was given text that is not UTF-8") }
    }

    private static func json(_ call: OpaquePointer?, _ function: String, _ text: arcadia_str, isObject: Bool) {
        guard let base = text.ptr else { return }
        let value = try? JSONValue(parsing: UnsafeRawBufferPointer(start: base, count: text.len))
        guard value == nil || isObject && value?.objectValue == nil else { return }
        let what = value == nil ? "text that is not JSON" : "JSON that is no object"
        note(call, function) { $0.misuse("\(function)() was given \(what)") }
    }

    private static func path(_ call: OpaquePointer?, _ function: String, _ path: UnsafePointer<CChar>?) {
        let text = path.map { String(cString: $0) } ?? ""
        let isKnown = ["/output", "/checkpoint"].contains { text == $0 || text.hasPrefix($0 + "/") }
        guard !isKnown else { return }
        note(call, function) { $0.misuse("\(function)() was given the path \"\(text)\", which cannot be written") }
    }

    /// Lends the text again, in the memory of this call.
    private static func lend(_ call: OpaquePointer?, _ text: UnsafeMutablePointer<arcadia_str>?) {
        guard let call, let text, let memory = notes.withLock({ $0[call]?.memory }), memory.layout != .usual else {
            return
        }
        text.pointee = memory.copy(text.pointee)
    }

    // MARK: - The table

    private static func make(newer: Bool) -> UnsafePointer<arcadia_host> {
        let size = MemoryLayout<arcadia_host>.size
        let extra = newer ? 64 : 0
        let place = UnsafeMutableRawPointer.allocate(byteCount: size + extra, alignment: 8)
        memset(place, 0x5A, size + extra)
        let table = place.assumingMemoryBound(to: arcadia_host.self)
        table.initialize(to: host)
        if newer {
            table.pointee.struct_size = UInt32(size + extra)
            table.pointee.abi_minor = HostTable.abiMinor + 1
        }
        addConversation(to: &table.pointee)
        addReaders(to: &table.pointee)
        addWriters(to: &table.pointee)
        return UnsafePointer(table)
    }

    private static func addConversation(to table: inout arcadia_host) {
        table.log = { call, level, message, fields in
            BenchTable.note(call, "log")
            BenchTable.text(call, "log", message)
            BenchTable.json(call, "log", fields, isObject: true)
            BenchTable.host.log(call, level, message, fields)
        }
        table.heartbeat = { call, percent, text in
            BenchTable.note(call, "heartbeat") { $0.sign() }
            return BenchTable.host.heartbeat(call, percent, text)
        }
        table.cancel_requested = { call in
            BenchTable.note(call, "cancel_requested")
            return BenchTable.host.cancel_requested(call)
        }
        table.cancel_fd = { call in
            BenchTable.note(call, "cancel_fd")
            return BenchTable.host.cancel_fd(call)
        }
        table.deadline_ms = { call in
            BenchTable.note(call, "deadline_ms")
            return BenchTable.host.deadline_ms(call)
        }
        table.checkpoint = { call, json in
            BenchTable.note(call, "checkpoint") { $0.sign() }
            BenchTable.json(call, "checkpoint", json, isObject: true)
            return BenchTable.host.checkpoint(call, json)
        }
        table.suspend = { call, milliseconds in
            BenchTable.note(call, "suspend")
            BenchTable.onlyOnItsThread(call, "suspend")
            return BenchTable.host.suspend(call, milliseconds)
        }
        table.result = { call, json in
            BenchTable.json(call, "result", json, isObject: true)
            return BenchTable.isRefused(call, "result") ? -1 : BenchTable.host.result(call, json)
        }
        table.found = { call, effect in
            BenchTable.note(call, "found")
            BenchTable.onlyOnItsThread(call, "found")
            BenchTable.host.found(call, effect)
        }
        table.fail = { call, error in
            BenchTable.note(call, "fail")
            if let error { BenchTable.check(call, error) }
            BenchTable.host.fail(call, error)
        }
        table.service = { call, id in
            BenchTable.note(call, "service")
            guard let call, BenchTable.notes.withLock({ $0[call]?.hasServices }) ?? true else { return nil }
            return BenchTable.host.service(call, id)
        }
    }

    private static func check(_ call: OpaquePointer?, _ error: UnsafePointer<arcadia_error>) {
        let reach = MemoryLayout<arcadia_error>.offset(of: \.message)! + MemoryLayout<arcadia_str>.size
        guard Int(error.pointee.struct_size) >= reach else {
            return note(call, "fail") { $0.misuse("fail() was given an arcadia_error without its struct_size") }
        }
        text(call, "fail", error.pointee.message)
        if Int(error.pointee.struct_size) >= MemoryLayout<arcadia_error>.size {
            json(call, "fail", error.pointee.detail_json, isObject: true)
        }
        let message = HostTable.text(error.pointee.message) ?? ""
        note(call, "fail") { notes in
            if message.isEmpty { notes.count("fail without a message") }
            if message.contains("\n") { notes.count("fail with several lines") }
        }
    }

    private static func addReaders(to table: inout arcadia_host) {
        table.get_string = { call, path, value in
            BenchTable.note(call, "get_string")
            let found = BenchTable.host.get_string(call, path, value)
            if found == 1 { BenchTable.lend(call, value) }
            return found
        }
        table.get_int64 = { call, path, value in
            BenchTable.note(call, "get_int64")
            return BenchTable.host.get_int64(call, path, value)
        }
        table.get_double = { call, path, value in
            BenchTable.note(call, "get_double")
            return BenchTable.host.get_double(call, path, value)
        }
        table.get_bool = { call, path, value in
            BenchTable.note(call, "get_bool")
            return BenchTable.host.get_bool(call, path, value)
        }
        table.get_json = { call, path, json in
            BenchTable.note(call, "get_json")
            let found = BenchTable.host.get_json(call, path, json)
            if found == 1 { BenchTable.lend(call, json) }
            return found
        }
        table.count = { call, path in
            BenchTable.note(call, "count")
            return BenchTable.host.count(call, path)
        }
        table.get_key = { call, path, position, name in
            BenchTable.note(call, "get_key")
            let found = BenchTable.host.get_key(call, path, position, name)
            if found == 1 { BenchTable.lend(call, name) }
            return found
        }
    }

    private static func addWriters(to table: inout arcadia_host) {
        table.put_string = { call, path, value in
            BenchTable.path(call, "put_string", path)
            BenchTable.text(call, "put_string", value)
            return BenchTable.isRefused(call, "put_string") ? -1 : BenchTable.host.put_string(call, path, value)
        }
        table.put_int64 = { call, path, value in
            BenchTable.path(call, "put_int64", path)
            return BenchTable.isRefused(call, "put_int64") ? -1 : BenchTable.host.put_int64(call, path, value)
        }
        table.put_double = { call, path, value in
            BenchTable.path(call, "put_double", path)
            return BenchTable.isRefused(call, "put_double") ? -1 : BenchTable.host.put_double(call, path, value)
        }
        table.put_bool = { call, path, value in
            BenchTable.path(call, "put_bool", path)
            return BenchTable.isRefused(call, "put_bool") ? -1 : BenchTable.host.put_bool(call, path, value)
        }
        table.put_json = { call, path, json in
            BenchTable.path(call, "put_json", path)
            BenchTable.json(call, "put_json", json, isObject: false)
            return BenchTable.isRefused(call, "put_json") ? -1 : BenchTable.host.put_json(call, path, json)
        }
    }
}
