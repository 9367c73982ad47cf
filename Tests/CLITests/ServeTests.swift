import ArcadiaTesting
import Foundation
import Glibc
import SagaCore
import Testing

/// The server as it is started by hand, among clients that are slow, wrong, many, or mean.
@Suite(.serialized) struct ServeTests {
    private static let echo = #"{ "definition": ["core.echo"] }"#

    /// Submits a run and follows it to its end; its status there.
    private static func runOne(_ server: ServedArcadia) -> String? {
        guard let made = server.ask("POST", "/api/v1/runs", as: "operator", body: echo), made.status == 201 else {
            return nil
        }
        return end(of: made.json.text("run_id"), server)
    }

    /// The status a run ends with; its events end then, too.
    private static func end(of id: String, _ server: ServedArcadia) -> String? {
        _ = server.ask("GET", "/api/v1/runs/\(id)/events", as: "operator")
        return server.ask("GET", "/api/v1/runs/\(id)", as: "operator")?.json.text("status")
    }

    private static let megabyte = 1 << 20

    // MARK: - Clients that are slow, wrong, many

    @Test func `two thousand connections that begin a request and do not end it keep nobody else from the server`()
        throws
    {
        let server = ServedArcadia()
        let before = server.memory
        let slow = (0..<2000).compactMap { _ in Wire(port: server.port) }
        #expect(slow.count == 2000)
        for (index, wire) in slow.enumerated() {
            wire.send(
                index % 2 == 0
                    ? "GET /api/health HTTP/1.1\r\nHost: x\r\nX-Slow: "
                    : "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
            )
        }
        #expect(Self.runOne(server) == "completed")
        // A byte more, and another: they are still not done.
        for wire in slow { wire.send("x") }
        #expect(Self.runOne(server) == "completed")
        #expect(server.memory - before < 256 * Self.megabyte, "\((server.memory - before) >> 20) MiB more")
        for wire in slow { wire.reset() }
        #expect(Self.runOne(server) == "completed")
    }

    @Test func `two thousand requests at once are all answered`() throws {
        let server = ServedArcadia()
        let before = server.memory
        let wires = (0..<2000).compactMap { _ in Wire(port: server.port) }
        for wire in wires { wire.send(Wire.request("GET", "/api/ready")) }
        #expect(Self.runOne(server) == "completed")
        let statuses = wires.map { $0.answer()?.status ?? 0 }
        #expect(statuses.count == 2000 && statuses.allSatisfy { $0 == 200 }, "\(Set(statuses))")
        #expect(server.memory - before < 256 * Self.megabyte, "\((server.memory - before) >> 20) MiB more")
    }

    @Test func `a body of 100 MB is refused and does not stay in memory`() throws {
        let server = ServedArcadia()
        let before = server.memory
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: Self.megabyte)
        for isChunked in [false, true] {
            let wire = try #require(Wire(port: server.port))
            let (name, value) = server.authorization("operator")
            wire.send(
                "POST /api/v1/runs HTTP/1.1\r\nHost: x\r\n\(name): \(value)\r\nContent-Type: application/json\r\n"
                    + (isChunked
                        ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: \(100 * piece.count)\r\n\r\n"))
            for _ in 0..<100 {
                if isChunked { wire.send(String(piece.count, radix: 16) + "\r\n") }
                guard wire.send(piece), !isChunked || wire.send("\r\n") else { break }
            }
            if let answer = wire.answer() {
                #expect(answer.status == 413)
                #expect(answer.code == "request.too_large")
                #expect(wire.readToEnd() == "")
            }
        }
        #expect(server.memory - before < 64 * Self.megabyte, "\((server.memory - before) >> 20) MiB more")
        #expect(Self.runOne(server) == "completed")
    }

    @Test func `bodies of strangers are not waited for`() throws {
        let server = ServedArcadia()
        let before = server.memory
        let piece = [UInt8](repeating: UInt8(ascii: " "), count: Self.megabyte - 1024)
        let wires = (0..<300).compactMap { _ in Wire(port: server.port) }
        for wire in wires {
            wire.send(
                "POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x.y.z\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(Self.megabyte)\r\n\r\n")
            wire.send(piece)
        }
        let statuses = Set(wires.map { $0.answer()?.status ?? 0 })
        #expect(statuses.isSubset(of: [0, 413]), "\(statuses)")
        #expect(server.memory - before < 128 * Self.megabyte, "\((server.memory - before) >> 20) MiB more")
        #expect(Self.runOne(server) == "completed")
    }

    @Test func `headers of a megabyte are refused, in one line or in many`() throws {
        let server = ServedArcadia()
        let before = server.memory
        let lines = (0..<100_000).map { "X-\($0): y\r\n" }.joined()
        for headers in ["X-Long: " + String(repeating: "x", count: Self.megabyte) + "\r\n", lines] {
            let wire = try #require(Wire(port: server.port))
            wire.send("GET /api/health HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n")
            let answer = wire.answer()
            #expect(answer == nil || [400, 431].contains(answer!.status), "\(answer!.status)")
            #expect(wire.readToEnd() == "")
        }
        let wire = try #require(Wire(port: server.port))
        wire.send("GET /api/health?" + String(repeating: "x", count: Self.megabyte) + " HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect([nil, 400, 414].contains(wire.answer()?.status))
        #expect(server.memory - before < 64 * Self.megabyte)
        #expect(Self.runOne(server) == "completed")
    }

    @Test func `connections that are half open or gone in the middle leave nothing behind`() throws {
        let server = ServedArcadia()
        let open = Self.connections(of: server)
        for index in 0..<300 {
            let wire = try #require(Wire(port: server.port))
            switch index % 4 {
            case 0: break
            case 1: wire.send("GET /api/health HTTP/1.1\r\n")
            case 2: wire.send("POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            default: wire.send(Wire.request("GET", "/api/v1/events", [server.authorization("viewer")]))
            }
            if index % 3 == 0 { wire.endSending() } else if index % 3 == 1 { wire.reset() }
        }
        #expect(Self.runOne(server) == "completed")
        // Once more what happens is told to who follows: those that are gone are noticed.
        #expect(server.arcadia.eventually { _ in Self.connections(of: server) <= open ? true : nil } == true)
    }

    /// Sockets only: readers of the database come and stay.
    private static func connections(of server: ServedArcadia) -> Int {
        let folder = "/proc/\(server.process.processIdentifier)/fd/"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { file in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + file))?.hasPrefix("socket") ?? false
        }.count
    }

    // MARK: - What is no HTTP

    @Test func `requests one after the other are answered in order, up to what is none`() throws {
        let server = ServedArcadia()
        let wire = try #require(Wire(port: server.port))
        wire.send(
            Wire.request("GET", "/api/health") + Wire.request("GET", "/api/v1/me") + Wire.request("HEAD", "/api/health")
                + Wire.request("GET", "/api/nothing") + "\u{1}\u{2} garbage\r\n\r\n"
                + Wire.request("GET", "/api/health"))
        #expect(wire.answer()?.json.text("service") == "arcadia")
        #expect(wire.answer()?.code == "auth.required")
        let head = wire.head()
        #expect(head?.status == 200)
        #expect(head?.headers["content-length"] != nil)
        #expect(wire.answer()?.code == "request.unknown")
        // Nothing after the garbage is taken for a request.
        #expect(wire.answer()?.status == 400)
        #expect(wire.readToEnd() == "")
        #expect(Self.runOne(server) == "completed")
    }

    static let lies: [(String, String)] = [
        ("two lengths", "Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}"),
        ("a length and chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"),
        ("a length and chunks, the other way", "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"),
        ("a length below nothing", "Content-Length: -1\r\n\r\n{}"),
        ("a length with a plus", "Content-Length: +2\r\n\r\n{}"),
        ("a length in hex", "Content-Length: 0x2\r\n\r\n{}"),
        ("a length beyond every integer", "Content-Length: 99999999999999999999\r\n\r\n{}"),
        ("a chunk's size that is no number", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        ("a chunk's size below nothing", "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n"),
        ("a chunk's size beyond every integer", "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}"),
        ("a chunk longer than its size", "Transfer-Encoding: chunked\r\n\r\n1\r\n{}{}\r\n0\r\n\r\n"),
        ("another transfer encoding after it", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", "Content-Length : 2\r\n\r\n{}"),
        ("a header that goes on in the next line", "X-A: b\r\n  c: d\r\nContent-Length : 2\r\n\r\n{}"),
    ]

    @Test func `lies about where a body ends are refused, and nothing after them is a request`() throws {
        let server = ServedArcadia()
        for (lie, text) in Self.lies {
            let wire = try #require(Wire(port: server.port))
            wire.send("POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + text)
            wire.send(Wire.request("GET", "/api/health"))
            let first = wire.answer()
            #expect(first == nil || (400..<500).contains(first!.status), "\(lie): \(first!.status)")
            #expect(!wire.readToEnd().contains("\"service\":\"arcadia\""), "\(lie): the second was answered")
        }
        #expect(Self.runOne(server) == "completed")
    }

    @Test func `an answer to HTTP 1.0 has its length`() throws {
        let server = ServedArcadia()
        let wire = try #require(Wire(port: server.port))
        wire.send("GET /api/health HTTP/1.0\r\n\r\n")
        let answer = try #require(wire.answer())
        #expect(answer.json.text("service") == "arcadia" && answer.headers["content-length"] != nil)
    }

    // MARK: - Who is asking

    @Test func `no header makes another request of one, or somebody else of who asks`() throws {
        let server = ServedArcadia()
        let viewer = server.authorization("viewer")
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            let answer = server.ask("POST", "/api/v1/runs", as: "viewer", [(name, "GET")], body: Self.echo)
            #expect(answer?.code == "auth.not_permitted", "\(name)")
            #expect(server.ask("GET", "/api/v1/runs", as: "operator", [(name, "POST")])?.status == 200)
        }
        for (name, value) in [
            ("X-Forwarded-User", "root"), ("X-Remote-User", "root"), ("X-Role", "platform_admin"),
            ("X-Original-URL", "/metrics"), ("X-Rewrite-URL", "/metrics"), ("Host", "evil.example"),
            ("X-Forwarded-Host", "evil.example"), ("Forwarded", "for=127.0.0.1;host=evil.example"),
        ] {
            let answer = server.ask("GET", "/api/v1/me", [viewer, (name, value)])
            // Two hosts are one too many.
            guard name != "Host" || answer?.status != 400 else { continue }
            #expect(answer?.json.text("role") == "viewer", "\(name)")
            #expect(server.ask("GET", "/metrics", [viewer, (name, value)])?.status == 403, "\(name)")
            #expect(server.ask("GET", "/metrics", [(name, value)])?.status == 401, "\(name)")
        }
        let made = server.ask(
            "POST", "/api/v1/runs", as: "operator", [("X-Forwarded-Host", "evil.example")], body: Self.echo)
        #expect(made?.headers["location"]?.hasPrefix("/api/v1/runs/") == true, "\(String(describing: made))")
    }

    @Test func `two tokens in one request are none`() throws {
        let server = ServedArcadia()
        let (viewer, admin) = (server.authorization("viewer"), server.authorization("platform_admin"))
        for pair in [[viewer, admin], [admin, viewer], [admin, admin], [admin, ("Authorization", "")]] {
            let answer = try #require(server.ask("GET", "/metrics", pair))
            #expect(answer.status == 401)
            #expect(!answer.body.contains("arcadia_http"))
        }
    }

    @Test func `other ways to write an address lead nowhere else`() throws {
        let server = ServedArcadia()
        for target in [
            "/api/v1/../../metrics", "/api//v1/runs", "/api/v1/%2e%2e/%2e%2e/metrics", "/API/v1/runs",
            "/api/v1/runs;a=b",
            "/api/v1/runs%00", "/api/v1/runs%2F", "http://evil.example/metrics", "//metrics", "/metrics/.",
            "/metrics%20",
            "/page/../../../etc/passwd", "/page/..%2f..%2fetc/passwd",
        ] {
            let answer = try #require(server.ask("GET", target))
            #expect(
                [400, 401, 404].contains(answer.status)
                    || answer.headers["content-type"]?.hasPrefix("text/html") == true, "\(target): \(answer.status)")
            #expect(!answer.body.contains("arcadia_http") && !answer.body.contains("root:"), "\(target)")
        }
    }

    /// Begins a session; the cookie and the token that writes with it need.
    private static func session(_ server: ServedArcadia, _ body: String) throws -> (cookie: String, csrf: String) {
        let answer = try #require(server.ask("POST", "/api/v1/session", body: body))
        #expect(answer.status == 200)
        let cookie = try #require(answer.headers["set-cookie"])
        #expect(cookie.contains("; HttpOnly; SameSite=Strict"))
        return (String(cookie.prefix { $0 != ";" }), answer.json.text("csrf_token"))
    }

    @Test func `a session writes only with the token of its own page, and a link is good once`() throws {
        let server = ServedArcadia()
        let link = #"{ "code": "\#(server.code)" }"#
        let own = try Self.session(server, link)
        #expect(server.ask("POST", "/api/v1/session", body: link)?.code == "session.code")
        let other = try Self.session(server, #"{ "token": "\#(server.token("operator"))" }"#)
        #expect(own.csrf != other.csrf)

        func submit(_ headers: [(String, String)]) -> String {
            let answer = server.ask("POST", "/api/v1/runs", headers + [("Cookie", own.cookie)], body: Self.echo)
            return answer.map { $0.status == 201 ? "made" : $0.code } ?? "nothing"
        }
        #expect(submit([]) == "auth.csrf")
        #expect(submit([("X-CSRF-Token", "")]) == "auth.csrf")
        #expect(submit([("X-CSRF-Token", other.csrf)]) == "auth.csrf")
        #expect(submit([("X-CSRF-Token", other.csrf), ("X-CSRF-Token", own.csrf)]) == "auth.csrf")
        #expect(submit([("Origin", "http://evil.example"), ("Referer", "http://evil.example/")]) == "auth.csrf")
        #expect(submit([("X-CSRF-Token", own.csrf)]) == "made")
        // A bad token beside a good cookie is a bad token.
        #expect(submit([("X-CSRF-Token", own.csrf), ("Authorization", "Bearer x.y.z")]) == "token.not_accepted")

        #expect(server.ask("GET", "/api/v1/me", [("Cookie", own.cookie + "x")])?.code == "session.ended")
        #expect(server.ask("DELETE", "/api/v1/session", [("Cookie", own.cookie)])?.code == "auth.csrf")
        let end = [("Cookie", own.cookie), ("X-CSRF-Token", own.csrf)]
        #expect(server.ask("DELETE", "/api/v1/session", end)?.status == 204)
        #expect(server.ask("GET", "/api/v1/me", end)?.code == "session.ended")
        #expect(server.ask("GET", "/api/v1/me", [("Cookie", other.cookie)])?.status == 200)
    }

    // MARK: - The end of the process

    /// Submits runs, each with a key of its own, from some threads, until the server is gone.
    private final class Submitters: Sendable {
        struct Acknowledged {
            var runs: [String: String] = [:]
            var count = 0
            var isOver = 0
        }

        let state = Monitor(Acknowledged())
        private let threads = 4

        init(_ server: ServedArcadia, round: Int) {
            let authorization = server.authorization("operator")
            for thread in 0..<threads {
                Thread.detachNewThread { [self] in
                    var number = 0
                    while let wire = Wire(port: server.port) {
                        number += 1
                        let key = "r\(round)-\(thread)-\(number)"
                        guard
                            let answer = wire.ask(
                                "POST", "/api/v1/runs",
                                [authorization, ("Idempotency-Key", key), ("Connection", "close")],
                                body: ServeTests.echo), answer.status == 201
                        else { break }
                        state.change {
                            $0.runs[key] = answer.json.text("run_id")
                            $0.count += 1
                        }
                    }
                    state.change { $0.isOver += 1 }
                }
            }
        }

        func wait(for count: Int) { state.wait { $0.count >= count || $0.isOver == 4 ? true : nil } }
        func waitUntilOver() -> [String: String] { state.wait { $0.isOver == 4 ? $0.runs : nil } }
    }

    @Test func `killed while runs are submitted, every one that was acknowledged is there after a restart and ends`()
        throws
    {
        let arcadia = Arcadia()
        var acknowledged: [String: String] = [:]
        for round in 1...3 {
            let server = ServedArcadia(arcadia)
            let submitters = Submitters(server, round: round)
            submitters.wait(for: 40)
            server.kill(SIGKILL)
            #expect(server.waitUntilExit() == -SIGKILL)
            let runs = submitters.waitUntilOver()
            #expect(runs.count >= 40)
            acknowledged.merge(runs) { one, _ in one }
        }
        let server = ServedArcadia(arcadia)
        for (key, id) in acknowledged {
            #expect(Self.end(of: id, server) == "completed", "\(key)")
            // The same key makes no other run.
            let again = server.ask("POST", "/api/v1/runs", as: "operator", [("Idempotency-Key", key)], body: Self.echo)
            #expect(again?.status == 200 && again?.json.text("run_id") == id, "\(key)")
        }
        let keys = Self.allRuns(server).compactMap { $0["idempotency_key"]?.stringValue }
        #expect(keys.count == Set(keys).count)
        print("killed 3 times: \(acknowledged.count) runs acknowledged, \(keys.count) there")
        server.kill(SIGTERM)
        #expect(server.waitUntilExit() == 0)
    }

    private static func allRuns(_ server: ServedArcadia) -> [JSONValue] {
        var runs: [JSONValue] = []
        var cursor = ""
        while let page = server.ask("GET", "/api/v1/runs?limit=500\(cursor)", as: "operator")?.json {
            runs += page["runs"]?.arrayValue ?? []
            guard let next = page["next"]?.stringValue else { break }
            cursor = "&cursor=" + (next.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        }
        return runs
    }

    @Test func `asked to stop while requests and a stream are under way, it ends with 0 and loses nothing`() throws {
        let arcadia = Arcadia()
        let server = ServedArcadia(arcadia)
        let stream = try #require(Wire(port: server.port))
        stream.send(Wire.request("GET", "/api/v1/events", [server.authorization("operator")]))
        #expect(stream.head()?.status == 200)
        let silent = try #require(Wire(port: server.port))
        let submitters = Submitters(server, round: 1)
        submitters.wait(for: 20)
        server.kill(SIGTERM)
        #expect(server.waitUntilExit() == 0)
        let runs = submitters.waitUntilOver()
        // In order: with the last chunk, not cut off.
        #expect(stream.readToEnd().hasSuffix("0\r\n\r\n"))
        #expect(silent.readToEnd() == "")

        let again = ServedArcadia(arcadia)
        for (key, id) in runs { #expect(Self.end(of: id, again) == "completed", "\(key)") }
    }

    @Test func `a second request to stop ends it at once`() throws {
        let server = ServedArcadia()
        let made = server.ask(
            "POST", "/api/v1/runs", as: "operator",
            body: #"{ "definition": [{ "uses": "scripted.act", "with": { "do": "hang" } }] }"#)
        let id = try #require(made?.json["run_id"]?.stringValue)
        // It is in the step, which does not end.
        #expect(
            server.arcadia.eventually { _ in
                server.ask("GET", "/api/v1/runs/\(id)", as: "operator")?.json.statuses == ["running"] ? true : nil
            } == true)
        server.kill(SIGTERM)
        #expect(
            server.arcadia.eventually {
                $0.folder.text("serve.err")?.contains("once more ends it at once") == true ? true : nil
            }
                == true)
        server.kill(SIGTERM)
        #expect(server.waitUntilExit() == 1)
    }
}
