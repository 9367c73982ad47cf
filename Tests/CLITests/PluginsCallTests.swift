import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// `arcadia plugins call`: one call by hand, on real plugins, as it looks in a terminal.
@Suite struct PluginsCallTests {
    private let folder = TemporaryFolder()

    private func call(
        _ words: String..., trusted: Bool = false, environment: [String: String] = [:], input: String = ""
    ) -> CommandResult {
        call(words, trusted: trusted, environment: environment, input: input)
    }

    private func call(
        _ words: [String], trusted: Bool = false, environment: [String: String] = [:], input: String = ""
    ) -> CommandResult {
        if trusted { _ = folder.file(".config/arcadia/grants.json", #"{ "*": { "placement": "in_process" } }"#) }
        return Command.run(
            Arcadia.program, ["plugins", "call"] + words, at: folder.path,
            environment: own.merging(environment) { $1 }, input: input)
    }

    private var own: [String: String] {
        [
            "HOME": folder.path, "TMPDIR": folder.path, "ARCADIA_PLUGIN_PATH": BuiltPlugins.folder,
            "ARCADIA_SCRIPTED_FOLDER": folder.path, "XDG_STATE_HOME": "", "ARCADIA_DATA": "",
        ]
    }

    /// What differs from time to time.
    private static func plain(_ text: String) -> String {
        text.replacing(try! Regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"), with: "RUN")
            .replacing(try! Regex(" *[0-9]+\\.[0-9]{3} s"), with: "  0.000 s")
            .replacing(try! Regex("[0-9.]+ ms"), with: "0 ms")
    }

    private var leftovers: [String] { folder.tree().keys.filter { $0.hasPrefix("arcadia-call") } }

    private static let run = "01a1fe5e-218b-75af-ab95-773bfdbc1a22"

    // MARK: - What is shown

    @Test func `a call says on stderr what goes on, and on stdout what came of it`() {
        let result = call(
            "scripted.act", "--with", #"{"do":"talk","output":{"number":7,"text":"it's"}}"#, trusted: true)
        #expect(result.code == 0)
        #expect(
            Self.plain(result.output) == """
                ✔ scripted.act completed  (0 ms, in this process)
                  number  7
                  text    it's

                """)
        #expect(
            Self.plain(result.errors) == #"""
                execute under the key RUN:execute:act
                  0.000 s  info        half of it {"done":2}
                  0.000 s  progress    40 %  two of five
                  0.000 s  checkpoint  {"begun":true}
                hint: this takes it back:
                  arcadia plugins call scripted.act --compensate \
                    --run RUN \
                    --with '{"do":"talk","output":{"number":7,"text":"it'\''s"}}' \
                    --result '{"number":7,"text":"it'\''s"}' \
                    --checkpoint '{"begun":true}'

                """# + "printed, and not flushed\n")
    }

    @Test func `what a plugin prints in its worker is heard before the result, flushed or not`() {
        let result = call("scripted.act", "--with", #"{"do":"talk"}"#, "--verbose")
        #expect(result.output.contains("in a worker)"))
        let lines = Self.plain(result.errors).split(separator: "\n").map(String.init)
        for line in ["printed     printed, and not flushed", "debug       the other half"] {
            let place = lines.firstIndex { $0.hasSuffix("  " + line) }
            #expect(place ?? .max < lines.firstIndex { $0.hasPrefix("hint: ") } ?? 0, "\(line) in\n\(result.errors)")
        }
    }

    @Test func `as JSON it is one object with everything`() throws {
        let with = #"{"do":"talk","output":{"number":7}}"#
        let result = call(
            "scripted.act", "--with", with, "--run", Self.run, "--step", "half", "--attempt", "2", "--output", "json")
        let json = try #require(result.json)
        #expect(json.text("verb") == "execute" && json.text("operation") == "scripted.act")
        #expect(json.text("outcome") == "completed")
        #expect(json.text("idempotency_key") == Self.run + ":execute:half")
        #expect(json["attempt"] == 2)
        #expect(json["output"] == ["number": 7])
        #expect(json["checkpoints"] == [["begun": true]])
        #expect(json["error"] == .null && json["effect"] == .null)
        #expect(json["calls"] == 1 && json["http_exchanges"] == 0)
        #expect(json["duration_ms"]?.doubleValue ?? 0 > 0)
        #expect(json.text("placement") == "worker" && json.text("version") == "1.0.0")
        #expect(
            json.text("next")
                == "arcadia plugins call scripted.act --compensate --run \(Self.run) --step half --with '\(with)' --result '{\"number\":7}' --checkpoint '{\"begun\":true}'"
        )
    }

    @Test func `a call that sleeps is called again, with its checkpoint`() throws {
        let result = call("scripted.act", "--with", #"{"do":"suspend","suspends":2}"#, "--output", "json")
        let json = try #require(result.json)
        #expect(json["calls"] == 3)
        #expect(json.text("next").hasSuffix(#" --checkpoint '{"suspends":2}'"#))
        #expect(result.errors.components(separatedBy: "suspended   to be called again in 10 ms").count == 3)
    }

    // MARK: - Failures

    @Test(arguments: [("none", 1), ("partial", 2), ("applied", 2), ("unknown", 2)])
    func `a failed call exits with 1 where it changed nothing, else with 2`(effect: String, code: Int) throws {
        let with = #"{"do":"fail","message":"no room","retry_after_ms":250,"effect":"\#(effect)"}"#
        let result = call("scripted.act", "--with", with, "--output", "json")
        #expect(result.code == Int32(code))
        let error = try #require(result.json?["error"])
        #expect(error.text("code") == "remote" && error.text("message") == "no room")
        #expect(error.text("effect") == effect)
        #expect(error.text("retry") == "after" && error["retry_after_ms"] == 250)
    }

    @Test func `a failure is told by what a run would make of it, and what to type next`() {
        let result = call(
            "scripted.act", "--run", Self.run, "--with", #"{"do":"fail","effect":"unknown","retry":true}"#)
        #expect(
            Self.plain(result.output) == """
                ✘ scripted.act failed  (0 ms, in a worker)
                  message  scripted was asked to fail
                  code     remote
                  effect   unknown: a run probes the step first, or compensates it
                  retry    yes: a run tries again, while attempts are left

                """)
        #expect(
            result.errors == #"""
                execute under the key \#(Self.run):execute:act
                hint: this asks what became of it:
                  arcadia plugins call scripted.act --probe \
                    --run \#(Self.run) \
                    --with '{"do":"fail","effect":"unknown","retry":true}'
                error: scripted.act failed, and nobody knows whether it changed anything

                """#)
    }

    @Test func `a crash ends the worker, and nothing of it is kept`() {
        let result = call("scripted.act", "--with", #"{"do":"crash"}"#)
        #expect(result.code == 2)
        #expect(result.output.contains("SIGSEGV; its worker ended"))
        #expect(folder.tree()[".local"] == nil)
        #expect(leftovers == [])
    }

    @Test func `a crash in this process is told as one, and of no run`() {
        let result = call("scripted.act", "--with", #"{"do":"crash"}"#, trusted: true)
        #expect(result.code == -SIGSEGV)
        #expect(result.errors.hasSuffix("arcadia: plugin \"scripted\" ended this process (SIGSEGV) in scripted.act\n"))
    }

    @Test func `what breaks the output's schema fails as it does in a run`() throws {
        let json = try #require(
            call("scripted.act", "--with", #"{"do":"bad_output"}"#, "--output", "json").json)
        #expect(json["error"]?.text("code") == "bad_output")
    }

    // MARK: - The other verbs

    @Test func `probe and compensate are told what execute left`() throws {
        let probed = try #require(
            call(
                "scripted.act", "--probe", "--run", Self.run, "--with", #"{"probe":"applied","output":{"number":3}}"#,
                "--output", "json"
            ).json)
        #expect(probed.text("outcome") == "found" && probed.text("effect") == "applied")
        #expect(probed["output"] == ["number": 3])
        #expect(probed.text("idempotency_key") == Self.run + ":execute:act")
        let taken = call(
            "scripted.act", "--compensate", "--with", "-", "--result", "{}", "--run", Self.run,
            input: #"{"compensate":"fail"}"#)
        #expect(taken.code == 2)
        #expect(taken.errors.contains("compensate under the key \(Self.run):compensate:act\n"))
        #expect(taken.output.contains("scripted was asked to fail its compensation"))
    }

    @Test func `executed twice under one key is executed once, and the hint takes it back`() throws {
        let root = folder.path + "/files"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        _ = folder.file("report.json", #"{"path":"it's.txt","content":"all is well\n"}"#)
        let words = ["files.write", "--config", "files.root=\(root)", "--with", "@report.json", "--run", Self.run]
        let first = call(words + ["--output", "json"])
        let checkpoint = try #require(first.json?["checkpoints"]?.arrayValue?.last)
        let again = call(words + ["--checkpoint", checkpoint.text])
        #expect(again.code == 0)
        #expect(folder.text("files/it's.txt") == "all is well\n")
        #expect(again.errors.contains(" --compensate \\\n"))
        let hint = try #require(again.errors.components(separatedBy: "hint: this takes it back:\n").last)
        let tools = (Arcadia.program as NSString).deletingLastPathComponent
        let typed = Command.run(
            "/bin/sh", ["-c", hint], at: folder.path, environment: own.merging(["PATH": tools]) { $1 })
        #expect(typed.code == 0, "\(typed.errors)")
        #expect(Self.plain(typed.output) == "↩ files.write compensated  (0 ms, in a worker)\n")
        #expect(folder.text("files/it's.txt") == nil)
    }

    // MARK: - What it works with

    @Test func `the user's config, grants and tokens hold, and nothing of the user's is touched`() throws {
        let root = folder.path + "/files"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let state = ".local/state/arcadia"
        _ = folder.file("\(state)/config.json", #"{"files":{"root":"\#(root)"}}"#)
        _ = folder.file("\(state)/grants.json", #"{"files":{"placement":"in_process"}}"#)
        let before = folder.tree(state)
        let result = call("files.write", "--with", #"{"path":"a.txt","content":"x"}"#)
        #expect(result.output.contains("in this process)"))
        #expect(folder.text("files/a.txt") == "x")
        #expect(folder.tree(state) == before)
        #expect(leftovers == [])
    }

    @Test func `a simulated account is all that an operation of the provider needs`() throws {
        let with = #"{"name":"web-1","size":"s-1vcpu-1gb","image":"debian-12-x64"}"#
        let result = call(
            "digitalocean.create_droplet", "--simulate", "--with", with, "--output", "json",
            environment: ["DO_API_TOKEN": "a-real-token", "ARCADIA_DIGITALOCEAN_URL": "http://127.0.0.1:9"])
        let json = try #require(result.json)
        #expect(json["output"]?.text("droplet_name") == "web-1")
        #expect(json["http_exchanges"] == 1)
        #expect(json["next"] == .null)
        #expect(result.errors.contains(#/  http        POST http://127.0.0.1:\d+/v2/droplets: 202, \d+ bytes/#))
        #expect(
            result.errors.contains("one that stays, to take things back in, is `arcadia simulate digitalocean --fast`"))
        #expect(leftovers == [])
    }

    @Test func `recorded HTTP answers the call again, and the account is not asked`() throws {
        let account = SimulatedAccount()
        let with = #"{"name":"web-1","size":"s-1vcpu-1gb","image":"debian-12-x64"}"#
        let environment = ["DO_API_TOKEN": "any-token-will-do", "ARCADIA_DIGITALOCEAN_URL": account.url]
        let words = ["digitalocean.create_droplet", "--with", with, "--run", Self.run]
        let recorded = call(words + ["--http-record", "tape"], environment: environment)
        #expect(recorded.code == 0, "\(recorded.errors)")
        let requests = account.requests.count
        let played = call(words + ["--http-replay", "tape", "--output", "json"], environment: environment)
        #expect(played.json?["output"]?.text("droplet_name") == "web-1", "\(played.errors)")
        #expect(played.json?["http_exchanges"] == 1)
        #expect(played.errors.contains("/v2/droplets: 202, "))
        #expect(account.requests.count == requests)
    }

    @Test func `Ctrl-C asks the call to stop, and what it says of that is the result`() throws {
        let (output, errors) = (Pipe(), Pipe())
        let process = try ChildProcess(
            Arcadia.program,
            ["plugins", "call", "scripted.act", "--with", #"{"do":"wait_cancel"}"#, "--output", "json"],
            environment: own, output: .pipe(output), errors: .pipe(errors))
        while let line = errors.line(), !line.hasSuffix("  progress    50 %  waiting") {}
        process.send(SIGINT)
        let json = try JSONValue(
            parsing: String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
        process.waitUntilExit()
        #expect(json["error"]?.text("message") == "scripted was cancelled")
        #expect(process.code == 1)
    }

    // MARK: - Mistakes, before anything is called

    static let mistakes: [(words: [String], code: Int32, said: String)] = [
        (
            ["scripted.act", "--with", #"{"do":"#], 65,
            "error: --with:1:7: the text ends inside an object; expected a value\n"
        ),
        (["scripted.act", "--with", "[1]"], 65, "error: --with is array; expected an object\n"),
        (
            ["scripted.act", "--with", "@gone.json"], 65,
            "error: `--with` names file \"gone.json\", and it cannot be read as UTF-8 text\n"
        ),
        (
            ["files.remove", "--with", #"{"pth":"a"}"#], 65,
            """
            error: with: "path" is missing
            hint: it takes path (required); `arcadia plugins show files.remove` has examples
            error: with: "pth" is not a property here; did you mean "path"?

            """
        ),
        (
            ["scripted.ct"], 69,
            "error: plugin \"scripted\" has no operation \"ct\"\nhint: did you mean \"act\"?\n"
        ),
        (["scriptd.act"], 69, "error: there is no plugin \"scriptd\"\nhint: did you mean \"scripted.act\"?\n"),
        (
            ["digitalocean.droplet_create"], 69,
            "error: plugin \"digitalocean\" has no operation \"droplet_create\"\nhint: did you mean \"create_droplet\"?\n"
        ),
        (
            ["scripted"], 64,
            "error: \"scripted\" is no operation; expected PLUGIN.OPERATION, such as core.echo\nhint: it has act, act_idempotent, act_blind, noop\n"
        ),
        (
            ["scripted.noop", "--compensate"], 69,
            "error: scripted.noop has no compensate: there is nothing to take back\n"
        ),
        (
            ["scripted.act_blind", "--probe"], 69,
            "error: scripted.act_blind has no probe: it cannot say what became of a call\n"
        ),
        (
            ["scripted.act", "--run", "7"], 64,
            "error: `--run` takes the id of a run, a UUID in lower case; found \"7\"\nhint: left out, a new one is made and printed\n"
        ),
        (
            ["scripted.act", "--probe", "--compensate"], 64,
            "Error: --compensate and --probe are two calls: give one of them\n"
        ),
        (
            ["scripted.act", "--result", "{}"], 64,
            "Error: --result is what execute put out: it goes with --compensate or --probe\n"
        ),
        (
            ["scripted.act", "--simulate", "--data", "x"], 64,
            "Error: --simulate makes a data folder of its own: leave --data away\n"
        ),
    ]

    @Test(arguments: 0..<mistakes.count)
    func `a mistake is told before anything is called`(number: Int) {
        let (words, code, said) = Self.mistakes[number]
        let journal = folder.path + "/journal"
        let result = Command.run(
            Arcadia.program, ["plugins", "call"] + words + ["--config", "scripted.journal=\(journal)"],
            at: folder.path, environment: own)
        #expect(result.code == code)
        #expect(result.errors.hasPrefix(said), "\(result.errors)")
        #expect(folder.text("journal") == nil)
        #expect(leftovers == [])
    }
}
