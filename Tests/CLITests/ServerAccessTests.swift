import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// How commands get to a server and are kept from the wrong one: contexts, tokens, trust.
@Suite struct ServerAccessTests {
    private let folder = TemporaryFolder()

    private func arcadia(_ words: String..., environment: [String: String] = [:]) -> CommandResult {
        Command.run(
            Arcadia.program, words,
            environment: environment.merging(["HOME": folder.path, "XDG_CONFIG_HOME": folder.path + "/config"]) {
                a, _ in a
            })
    }

    private var contexts: String { folder.path + "/config/arcadia/contexts.json" }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    // MARK: - Contexts

    @Test func `a context is added, used, shown and removed, in a file that nobody else may read`() throws {
        #expect(arcadia("context", "list").errors.contains("no contexts"))
        #expect(arcadia("context", "add", "prod", "https://arcadia.example/", "--token-file", "/t").code == 0)
        #expect(try mode(contexts) == 0o600)
        #expect(arcadia("context", "add", "lab", "http://127.0.0.1:7070", "--use").output == "context lab is in use\n")
        let list = arcadia("context", "list", "--output", "json").json?["contexts"]?.arrayValue ?? []
        #expect(list.map { $0.text("name") } == ["prod", "lab"])
        #expect(list.map { $0["in_use"] } == [false, true])
        #expect(list.map { $0.text("server") } == ["https://arcadia.example", "http://127.0.0.1:7070"])
        #expect(arcadia("context", "use", "prod").code == 0)
        #expect(arcadia("context", "show").output.hasPrefix("context prod  in use\n"))
        #expect(arcadia("context", "remove", "prod").code == 0)
        #expect(arcadia("context", "show").output.hasPrefix("no context is in use"))
        let unknown = arcadia("context", "use", "labb")
        #expect(unknown.code == 64)
        #expect(unknown.errors == "error: there is no context \"labb\"\nhint: did you mean \"lab\"?\n")
        #expect(arcadia("context", "add", "local", "https://x").code == 64)
        #expect(arcadia("context", "add", "x", "ftp://x").errors.contains("is no address of a server"))
    }

    @Test func `a file of contexts that others may write is not believed`() throws {
        #expect(arcadia("context", "add", "prod", "https://arcadia.example", "--use").code == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: contexts)
        let result = arcadia("runs", "list")
        #expect(result.code == 77 && result.errors.contains("may be written by others"))
    }

    @Test func `what is typed counts more than the environment, and that more than the context in use`() {
        let server = TestServer { _, _ in .answer(200, body: #"{"runs": [], "next": null}"#) }
        #expect(arcadia("context", "add", "gone", "http://127.0.0.1:1", "--use").code == 0)
        #expect(arcadia("runs", "list").code == 69)
        #expect(arcadia("runs", "list", environment: ["ARCADIA_SERVER": server.url]).code == 0)
        #expect(server.requests.count == 1)
        #expect(
            arcadia("runs", "list", "--context", "gone", environment: ["ARCADIA_SERVER": server.url]).code == 69)
        #expect(arcadia("runs", "list", "--context", "local").errors == "no runs\n")
        #expect(arcadia("runs", "list", "--data", folder.path + "/data").errors == "no runs\n")
        // A host is one of this machine, whatever servers its user speaks to.
        #expect(arcadia("login", "--data", folder.path + "/data").errors.contains("no server runs over"))
        #expect(server.requests.count == 1)
    }

    // MARK: - Tokens

    @Test func `a token goes along as a bearer's, from a file or the environment, and nowhere else`() {
        let server = TestServer { _, _ in .answer(200, body: #"{"runs": [], "next": null}"#) }
        let file = folder.file("token", "from.a.file\n")
        #expect(arcadia("runs", "list", "--server", server.url, "--token-file", file).code == 77)
        chmod(file, 0o600)
        #expect(arcadia("runs", "list", "--server", server.url, "--token-file", file).code == 0)
        let environment = ["ARCADIA_TOKEN": "from.the.environment"]
        #expect(arcadia("runs", "list", "--server", server.url, environment: environment).code == 0)
        #expect(
            server.requests.map { $0.headers["authorization"] } == [
                "Bearer from.a.file", "Bearer from.the.environment",
            ])
        #expect(server.requests[0].target == "/api/v1/runs?limit=50")
        let broken = ["ARCADIA_TOKEN": "two words"]
        #expect(arcadia("runs", "list", "--server", server.url, environment: broken).code == 65)
    }

    @Test func `no token, a wrong one and a role that may not are told with 77`() throws {
        let served = ServedArcadia()
        let none = arcadia("runs", "list", "--server", served.url)
        #expect(none.code == 77)
        #expect(none.errors.contains("hint: `--token-file FILE` or $ARCADIA_TOKEN, or a context that has one"))
        let wrong = arcadia("runs", "list", "--server", served.url, environment: ["ARCADIA_TOKEN": "a.b.c"])
        #expect(wrong.code == 77)
        let viewer = ["ARCADIA_TOKEN": served.token("viewer")]
        #expect(arcadia("runs", "list", "--server", served.url, environment: viewer).code == 0)
        let denied = arcadia(
            "schedules", "pause", "drift", "--reason", "x", "--server", served.url, environment: viewer)
        #expect(denied.code == 77 && denied.errors.hasPrefix("error: role viewer may not do this"))
    }

    @Test func `a token does not go over plain http to another machine, unless the context says so`() {
        let environment = ["ARCADIA_TOKEN": "secret.secret.secret"]
        let result = arcadia("runs", "list", "--server", "http://192.0.2.1:7070", environment: environment)
        #expect(result.code == 77)
        #expect(
            result.errors.hasPrefix(
                "error: http://192.0.2.1:7070 is plain http to another machine, and the token would go over it in the clear; expected https\n"
            ))
    }

    // MARK: - Trust

    @Test func `a redirect is not followed`() {
        let other = TestServer { _, _ in .answer(200, body: #"{"runs": []}"#) }
        let server = TestServer { _, _ in .answer(302, headers: ["Location: \(other.url)/api/v1/runs"]) }
        let result = arcadia("runs", "list", "--server", server.url)
        #expect(result.code == 69 && result.errors.contains("sends elsewhere, to \(other.url)/api/v1/runs"))
        #expect(other.requests.isEmpty)
    }

    @Test func `who answers otherwise than an arcadia is told from one`() {
        let server = TestServer { _, _ in .answer(404, body: "<html>not here</html>") }
        let result = arcadia("runs", "list", "--server", server.url, "--output", "json")
        #expect(result.code == 69)
        #expect(result.json?["error"]?.text("code") == "server.not_arcadia")
    }

    @Test func `a server is believed by its certificate only, of the context's file`() throws {
        let (certificate, key) = (folder.path + "/cert.pem", folder.path + "/key.pem")
        let made = Command.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ])
        try #require(made.code == 0)
        let served = ServedArcadia(Arcadia(), "--tls-certificate", certificate, "--tls-key", key)
        let (url, environment) = ("https://127.0.0.1:\(served.port)", ["ARCADIA_TOKEN": served.token("viewer")])
        let refused = arcadia("runs", "list", "--server", url, environment: environment)
        #expect(refused.code == 69 && refused.errors.contains("is not trusted"))
        #expect(
            arcadia(
                "context", "add", "tls", url, "--ca-file", certificate, "--token-file", served.tokenFile, "--use"
            ).code == 0)
        #expect(arcadia("runs", "list").errors == "no runs\n")
    }

    @Test func `a server that goes while a run is followed leaves the run's id and how to go on`() throws {
        let served = ServedArcadia()
        let file = served.arcadia.folder.file(
            "wait.json", #"[{ "uses": "host.wait_signal", "with": { "name": "go" } }]"#)
        let id = served(["run", file, "--detach"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        let output = folder.file("watch.err", "")
        let watch = try ChildProcess(
            Arcadia.program, ["runs", "watch", id, "--server", served.url, "--token-file", served.tokenFile],
            errors: .file(output))
        _ = try #require(
            served.arcadia.eventually { _ in folder.text("watch.err")?.contains("suspended") == true ? true : nil })
        served.stop()
        watch.waitUntilExit()
        #expect(watch.code == 69)
        #expect(
            folder.text("watch.err")?.contains("hint: the run goes on without us: `arcadia runs watch \(id)`") == true)
    }

    // MARK: - Login

    @Test func `a login link made beside the server opens its page once`() throws {
        let served = ServedArcadia()
        let made = served.arcadia("login", "--output", "json")
        let link = try #require(made.json?["servers"]?.arrayValue?.first)
        #expect(made.code == 0 && link.text("address") == served.url)
        let code = try #require(link.text("login").split(separator: "=", maxSplits: 1).last)
        func enter() -> String {
            Command.run(
                "/usr/bin/curl",
                [
                    "-s", "-H", "Content-Type: application/json", "-d", #"{"code": "\#(code)"}"#,
                    served.url + "/api/v1/session",
                ]
            ).output
        }
        #expect(try JSONValue(parsing: enter()).text("role") == "platform_admin")
        #expect(try JSONValue(parsing: enter())["error"]?.text("code") == "session.code")
        let keys = try FileManager.default.contentsOfDirectory(atPath: served.arcadia.data + "/logins")
        #expect(keys.count == 1)
        #expect(try mode(served.arcadia.data + "/logins/" + keys[0]) == 0o600)
        served.stop()
        let gone = served.arcadia("login")
        #expect(gone.code == 69 && gone.errors.contains("no server runs over"))
    }
}
