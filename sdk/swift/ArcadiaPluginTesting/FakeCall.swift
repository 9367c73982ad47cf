internal import ArcadiaPlugin

/// What the host of a call keeps, and lends.
final class FakeCall: @unchecked Sendable {
    /// JSON by name. eg: "config"
    var documents: [String: String]
    var isDiskFull = false
    var isCancelRequested = false

    private(set) var durable: String?
    private(set) var output: String?
    private(set) var found: Effect?
    private(set) var logged: [String] = []
    private var failure: StepFailure?
    private var suspended: Int64?
    /// Put with a timer, durable when the call is suspended.
    private var saved: String?
    private var lent: [UnsafeMutablePointer<CChar>] = []

    init(documents: [String: String]) { self.documents = documents }

    deinit { for text in lent { text.deallocate() } }

    var handle: OpaquePointer { OpaquePointer(Unmanaged.passUnretained(self).toOpaque()) }

    static func find(_ handle: OpaquePointer?) -> FakeCall {
        Unmanaged<FakeCall>.fromOpaque(UnsafeRawPointer(handle!)).takeUnretainedValue()
    }

    /// Until the step ends.
    func lend(_ text: String) -> arcadia_str {
        let bytes = Array(text.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        copy.initialize(from: bytes, count: bytes.count)
        lent.append(copy)
        return arcadia_str(ptr: copy, len: bytes.count - 1)
    }

    /// What was not made durable is gone before a call, as it is after a crash.
    func begin(result: String?) {
        (output, found, failure, suspended, saved) = (nil, nil, nil, nil, nil)
        documents["result"] = result
        documents["checkpoint"] = durable
    }

    func throwWhatEnded(_ status: arcadia_status) throws {
        switch status {
        case arcadia_status(ARCADIA_OK): return
        case arcadia_status(ARCADIA_SUSPENDED):
            if let saved { durable = saved }
            throw Suspend(after: .milliseconds(suspended ?? 0))
        case arcadia_status(ARCADIA_CANCELLED):
            throw Cancelled(effect: failure?.effect ?? .unknown, failure?.message ?? "")
        default: throw failure ?? StepFailure(.other, "it failed without a reason")
        }
    }

    // MARK: - What the plugin says

    func log(_ message: arcadia_str) { logged.append(text(message) ?? "") }

    func checkpoint(_ json: arcadia_str) -> Int32 {
        guard !isDiskFull, let json = text(json) ?? saved else { return -1 }
        durable = json
        return 0
    }

    func suspend(_ milliseconds: Int64) { suspended = milliseconds }

    func put(_ path: String, _ json: arcadia_str) -> Int32 {
        switch path {
        case "/checkpoint": saved = text(json)
        case "/output": output = text(json)
        default: return -1
        }
        return 0
    }

    func find(_ effect: arcadia_effect) { found = Effect(rawValue: effect) ?? .unknown }

    func fail(_ error: arcadia_error) {
        let retry: Retry =
            switch error.retry {
            case arcadia_retry(ARCADIA_RETRY_YES): .yes
            case arcadia_retry(ARCADIA_RETRY_AFTER): .after(.milliseconds(Int64(error.retry_after_ms)))
            default: .no
            }
        failure = StepFailure(
            StepFailure.Code(rawValue: error.code) ?? .other, text(error.message) ?? "",
            effect: Effect(rawValue: error.effect) ?? .unknown, retry: retry, remoteStatus: Int(error.remote_status))
    }

    /// A document or a part of it, by its path; nil: absent.
    func json(at path: String) -> arcadia_str? {
        let parts = path.split(separator: "/").map(String.init)
        guard let name = parts.first, let document = documents[name] else { return nil }
        if parts.count == 1 { return lend(document) }
        return TestJSON.part(of: document, at: parts.dropFirst()).map(lend)
    }
}

private func text(_ text: arcadia_str) -> String? {
    guard let start = text.ptr else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: text.len), as: UTF8.self)
}
