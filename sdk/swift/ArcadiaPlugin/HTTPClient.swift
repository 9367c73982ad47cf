internal import CArcadiaPlugin

/// HTTP by the host: TLS, tokens, limits and time are its business, and it knows whether a request can have arrived.
///
/// ```swift
/// let answer = try call.http.send(
///     HTTPRequest(.get, "https://api.example.com/v1/droplets", query: [("tag_name", key)], credential: "do.token"))
/// ```
public struct HTTPClient {
    let call: HostCall
    let service: UnsafePointer<arcadia_http>

    static let service = ARCADIA_HTTP
    static let missing = """
        this host lends no HTTP: plugin.json must ask for it, with "capabilities": { "services": ["\(ARCADIA_HTTP)"] }, \
        and the operator must grant it
        """

    /// Makes a request and waits for the whole answer. Any status that comes is an answer; throws when none came.
    @discardableResult
    public func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
        if let problem = request.problem { throw .nothingSent(.bug, problem.message) }
        guard !call.isOver else { throw .nothingSent(.other, "the call is over") }
        let (status, response) = perform(request)
        guard let response else { throw .nothingSent(.other, "\(request.label): the call is over") }
        let lent = LentResponse(call: call, service: service, response: response)
        let failure = status == 0 || status >= 400 ? lent.failure() : nil
        if !request.isReading, failure?.effect != Effect.none { call.mayHaveActed = true }
        guard status > 0 else { throw failure ?? .noReason(request.label) }
        return HTTPResponse(
            status: Int(status), body: lent.body(), failure: failure, request: request, lent: lent)
    }

    private func perform(_ request: HTTPRequest) -> (status: Int32, response: OpaquePointer?) {
        var texts = TextPool()
        let method = texts.add(request.method.name)
        let url = texts.add(request.fullURL)
        let credential = request.credential.map { texts.add($0) }
        let headers = request.headers.map { (texts.add($0.0), texts.add($0.1)) }
        return texts.lend { text in
            var message = arcadia_http_request()
            message.struct_size = UInt32(MemoryLayout<arcadia_http_request>.size)
            message.flags = request.once ? UInt32(ARCADIA_HTTP_ONCE) : 0
            message.method = text(method)
            message.url = text(url)
            message.credential = credential.map(text) ?? .absent
            message.timeout_ms = request.timeout.map { max(1, $0.milliseconds) } ?? 0
            let lines = headers.map { arcadia_http_header(name: text($0.0), value: text($0.1)) }
            return lines.withUnsafeBufferPointer { lines in
                message.headers = lines.baseAddress
                message.header_count = UInt64(lines.count)
                return perform(&message, body: request.body)
            }
        }
    }

    private func perform(
        _ message: inout arcadia_http_request, body: [UInt8]?
    ) -> (status: Int32, response: OpaquePointer?) {
        var response: OpaquePointer?
        guard let body else { return (service.pointee.perform(call.handle, &message, &response), response) }
        return body.withUnsafeBytes { bytes in
            message.body = arcadia_str(ptr: bytes.assumingMemoryBound(to: CChar.self).baseAddress, len: bytes.count)
            return (service.pointee.perform(call.handle, &message, &response), response)
        }
    }
}

extension HTTPFailure {
    fileprivate static func noReason(_ label: String) -> HTTPFailure {
        HTTPFailure(code: .network, effect: .unknown, message: "\(label): no answer, and no reason", wasSent: true)
    }

    fileprivate static func nothingSent(_ code: StepFailure.Code, _ message: String) -> HTTPFailure {
        var failure = HTTPFailure(code: code, effect: .none, message: message, wasSent: false)
        failure.isEffectStated = false
        return failure
    }
}

/// Many small texts in one piece of memory, lent at once.
private struct TextPool {
    private var bytes: [UInt8] = []

    mutating func add(_ text: String) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        return start..<bytes.count
    }

    func lend<Result>(_ body: ((Range<Int>) -> arcadia_str) -> Result) -> Result {
        bytes.withUnsafeBytes { memory in
            body { range in
                let start = memory.assumingMemoryBound(to: CChar.self).baseAddress.map { $0 + range.lowerBound }
                return arcadia_str(ptr: start, len: range.count)
            }
        }
    }
}
