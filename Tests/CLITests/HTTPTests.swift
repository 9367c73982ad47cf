import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// HTTP by the host for plugins: the real program, a real plugin, a real server.
@Suite struct HTTPTests {
    private let arcadia = Arcadia()
    private static let canary = "canary-7f3a9c51e0d84b62"
    private static let disguise = Data(canary.utf8).base64EncodedString()

    /// Makes one request and gives what the plugin learnt.
    private func request(
        _ server: TestServer?, _ method: String = "GET", _ path: String = "/v1/x", with more: String = "",
        options: [String] = [], environment: [String: String] = [:], url: String? = nil, using arcadia: Arcadia? = nil
    ) -> JSONValue {
        let arcadia = arcadia ?? self.arcadia
        let url = url ?? (server.map { $0.url } ?? "https://api.example.com") + path
        let step =
            #"[{ "id": "r", "uses": "web.request", "with": { "method": "\#(method)", "url": "\#(url)"\#(more.isEmpty ? "" : ", " + more) } }]"#
        let file = arcadia.folder.file("definition.json", step)
        let base = server.map { ["--config", "web.base_url=\($0.url)"] } ?? []
        let result = Command.run(
            Arcadia.program, arcadia.arguments(["run", file, "--output", "json"] + base + options),
            environment: environment.merging(["HOME": arcadia.folder.path]) { a, _ in a })
        return result.json?["steps"]?.arrayValue?.first?["output"] ?? .string(result.errors)
    }

    private func message(_ output: JSONValue) -> String {
        output["error"]?.text("message") ?? "no error: \(output.text)"
    }

    // MARK: - Answers

    @Test func `an answer comes with its status, headers and body, and the host sends what was asked`() {
        let server = TestServer { _, _ in .answer(201, body: "{}", headers: ["X-Kind: a", "x-kind: b"]) }
        let output = request(
            server, "POST", "/v1/x?y=1",
            with: #""body": "{\"n\":1}", "headers": { "Content-Type": "application/json" }, "header": "X-KIND""#)
        #expect(output["status"] == 201)
        #expect(output["body"] == "{}")
        #expect(output["header"] == "a, b")
        #expect(output["sent"] == 1)
        #expect(output["error"] == nil)
        let seen = server.requests[0]
        #expect(seen.method == "POST" && seen.target == "/v1/x?y=1" && seen.body == #"{"n":1}"#)
        #expect(seen.headers["content-type"] == "application/json")
        #expect(seen.headers["expect"] == nil)
        #expect(seen.headers["traceparent"]?.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-01/) != nil)
    }

    @Test func `the trace of a request is its run`() throws {
        let server = TestServer { _, _ in .answer(200) }
        _ = request(server)
        let run = try #require(arcadia.newestRun()).text("run_id").replacingOccurrences(of: "-", with: "")
        #expect(server.requests[0].headers["traceparent"]?.contains(run) == true)
    }

    @Test(arguments: [
        (401, 3, 1, 0), (403, 4, 1, 0), (404, 5, 1, 0), (409, 6, 0, 0), (422, 1, 1, 0), (500, 10, 0, 1),
        (503, 10, 0, 1),
    ])
    func `a status that is an error says what it means`(status: Int, code: Int64, effect: Int64, retry: Int64) {
        let server = TestServer { _, _ in .answer(status, body: #"{"id":"x","message":"No such thing."}"#) }
        let output = request(server, "POST", "/v1/things?page=2")
        #expect(output["status"] == .int(Int64(status)))
        #expect(output["error"]?["code"] == .int(code))
        #expect(output["error"]?["effect"] == .int(effect))
        #expect(output["error"]?["retry"] == .int(retry))
        #expect(message(output) == "127.0.0.1:\(server.port) answered \(status) to POST /v1/things: No such thing.")
        #expect(server.requests.count == 1)
    }

    @Test func `a redirect is an answer, and nobody follows it`() {
        let server = TestServer { _, _ in .answer(302, headers: ["Location: /elsewhere"]) }
        let output = request(server, with: #""header": "location""#)
        #expect(output["status"] == 302 && output["header"] == "/elsewhere")
        #expect(server.requests.count == 1)
    }

    // MARK: - Sent once, or again

    @Test(arguments: ["GET", "DELETE"])
    func `GET and DELETE are tried again after no answer and after 503, twice at most`(method: String) {
        let server = TestServer { _, number in number == 0 ? .reset : number == 1 ? .answer(503) : .answer(200) }
        #expect(request(server, method)["status"] == 200)
        let never = TestServer { _, _ in .answer(503) }
        #expect(request(never, method)["status"] == 503)
        #expect(never.requests.count == 3)
    }

    @Test(arguments: [TestServer.Reply.reset, .close, .half, .answer(503), .answer(429)])
    func `a POST is never sent twice`(reply: TestServer.Reply) {
        let server = TestServer { _, _ in reply }
        _ = request(server, "POST")
        #expect(server.requests.count == 1)
    }

    @Test func `a POST never goes over a kept connection, which could be dead and make it be sent twice`() {
        let server = TestServer { request, _ in request.method == "POST" ? .close : .answer(200) }
        let steps = ["GET", "POST"].map {
            #"{ "uses": "web.request", "with": { "method": "\#($0)", "url": "\#(server.url)/" } }"#
        }
        arcadia.run("[\(steps.joined(separator: ","))]", "--config", "web.base_url=\(server.url)")
        #expect(server.requests.map(\.method) == ["GET", "POST"])
        #expect(server.connectionCount == 2)
    }

    @Test func `what is to be sent once is sent once, over a dead connection too`() {
        let server = TestServer { request, _ in request.method == "DELETE" ? .close : .answer(200) }
        let steps = ["GET", "DELETE"].map {
            #"{ "uses": "web.request", "with": { "method": "\#($0)", "url": "\#(server.url)/", "once": true } }"#
        }
        arcadia.run("[\(steps.joined(separator: ","))]", "--config", "web.base_url=\(server.url)")
        #expect(server.requests.map(\.method) == ["GET", "DELETE"])
    }

    @Test func `a DELETE that is told 404 after a try without an answer may have done it`() {
        let server = TestServer { _, number in number == 0 ? .reset : .answer(404) }
        let output = request(server, "DELETE")
        #expect(output["status"] == 404 && output["error"]?["effect"] == 0)
        let first = TestServer { _, _ in .answer(404) }
        #expect(request(first, "DELETE")["error"]?["effect"] == 1)
    }

    @Test func `a limit that a repeat runs into does not hide the answer that came`() {
        let server = TestServer { _, _ in .answer(503) }
        setToken()
        let output = request(server, with: #""credential": "web.token""#, options: ["--config", "web.per_minute=1"])
        #expect(output["status"] == 503 && server.requests.count == 1)
    }

    @Test(arguments: ["1790000000000000000", "-1790000000000000000", "nonsense", "99999999999999999999"])
    func `a reset that makes no sense harms nobody`(reset: String) {
        let server = TestServer { _, _ in
            .answer(200, headers: ["RateLimit-Reset: \(reset)", "RateLimit-Remaining: 0", "RateLimit-Limit: 1"])
        }
        setToken()
        #expect(
            request(server, with: #""credential": "web.token", "timeout_ms": 9223372036854775807"#)["status"] == 200)
    }

    @Test func `GETs share a connection`() {
        let server = TestServer { _, _ in .answer(200) }
        let step = #"{ "uses": "web.request", "with": { "method": "GET", "url": "\#(server.url)/" } }"#
        arcadia.run("[\(step), \(step), \(step)]", "--config", "web.base_url=\(server.url)")
        #expect(server.requests.count == 3)
        #expect(server.connectionCount == 1)
    }

    // MARK: - Was it sent?

    @Test func `where nobody listens nothing was sent, and the effect is none`() {
        let port = TestServer { _, _ in .close }.port
        let output = request(
            nil, "POST", options: ["--config", "web.base_url=http://127.0.0.1:\(port)"],
            url: "http://127.0.0.1:\(port)/")
        #expect(output["status"] == 0 && output["sent"] == 0)
        #expect(output["error"]?["code"] == 9 && output["error"]?["effect"] == 1 && output["error"]?["retry"] == 1)
        #expect(message(output).hasPrefix("no connection to 127.0.0.1: "))
    }

    @Test(arguments: [TestServer.Reply.reset, .close, .half])
    func `after a POST that was sent and not answered the effect is unknown`(reply: TestServer.Reply) {
        let server = TestServer { _, _ in reply }
        let output = request(server, "POST")
        #expect(output["status"] == 0 && output["sent"] == 1)
        #expect(output["error"]?["code"] == 9 && output["error"]?["effect"] == 0)
        #expect(message(output).hasPrefix("127.0.0.1 ended the connection before its answer was there: "))
    }

    @Test func `a GET without an answer changed nothing`() {
        let server = TestServer { _, _ in .close }
        let output = request(server)
        #expect(output["sent"] == 1 && output["error"]?["effect"] == 1)
    }

    // MARK: - Time and size

    @Test func `a server that stays silent is left when the request's time is over`() {
        let server = TestServer { _, _ in .silence }
        let output = request(server, "POST", with: #""timeout_ms": 200"#)
        #expect(output["error"]?["code"] == 11 && output["sent"] == 1)
        #expect(message(output) == "127.0.0.1 did not answer within 0.2 s")
    }

    @Test func `the step's own time ends a request, too`() {
        let server = TestServer { _, _ in .silence }
        let step =
            #"[{ "uses": "web.request", "timeout_seconds": 0.3, "with": { "method": "GET", "url": "\#(server.url)/" } }]"#
        let (_, run, _) = arcadia.run(step, "--config", "web.base_url=\(server.url)")
        #expect(
            run["steps"]?.arrayValue?[0]["output"]?["error"]?.text("message").hasPrefix(
                "127.0.0.1 did not answer within 0.") == true)
    }

    @Test func `a cancelled run ends its request at once`() throws {
        let server = TestServer { _, _ in .silence }
        let file = arcadia.folder.file(
            "definition.json", #"[{ "uses": "web.request", "with": { "method": "POST", "url": "\#(server.url)/" } }]"#)
        let process = arcadia.start("run", file, "--config", "web.base_url=\(server.url)")
        #expect(server.waits(forRequests: 1))
        let run = try #require(arcadia.newestRun()).text("run_id")
        arcadia("runs", "cancel", run)
        process.waitUntilExit()
        #expect(arcadia.newestRun()?.text("status") == "rolled_back")
        let said = arcadia.newestRun()?["steps"]?.arrayValue?[0]["output"]?["error"]?.text("message")
        #expect(said == "the request to 127.0.0.1 was given up, because its step was asked to stop")
    }

    @Test func `an answer that is too large is refused`() {
        let server = TestServer { _, _ in .answer(200, body: String(repeating: "x", count: 2000)) }
        let output = request(server, with: #""max_body_bytes": 1000"#)
        #expect(output["error"]?["code"] == 10)
        #expect(message(output) == "the answer of 127.0.0.1 is larger than 1000 bytes, which is the most allowed")
        #expect(request(server, with: #""max_body_bytes": 2000"#)["body_bytes"] == 2000)
    }

    // MARK: - Where to

    @Test(arguments: [
        (
            "http://api.example.com/x",
            "requests to api.example.com:80 are not granted to this plugin; granted: api.example.com, 127.0.0.1"
        ),
        (
            "https://example.com/x",
            "requests to example.com are not granted to this plugin; granted: api.example.com, 127.0.0.1"
        ),
        (
            "https://api.example.com@evil.org/",
            "the URL of the request to evil.org holds a user or a password; expected a credential by name"
        ),
        (
            "https://api.example.com:8443/",
            "requests to api.example.com:8443 are not granted to this plugin; granted: api.example.com, 127.0.0.1"
        ),
        ("file:///etc/passwd", "\"file:///etc/passwd\" is no absolute URL with a host; expected https://host/path"),
        (
            "nonsense",
            "\"nonsense\" is no absolute URL with a host; expected https://host/path"
        ),
        (
            "https://127.0.0.1/",
            "127.0.0.1 is at 127.0.0.1, an address that is not public; the operator can grant such addresses in grants.json"
        ),
    ])
    func `a request goes where the manifest and the operator say, and nowhere else`(url: String, expected: String) {
        let output = request(nil, url: url)
        #expect(output["sent"] == 0)
        #expect(message(output) == expected)
    }

    @Test func `a method that the manifest does not name is refused`() {
        let server = TestServer { _, _ in .answer(200) }
        #expect(
            message(request(server, "PUT"))
                == "PUT to 127.0.0.1 is not granted to this plugin; granted: GET, POST, DELETE")
        #expect(server.requests.isEmpty)
    }

    @Test func `the operator can grant less than the manifest asks for`() {
        let server = TestServer { _, _ in .answer(200) }
        _ = arcadia.folder.file(
            "data/grants.json", #"{ "web": { "http": [{ "host": "${config.base_url}", "methods": ["GET"] }] } }"#)
        #expect(request(server)["status"] == 200)
        #expect(message(request(server, "POST")) == "POST to 127.0.0.1 is not granted to this plugin; granted: GET")
        _ = arcadia.folder.file("data/grants.json", #"{ "web": { "services": [] } }"#)
        let (_, run, _) = arcadia.run(#"[{ "uses": "web.request", "with": { "method": "GET", "url": "x" } }]"#)
        #expect(run["error"]?.text("message").hasSuffix("this plugin was not granted arcadia.http/1") == true)
    }

    @Test(arguments: [
        (#"{ "web": 7 }"#, "`web` is integer; expected an object"),
        (#"{ "web": { "http": [{ "methods": [] }] } }"#, "there is no `web.http[0].host`"),
        (
            #"{ "web": { "service": [] } }"#,
            "\"web.service\" is not a key of a grant; expected http, addresses, services or credentials\nhint: did you mean \"services\"?"
        ),
    ])
    func `each mistake in grants.json has words of its own`(text: String, words: String) {
        _ = arcadia.folder.file("data/grants.json", text)
        let result = arcadia("plugins", "list")
        #expect(result.code == 65)
        #expect(result.errors.contains("grants.json: " + words), "\(result.errors)")
    }

    @Test func `a mistake in grants.json is told with its place`() {
        _ = arcadia.folder.file("data/grants.json", #"{ "web": { "addresses": ["privat"] } }"#)
        let result = arcadia("plugins", "list")
        #expect(result.code == 65)
        #expect(
            result.errors.contains(
                "grants.json: `web.addresses` is \"privat\"; expected any of private, loopback, link_local"))
    }

    @Test(arguments: ["Authorization", "Cookie", "Host", "Content-Length", "traceparent", "X-Key", "a b"])
    func `headers that are the host's cannot be set by a plugin`(name: String) {
        let server = TestServer { _, _ in .answer(200) }
        _ = arcadia.folder.file("data/credentials/web.key", "a-key-of-some-length\n")
        chmod(arcadia.data + "/credentials/web.key", 0o600)
        let output = request(server, with: #""credential": "web.key", "headers": { "\#(name)": "x" }"#)
        #expect(message(output) == "the header `\(name)` is the host's to set; leave it out")
        #expect(server.requests.isEmpty)
    }

    @Test func `the environment's proxies are ignored`() {
        let server = TestServer { _, _ in .answer(200) }
        let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].reduce(into: [:]) {
            $0[$1] = "http://127.0.0.1:9"
        }
        #expect(request(server, environment: proxies)["status"] == 200)
    }

    /// An HTTPS server with a certificate of its own making, by the openssl command.
    private func withTLS(name: String, _ body: (_ port: Int, _ certificate: String) throws -> Void) throws {
        let folder = arcadia.folder
        let made = Command.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
                "-addext", "subjectAltName=\(name)", "-keyout", folder.path + "/key.pem", "-out",
                folder.path + "/cert.pem",
            ])
        try #require(made.code == 0, "\(made.errors)")
        let server = try ChildProcess(
            "/usr/bin/openssl",
            [
                "s_server", "-accept", "0", "-www", "-key", folder.path + "/key.pem", "-cert",
                folder.path + "/cert.pem",
            ], output: .file(folder.path + "/tls.out"))
        defer { server.terminate() }
        let port = try #require(
            arcadia.eventually { _ in
                folder.text("tls.out")?.firstMatch(of: /ACCEPT .*:([0-9]+)/).flatMap { Int($0.output.1) }
            })
        try body(port, folder.path + "/cert.pem")
    }

    @Test func `a server must prove who it is`() throws {
        try withTLS(name: "IP:127.0.0.1") { port, certificate in
            let options = ["--config", "web.base_url=https://127.0.0.1:\(port)"]
            let url = "https://127.0.0.1:\(port)/"
            let stranger = request(nil, "POST", options: options, url: url)
            #expect(stranger["status"] == 0 && stranger["sent"] == 0)
            #expect(stranger["error"]?["code"] == 9 && stranger["error"]?["effect"] == 1)
            #expect(message(stranger).hasPrefix("127.0.0.1 did not prove who it is: "))
            let known = request(nil, options: options, environment: ["ARCADIA_CA_FILE": certificate], url: url)
            #expect(known["status"] == 200)
        }
        try withTLS(name: "DNS:other.example.com") { port, certificate in
            let options = ["--config", "web.base_url=https://127.0.0.1:\(port)"]
            let other = request(
                nil, options: options, environment: ["ARCADIA_CA_FILE": certificate], url: "https://127.0.0.1:\(port)/")
            #expect(message(other).hasPrefix("127.0.0.1 did not prove who it is: "))
        }
    }

    // MARK: - Credentials

    private func setToken(_ mode: mode_t = 0o600) {
        _ = arcadia.folder.file("data/credentials/web.token", Self.canary + "\n")
        chmod(arcadia.data + "/credentials/web.token", mode)
    }

    @Test func `a token comes from its file, else from the environment`() {
        let server = TestServer { _, _ in .answer(200) }
        let more = #""credential": "web.token""#
        _ = request(server, with: more, environment: ["ARCADIA_WEB_TOKEN": "from-environment"])
        setToken()
        _ = request(server, with: more, environment: ["ARCADIA_WEB_TOKEN": "from-environment"])
        #expect(
            server.requests.map { $0.headers["authorization"] } == ["Bearer from-environment", "Bearer \(Self.canary)"])
    }

    @Test func `without a token nothing is sent, and the error says where to put one`() {
        let server = TestServer { _, _ in .answer(200) }
        let output = request(server, "POST", with: #""credential": "web.token""#)
        #expect(output["error"]?["code"] == 3 && output["error"]?["effect"] == 1)
        #expect(
            message(output)
                == "no token for the credential \"web.token\"; put it into \(arcadia.data)/credentials/web.token (folder 0700, file 0600), or set ARCADIA_WEB_TOKEN"
        )
        #expect(server.requests.isEmpty)
    }

    @Test func `a token too short to be painted over without spoiling answers is not used`() {
        let server = TestServer { _, _ in .answer(200) }
        let more = #""credential": "web.token""#
        func words(_ place: String) -> String {
            "the token for the credential \"web.token\" from \(place) has fewer than 8 characters; expected at least so many: one so short is part of other words, and could not be painted over in an answer without spoiling it"
        }
        #expect(
            message(request(server, with: more, environment: ["ARCADIA_WEB_TOKEN": "t"])) == words("ARCADIA_WEB_TOKEN"))
        let file = arcadia.folder.file("data/credentials/web.token", "short-1\n")
        chmod(arcadia.data + "/credentials/web.token", 0o600)
        #expect(message(request(server, with: more)) == words(arcadia.data + "/credentials/web.token"), "\(file)")
        #expect(server.requests.isEmpty)
    }

    @Test func `a token that others may read is not used`() {
        let server = TestServer { _, _ in .answer(200) }
        setToken(0o644)
        #expect(
            message(request(server, with: #""credential": "web.token""#))
                == "the token for the credential \"web.token\" cannot be taken from \(arcadia.data)/credentials/web.token: others may read it (mode 0644); run `chmod 600` on it"
        )
        #expect(server.requests.isEmpty)
    }

    @Test func `a credential that the manifest does not list is refused`() {
        let server = TestServer { _, _ in .answer(200) }
        #expect(
            message(request(server, with: #""credential": "web.other""#))
                == "the plugin asks for the credential \"web.other\", which its plugin.json does not list; listed: web.token, web.key"
        )
    }

    @Test func `the token is found nowhere: not with the plugin, in logs, errors, recordings, nor the database`() throws
    {
        // A server that repeats whatever it is sent, in body and headers, and then breaks off.
        let server = TestServer { request, number in
            let token = request.headers["authorization"] ?? ""
            return number % 2 == 0
                ? .answer(
                    500, body: #"{"message":"you said \#(token), or \#(Self.disguise)"}"#, headers: ["X-Echo: \(token)"]
                )
                : .reset
        }
        setToken()
        let steps = (0..<4).map { _ in
            #"{ "uses": "web.request", "with": { "method": "POST", "url": "\#(server.url)/", "credential": "web.token", "header": "x-echo" } }"#
        }
        let file = arcadia.folder.file("definition.json", "[\(steps.joined(separator: ","))]")
        let result = arcadia(
            "run", file, "--output", "json", "--verbose", "--http-record", arcadia.folder.path + "/tape",
            "--config", "web.base_url=\(server.url)", environment: ["ARCADIA_WEB_TOKEN": Self.canary])
        #expect(server.requests.count == 4)
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer " + Self.canary })
        for said in [result.output, result.errors] {
            #expect(!said.contains(Self.canary) && !said.contains(Self.disguise))
        }
        #expect(result.output.contains("you said Bearer ***********************"))
        #expect(result.errors.contains("POST http://127.0.0.1"))
        let all = try #require(FileManager.default.enumerator(atPath: arcadia.folder.path)).compactMap { $0 as? String }
        for name in all where name != "data/credentials/web.token" {
            let bytes = FileManager.default.contents(atPath: arcadia.folder.path + "/" + name) ?? Data()
            #expect(bytes.range(of: Data(Self.canary.utf8)) == nil, "\(name)")
        }
        #expect(all.contains("data/arcadia.db") && all.contains("tape"))
    }

    // MARK: - Limits

    @Test func `a request beyond the limit is not made, and is told when its turn is`() {
        let server = TestServer { _, _ in .answer(200) }
        setToken()
        let step =
            #"{ "uses": "web.request", "with": { "method": "GET", "url": "\#(server.url)/", "credential": "web.token" } }"#
        let (_, run, _) = arcadia.run(
            "[\(step), \(step), \(step)]", "--config", "web.base_url=\(server.url)", "--config", "web.per_minute=2")
        let last = run["steps"]?.arrayValue?[2]["output"] ?? .null
        #expect(server.requests.count == 2)
        #expect(last["status"] == 0 && last["sent"] == 0)
        #expect(last["error"]?["code"] == 8 && last["error"]?["effect"] == 1 && last["error"]?["retry"] == 2)
        #expect((50_000...60_500).contains(last["error"]?["retry_after_ms"]?.intValue ?? 0))
        #expect(message(last).hasPrefix("the rate limit of the credential \"web.token\" is used up for "))
    }

    @Test func `429 with Retry-After keeps everyone with that token away for so long`() {
        let server = TestServer { _, _ in
            .answer(429, body: #"{"message":"Too many requests"}"#, headers: ["Retry-After: 30"])
        }
        setToken()
        let step =
            #"{ "uses": "web.request", "with": { "method": "GET", "url": "\#(server.url)/", "credential": "web.token" } }"#
        let (_, run, _) = arcadia.run("[\(step), \(step)]", "--config", "web.base_url=\(server.url)")
        let outputs = run["steps"]?.arrayValue?.map { $0["output"] ?? .null } ?? []
        #expect(server.requests.count == 1)
        #expect(outputs.first?["error"]?["retry_after_ms"] == 30_000)
        #expect((25_000...30_000).contains(outputs.last?["error"]?["retry_after_ms"]?.intValue ?? 0))
        #expect(outputs.last?["sent"] == 0)
    }

    // MARK: - Recordings

    @Test func `a recording plays back without the server, and says where it has no answer`() {
        let tape = arcadia.folder.path + "/tape"
        do {
            let server = TestServer { _, _ in .answer(201, body: "made") }
            let made = request(server, "POST", with: #""body": "a""#, options: ["--http-record", tape])
            #expect(made["status"] == 201)
            let again = request(server, "POST", with: #""body": "a""#, options: ["--http-replay", tape])
            #expect(again["status"] == 201 && again["body"] == "made")
            #expect(server.requests.count == 1)
            let other = request(server, "POST", with: #""body": "b""#, options: ["--http-replay", tape])
            #expect(message(other) == "the recording \(tape) has no answer left for POST \(server.url)/v1/x")
        }
    }
}
