import ArcadiaPlugin

/// What the fake service answers to one request.
struct FakeAnswer {
    var status: Int32
    var headers: [String: String] = [:]
    var body = ""
    var code = StepFailure.Code.other
    var effect = Effect.unknown
    var retryAfter: UInt32?
    var wasSent = true
    var message = "it went wrong"
}

/// What a request looked like on the host's side.
struct FakeRequest: Equatable {
    var method: String
    var url: String
    var credential: String?
    var body: String?
    var headers: [String]
    var timeout: Int64
    var flags: UInt32
}

/// `arcadia.http/1` with answers from a list.
enum FakeHTTP {
    private final class Response {
        let call: FakeCall
        let answer: FakeAnswer

        init(call: FakeCall, answer: FakeAnswer) {
            self.call = call
            self.answer = answer
            call.responsesAlive += 1
        }

        deinit { call.responsesAlive -= 1 }
    }

    private static func find(_ response: OpaquePointer?) -> Response {
        Unmanaged<Response>.fromOpaque(UnsafeRawPointer(response!)).takeUnretainedValue()
    }

    nonisolated(unsafe) static let table: UnsafePointer<arcadia_http> = {
        let table = UnsafeMutablePointer<arcadia_http>.allocate(capacity: 1)
        var http = arcadia_http()
        http.struct_size = UInt32(MemoryLayout<arcadia_http>.size)
        http.perform = { call, request, response in
            let call = FakeCall.find(call)
            call.requests.append(record(request!.pointee))
            let answer = call.answers!.removeFirst()
            response!.pointee = OpaquePointer(
                Unmanaged.passRetained(Response(call: call, answer: answer)).toOpaque())
            return answer.status
        }
        http.sent = { _, response in find(response).answer.wasSent ? 1 : 0 }
        http.header = { call, response, name, value in
            guard let found = find(response).answer.headers[String(cString: name!).lowercased()] else { return 0 }
            value!.pointee = FakeCall.find(call).lend(found)
            return 1
        }
        http.body = { call, response in FakeCall.find(call).lend(find(response).answer.body) }
        http.error = { call, response, error in
            let answer = find(response).answer
            guard answer.status == 0 || answer.status >= 400 else { return -1 }
            error!.pointee.code = answer.code.rawValue
            error!.pointee.effect = answer.effect.rawValue
            error!.pointee.retry = answer.retryAfter == nil ? 0 : 2
            error!.pointee.retry_after_ms = answer.retryAfter ?? 0
            error!.pointee.remote_status = answer.status
            error!.pointee.message = FakeCall.find(call).lend(answer.message)
            return 0
        }
        http.release = { _, response in
            Unmanaged<Response>.fromOpaque(UnsafeRawPointer(response!)).release()
        }
        table.initialize(to: http)
        return UnsafePointer(table)
    }()

    private static func record(_ request: arcadia_http_request) -> FakeRequest {
        FakeRequest(
            method: text(request.method)!, url: text(request.url)!, credential: text(request.credential),
            body: text(request.body),
            headers: (0..<Int(request.header_count)).map {
                "\(text(request.headers[$0].name)!): \(text(request.headers[$0].value)!)"
            },
            timeout: request.timeout_ms, flags: request.flags)
    }
}
