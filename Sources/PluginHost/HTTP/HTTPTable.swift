internal import CArcadiaPlugin
internal import Glibc
internal import SagaCore

/// The functions of `arcadia.http/1`, lent to plugins that asked for it and were granted it.
enum HTTPTable {
    /// One table for the life of the process.
    nonisolated(unsafe) static let pointer: UnsafePointer<arcadia_http> = {
        let table = UnsafeMutablePointer<arcadia_http>.allocate(capacity: 1)
        table.initialize(to: make())
        return UnsafePointer(table)
    }()

    private static func make() -> arcadia_http {
        var table = arcadia_http()
        table.struct_size = UInt32(MemoryLayout<arcadia_http>.size)
        table.perform = { call, request, response in
            response?.pointee = nil
            guard let call = PluginCall.find(call), let http = call.plugin?.http, let request,
                let (handle, status) = HTTPTable.perform(request, http, call)
            else { return 0 }
            response?.pointee = handle
            return status
        }
        table.sent = { call, response in HTTPTable.find(call, response)?.answer.wasSent == false ? 0 : 1 }
        table.header = { call, response, name, value in
            guard let kept = HTTPTable.find(call, response), let name,
                let text = kept.answer.header(String(cString: name))
            else { return 0 }
            value?.pointee = kept.lend(text)
            return 1
        }
        table.body = { call, response in
            HTTPTable.find(call, response)?.body ?? arcadia_str(ptr: nil, len: 0)
        }
        table.error = { call, response, error in
            guard let kept = HTTPTable.find(call, response), let error else { return -1 }
            return HTTPTable.fill(error, kept) ? 0 : -1
        }
        table.release = { call, response in
            guard let response else { return }
            PluginCall.find(call)?.forget(response)
        }
        return table
    }

    private static func find(_ call: OpaquePointer?, _ response: OpaquePointer?) -> KeptAnswer? {
        guard let response else { return nil }
        return PluginCall.find(call)?.answer(response)
    }

    static func log(_ call: any HTTPCaller, _ origin: PluginLog.Line.Origin, _ message: String) {
        let sink = HostTable.log.withLock { $0 }
        sink.write(PluginLog.Line(origin, of: call.step, Int32(ARCADIA_DEBUG), message))
    }

    // MARK: - Across the border

    private static func perform(
        _ pointer: UnsafePointer<arcadia_http_request>, _ http: any HTTPAccess, _ call: PluginCall
    ) -> (OpaquePointer, Int32)? {
        guard let request = request(pointer) else {
            return call.keep(KeptAnswer(HTTPAnswer(.requestUnreadable, wasSent: false), of: .unreadable)).map {
                ($0, 0)
            }
        }
        let answer = http.perform(request, for: call)
        return call.keep(KeptAnswer(answer, of: request)).map { ($0, Int32(answer.status)) }
    }

    /// Copies a request; fields that the plugin's struct does not reach are as if zero. Nil: texts that are not UTF-8.
    private static func request(_ pointer: UnsafePointer<arcadia_http_request>) -> HTTPRequest? {
        var raw = arcadia_http_request()
        let size = min(Int(pointer.pointee.struct_size), MemoryLayout<arcadia_http_request>.size)
        withUnsafeMutableBytes(of: &raw) { _ = memcpy($0.baseAddress!, pointer, size) }
        guard let method = HostTable.text(raw.method), let url = HostTable.text(raw.url),
            let headers = headers(raw), (0...PluginCall.documentLimit).contains(raw.body.len)
        else { return nil }
        let most = UInt64(PluginCall.documentLimit)
        return HTTPRequest(
            method: method, url: url, headers: headers,
            body: raw.body.ptr.map { Array(UnsafeRawBufferPointer(start: $0, count: raw.body.len)) },
            credential: HostTable.text(raw.credential),
            maxBodyBytes: Int(raw.max_body_bytes == 0 ? most : min(raw.max_body_bytes, most)),
            timeoutMilliseconds: raw.timeout_ms > 0 ? raw.timeout_ms : HTTPRequest.defaultTimeoutMilliseconds,
            isOnce: raw.flags & UInt32(ARCADIA_HTTP_ONCE) != 0)
    }

    private static func headers(_ raw: arcadia_http_request) -> [(name: String, value: String)]? {
        guard raw.header_count > 0, let list = raw.headers else { return [] }
        guard raw.header_count <= 256 else { return nil }
        var headers: [(name: String, value: String)] = []
        for index in 0..<Int(raw.header_count) {
            guard let name = HostTable.text(list[index].name), let value = HostTable.text(list[index].value) else {
                return nil
            }
            headers.append((name, value))
        }
        return headers
    }

    private static func fill(_ pointer: UnsafeMutablePointer<arcadia_error>, _ kept: KeptAnswer) -> Bool {
        guard kept.answer.failure != nil || kept.answer.status >= 400 else { return false }
        let size = min(Int(pointer.pointee.struct_size), MemoryLayout<arcadia_error>.size)
        var error = arcadia_error()
        error.struct_size = UInt32(size)
        (error.code, error.retry, error.retry_after_ms) = meaning(kept.answer)
        error.effect = effect(kept)
        error.remote_status = Int32(kept.answer.status)
        error.message = kept.lend(kept.answer.failure?.message ?? sentence(kept))
        withUnsafeBytes(of: &error) { _ = memcpy(pointer, $0.baseAddress!, size) }
        return true
    }

    private static func meaning(_ answer: HTTPAnswer) -> (arcadia_code, arcadia_retry, UInt32) {
        if let failure = answer.failure {
            if let milliseconds = failure.retryAfterMilliseconds {
                return (failure.code, arcadia_retry(ARCADIA_RETRY_AFTER), UInt32(clamping: milliseconds))
            }
            let retry = failure.isWorthAnotherTry ? ARCADIA_RETRY_YES : ARCADIA_RETRY_NO
            return (failure.code, arcadia_retry(retry), 0)
        }
        let no = arcadia_retry(ARCADIA_RETRY_NO), yes = arcadia_retry(ARCADIA_RETRY_YES)
        switch answer.status {
        case 401: return (arcadia_code(ARCADIA_E_AUTH), no, 0)
        case 403: return (arcadia_code(ARCADIA_E_DENIED), no, 0)
        case 404, 410: return (arcadia_code(ARCADIA_E_NOT_FOUND), no, 0)
        case 409, 412: return (arcadia_code(ARCADIA_E_CONFLICT), no, 0)
        case 429:
            let milliseconds = (answer.retryAfterSeconds ?? 1) * 1000
            return (arcadia_code(ARCADIA_E_RATE), arcadia_retry(ARCADIA_RETRY_AFTER), UInt32(clamping: milliseconds))
        case 400..<500: return (arcadia_code(ARCADIA_E_INPUT), no, 0)
        default: return (arcadia_code(ARCADIA_E_REMOTE), yes, 0)
        }
    }

    private static func effect(_ kept: KeptAnswer) -> arcadia_effect {
        let isRefusal = [401, 403, 404, 422, 429].contains(kept.answer.status) && !kept.answer.hasEarlierTry
        let isNone = !kept.answer.wasSent || kept.request.changesNothing || isRefusal
        return arcadia_effect(isNone ? ARCADIA_EFFECT_NONE : ARCADIA_EFFECT_UNKNOWN)
    }

    /// eg: "api.digitalocean.com answered 422 to POST /v2/droplets: Size is not available in this region."
    private static func sentence(_ kept: KeptAnswer) -> String {
        let place = HTTPPermissions.withoutQuery(kept.request.url)
        let afterScheme = place.firstRange(of: "://").map { place[$0.upperBound...] } ?? place[...]
        let host = afterScheme.prefix { $0 != "/" }
        let said = JSONMessage.find(in: kept.answer.body).map { ": \($0)" } ?? ""
        return
            "\(host) answered \(kept.answer.status) to \(kept.request.method) \(afterScheme.dropFirst(host.count))\(said)"
    }

}

/// The text that JSON errors usually carry.
private enum JSONMessage {
    static func find(in body: [UInt8]) -> String? {
        guard body.count < 65_536, let value = body.withUnsafeBytes({ try? JSONValue(parsing: $0) }) else { return nil }
        for key in ["message", "detail", "error_description", "title", "error"] {
            if let text = value[key]?.stringValue, !text.isEmpty { return String(text.prefix(500)) }
        }
        return value["error"]?["message"]?.stringValue.map { String($0.prefix(500)) }
    }
}

/// An answer that a plugin holds, and the memory lent with it.
final class KeptAnswer: @unchecked Sendable {
    let answer: HTTPAnswer
    let request: HTTPRequest
    private let lent = Monitor<[UnsafeMutableRawPointer]>([])
    private let bodyCopy: UnsafeMutableRawPointer?

    init(_ answer: HTTPAnswer, of request: HTTPRequest) {
        self.answer = answer
        self.request = request
        bodyCopy = answer.body.isEmpty ? nil : malloc(answer.body.count)
        if let bodyCopy { _ = answer.body.withUnsafeBytes { memcpy(bodyCopy, $0.baseAddress!, $0.count) } }
    }

    deinit {
        free(bodyCopy)
        lent.withLock { for pointer in $0 { free(pointer) } }
    }

    var body: arcadia_str {
        guard let bodyCopy else { return arcadia_str(ptr: nil, len: 0) }
        return arcadia_str(ptr: UnsafePointer(bodyCopy.assumingMemoryBound(to: CChar.self)), len: answer.body.count)
    }

    func lend(_ text: String) -> arcadia_str {
        var text = text
        return text.withUTF8 { utf8 in
            let copy = malloc(max(1, utf8.count))!
            if let base = utf8.baseAddress { memcpy(copy, base, utf8.count) }
            lent.withLock { $0.append(copy) }
            return arcadia_str(ptr: UnsafePointer(copy.assumingMemoryBound(to: CChar.self)), len: utf8.count)
        }
    }
}
