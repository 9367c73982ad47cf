import ArcadiaTesting
import Foundation
import FoundationXML
import SagaCore
import Testing

/// `arcadia plugins check`, held against a zoo of plugins that are each bad in one way, and against the good ones.
@Suite struct PluginsCheckTests {
    /// A line of Tests/Fixtures/plugins/zoo/ways.
    struct Way: Sendable {
        let name: String
        /// The test that is for it; "-": it is good.
        let id: String
        let status: String
        /// Another test that warns of it, too.
        let warned: String

        /// What is to be found, and nothing else.
        var findings: [String] {
            [id == "-" ? nil : "\(id) \(status)", warned == "-" ? nil : "\(warned) warn"].compactMap { $0 }.sorted()
        }

        /// As deep as its test lies: what is shallower must not catch it, nor another of its level.
        var level: Int {
            switch id.first {
            case "A": 1
            case "B": 2
            case "F", "G", "H": 4
            case "I", "-": 5
            default: 3
            }
        }
    }

    static let ways: [Way] = {
        let file = Fixtures.repository.appendingPathComponent("Tests/Fixtures/plugins/zoo/ways")
        return try! String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard !line.hasPrefix("#"), words.count >= 4 else { return nil }
            return Way(name: words[0], id: words[1], status: words[2], warned: words[3])
        }
    }()

    /// What is refused before it is loaded, and what crashes a host: built for other tests, and checked here as well.
    static let others: [(path: String, findings: [String])] = [
        ("bad/good/good", []), ("bad/not_elf/not_elf", ["A01 fail"]), ("bad/truncated/truncated", ["A01 fail"]),
        ("bad/other_machine/other_machine", ["A01 fail"]), ("bad/not_shared/not_shared", ["A01 fail"]),
        ("bad/no_entry/no_entry", ["A05 fail"]), ("bad/other_major/other_major", ["A05 fail"]),
        ("bad/undefined_symbol/undefined_symbol", ["A08 fail"]),
        ("bad/constructor_crash/constructor_crash", ["A12 warn", "B01 crash"]),
        ("bad/entry_crash/entry_crash", ["B03 crash"]), ("bad/null_table/null_table", ["B03 fail"]),
        ("bad/null_table_after_log/null_table_after_log", ["B03 fail"]),
        ("bad/struct_too_small/struct_too_small", ["B06 fail"]),
        ("bad/needs_newer_host/needs_newer_host", ["B06 fail"]), ("bad/wrong_id/wrong_id", ["B07 fail"]),
        ("bad/wrong_version/wrong_version", ["B07 fail"]), ("bad/null_operations/null_operations", ["B07 fail"]),
        ("bad/operation_missing/operation_missing", ["B07 fail"]),
        ("bad/operation_extra/operation_extra", ["B07 fail"]),
        ("bad/compensate_missing/compensate_missing", ["B07 fail"]), ("bad/create_fails/create_fails", ["C01 fail"]),
        ("bad/manifest_not_json/manifest_not_json", ["A02 fail"]),
        ("bad/manifest_missing_key/manifest_missing_key", ["A02 fail"]),
        ("bad/manifest_unknown_key/manifest_unknown_key", ["A02 fail"]),
        ("bad/manifest_newer/manifest_newer", ["A02 fail"]), ("bad/abi_major_2/abi_major_2", ["A02 fail"]),
        ("bad/folder_not_id/another_name", ["A02 fail"]), ("bad/group_writable/group_writable", ["A16 fail"]),
        ("hostile/at_load/constructor_aborts/hostile", ["A12 warn", "B01 crash"]),
        ("hostile/at_load/constructor_exits/hostile", ["A12 warn", "B01 crash"]),
        ("hostile/at_load/constructor_loops/hostile", ["A12 warn", "B01 timeout"]),
        ("hostile/at_load/constructor_opens_socket/hostile", ["A12 warn", "B01 crash"]),
        ("hostile/at_load/entry_faults/hostile", ["A12 warn", "B03 crash"]),
        ("hostile/at_load/entry_loops/hostile", ["A12 warn", "B03 timeout"]),
        ("hostile/at_load/create_faults/hostile", ["A12 warn", "C01 crash"]),
        ("hostile/at_load/create_exits/hostile", ["A12 warn", "C01 crash"]),
        ("hostile/at_load/create_sleeps/hostile", ["A12 warn", "C01 timeout"]),
    ]

    private static func check(_ path: String, _ words: String...) -> CommandResult {
        let folder = TemporaryFolder()
        return Command.run(
            Arcadia.program, ["plugins", "check", path] + words,
            environment: ["HOME": folder.path, "TMPDIR": folder.path])
    }

    /// Tests that did not pass, as "ID status", and what else they say.
    private static func findings(_ result: CommandResult) -> [String] {
        (result.json?["tests"]?.arrayValue ?? []).filter { !["pass", "skip"].contains($0.text("status")) }
            .map { $0.text("id") + " " + $0.text("status") }.sorted()
    }

    private static func expect(_ wanted: [String], _ result: CommandResult) {
        #expect(findings(result) == wanted, "\(result.output)\(result.errors)")
        #expect(result.code == (wanted.allSatisfy { $0.hasSuffix("warn") } ? 0 : 1))
    }

    /// All of the zoo through all tests takes minutes: `make zoo`.
    static let isWhole = ProcessInfo.processInfo.environment["ARCADIA_ZOO"] == "whole"

    @Test(arguments: ways.filter { $0.id != "-" }.map(\.name))
    func `each plugin of the zoo is caught by the test that is for it`(name: String) {
        let way = Self.ways.first { $0.name == name }!
        Self.expect(
            ["\(way.id) \(way.status)"],
            Self.check("\(BuiltPlugins.zoo)/\(name)/zoo", "--only", way.id, "--output", "json"))
    }

    @Test(arguments: ways.indices.filter { isWhole || $0 % 12 == 0 }.map { ways[$0].name })
    func `no plugin of the zoo is caught by another test than the one that is for it`(name: String) {
        let way = Self.ways.first { $0.name == name }!
        Self.expect(
            way.findings,
            Self.check("\(BuiltPlugins.zoo)/\(name)/zoo", "--level", "\(way.level)", "--output", "json"))
    }

    @Test(arguments: others.map(\.path))
    func `what a host refuses or dies of is caught by the test that is for it`(path: String) {
        let folder = path.hasPrefix("bad/") ? BuiltPlugins.bad : BuiltPlugins.hostile
        let place = folder + path.drop { $0 != "/" }
        let wanted = Self.others.first { $0.path == path }!.findings
        Self.expect(wanted, Self.check(place, "--level", "3", "--output", "json"))
    }

    @Test func `every test has a bad plugin that it catches`() {
        let known = Self.check(BuiltPlugins.zoo + "/none/zoo", "--level", "5", "--output", "json").json
        let ids = Set((known?["tests"]?.arrayValue ?? []).map { $0.text("id") })
        let caught = Set(Self.ways.map(\.id) + Self.others.flatMap(\.findings).map { String($0.prefix(3)) })
        #expect(ids.count > 50)
        #expect(ids.subtracting(caught).isEmpty)
        #expect(Self.ways.count { $0.id != "-" } + Self.others.count { !$0.findings.isEmpty } >= 60)
    }

    @Test(arguments: ["core", "files", "digitalocean"])
    func `the plugins that come with it hold to the laws of a step`(name: String) {
        Self.expect([], Self.check("\(BuiltPlugins.folder)/\(name)", "--output", "json"))
    }

    // MARK: - Words

    @Test func `a failure says what was seen and expected, how to mend it and how to see it again`() {
        let path = BuiltPlugins.zoo + "/ignores_checkpoint/zoo"
        let result = Self.check(path, "--only", "D06,A01")
        #expect(result.code == 1)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(
            lines.dropLast() == [
                "failed D06 A checkpoint that is not written stops the step",
                "  seen      execute of make returned OK although its checkpoint was not written",
                "  expected  no ARCADIA_OK after checkpoint() returned non-zero",
                "  fix       look at what checkpoint() returns; fail with the effect as it is",
                "  repeat    arcadia plugins check \(path) --only D06",
            ])
        #expect(lines.last?.hasPrefix("zoo: 1 passed, 0 warnings, 1 failed, 0 skipped in ") == true)
    }

    @Test func `a crash is told with what the plugin was doing`() {
        let result = Self.check(BuiltPlugins.zoo + "/keeps_input/zoo", "--only", "D04", "--output", "json")
        let test = result.json?["tests"]?.arrayValue?.first
        #expect(test?.text("status") == "crash")
        #expect(test?.text("seen") == "it ended its process in execute of make: SIGSEGV")
    }

    @Test func `the sweep says at which moment the worker was killed`() {
        let result = Self.check(BuiltPlugins.zoo + "/asks_without_key/zoo", "--only", "F08", "--output", "json")
        let seen = result.json?["tests"]?.arrayValue?.first?.text("seen") ?? ""
        #expect(seen.hasPrefix("ask: killed after request 1, POST, then taken back: the server has "), "\(seen)")
    }

    @Test func `tests that wait for others are told in one line`() {
        let result = Self.check(BuiltPlugins.zoo + "/create_says_nothing/zoo", "--level", "3", "--skip", "D01,D03,D15")
        #expect(result.output.contains("\nskipped C03 C04 C05 C02 D02 D04 "))
        #expect(result.output.contains(": others have to pass first\n"))
    }

    @Test func `what is printed fits into 80 columns, but for the command`() {
        let result = Self.check(BuiltPlugins.zoo + "/version_of_words/zoo", "--level", "3")
        for line in result.output.split(separator: "\n") where !line.hasPrefix("  repeat") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    // MARK: - Options

    @Test func `only makes one test again, whatever the level`() {
        let result = Self.check(BuiltPlugins.zoo + "/none/zoo", "--only", "I02", "--seed", "9", "--output", "json")
        #expect(result.code == 0)
        #expect(result.json?["tests"]?.arrayValue?.map { $0.text("id") } == ["I02"])
        #expect(result.json?["seed"] == 9)
    }

    @Test func `an unknown test, level or folder is a matter of usage`() {
        let path = BuiltPlugins.zoo + "/none/zoo"
        let unknown = Self.check(path, "--only", "D99")
        #expect(unknown.code == 64)
        #expect(unknown.errors.contains("there is no test \"D99\""))
        #expect(Self.check(path, "--level", "6").code == 64)
        let nowhere = Self.check("/no/where")
        #expect(nowhere.code == 64)
        #expect(
            nowhere.errors.contains("there is no folder \"/no/where\"; expected a plugin's, with plugin.json in it"))
    }

    @Test func `a mistake in check.json is told with its place`() throws {
        let folder = TemporaryFolder()
        try FileManager.default.copyItem(atPath: BuiltPlugins.zoo + "/none/zoo", toPath: folder.path + "/zoo")
        _ = folder.file("zoo/check.json", #"{ "folder": {} }"#)
        let result = Self.check(folder.path + "/zoo", "--level", "1")
        #expect(result.code == 64)
        #expect(result.errors.contains("check.json: \"folder\" is not one of its keys; they are config, folders,"))
    }

    @Test func `a round is made as often as asked`() {
        let result = Self.check(BuiltPlugins.zoo + "/none/zoo", "--level", "1", "--repeat", "3")
        #expect(result.output.components(separatedBy: "zoo: 16 passed").count == 4)
    }

    @Test func `JUnit is XML with a case for each test`() throws {
        let result = Self.check(BuiltPlugins.zoo + "/keeps_input/zoo", "--level", "3", "--output", "junit")
        #expect(result.code == 1)
        let reader = CaseReader()
        let parser = XMLParser(data: Data(result.output.utf8))
        parser.delegate = reader
        #expect(parser.parse())
        #expect(reader.suite["errors"] == "1")
        #expect(reader.suite["failures"] == "0")
        #expect(Int(reader.suite["tests"] ?? "") == reader.cases.count)
        #expect(reader.cases.contains("D04 Nothing that it is lent is used after the call"))
        #expect(reader.errors == ["it ended its process in execute of make: SIGSEGV"])
    }

    // MARK: - Where it loads

    @Test func `nothing of a plugin runs in the checker, but where it is told to`() throws {
        let folder = TemporaryFolder()
        let marker = folder.path + "/pids"
        try Self.buildMarker(folder, marker)
        _ = folder.file("pids", "")
        let run = { (words: [String]) -> String in
            try Data().write(to: URL(fileURLWithPath: marker))
            return try Self.run(["plugins", "check", folder.path + "/zoo", "--level", "3"] + words)
        }
        let checker = try run([])
        let workers = try String(contentsOfFile: marker, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(workers.count > 20)
        // One test loads two copies side by side.
        #expect(Set(workers).count == workers.count - 1)
        #expect(!workers.contains(checker))

        let inProcess = try run(["--in-process", "--only", "B03"])
        #expect(try String(contentsOfFile: marker, encoding: .utf8) == inProcess + "\n")
    }

    /// Its constructor writes the process's number into a file.
    private static func buildMarker(_ folder: TemporaryFolder, _ marker: String) throws {
        try FileManager.default.copyItem(atPath: BuiltPlugins.zoo + "/none/zoo", toPath: folder.path + "/zoo")
        let source = folder.file(
            "marker.c",
            """
            #include <fcntl.h>
            #include <stdio.h>
            #include <unistd.h>
            __attribute__((constructor)) static void mark(void) {
                int file = open("\(marker)", O_WRONLY | O_APPEND);
                dprintf(file, "%d\\n", (int)getpid());
                close(file);
            }
            """)
        let json = folder.path + "/zoo/plugin.json"
        let manifest = try String(contentsOfFile: json, encoding: .utf8)
        // A worker reaches no file that it does not ask for.
        let wider = manifest.replacingOccurrences(
            of: "\"access\": \"write\" }",
            with: "\"access\": \"write\" }, { \"path\": \"\(folder.path)\", \"access\": \"write\" }")
        try wider.write(toFile: json, atomically: false, encoding: .utf8)
        let root = Fixtures.repository.path
        let built = Command.run(
            "/usr/bin/env",
            [
                "cc", "-std=gnu11", "-w", "-fPIC", "-shared", "-fvisibility=hidden", "-I\(root)/sdk/c/include",
                "-Wl,--version-script=\(root)/sdk/link/one-symbol.map", "-o", folder.path + "/zoo/libzoo.so",
                root + "/Tests/Fixtures/plugins/zoo/zoo.c", source,
            ])
        precondition(built.code == 0, built.errors)
    }

    /// Runs the program to its end.
    ///
    /// - Returns: the number of its process.
    private static func run(_ words: [String]) throws -> String {
        let process = try ChildProcess(Arcadia.program, words)
        process.waitUntilExit()
        return "\(process.processIdentifier)"
    }
}

/// What stands in a JUnit report.
private final class CaseReader: NSObject, XMLParserDelegate {
    var suite: [String: String] = [:]
    var cases: [String] = []
    var errors: [String] = []

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        switch element {
        case "testsuite": suite = attributes
        case "testcase": cases.append(attributes["name"] ?? "")
        case "error": errors.append(attributes["message"] ?? "")
        default: break
        }
    }
}
