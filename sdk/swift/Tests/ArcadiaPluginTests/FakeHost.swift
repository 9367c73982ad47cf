import ArcadiaPlugin
import FoundationEssentials
import Synchronization

/// One call as a host sees it: the documents it lends, and everything the plugin said.
final class FakeCall: @unchecked Sendable {
    struct Failure: Equatable {
        var code: StepFailure.Code?
        var effect: Effect?
        var retry: Int32
        var retryAfter: UInt32
        var remoteStatus: Int32
        var message: String
        var detail: String?
    }

    /// What `get_json` answers, by path.
    var documents: [String: String] = [:]
    /// Members of /checkpoint before the call.
    var isCancelRequested = false
    var millisecondsLeft = Int64.max
    var isDiskFull = false
    var refusesPuts = false
    /// Answers of the HTTP service, in order; nil: this host lends none.
    var answers: [FakeAnswer]?

    private(set) var logs: [String] = []
    private(set) var heartbeats: [String] = []
    private(set) var checkpoints: [String] = []
    private(set) var puts: [String] = []
    private(set) var suspended: Int64?
    private(set) var output: String?
    private(set) var found: Effect?
    private(set) var failure: Failure?
    var requests: [FakeRequest] = []
    var responsesAlive = 0

    var handle: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    static func find(_ handle: OpaquePointer?) -> FakeCall {
        Unmanaged<FakeCall>.fromOpaque(UnsafeRawPointer(handle!)).takeUnretainedValue()
    }

    /// Lent for ever: tests are short.
    func lend(_ text: String) -> arcadia_str {
        let bytes = Array(text.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        copy.initialize(from: bytes, count: bytes.count)
        return arcadia_str(ptr: copy, len: bytes.count - 1)
    }

    /// The table that every plugin of these tests is handed.
    nonisolated(unsafe) static let host: UnsafePointer<arcadia_host> = {
        let table = UnsafeMutablePointer<arcadia_host>.allocate(capacity: 1)
        var host = arcadia_host()
        host.struct_size = UInt32(MemoryLayout<arcadia_host>.size)
        host.log = { call, level, message, fields in
            let extra = text(fields).map { " " + $0 } ?? ""
            find(call).logs.append("\(level) \(text(message)!)\(extra)")
        }
        host.heartbeat = { call, percent, note in
            find(call).heartbeats.append("\(percent) \(text(note) ?? "-")")
            return find(call).isCancelRequested ? 1 : 0
        }
        host.cancel_requested = { find($0).isCancelRequested ? 1 : 0 }
        host.deadline_ms = { find($0).millisecondsLeft }
        host.checkpoint = { call, json in
            guard !find(call).isDiskFull else { return -1 }
            find(call).checkpoints.append(text(json)!)
            return 0
        }
        host.suspend = { call, milliseconds in
            find(call).suspended = milliseconds
            return 0
        }
        host.result = { call, json in
            find(call).output = text(json)
            return 0
        }
        host.found = { call, effect in find(call).found = Effect(rawValue: effect) }
        host.fail = { call, error in find(call).failure = FakeCall.failure(error!.pointee) }
        host.get_json = { call, path, json in
            guard let document = find(call).documents[String(cString: path!)] else { return 0 }
            json!.pointee = find(call).lend(document)
            return 1
        }
        host.put_json = { call, path, json in
            guard !find(call).refusesPuts else { return -1 }
            find(call).puts.append("\(String(cString: path!)) \(text(json)!)")
            return 0
        }
        host.service = { call, id in
            guard String(cString: id!) == "arcadia.http/1", find(call).answers != nil else { return nil }
            return UnsafeRawPointer(FakeHTTP.table)
        }
        table.initialize(to: host)
        return UnsafePointer(table)
    }()

    private static func failure(_ error: arcadia_error) -> Failure {
        Failure(
            code: StepFailure.Code(rawValue: error.code), effect: Effect(rawValue: error.effect), retry: error.retry,
            retryAfter: error.retry_after_ms, remoteStatus: error.remote_status, message: text(error.message)!,
            detail: text(error.detail_json))
    }
}

func text(_ text: arcadia_str) -> String? {
    guard let start = text.ptr else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: text.len), as: UTF8.self)
}

/// A plugin as a host has it: its table, and an instance made with a configuration.
struct Loaded: @unchecked Sendable {
    let table: UnsafePointer<arcadia_plugin>
    let instance: OpaquePointer?
    let status: arcadia_status
    /// The call that `create` was given.
    let creating: FakeCall

    /// A real library holds one plugin, and a host calls entry and create one after the other.
    private static let serial = Mutex(())

    init<Owner: Plugin>(_ type: Owner.Type, config: String = "{}") {
        let creating = FakeCall()
        creating.documents["/config"] = config
        (table, instance, status) = Self.serial.withLock { _ in
            let table = Owner.entry(FakeCall.host)!
            var instance: OpaquePointer?
            let status = table.pointee.create(creating.handle, &instance)
            return (table, instance, status)
        }
        self.creating = creating
    }

    func operation(_ name: String) -> arcadia_operation {
        (0..<Int(table.pointee.operation_count)).map { table.pointee.operations[$0]!.pointee }
            .first { String(cString: $0.name) == name }!
    }

    enum Verb { case execute, compensate, probe }

    func call(
        _ verb: Verb = .execute, _ name: String = "full", with input: String = "{}", result: String? = nil,
        checkpoint: String? = nil, on call: FakeCall
    ) -> arcadia_status {
        var op = arcadia_op()
        op.struct_size = UInt32(MemoryLayout<arcadia_op>.size)
        op.attempt = 2
        op.step_number = 3
        op.operation = call.lend(name)
        op.run_id = call.lend("019a9f5c")
        op.saga = call.lend("provision")
        op.step_id = call.lend("droplet")
        op.idempotency_key = call.lend("019a9f5c/3/undo")
        op.execute_key = call.lend("019a9f5c/3/do")
        op.with_json = call.lend(input)
        if let result { op.result_json = call.lend(result) }
        if let checkpoint { op.checkpoint_json = call.lend(checkpoint) }
        let operation = operation(name)
        switch verb {
        case .execute: return operation.execute(instance, call.handle, &op)
        case .compensate: return operation.compensate(instance, call.handle, &op)
        case .probe: return operation.probe(instance, call.handle, &op)
        }
    }
}
