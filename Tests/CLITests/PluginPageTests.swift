import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// The page a plugin author starts from, held to what it says; and what its sessions leave, held to more.
@Suite struct PluginPageTests {
    private let home = Home()
    private let plugins = Arcadia.copy(["core", "digitalocean", "files"])

    private static let page = try! String(contentsOfFile: Fixtures.repository.path + "/sdk/README.md", encoding: .utf8)

    private static func section(_ title: String) -> String {
        let rest = page.components(separatedBy: "\n## \(title)\n").last ?? ""
        return rest.components(separatedBy: "\n## ").first ?? ""
    }

    private static func blocks(_ language: String, in text: String) -> [String] {
        text.components(separatedBy: "```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "\n```").first ?? ""
        }
    }

    @Test(.enabled(if: Toolchain.has("cc"), "there is no cc here"))
    func `the session in C is what happens, and its plugin survives`() throws {
        try follow("In C")
        try survive()
    }

    @Test(.enabled(if: Toolchain.has("g++"), "there is no g++ here"))
    func `the session in C++ is what happens, and its plugin survives`() throws {
        try follow("In C++")
        try survive()
    }

    @Test(.enabled(if: Toolchain.has("cargo"), "there is no cargo here"))
    func `the session in Rust is what happens, and its plugin survives`() throws {
        try follow("In Rust")
        try survive()
    }

    @Test(.enabled(if: Toolchain.has("swift"), "there is no swift here"))
    func `the session in Swift is what happens, and its plugin survives`() throws {
        try follow("In Swift")
        try survive()
    }

    /// Everything a section's sessions promise, typed into one shell.
    private func follow(_ title: String) throws {
        let promised = Self.blocks("console", in: Self.section(title)).flatMap(Self.commands)
        #expect(!promised.isEmpty)
        let said = type(promised.map(\.command))
        try #require(said.count == promised.count, "\(said)")
        for (expected, output) in zip(promised, said) {
            let output = Self.plain(output, home: home.path)
            #expect(Self.keeps(expected.lines.map { Self.plain($0) }, output), "\(expected.command)\n\(output)")
        }
    }

    /// One symbol; taken back without a trace; killed between the call and the moment its outcome is written down, it is
    /// found by probe.
    private func survive() throws {
        let plugin = home.path + "/my-thing"
        let symbols = Toolchain.run(["nm", "-D", "--defined-only", plugin + "/build/my-thing/libmy-thing.so"]).output
        #expect(symbols.split(separator: "\n").map { $0.split(separator: " ").last } == ["arcadia_plugin_entry_v1"])
        let arcadia = Arcadia(plugins: [plugin + "/build", plugins.path])
        func left() -> [String] { arcadia.folder.tree("data/my-thing").keys.sorted() }
        #expect(arcadia("plugins", "list").output.contains("my-thing      1.0.0    loaded  greet\n"))
        #expect(arcadia("run", plugin + "/greet-and-fail.json").code == 1)
        #expect(arcadia.newestRun()?.statuses == ["compensated", "failed"])
        #expect(left() == [])
        let definition = plugin + "/greet.json"
        let fault = ["ARCADIA_FAULT": "kill:after_call:1"]
        #expect(arcadia("run", definition, "--input", "name=Eve", environment: fault).code == -9)
        #expect(left() == ["Eve.txt"])
        #expect(arcadia("resume").code == 0)
        #expect(arcadia.newestRun()?.text("status") == "completed")
        #expect(arcadia("run", definition, "--input", "name=Eve").code == 1)
        #expect(left() == ["Eve.txt"])
    }

    private static func commands(_ block: String) -> [(command: String, lines: [String])] {
        ("\n" + block).components(separatedBy: "\n$ ").dropFirst().map { text in
            let lines = text.components(separatedBy: "\n")
            return (lines[0], Array(lines.dropFirst()))
        }
    }

    /// What each command says, stdout and stderr together.
    private func type(_ commands: [String]) -> [String] {
        let mark = "=== next"
        let script = commands.map { "echo '\(mark)'\n\($0)\n" }.joined()
        let tools = (Arcadia.program as NSString).deletingLastPathComponent
        let environment = ProcessInfo.processInfo.environment
        let real = environment["HOME"] ?? ""
        let result = Command.run(
            "/bin/bash", ["-c", "exec 2>&1\nunset ARCADIA_DATA XDG_STATE_HOME XDG_DATA_HOME\n" + script], at: home.path,
            environment: [
                "HOME": home.path, "ARCADIA_PLUGIN_PATH": plugins.path,
                "PATH": tools + ":" + (environment["PATH"] ?? ""),
                "CARGO_HOME": environment["CARGO_HOME"] ?? real + "/.cargo",
                "RUSTUP_HOME": environment["RUSTUP_HOME"] ?? real + "/.rustup",
            ])
        return result.output.components(separatedBy: mark + "\n").dropFirst().map { String($0) }
    }

    /// What differs from time to time and from place to place.
    private static func plain(_ text: String, home: String = "/home/you") -> String {
        text.replacing(home, with: "/home/you")
            .replacing(try! Regex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"), with: "RUN")
            .replacing(try! Regex("[0-9]+\\.[0-9]+(?=( s|s| seconds))"), with: "0.0")
            .replacing(try! Regex("[0-9.]+ ms"), with: "0 ms")
    }

    /// Every line in its order; all of them, where the page leaves none out (…).
    private static func keeps(_ promised: [String], _ said: String) -> Bool {
        let lines = said.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard promised.contains("…") else { return promised.filter { !$0.isEmpty } == lines.filter { !$0.isEmpty } }
        var rest = lines[...]
        for line in promised where line != "…" {
            guard let place = rest.firstIndex(of: line) else { return false }
            rest = rest[(place + 1)...]
        }
        return true
    }

    @Test func `the code on the page is the templates'`() throws {
        let files = ["c": "c/greeter.c", "cpp": "cpp/greeter.cpp", "rust": "rust/src/lib.rs"]
        for (language, file) in files {
            let template = try String(
                contentsOfFile: Fixtures.repository.path + "/sdk/templates/" + file, encoding: .utf8)
            let code = try #require(Self.blocks(language, in: Self.section("The SDKs")).first)
            #expect(template.contains(code), "\(file)")
        }
    }
}

/// A folder with a path as short as a person's: what is printed is cut to lines of 80.
private final class Home: Sendable {
    let path: String

    init() {
        var pattern = Array("/tmp/aXXXXXX".utf8CString)
        path = String(cString: mkdtemp(&pattern))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
