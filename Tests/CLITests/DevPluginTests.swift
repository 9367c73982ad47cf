import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// `arcadia dev --plugin`: a plugin of the template in C, saved while the real program looks on.
@Suite(.enabled(if: Toolchain.has("cc"), "there is no cc here"))
struct DevPluginTests {
    private let folder = TemporaryFolder()
    private let plugins = Arcadia.copy(["core", "digitalocean", "files"])
    private var source: String { folder.path + "/my-thing" }

    init() {
        _ = Command.run(Arcadia.program, ["plugins", "new", "my-thing", "--lang", "c"], at: folder.path)
    }

    private func text(_ file: String) -> String { folder.text("my-thing/" + file) ?? "" }

    /// As an editor does that writes beside it and renames.
    private func save(_ file: String, _ old: String, _ new: String) throws {
        let text = text(file)
        try #require(text.contains(old))
        try text.replacing(old, with: new).write(toFile: source + "/" + file, atomically: true, encoding: .utf8)
    }

    private func dev(_ words: String...) throws -> DevProcess {
        try DevProcess(["--plugin", source] + words, plugins: plugins.path, home: folder.path)
    }

    @Test func `every save is built and put in use, and its calls are told with run and step`() throws {
        let dev = try dev()
        #expect(try dev.event("plugin_building").text("plugin") == "my-thing")
        let first = try dev.event("plugin_loaded")
        #expect(first["operations"] == ["greet"] && first["changed"] == [])
        let facts = try dev.facts()
        #expect(folder.tree("my-thing/build/my-thing").keys.sorted() == ["libmy-thing.so", "plugin.json"])

        // What editors leave beside a file is no save; an in-place write is one, as well as a rename.
        _ = folder.file("my-thing/.my-thing.c.swp", "x")
        _ = folder.file("my-thing/4913", "x")
        _ = folder.file("my-thing/my-thing.c~", "x")
        try save("my-thing.c", "exists already", "is there already")
        let second = try dev.event("plugin_loaded")
        #expect(second["changed"] == ["my-thing.c"])
        #expect(second.text("hash") != first.text("hash"))
        #expect(second["milliseconds"]?.doubleValue ?? 0 > 0)

        let run = try dev.run(source + "/greet.json", facts)
        let began = try dev.event("call")
        #expect(began.text("kind") == "began" && began.text("operation") == "my-thing.greet")
        #expect(began.text("run_id") == run.text("run_id") && began.text("step_id") == "greeting")
        #expect(began.text("text") == "my-thing.greet, attempt 1, build \(second.text("hash").prefix(8))")
        #expect(try dev.event("call").text("text") == #"{"begun":true}"#)
        #expect(try dev.event("call").text("kind") == "completed")

        // Twice the same name: refused by the code as it is now.
        let again = try dev.run(source + "/greet.json", facts)
        #expect(again.text("status") == "rolled_back")
        var last = try dev.event("call")
        while last.text("kind") != "failed" { last = try dev.event("call") }
        #expect(last.text("text").contains("is there already (conflict, effect none)"))
        #expect(dev.stop() == 0)
    }

    @Test func `what does not build or is refused takes nothing away`() throws {
        let dev = try dev()
        let first = try dev.event("plugin_loaded").text("hash")
        try save("my-thing.c", "static const arcadia_host *host;", "static const arcadia_host *host")
        let broken = try dev.event("plugin_build_failed")
        #expect(broken["changed"] == ["my-thing.c"])
        #expect(broken.text("output").contains("my-thing.c:") && broken.text("output").contains("error: "))
        #expect(broken.text("kept") == first)
        try save("my-thing.c", "static const arcadia_host *host", "static const arcadia_host *host;")
        #expect(try dev.event("plugin_unchanged")["changed"] == ["my-thing.c"])
        try save("plugin.json", #""version": "1.0.0""#, #""version": "1.0.1""#)
        let refused = try dev.event("plugin_refused")
        #expect(refused.text("code") == "plugin.other_version")
        #expect(refused.text("kept") == first)
        let facts = try dev.facts()
        #expect(try dev.run(source + "/greet.json", facts).text("status") == "completed")
        #expect(try dev.event("call").text("text").hasSuffix("build \(first.prefix(8))"))
        #expect(dev.stop() == 0)
    }

    @Test func `a run keeps the build that it began with`() throws {
        let dev = try dev()
        let first = try dev.event("plugin_loaded").text("hash").prefix(8)
        let facts = try dev.facts()
        let definition = folder.file(
            "wait.json",
            #"""
            { "saga": "wait", "steps": [
                { "id": "greeting", "uses": "my-thing.greet", "with": { "name": "Ada" } },
                { "id": "word", "uses": "host.wait_signal", "with": { "name": "go" } },
                { "id": "trouble", "uses": "core.fail", "with": { "message": "a rehearsal" } } ] }
            """#)
        let id = dev.arcadia(["run", definition, "--detach", "--output", "json"], facts).json?.text("run_id") ?? ""
        while try dev.event("call").text("kind") != "completed" {}
        try save("my-thing.c", "exists already", "is there already")
        #expect(try dev.event("plugin_loaded").text("hash").prefix(8) != first)
        #expect(dev.arcadia(["runs", "signal", id, "go", "--reason", "on"], facts).code == 0)
        let taken = try dev.event("call")
        #expect(taken.text("verb") == "compensate" && taken.text("run_id") == id)
        #expect(taken.text("text") == "my-thing.greet, attempt 1, build \(first)")
        #expect(dev.stop() == 0)
    }

    @Test func `a save while it builds is built as well, once`() throws {
        // The build waits until somebody has written into the gate: so the test knows that it is under way.
        let gate = folder.path + "/gate"
        #expect(mkfifo(gate, 0o600) == 0)
        try save(
            "Makefile", "\t@mkdir -p build/$(ID)\n\t$(CC)",
            "\t@cat \(gate) > /dev/null\n\t@mkdir -p build/$(ID)\n\t$(CC)")
        func pass(_ during: () throws -> Void = {}) throws {
            let descriptor = open(gate, O_WRONLY)
            try during()
            close(descriptor)
        }
        let dev = try dev()
        try pass()
        _ = try dev.event("plugin_loaded")
        try save("my-thing.c", "exists already", "is there already")
        try pass { try save("plugin.json", "leaves greetings", "leaves warm greetings") }
        #expect(try dev.event("plugin_loaded")["changed"] == ["my-thing.c"])
        #expect(try dev.event("plugin_unchanged")["changed"] == ["plugin.json"])
        #expect(dev.stop() == 0)
    }

    @Test func `what cannot be built at first waits for a save`() throws {
        let code = text("my-thing.c")
        _ = folder.file("my-thing/my-thing.c", "not C")
        let dev = try dev()
        let failed = try dev.event("plugin_build_failed")
        #expect(failed["kept"] == .null)
        _ = folder.file("my-thing/my-thing.c", code)
        #expect(try dev.event("plugin_loaded")["operations"] == ["greet"])
        #expect(dev.stop() == 0)
    }

    @Test func `a person reads what to type, and a line for what happens`() throws {
        _ = folder.file(
            "my-thing/greet-somebody.json",
            #"{"saga":"s","version":"1","inputs":{"required":["name"],"properties":{"name":{"type":"string"}}},"steps":[]}"#
        )
        let dev = try DevProcess(["--plugin", source], plugins: plugins.path, home: folder.path, output: "table")
        let guide = try dev.lines(until: "Ctrl-C ends everything.")
        #expect(guide.first == "  my-thing: building …")
        let place = try #require(
            guide.firstIndex(of: "With your plugin: save it, and see here what its calls do. In another terminal:"))
        let end = try #require(guide.firstIndex(of: "And all the rest:"))
        let block = guide[place..<end].map { $0.replacing(folder.path, with: "~") }
        #expect(
            block.suffix(9) == [
                "  arcadia run ~/my-thing/greet.json", "  arcadia run ~/my-thing/greet-and-fail.json",
                "  arcadia run ~/my-thing/greet-somebody.json --input name=Ada", "",
                "One call of it, which is shown where it is made:", "", "  arcadia plugins call my-thing.greet \\",
                #"    --with '{"name":"Ada"}'"#, "",
            ])
        for name in ["DATA=", "PLUGIN_PATH=", "SERVER=http://127.0.0.1:", "TOKEN=$(arcadia token mint"] {
            #expect(block.contains { $0.hasPrefix("  export ARCADIA_" + name) }, "\(name)")
        }
        let loaded = try dev.lines(until: "greet", endsWith: true).last ?? ""
        #expect(loaded.wholeMatch(of: #/✔ my-thing: build [0-9a-f]{8} is in use  greet/#) != nil, "\(loaded)")
        try save("my-thing.c", "static const arcadia_host *host;", "static const arcadia_host *host")
        let broken = try dev.lines(until: "stays in use", endsWith: true).last ?? ""
        #expect(
            broken.wholeMatch(of: #/✘ my-thing: my-thing.c changed, not built; build [0-9a-f]{8} stays in use/#) != nil,
            "\(broken)")
        #expect(dev.stop() == 0)
    }

    @Test func `a plugin.json that cannot be read is told by its place, not as a mistake of make`() throws {
        let dev = try DevProcess(["--plugin", source], plugins: plugins.path, home: folder.path)
        _ = try dev.event("plugin_loaded")
        let manifest = folder.text("my-thing/plugin.json") ?? ""
        _ = folder.file("my-thing/plugin.json", "{\n")
        let failed = try dev.event("plugin_build_failed")
        #expect(failed.text("output").hasPrefix("plugin.json:2:1: "), "\(failed.text)")
        _ = folder.file("my-thing/plugin.json", manifest)
        #expect(dev.stop() == 0)
    }

    @Test func `a finished plugin is taken as it lies there`() throws {
        let ready = Arcadia.copy(["scripted"])
        let dev = try DevProcess(
            ["--plugin", ready.path + "/scripted"], plugins: plugins.path, home: folder.path)
        #expect(try dev.event("plugin_loaded").text("plugin") == "scripted")
        let manifest = ready.text("scripted/plugin.json") ?? ""
        _ = ready.file("scripted/plugin.json", manifest.replacing("does what", with: "does just what"))
        #expect(try dev.event("plugin_loaded")["changed"] == ["plugin.json"])
        #expect(dev.stop() == 0)
    }

    @Test func `what is no plugin is refused at once`() {
        func refused(_ words: String...) -> String {
            let result = Command.run(
                Arcadia.program, ["dev"] + words, at: folder.path,
                environment: ["HOME": folder.path, "TMPDIR": folder.path])
            #expect(result.code == 64)
            return result.errors
        }
        #expect(refused("--plugin", "gone") == "error: `--plugin` names \"gone\", and there is no such folder\n")
        #expect(
            refused("--plugin", ".")
                == "error: . has no plugin.json with an `id`; expected a plugin, or its source\nhint: `arcadia plugins new NAME --lang c` makes one\n"
        )
        #expect(
            refused("--plugin", "my-thing", "--plugin", "./my-thing")
                == "error: `--plugin` names plugin \"my-thing\" twice\n")
        #expect(folder.tree().keys.allSatisfy { !$0.hasPrefix("arcadia-dev") })
    }
}

/// `arcadia dev`, with what it prints line by line.
private final class DevProcess {
    private let process: ChildProcess
    private let output = Pipe()
    private let home: String
    private var guide: JSONValue?

    init(_ words: [String], plugins: String, home: String, output format: String = "jsonl") throws {
        self.home = home
        process = try ChildProcess(
            Arcadia.program, ["dev", "--still", "--output", format, "--plugins", plugins] + words,
            environment: ["HOME": home, "TMPDIR": home], output: .pipe(output))
    }

    deinit { process.terminate() }

    private func line() throws -> String {
        guard let line = output.line() else { throw Ended(said: "its output came to an end") }
        return line
    }

    struct Ended: Error { let said: String }

    func lines(until last: String, endsWith: Bool = false) throws -> [String] {
        var lines: [String] = []
        repeat { lines.append(try line()) } while endsWith ? !lines.last!.hasSuffix(last) : lines.last != last
        return lines
    }

    /// The next of this kind; what says where everything is is kept for `facts`.
    func event(_ name: String) throws -> JSONValue {
        while true {
            let event = try JSONValue(parsing: line())
            if event["address"] != nil { guide = event }
            if event.text("event") == name { return event }
        }
    }

    /// Where it serves.
    func facts() throws -> JSONValue {
        while guide == nil { _ = try event("") }
        return guide!
    }

    func arcadia(_ words: [String], _ facts: JSONValue) -> CommandResult {
        let token = Command.run(
            Arcadia.program, ["token", "mint", "--role", "operator", "--secret-file", facts.text("secret_file")]
        ).output.trimmingCharacters(in: .whitespacesAndNewlines)
        return Command.run(
            Arcadia.program, words,
            environment: ["HOME": home, "ARCADIA_SERVER": facts.text("address"), "ARCADIA_TOKEN": token])
    }

    func run(_ definition: String, _ facts: JSONValue) throws -> JSONValue {
        let result = arcadia(["run", definition, "--output", "json"], facts)
        guard let run = result.json else { throw Ended(said: result.errors) }
        return run
    }

    func stop() -> Int32 {
        process.terminate()
        return process.waitUntilExit()
    }
}
