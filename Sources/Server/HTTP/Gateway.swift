internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import SagaCore

/// Takes requests from the wire to the API and its answers back.
struct Gateway: HTTPResponder {
    let api: API
    let page: Page
    /// Handlers block: they have threads of their own.
    let threads: NIOThreadPool
    let configuration: ServerConfiguration
    let watch: RequestWatch

    func respond(to request: Request, context: ClientConnection) async throws -> Response {
        let started = ContinuousClock.now
        let requestID = Self.newRequestID()
        let target = request.head.path ?? "/"
        if let asset = page.asset(target), request.method == .get || request.method == .head {
            return response(page.answer(asset, request.headers), requestID, isHead: request.method == .head)
        }
        var raw = RawRequest(
            method: request.method.rawValue, target: target, headers: request.headers, body: [],
            address: context.channel.remoteAddress?.ipAddress)
        if Self.hasBody(request) {
            let most = await api.isKnown(raw) ? configuration.largestBody : Self.largestOfStrangers
            guard let body = try await self.body(of: request, upTo: most, context) else {
                return tooLarge(most, requestID, context)
            }
            raw.body = Array(body.readableBytesView)
        }
        let (answer, operation, caller) = try await self.answer(raw, requestID)
        watch.saw(operation, raw, answer, caller, requestID, took: started.duration(to: .now))
        return response(answer, requestID, isHead: request.method == .head)
    }

    /// Waits here, where no thread is held, for keys that the issuer of the token may have made.
    private func answer(_ request: RawRequest, _ requestID: String) async throws -> API.Answered {
        let answered = try await threads.runIfActive { api.answer(request, requestID: requestID) }
        guard answered.answer.namesUnknownKey, await api.renewsKeys() else { return answered }
        return try await threads.runIfActive { api.answer(request, requestID: requestID) }
    }

    // MARK: - Bodies

    /// What is read of somebody who is not known: enough to log in.
    private static let largestOfStrangers = 16 << 10
    /// Seconds that a connection is kept after its body was too large, so that the client reads why.
    private static let farewell: Int64 = 2

    private static func hasBody(_ request: Request) -> Bool {
        request.headers[.transferEncoding] != nil || request.headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// Nil: it has more bytes than that. Who takes too long to send it is hung up on.
    private func body(of request: Request, upTo most: Int, _ context: ClientConnection) async throws -> ByteBuffer? {
        let channel = context.channel
        let deadline = channel.eventLoop.scheduleTask(in: .seconds(Int64(configuration.bodySeconds))) {
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        do {
            return try await request.body.collect(upTo: most)
        } catch is NIOTooManyBytesError {
            return nil
        }
    }

    /// What is still on its way is thrown away, for a moment.
    private func tooLarge(_ most: Int, _ requestID: String, _ context: ClientConnection) -> Response {
        let problem = APIProblem(
            413, "request.too_large", "the body is too large; expected at most \(most) bytes",
            hint: most < configuration.largestBody ? "with a token that is good, \(configuration.largestBody)" : nil)
        var response = response(
            APIAnswer(status: 413, .json(problem.json(requestID: requestID))), requestID, isHead: false)
        response.headers[.connection] = "close"
        let channel = context.channel
        channel.eventLoop.scheduleTask(in: .seconds(Self.farewell)) { channel.close(promise: nil) }
        return response
    }

    /// 48 random bits: short enough to be read to somebody.
    private static func newRequestID() -> String {
        let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
        return "req-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    private func response(_ answer: APIAnswer, _ requestID: String, isHead: Bool) -> Response {
        var headers = HTTPFields()
        for (name, value) in answer.headers { headers[HTTPField.Name(name)!] = value }
        headers[HTTPField.Name("X-Request-Id")!] = requestID
        headers[.xContentTypeOptions] = "nosniff"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        let status = HTTPResponse.Status(code: answer.status)
        switch answer.body {
        case .none:
            return Response(status: status, headers: headers)
        case .stream(let stream):
            headers[.contentType] = "text/event-stream; charset=utf-8"
            return Response(status: status, headers: headers, body: isHead ? ResponseBody() : Self.body(stream))
        case .json(let value):
            var bytes: [UInt8] = []
            value.write(into: &bytes)
            return Self.response(status, headers, bytes, "application/json", isHead)
        case .written(let bytes):
            return Self.response(status, headers, bytes, "application/json", isHead)
        case .bytes(let bytes, let type):
            return Self.response(status, headers, bytes, type, isHead)
        }
    }

    private static func response(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, _ bytes: [UInt8], _ type: String, _ isHead: Bool
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.contentLength] = "\(bytes.count)"
        return Response(
            status: status, headers: headers,
            body: isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func body(_ stream: EventStream) -> ResponseBody {
        ResponseBody { writer in
            try await stream.queue.forEach { try await writer.write(ByteBuffer(string: $0)) }
            try await writer.finish(nil)
        }
    }
}

/// The connection a request came over.
struct ClientConnection: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
