import ArcadiaPlugin
import Testing

private let ok = arcadia_status(ARCADIA_OK)
private let suspended = arcadia_status(ARCADIA_SUSPENDED)
private let failed = arcadia_status(ARCADIA_FAILED)

/// Requests by the host's service, and what their failures become.
@Suite struct HTTPTests {
    private let plugin = Loaded(Scripted.self)
    private let call = FakeCall()

    private func execute(_ body: @escaping @Sendable (Call<Full>) throws -> Full.Output) -> arcadia_status {
        Full.$body.withValue(body) { plugin.call(.execute, "full", on: call) }
    }

    private func get(_ call: Call<Full>) throws -> HTTPResponse {
        try call.http.send(HTTPRequest(.get, "https://api.example.com/v1/things?page=2"))
    }

    @Test func `a host without the service is named, and what to ask for`() {
        #expect(execute { Full.Output(id: try $0.http.send(HTTPRequest(.get, "https://x.example")).status) } == failed)
        #expect(call.failure?.code == .unsupported)
        #expect(call.failure?.effect == Effect.none)
        #expect(
            call.failure?.message == #"this host lends no HTTP: plugin.json must ask for it, with "#
                + #""capabilities": { "services": ["arcadia.http/1"] }, and the operator must grant it"#)
    }

    @Test func `a request arrives as it was made`() {
        call.answers = [FakeAnswer(status: 201), FakeAnswer(status: 204)]
        let status = execute { call in
            let http = try call.http
            try http.send(
                HTTPRequest(
                    .post, "https://api.example.com/v1/things?a=1#top", query: [("name", "a b&c=ü"), ("z", "")],
                    headers: [("Accept", "x/y")], json: ["max_size": 3], credential: "thing.token",
                    timeout: .seconds(2), once: true))
            try http.send(HTTPRequest("PURGE", "https://api.example.com/", query: [("q", "~-._")]))
            return Full.Output(id: 1)
        }
        #expect(status == ok)
        #expect(
            call.requests == [
                FakeRequest(
                    method: "POST", url: "https://api.example.com/v1/things?a=1&name=a%20b%26c%3D%C3%BC&z=#top",
                    credential: "thing.token", body: #"{"max_size":3}"#,
                    headers: ["Accept: x/y", "Content-Type: application/json"], timeout: 2000, flags: 1),
                FakeRequest(
                    method: "PURGE", url: "https://api.example.com/?q=~-._", credential: nil, body: nil, headers: [],
                    timeout: 0, flags: 0),
            ])
    }

    @Test func `any status is an answer, with headers and body`() {
        call.answers = [
            FakeAnswer(status: 200, headers: ["x-left": "7"], body: #"{"id":9007199254740993}"#),
            FakeAnswer(status: 404, code: .notFound, effect: .none, message: "no such thing"),
        ]
        let status = execute { call in
            let found = try get(call)
            #expect(found.isSuccess)
            #expect(found.failure == nil)
            #expect(found.header("X-Left") == "7")
            #expect(found.header("x-other") == nil)
            #expect(found.text == #"{"id":9007199254740993}"#)
            #expect(try found.checked().json(Full.Output.self).id == 9_007_199_254_740_993)
            let missing = try get(call)
            #expect(missing.status == 404 && !missing.isSuccess)
            #expect(missing.failure?.code == .notFound)
            #expect(missing.failure?.wasSent == true)
            return Full.Output(id: 1)
        }
        #expect(status == ok)
        #expect(call.responsesAlive == 0)
    }

    /// A poll that breaks off: to HTTP it has no effect.
    private static let brokenPoll = FakeAnswer(status: 0, code: .network, effect: .none, message: "no answer")

    @Test func `a poll that fails has no effect in a step that has none`() {
        call.answers = [Self.brokenPoll]
        _ = execute { Full.Output(id: try get($0).status) }
        #expect(call.failure?.effect == Effect.none)
    }

    @Test func `a poll that fails after a checkpoint does not say that nothing happened`() {
        call.answers = [Self.brokenPoll, Self.brokenPoll, FakeAnswer(status: 200, body: "{}")]
        Full.$body.withValue({ Full.Output(id: try get($0).status) }) {
            _ = plugin.call(.execute, "full", checkpoint: #"{"droplet_id":1}"#, on: call)
        }
        #expect(call.failure?.effect == .unknown)
        _ = execute { call in
            try call.save(Full.Checkpoint(droplet_id: 1), effectSoFar: .applied)
            return Full.Output(id: try get(call).status)
        }
        #expect(call.failure?.effect == .unknown)
        Full.$body.withValue({ try get($0).json(Full.Output.self) }) {
            _ = plugin.call(.execute, "full", checkpoint: #"{"droplet_id":1}"#, on: call)
        }
        #expect(call.failure?.code == .remote)
        #expect(call.failure?.effect == .unknown)
    }

    @Test func `a poll that fails after a request that changed something does not say that nothing happened`() {
        call.answers = [FakeAnswer(status: 201), Self.brokenPoll]
        _ = execute { call in
            try call.http.send(HTTPRequest(.post, "https://api.example.com/v1/things"))
            return Full.Output(id: try get(call).status)
        }
        #expect(call.failure?.effect == .unknown)
    }

    @Test func `a refused request and a checkpoint before the effect leave a step without one`() {
        call.answers = [FakeAnswer(status: 422, code: .input, effect: .none), Self.brokenPoll]
        _ = execute { call in
            try call.save(Full.Checkpoint(droplet_id: 1), effectSoFar: .none)
            try call.http.send(HTTPRequest(.post, "https://api.example.com/v1/things"))
            return Full.Output(id: try get(call).status)
        }
        #expect(call.failure?.effect == Effect.none)
    }

    @Test func `what the author says of the effect counts`() {
        call.answers = [FakeAnswer(status: 201), Self.brokenPoll]
        _ = execute { call in
            try call.http.send(HTTPRequest(.post, "https://api.example.com/v1/things"))
            do {
                return Full.Output(id: try get(call).status)
            } catch let failure as HTTPFailure {
                throw failure.with(effect: .none)
            }
        }
        #expect(call.failure?.effect == Effect.none)
    }

    @Test func `a failure can be said better`() {
        let failure = HTTPFailure(
            code: .remote, effect: .unknown, retry: .yes, status: 500, message: "500", wasSent: true)
        let better = failure.with(effect: .none, message: "the region is full")
        #expect(better.effect == .none && better.message == "the region is full")
        #expect(better.code == .remote && better.retry == .yes && better.status == 500 && better.wasSent)
        let quota = failure.with(code: .quota, retry: .no)
        #expect(quota.code == .quota && quota.effect == .unknown && quota.retry == .no && quota.message == "500")
    }

    @Test func `an answer that is no success is thrown by checked()`() {
        call.answers = [FakeAnswer(status: 503, code: .remote, effect: .unknown, message: "503 from api")]
        #expect(execute { call in Full.Output(id: try get(call).checked().status) } == failed)
        #expect(call.failure?.code == .remote)
        #expect(call.failure?.remoteStatus == 503)
        #expect(call.failure?.message == "503 from api")
        call.answers = [FakeAnswer(status: 302)]
        #expect(execute { call in Full.Output(id: try get(call).checked().status) } == failed)
        #expect(
            call.failure?.message == "GET https://api.example.com/v1/things answered 302, which is no success")
    }

    @Test func `a body that does not fit names the request and the key`() {
        call.answers = [FakeAnswer(status: 200, body: #"{"labels_by_key":{}}"#), FakeAnswer(status: 201, body: "<")]
        #expect(execute { try get($0).json(Full.Output.self) } == failed)
        #expect(call.failure?.code == .remote)
        #expect(call.failure?.effect == Effect.none)
        #expect(
            call.failure?.message
                == "GET https://api.example.com/v1/things answered 200, and `body.id` is missing")
        #expect(
            execute {
                try $0.http.send(HTTPRequest(.post, "https://api.example.com/v1")).json(Full.Output.self)
            } == failed)
        #expect(call.failure?.effect == .unknown)
    }

    @Test func `no answer is thrown, and says whether anything was sent`() {
        call.answers = [
            FakeAnswer(status: 0, code: .network, effect: .none, wasSent: false, message: "connection refused"),
            FakeAnswer(status: 0, code: .timeout, effect: .unknown, wasSent: true, message: "no answer in 30 s"),
        ]
        let status = execute { call in
            do throws(HTTPFailure) {
                let http: HTTPClient? = try? call.http
                try http?.send(HTTPRequest(.post, "https://api.example.com"))
            } catch {
                #expect(!error.wasSent && error.effect == .none && error.status == 0)
            }
            return Full.Output(id: try get(call).status)
        }
        #expect(status == failed)
        #expect(call.failure?.code == .timeout)
        #expect(call.failure?.effect == .unknown)
        #expect(call.responsesAlive == 0)
    }

    @Test func `a body that JSON cannot hold is not sent`() {
        call.answers = []
        _ = execute { call in
            try call.http.send(HTTPRequest(.post, "https://api.example.com", json: ["degrees": Double.nan]))
            return Full.Output(id: 1)
        }
        #expect(call.failure?.code == .bug)
        #expect(call.failure?.effect == Effect.none)
        #expect(call.failure?.message == "`body.degrees` cannot be written as JSON: nan")
    }

    @Test(arguments: [
        (FakeAnswer(status: 0, code: .rate, effect: .none, retryAfter: 4000, wasSent: false), Int64(4000)),
        (FakeAnswer(status: 429, code: .rate, effect: .none, retryAfter: 9000), Int64(9000)),
        (FakeAnswer(status: 429, code: .rate, effect: .none), Int64(1000)),
    ])
    func `a used up rate suspends the step until its turn`(answer: FakeAnswer, milliseconds: Int64) {
        call.answers = [answer]
        #expect(execute { call in Full.Output(id: try get(call).checked().status) } == suspended)
        #expect(call.suspended == milliseconds)
        #expect(call.failure == nil)
    }

    @Test func `a used up rate suspends compensate and makes a probe ask again`() {
        call.answers = Array(repeating: FakeAnswer(status: 429, code: .rate, effect: .none, retryAfter: 70), count: 2)
        let undone = Full.$undo.withValue({ try $0.http.send(HTTPRequest(.delete, "https://x.example")).checked() }) {
            plugin.call(.compensate, "full", on: call)
        }
        #expect(undone == suspended)
        #expect(call.suspended == 70)
        let asked = Full.$look.withValue({ call in
            try call.http.send(HTTPRequest(.get, "https://x.example")).checked()
            return .nothing
        }) {
            plugin.call(.probe, "full", on: call)
        }
        #expect(asked == failed)
        #expect(call.failure?.code == .rate)
        #expect(call.failure?.retry == arcadia_retry(ARCADIA_RETRY_AFTER))
        #expect(call.failure?.retryAfter == 70)
    }

    @Test func `a used up rate that an author turns into a StepFailure stays one`() {
        call.answers = [FakeAnswer(status: 429, code: .rate, effect: .none, retryAfter: 70)]
        let status = execute { call in
            if let failure = try get(call).failure { throw failure.stepFailure }
            return Full.Output(id: 1)
        }
        #expect(status == failed)
        #expect(call.failure?.code == .rate)
    }

    @Test func `an answer that was kept is dead after the call`() {
        final class Kept: @unchecked Sendable { var answer: HTTPResponse? }
        let kept = Kept()
        call.answers = [FakeAnswer(status: 200, headers: ["a": "1"], body: "x")]
        _ = execute { call in
            kept.answer = try get(call)
            return Full.Output(id: 1)
        }
        #expect(kept.answer?.header("a") == nil)
        #expect(kept.answer?.text == "x")
        kept.answer = nil
        #expect(call.responsesAlive == 1, "released by the host with the call, not by a late plugin")
    }
}
