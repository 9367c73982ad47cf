internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Synchronization

/// Takes requests from the wire to the world and its answers back.
struct Gateway: HTTPResponder {
    /// Larger than any request the provider takes.
    private static let largestBody = 4 << 20

    let world: SharedWorld

    func respond(to request: Request, context: Connection) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.largestBody)
        let arrival = Arrival(
            method: request.method.rawValue, target: request.head.path ?? "/",
            authorization: request.headers[.authorization], host: request.head.authority ?? "127.0.0.1",
            body: Array(body.readableBytesView))
        let outcome = world.state.withLock { $0.answer(arrival) }
        return try await deliver(outcome, isHead: arrival.isHead, over: context.channel)
    }

    private func deliver(_ outcome: Outcome, isHead: Bool, over channel: any Channel) async throws -> Response {
        let response = { Self.response(outcome.answer, bytes: Self.bytes(outcome.answer), isHead: isHead) }
        switch outcome.delivery {
        case .whole: break
        case .late(let seconds): try await Task.sleep(for: .seconds(seconds))
        case .reset: try await channel.reset()
        case .lost: try await channel.close()
        case .cut(let closesEarly):
            return Self.cut(outcome.answer, closesEarly: closesEarly, over: channel)
        }
        return response()
    }

    private static func bytes(_ answer: Answer) -> [UInt8] {
        switch answer.body {
        case .none: []
        case .json(let value): value.bytes
        case .file(let text, _, _): Array(text.utf8)
        }
    }

    private static func response(_ answer: Answer, bytes: [UInt8], isHead: Bool) -> Response {
        var headers = headers(of: answer)
        // A 204 has no length at all; a HEAD's is that of the GET.
        if answer.status != 204 { headers[.contentLength] = String(bytes.count) }
        let body = isHead || bytes.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        return Response(status: .init(code: answer.status), headers: headers, body: body)
    }

    private static func headers(of answer: Answer) -> HTTPFields {
        var headers = HTTPFields()
        for (name, value) in answer.headers { headers[HTTPField.Name(name)!] = value }
        headers[.contentType] = "application/json; charset=utf-8"
        if case .file(_, let type, let name) = answer.body {
            headers[.contentType] = type
            headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        }
        return headers
    }

    /// Half of the body: announced as half, or announced as whole and followed by the end of the connection.
    private static func cut(_ answer: Answer, closesEarly: Bool, over channel: any Channel) -> Response {
        let bytes = bytes(answer)
        let half = ByteBuffer(bytes: bytes.prefix(bytes.count / 2))
        let announced = closesEarly ? bytes.count : half.readableBytes
        let body = ResponseBody(contentLength: announced) { writer in
            try await writer.write(half)
            if closesEarly { try await channel.close() }
            try await writer.finish(nil)
        }
        return Response(status: .init(code: answer.status), headers: headers(of: answer), body: body)
    }
}

/// The one world that all connections share.
final class SharedWorld: Sendable {
    let state: Mutex<World>

    init(_ configuration: SimulatorConfiguration) { state = Mutex(World(configuration)) }
}

/// The connection a request came over.
struct Connection: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
