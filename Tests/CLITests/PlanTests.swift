import ArcadiaTesting
import Foundation
import FoundationXML
import SagaCore
import Testing

/// `arcadia plan` and `arcadia run --plan`: the real program, real workers, and an account that writes down what reaches it.
@Suite struct PlanTests {
    private let arcadia = Arcadia(plugins: [BuiltPlugins.planner, BuiltPlugins.folder])

    /// What the plugin `planner` says when it is asked to do this in its plan.
    private func planned(
        _ how: String, _ more: String = "", environment: [String: String] = [:]
    ) -> JSONValue {
        let file = arcadia.folder.file(
            "plan.json",
            #"{ "saga": "p", "steps": [{ "id": "a", "uses": "planner.make", "with": { "how": "\#(how)", "name": "n"\#(more) } }] }"#
        )
        let result = arcadia("plan", file, "--output", "json", environment: environment)
        #expect(result.code == 0, "\(result.errors)")
        return result.json?["steps"]?.arrayValue?.first?["forecast"] ?? .null
    }

    private func note(
        _ how: String, _ more: String = "", environment: [String: String] = [:]
    ) -> String {
        planned(how, more, environment: environment)["notes"]?.arrayValue?.first?.stringValue ?? "nothing"
    }

    @Test func `what draws plans needs nothing else of the command line, as the fuzzer builds it`() throws {
        let package = try String(contentsOfFile: Fixtures.repository.path + "/Package.swift", encoding: .utf8)
        let target = try #require(package.components(separatedBy: #"name: "PlanDrawing""#).dropFirst().first)
        let list = try #require(target.components(separatedBy: "sources: [").dropFirst().first?.prefix { $0 != "]" })
        let files = list.split(separator: "\"").map(String.init).filter { $0.hasSuffix(".swift") }
        #expect(files.count >= 10)
        let modules = URL(fileURLWithPath: Arcadia.program).deletingLastPathComponent().path + "/Modules"
        let result = Toolchain.run(
            ["swiftc", "-typecheck", "-swift-version", "6", "-I", modules] + files,
            at: Fixtures.repository.path + "/Sources/CLI")
        #expect(result.code == 0, "\(result.errors)")
    }

    // MARK: - Dry

    @Test func `an operation whose execute ends its process is planned without it, by a plugin that was made`() {
        let forecast = planned("create")
        #expect(forecast.text("state") == "told")
        #expect(
            forecast["resources"] == [
                [
                    "action": "create", "kind": "thing", "name": "n", "monthly": "2.50", "currency": "USD",
                    "as_of": "2026-01-01",
                ]
            ])
        #expect(forecast["notes"] == ["create was called"])
        #expect(arcadia.run(#"[{ "uses": "planner.make", "with": {}, "retry": { "max_attempts": 1 } }]"#).code != 0)
    }

    @Test func `a plan may read, and whatever else it asks for never leaves the machine`() {
        let account = SimulatedAccount()
        let environment = ["ARCADIA_PLANNER_URL": account.url]
        let url = #", "url": "\#(account.url)/v2/droplets""#
        #expect(note("get", url, environment: environment).hasPrefix("GET: 401, sent 1"))
        #expect(account.requests == ["GET /v2/droplets"])
        for method in ["POST", "DELETE"] {
            #expect(
                note(method.lowercased(), url, environment: environment)
                    == "\(method): 0, sent 0, code 4: \(method) to 127.0.0.1 may change something there, and a plan may not; expected GET or HEAD"
            )
        }
        #expect(account.requests == ["GET /v2/droplets"])
    }

    @Test func `a plan writes no file, no checkpoint, and has no key to do anything under`() {
        let path = arcadia.folder.path + "/written"
        #expect(note("write", #", "path": "\#(path)""#) == "Permission denied")
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(note("checkpoint") == "no checkpoint was written")
        #expect(note("keys") == "no key")
    }

    @Test func `a folder that the plugin may write to in a run is read only in a plan`() {
        let path = arcadia.folder.path + "/own/written"
        try? FileManager.default.createDirectory(
            atPath: arcadia.folder.path + "/own", withIntermediateDirectories: true)
        let file = arcadia.folder.file(
            "plan.json",
            #"[{ "uses": "planner.make", "with": { "how": "write", "name": "n", "path": "\#(path)" } }]"#)
        let plan = arcadia(
            "plan", file, "--output", "json", "--config", "planner.folder=\(arcadia.folder.path)/own"
        ).json
        #expect(plan?["steps"]?.arrayValue?[0]["forecast"]?["notes"] == ["Permission denied"])
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: [
        ("refuse", "input", "no such place"),
        (
            "nonsense", "bug",
            "what planner.make says it would do cannot be read: `resources[0].action` is none of create, change, delete"
        ),
        ("suspend", "bug", "planner.make answered another question than what it would do"),
    ])
    func `a plan that fails is told, and the rest is planned all the same`(how: String, code: String, words: String) {
        let forecast = planned(how)
        #expect(forecast.text("state") == "failed")
        #expect(forecast.text("code") == code)
        #expect(forecast.text("message") == words)
    }

    @Test func `a plan that ends its process ends only that, and counts for nothing`() {
        for _ in 1...4 { #expect(planned("trap").text("message").contains("crashed in planner.make")) }
        #expect(arcadia("plugins", "list").output.contains("planner"))
        #expect(!arcadia("plugins", "list").output.contains("quarantined"))
        #expect(planned("create").text("state") == "told")
    }

    @Test func `offline no plugin is asked, and what needs what only a run knows is not either`() {
        let file = arcadia.folder.file(
            "p.json",
            #"""
            { "saga": "p", "inputs": { "properties": { "x": { "type": "string" } } }, "steps": [ { "id": "a", "uses": "core.echo" },
              { "id": "b", "uses": "planner.make", "with": { "how": "create", "name": "${ .steps.a.output.echoed_at_step_1 }" } } ] }
            """#)
        func forecast(_ words: String...) -> JSONValue? {
            let plan = Command.run(
                Arcadia.program, arcadia.arguments(["plan", file, "--output", "json"] + words),
                environment: ["HOME": arcadia.folder.path]
            ).json
            return plan?["steps"]?.arrayValue?[1]["forecast"]
        }
        #expect(forecast("--offline")?.text("state") == "not_asked")
        #expect(forecast()?["left_out"] == ["name"])
        #expect(forecast()?.text("state") == "told")
    }

    // MARK: - Whatever stands in the definition

    @Test func `long names have lines of their own, and no line of a plan is wider than 80 columns`() {
        let id = String(repeating: "n", count: 64)
        let file = arcadia.folder.file(
            "long.json",
            """
            [{ "id": "outer-\(id.prefix(58))", "scope": [{ "id": "\(id)", "signal": { "name": "go" } },
               { "id": "b\(id.dropFirst())", "uses": "files.write", "with": { "path": "a", "content": "b" } }] }]
            """)
        let plan = arcadia("plan", file)
        #expect(plan.code == 0, "\(plan.errors)")
        #expect(plan.output.contains("\(id)\n"))
        #expect(plan.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: ["svg", "dot", "mermaid"])
    func `a drawing shows no control character of a definition`(format: String) {
        let file = arcadia.folder.file(
            "odd.json",
            #"""
            { "saga": "odd", "version": "1\u0011\u001b[2J",
              "steps": [{ "id": "a", "uses": "files.write", "with": { "path": "a", "content": "b" },
                          "when": "${ .run.id\n| length > 1 }" }] }
            """#)
        let drawing = arcadia("plan", file, "--format", format)
        #expect(drawing.code == 0, "\(drawing.errors)")
        #expect(drawing.output.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
        #expect(drawing.output.contains("when ${ .run.id | length"))
        #expect(format == "mermaid" || drawing.output.contains("version 1\u{FFFD}\u{FFFD}[2J"))
        if format == "svg" { #expect(XMLParser(data: Data(drawing.output.utf8)).parse()) }
    }

    // MARK: - Of what was planned, and of nothing else

    private static let trip = #"""
        { "saga": "trip", "inputs": { "type": "object", "properties": { "name": { "type": "string", "default": "a" } } },
          "steps": [{ "id": "one", "uses": "files.write", "with": { "path": "${ .inputs.name }.txt", "content": "x" } }] }
        """#

    @Test func `a plan is run as it was planned, with its inputs, without naming the file again`() {
        let file = arcadia.folder.file("trip.json", Self.trip)
        let out = arcadia.folder.path + "/out.json"
        #expect(arcadia("plan", file, "--input", "name=z", "--out", out).code == 0)
        #expect(arcadia.folder.tree("files").isEmpty)
        #expect((try? FileManager.default.attributesOfItem(atPath: out)[.posixPermissions] as? Int) == 0o600)
        #expect(arcadia("run", "--plan", out).code == 0)
        #expect(arcadia.folder.tree("files") == ["z.txt": "x"])
    }

    @Test func `what is another now than when it was planned is named, and nothing is done`() throws {
        let file = arcadia.folder.file("trip.json", Self.trip)
        let out = arcadia.folder.path + "/out.json"
        let plan = try #require(arcadia("plan", file, "--out", out, "--output", "json").json)
        let hash = plan.text("definition_hash").prefix(12)
        let hint = "hint: `arcadia plan FILE --out \(out)` plans it as it is now\n"

        let input = arcadia("run", "--plan", out, "--input", "name=b")
        #expect(input.code == 65)
        #expect(input.errors == "error: the input \"name\" is another than the planned one\n" + hint)

        _ = arcadia.folder.file("trip.json", Self.trip.replacingOccurrences(of: "\"x\"", with: "\"y\""))
        let moved = arcadia("run", "--plan", out)
        #expect(moved.code == 65)
        let now = arcadia("plan", file, "--output", "json").json?.text("definition_hash").prefix(12) ?? ""
        #expect(
            moved.errors
                == "error: the definition is another than the planned one: SHA-256 \(now)…, planned \(hash)…\n" + hint)

        _ = arcadia.folder.file("trip.json", Self.trip)
        let text = try #require(arcadia.folder.text("out.json"))
        let build = try #require(plan["plugins"]?.arrayValue?.first { $0.text("id") == "files" })
        let other = String(repeating: "0", count: 64)
        _ = arcadia.folder.file("out.json", text.replacingOccurrences(of: build.text("hash"), with: other))
        let rebuilt = arcadia("run", "--plan", out)
        #expect(rebuilt.code == 65)
        #expect(
            rebuilt.errors
                == "error: plugin \"files\" \(build.text("version")) is another build than the planned one: SHA-256 \(build.text("hash").prefix(12))…, planned 000000000000…\n"
                + hint)
        #expect(arcadia.folder.tree("files").isEmpty)
        #expect(arcadia("runs", "list").errors == "no runs\n")
    }

    @Test func `what is no plan, and a plan of stdin, are told`() {
        let file = arcadia.folder.file("trip.json", Self.trip)
        let none = arcadia("run", "--plan", arcadia.folder.path + "/no.json")
        #expect(
            none.code == 65 && none.errors.hasPrefix("error: there is no plan \"\(arcadia.folder.path)/no.json\"\n"))
        let trip = arcadia("run", "--plan", file)
        #expect(
            trip.errors.hasPrefix(
                "error: \(file) is no plan; expected what `arcadia plan FILE --out \(file)` writes\n"))
        #expect(arcadia("run").code == 64)
        let out = arcadia.folder.path + "/out.json"
        #expect(
            Command.run(
                Arcadia.program, arcadia.arguments(["plan", "-", "--out", out]),
                environment: ["HOME": arcadia.folder.path], input: Self.trip
            ).code == 0)
        let unnamed = arcadia("run", "--plan", out)
        #expect(unnamed.code == 64)
        #expect(
            unnamed.errors
                == "error: \(out) does not say which file was planned: it came from stdin\nhint: name the file: `arcadia run FILE --plan \(out)`\n"
        )
        #expect(arcadia("run", file, "--plan", out).errors.hasPrefix("error: the plan is of saga") == false)
    }

    // MARK: - On a server

    @Test func `a server asks plugins for those who may submit runs and wish it, and for nobody else`() {
        let served = ServedArcadia(arcadia)
        func state(_ role: String, _ more: String = "") -> String {
            let text = #"[{ \"uses\": \"planner.make\", \"with\": { \"how\": \"create\", \"name\": \"n\" } }]"#
            let answer = served.ask(
                "POST", "/api/v1/definitions/plan", as: role,
                body: #"{ "name": "p", "text": "\#(text)"\#(more) }"#)
            let plan = answer.flatMap { try? JSONValue(parsing: $0.body) }
            return plan?["steps"]?.arrayValue?.first?["forecast"]?.text("state") ?? "\(String(describing: answer))"
        }
        #expect(state("operator") == "told")
        #expect(state("operator", #", "ask_plugins": false"#) == "not_asked")
        #expect(state("viewer") == "not_asked")
    }

    // MARK: - How it looks

    private static let release = #"""
        { "saga": "release", "version": "3", "steps": [
          { "id": "made", "uses": "planner.make", "with": { "how": "tell", "name": "web \"1\" <&>" } },
          { "id": "note", "uses": "files.write", "with": { "path": "a.txt", "content": "x" } },
          { "id": "go", "uses": "host.wait_signal", "with": { "name": "approved", "timeout_seconds": 7200 } },
          { "id": "end", "uses": "planner.other", "with": {}, "timeout_seconds": 30 } ] }
        """#

    private func release(_ words: String...) -> String {
        let file = arcadia.folder.file("release.json", Self.release.replacingOccurrences(of: #" \"1\" <&>"#, with: ""))
        return Command.run(
            Arcadia.program, arcadia.arguments(["plan", file] + words), environment: ["HOME": arcadia.folder.path]
        ).output
    }

    @Test func `a plan for a person fits 80 columns and says all of it`() {
        let text = release()
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let head = text.components(separatedBy: "\n\nreach\n").first ?? ""
        let age = Int(
            (Date().timeIntervalSince1970 - 1_767_225_600) / 86_400)
        #expect(
            head == """
                release version 3  4 steps

                forward
                  1  made  planner.make
                           with how=tell name=web
                           + thing web  2.50 USD a month
                  2  note  files.write
                           with path=a.txt content=x
                  3  go    host.wait_signal
                           with name=approved timeout_seconds=7200
                  4  end   planner.other

                back, newest first, if a step fails for good
                  1  made  itself if it did anything; ends rolled back
                  2  note  itself if it did anything, made; ends rolled back
                  3  go    note, made; ends rolled back
                  4  end   note, made; ends rolled back

                cost
                  a month  +2.50 USD, at prices of 2026-01-01, \(age) days ago

                waits
                  go  signal "approved", 2 h at most

                risks
                  ! end  cannot be taken back once it is done
                """)
        #expect(text.contains("in the host's process") && text.contains("requests forward at most"))
    }

    @Test func `a plan names what takes a step back in place of its own operation`() {
        let file = arcadia.folder.file(
            "back.json",
            #"[{ "id": "a", "uses": "core.echo", "compensation": { "uses": "core.set", "with": { "values": {} } } }]"#)
        #expect(arcadia("plan", file).output.contains("  1  a  core.echo\n        taken back by core.set\n"))
    }

    @Test func `scopes in scopes leave a plan within 80 columns`() {
        let deep = (1...14).reversed().reduce(#"{ "id": "level15", "uses": "core.echo" }"#) { inner, depth in
            #"{ "id": "level\#(depth)", "scope": [\#(inner)] }"#
        }
        let file = arcadia.folder.file("deep.json", "[\(deep)]")
        let result = arcadia("plan", file)
        #expect(result.code == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.contains { $0.hasSuffix("  level15") })
    }

    @Test func `a plan is drawn as Mermaid`() {
        #expect(
            release("--format", "mermaid") == """
                flowchart TD
                    s1["1  made<br/>planner.make<br/>+ thing web  2.50 USD a month"]
                    s2["2  note<br/>files.write"]
                    s3["3  go<br/>host.wait_signal"]:::waits
                    s4["4  end<br/>planner.other"]:::irreversible
                    s1 --> s2
                    s2 --> s3
                    s3 --> s4
                    s2 -. back .-> s1
                    classDef irreversible stroke:#c93c37,stroke-width:2px
                    classDef pivot stroke:#9a6700,stroke-width:2px
                    classDef waits stroke-dasharray:4 3

                """)
    }

    @Test func `a plan is drawn for Graphviz`() {
        #expect(
            release("--format", "dot") == #"""
                digraph plan {
                    label="release version 3"; labelloc=t; rankdir=TB;
                    node [shape=box, style=rounded, fontname="monospace", fontsize=10];
                    edge [fontname="monospace", fontsize=9];
                    s1 [label="1  made\nplanner.make\n+ thing web  2.50 USD a month"];
                    s2 [label="2  note\nfiles.write"];
                    s3 [label="3  go\nhost.wait_signal", style="rounded,dashed"];
                    s4 [label="4  end\nplanner.other", color="#c93c37", penwidth=2];
                    s1 -> s2;
                    s2 -> s3;
                    s3 -> s4;
                    s2 -> s1 [style=dashed, constraint=false, label="back"];
                }

                """#)
    }

    @Test func `a plan is drawn as one picture that needs nothing else`() throws {
        let svg = release("--format", "svg")
        let document = XMLParser(data: Data(svg.utf8))
        #expect(document.parse(), "\(String(describing: document.parserError))")
        #expect(svg.contains("prefers-color-scheme: dark"))
        #expect(!svg.contains("http://") || svg.components(separatedBy: "http://").count == 2, "its namespace alone")
        #expect(svg.components(separatedBy: "class=\"go\"").count == 4)
        #expect(svg.components(separatedBy: "class=\"back\"").count == 2)
    }

    // MARK: - digitalocean

    private func provision(
        _ account: SimulatedAccount, token: Bool = true, _ inputs: String...
    ) -> (code: Int32, plan: JSONValue, output: String) {
        var environment = ["HOME": arcadia.folder.path, "ARCADIA_DIGITALOCEAN_URL": account.url]
        if token { environment["DO_API_TOKEN"] = DigitalOceanTests.canary }
        let words = ["plan", "provision_droplet", "--input", "name=web-1"] + inputs.flatMap { ["--input", $0] }
        let json = Command.run(
            Arcadia.program, arcadia.arguments(words + ["--output", "json"]), environment: environment)
        let table = Command.run(Arcadia.program, arcadia.arguments(words), environment: environment)
        return (json.code, json.json ?? .null, table.output)
    }

    @Test func `a droplet is planned with what the account says it costs, and nothing is written there`() {
        let account = SimulatedAccount()
        let (code, plan, _) = provision(account, "size=s-2vcpu-4gb", "region=fra1")
        #expect(code == 0)
        let resource = plan["resources"]?.arrayValue?.first ?? .null
        #expect(resource.text("monthly") == "24.00" && resource.text("region") == "fra1")
        #expect(plan["cost"]?["monthly"]?.arrayValue?.first?["age_days"] == 0)
        #expect(!account.requests.isEmpty)
        #expect(account.requests.allSatisfy { $0.hasPrefix("GET ") }, "\(account.requests)")
        #expect(account.count(of: "droplets_ever_created") == 0)
        #expect(arcadia("runs", "list").errors == "no runs\n")
    }

    @Test(arguments: [
        ("size=s-900", "DigitalOcean offers no size \"s-900\""),
        ("image=windows-95", "DigitalOcean has no image \"windows-95\""),
        ("region=mars1", "the size \"s-1vcpu-1gb\" is not to be had in mars1, but in "),
    ])
    func `what the provider would turn down is told before a run`(input: String, words: String) {
        let account = SimulatedAccount()
        let forecast = provision(account, input).plan["steps"]?.arrayValue?.first?["forecast"] ?? .null
        #expect(forecast.text("code") == "input")
        #expect(forecast.text("message").hasPrefix(words), "\(forecast.text("message"))")
    }

    @Test func `without the account the price is the table's, and the plan says how old that is`() {
        let (code, plan, text) = provision(SimulatedAccount(), token: false)
        #expect(code == 0)
        let sum = plan["cost"]?["monthly"]?.arrayValue?.first ?? .null
        #expect(sum.text("creates") == "6.00" && sum.text("as_of") == "2022-07-01")
        #expect((sum["age_days"]?.intValue ?? 0) > 1000)
        #expect(text.contains("at prices of 2022-07-01, \(sum["age_days"]?.intValue ?? 0) days ago"))
        #expect(text.contains("note: the size was not looked up: no token for the credential"))
    }

    @Test func `what no API tells is told as an estimate, with the day it is of`() {
        let account = SimulatedAccount()
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 1 }"#)
        let id = account.state["droplets"]?.arrayValue?.first?["id"]?.intValue ?? 0
        let file = arcadia.folder.file(
            "d.json",
            #"""
            [{ "uses": "digitalocean.create_droplet",
               "with": { "name": "a", "size": "s-1vcpu-1gb", "image": "debian-12-x64", "backups": true } },
             { "uses": "digitalocean.create_droplet_snapshot", "with": { "droplet_id": \#(id) } }]
            """#)
        let plan = Command.run(
            Arcadia.program, arcadia.arguments(["plan", file, "--output", "json"]),
            environment: DigitalOceanTests.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a }
        ).json
        let resources = plan?["resources"]?.arrayValue ?? []
        #expect(resources.first?.text("monthly") == "7.80" && resources.last?["monthly"] == nil)
        let notes = (plan?["steps"]?.arrayValue ?? []).map { $0["forecast"]?["notes"] ?? .null }
        #expect(
            notes == [
                ["with daily backups, an estimate: 30 % of the droplet's own price, as of 2026-03-09"],
                [
                    "a snapshot costs by its size, which shows when it is taken: an estimate is 0.06 USD a GB a month, as of 2022-07-01"
                ],
            ], "\(notes)")
    }

    @Test func `requests are counted with one look at what a step waits for, and the plan says so`() {
        let (_, plan, text) = provision(SimulatedAccount())
        let requests = plan["api_requests"]?.arrayValue?.first ?? .null
        // Three requests of five attempts to create, one of three to wait; back twenty, of ten attempts.
        #expect(requests["forward"] == 18 && requests["back"] == 200, "\(requests.text)")
        #expect(text.contains("18 requests forward at most, 200 back, without further looks"), "\(text)")
    }

    @Test func `what is resized and destroyed is looked up, and what it costs no more is told`() throws {
        let account = SimulatedAccount()
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 1 }"#)
        let droplet = try #require(account.state["droplets"]?.arrayValue?.first)
        let id = try #require(droplet["id"]?.intValue)
        let file = arcadia.folder.file(
            "d.json",
            #"""
            [{ "uses": "digitalocean.resize_droplet", "with": { "droplet_id": \#(id), "size": "s-4vcpu-8gb" } },
             { "uses": "digitalocean.create_droplet_snapshot", "with": { "droplet_id": \#(id) } },
             { "uses": "digitalocean.destroy_droplet", "with": { "droplet_id": \#(id) } },
             { "uses": "digitalocean.destroy_droplet", "with": { "droplet_id": 1 } }]
            """#)
        let plan = Command.run(
            Arcadia.program, arcadia.arguments(["plan", file, "--output", "json"]),
            environment: DigitalOceanTests.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a }
        ).json
        let resources = plan?["resources"]?.arrayValue ?? []
        #expect(resources.map { $0.text("action") } == ["change", "create", "delete"])
        #expect(resources.first?.text("name") == droplet.text("name") && resources.first?.text("monthly") == "48.00")
        #expect(resources.last?["monthly"] != nil)
        #expect(plan?["steps"]?.arrayValue?[3]["forecast"]?.text("message") == "there is no droplet 1")
        #expect(account.requests.allSatisfy { $0.hasPrefix("GET ") })
    }
}
