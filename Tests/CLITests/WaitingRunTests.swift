import ArcadiaTesting
import Foundation
import Glibc
import SagaCore
import Testing

/// What an operator is told of a run that waits for somebody: in the list, in `runs show`, and before it begins.
@Suite struct WaitingRunTests {
    private let arcadia = Arcadia()

    private static let release = """
        { "saga": "release",
          "inputs": { "properties": {
            "service": { "type": "string" }, "env": { "type": "string", "default": "prod" } }, "required": ["service"] },
          "steps": [
            { "id": "build", "uses": "core.set", "with": { "values": { "image": "${ .inputs.service }" } } },
            { "id": "approve", "signal": { "name": "approved", "timeout_seconds": 10800, RULE "schema": {
              "type": "object", "required": ["size"], "properties": { "size": { "enum": ["s", "l"] } } } } },
            { "id": "note", "uses": "core.echo", "with": { "message": "${ .inputs.env }" } } ] }
        """

    private func file(_ rule: String = "") -> String {
        arcadia.folder.file("release.json", Self.release.replacing("RULE", with: rule))
    }

    private func waiting(_ run: JSONValue?) -> JSONValue? {
        run.flatMap { $0.statuses.last == "suspended" ? $0 : nil }
    }

    /// "14:05 UTC", as the run says it.
    private func until(_ run: JSONValue) -> String {
        let moment = run["waits"]?.text("until") ?? ""
        return moment.dropFirst(11).prefix(5) + " UTC"
    }

    /// Text without what is another in every run.
    private func steady(_ text: String, _ run: JSONValue) -> String {
        let id = run.text("run_id")
        return text.replacing(id, with: "ID").replacing(id.suffix(8), with: "SHORT")
            .replacing(try! Regex("(20[0-9-]+ )?[0-9]{2}:[0-9]{2} UTC"), with: "TIME")
            .replacing(try! Regex("[0-9.]+ s +"), with: "AGE ")
    }

    // MARK: - The list

    @Test func `the list says for what a run waits, and tells runs of one saga apart`() throws {
        let hosts = ["web", "api"].map { arcadia.start("run", file(), "--input", "service=\($0)") }
        defer { for host in hosts { kill(host.processIdentifier, SIGKILL) } }
        _ = try #require(
            arcadia.eventually { arcadia in
                let runs = arcadia("runs", "list", "--output", "json").json?["runs"]?.arrayValue ?? []
                return runs.count { $0["waits"]?.text("for") == "signal" } == 2 ? runs : nil
            })
        let run = try #require(arcadia.newestRun())
        #expect(run.text("submitted_by") == NSUserName())
        let lines = arcadia("runs", "list").output.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("RUN       SAGA     STATUS   AGE") && lines[0].hasSuffix("INPUTS       WHY"))
        #expect(lines[1].hasPrefix("\(run.text("run_id").suffix(8))  release  running  "))
        for service in ["web", "api"] {
            #expect(lines.count { $0.contains("service=\(service)  waits for a signal at approve, until ") } == 1)
        }
        // At 80 columns what is waited for stands below, whole.
        let narrow = try arcadia.shown(.results, of: arcadia.arguments(["runs", "list"]), width: 80).split(
            separator: "\n"
        ).map(String.init)
        #expect(narrow.allSatisfy { $0.count <= 80 })
        #expect(narrow[0].hasSuffix("INPUTS, and below: WHY"))
        #expect(narrow[2].trimmingCharacters(in: .whitespaces) == "waits for a signal at approve, until \(until(run))")
    }

    @Test func `a server's list says the same`() throws {
        let served = ServedArcadia(arcadia)
        #expect(served(["run", file(), "--input", "service=web", "--detach"]).code == 0)
        let run = try #require(
            arcadia.eventually { _ -> JSONValue? in
                let run = served(["runs", "list", "--output", "json"]).json?["runs"]?.arrayValue?.first
                return run?["waits"]?.text("step_id") == "approve" ? run : nil
            })
        #expect(run.text("label") == "service=web")
        #expect(
            served(["runs", "list"]).output.contains(
                "service=web  waits for a signal at approve, until \(until(run))\n"))
        #expect(served(["runs", "abandon", run.text("run_id"), "--reason", "ok"]).code == 0)
        #expect(
            served(["runs", "list", "--output", "json"]).json?["runs"]?.arrayValue?.first?["waits"] == .null)
    }

    // MARK: - One run

    @Test func `a run that waits is shown with who may send what until when, and the command for it`() throws {
        let host = arcadia.start("run", file(), "--input", "service=web")
        let run = try #require(arcadia.eventually { waiting($0.newestRun()) })
        let id = run.text("run_id")
        let result = arcadia("runs", "show", id)
        #expect(
            steady(result.output, run) == """
                run ID  release  AGE running
                  ✔ build    core.set          completed
                  ◌ approve  host.wait_signal  waits for the signal "approved", until TIME
                  · note     core.echo         not reached
                approve waits for the signal "approved"
                  until     TIME, in 3 h
                  from      operator or above; without a server, anybody here
                  with      {size: "s" | "l"}

                """)
        #expect(
            steady(result.errors, run) == """
                hint: `arcadia runs signal SHORT approved --with '{"size":"s"}' --reason WHY --data \(arcadia.data)` lets it go on

                """)
        let waits = run["steps"]?.arrayValue?.last?["waits"]
        #expect(
            waits?["command"]
                == .string("arcadia runs signal \(id) approved --with '{\"size\":\"s\"}' --reason WHY"))
        #expect(waits?["schema"]?["required"] == ["size"] && waits?["from"] == [] && waits?["four_eyes"] == false)
        // What it says does it.
        let sent = arcadia(
            "runs", "signal", String(id.suffix(8)), "approved", "--with", #"{"size":"s"}"#, "--reason", "ok")
        #expect(sent.code == 0, "\(sent.errors)")
        host.waitUntilExit()
        #expect(host.code == 0)
    }

    @Test func `a server says who may not send it, and lets another do so`() throws {
        let served = ServedArcadia(arcadia)
        #expect(served(["run", file(#""four_eyes": true,"#), "--input", "service=web", "--detach"]).code == 0)
        let run = try #require(
            arcadia.eventually { _ in
                let id = served(["runs", "list", "--output", "json"]).json?["runs"]?.arrayValue?.first?.text("run_id")
                return waiting(id.flatMap { served(["runs", "show", $0, "--output", "json"]).json })
            })
        let starter = run.text("submitted_by")
        let result = served(["runs", "show", run.text("run_id")])
        #expect(
            result.output.contains(
                """
                  from      operator or above; without a server, anybody here
                  not from  \(starter), who started the run
                """))
        #expect(steady(result.errors, run).hasPrefix("hint: `arcadia runs signal SHORT approved --with"))
        #expect(result.errors.contains("--reason WHY --server \(served.url)` lets it go on\n"))
        let own = served([
            "runs", "signal", run.text("run_id"), "approved", "--with", #"{"size":"s"}"#, "--reason", "r",
        ])
        #expect(own.code == 77 && own.errors.contains("has to come from somebody else"))
        #expect(send(run.text("run_id"), as: "bo", to: served).code == 0)
        // Who tried it is written down, as is who did it.
        let audit = arcadia("audit", "list", "--action", "run.signal", "--output", "json").json?["events"]
        let told = (audit?.arrayValue ?? []).map { "\($0.text("actor")) \($0.text("outcome"))" }
        #expect(told.sorted() == ["\(starter) denied", "bo done"].sorted())
    }

    private func send(_ id: String, as subject: String, to served: ServedArcadia) -> CommandResult {
        let words = ["token", "mint", "--role", "operator", "--subject", subject]
        let token = arcadia.folder.file(
            "token-\(subject)",
            Command.run(Arcadia.program, words + ["--secret-file", arcadia.folder.path + "/secret"]).output)
        chmod(token, 0o600)
        return Command.run(
            Arcadia.program,
            ["runs", "signal", id, "approved", "--with", #"{"size":"s"}"#, "--reason", "looked"]
                + ["--server", served.url, "--token-file", token],
            environment: ["HOME": arcadia.folder.path])
    }

    // MARK: - Alone

    @Test func `a run that needs a second person says so before it begins, and how to go on`() throws {
        let user = NSUserName()
        let warning = """
            warn: step "approve" waits for signal "approved" from somebody else than who starts the run, and there is only \(user) here
            hint: others send it through a server: run it there (`--server URL`), or start `arcadia serve` here; alone, `arcadia runs skip RUN --step approve --reason WHY` goes on without it

            """
        let file = file(#""four_eyes": true,"#)
        #expect(arcadia("plan", file, "--input", "service=web").code == 0)
        #expect(arcadia("check", file).errors == "")
        let made = arcadia("run", file, "--input", "service=web", "--detach")
        #expect(made.errors.hasPrefix(warning), "\(made.errors)")
        let host = arcadia.start("resume")
        let run = try #require(arcadia.eventually { waiting($0.newestRun()) })
        let id = run.text("run_id")
        let refused = arcadia("runs", "signal", id, "approved", "--with", #"{"size":"s"}"#, "--reason", "r")
        #expect(
            refused.errors.contains("\(user) started run \(id); signal \"approved\" has to come from somebody else"))
        let shown = arcadia("runs", "show", id)
        #expect(shown.output.contains("  not from  \(user), who started the run\n"))
        #expect(
            shown.errors.contains("lets it go on; \(user) may not, so others do, through `arcadia serve`\n"))
        #expect(shown.errors.contains("` goes on without it\n"))
        // Somebody else, through a server on the same folder.
        let served = ServedArcadia(arcadia)
        let sent = send(id, as: "bo", to: served)
        try #require(sent.code == 0, "\(sent.errors)")
        host.waitUntilExit()
        #expect(served(["runs", "show", id, "--output", "json"]).json?.text("status") == "completed")
    }
}
