import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Plugins in workers: where they run, what they are kept from, who decides.
@Suite struct WorkerTests {
    private static let python = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
    private static let examples = Fixtures.repository.path + "/sdk/examples/python"

    private static func worker(_ plugins: [String] = [BuiltPlugins.folder]) -> Arcadia {
        Arcadia(plugins: plugins, trusted: false)
    }

    @Test
    func
        `who is not trusted runs in a worker, who is named in grants runs here, and nothing loosens what asks for one`()
        throws
    {
        let arcadia = Self.worker()
        func place(_ words: String..., environment: [String: String] = [:]) -> String? {
            arcadia("plugins", "show", "core", "--output", "json", environment: environment).json?["placement"]?
                .stringValue
        }
        #expect(place() == "worker")
        #expect(arcadia("plugins", "show", "core").output.contains("several at once, in a worker process of its own"))
        _ = arcadia.folder.file(".config/arcadia/grants.json", #"{ "core": { "placement": "in_process" } }"#)
        #expect(place() == "in_process")
        #expect(place(environment: ["ARCADIA_PLACEMENT": "worker"]) == "worker")
        let refused = arcadia("plugins", "list", environment: ["ARCADIA_PLACEMENT": "in_process"])
        #expect(refused.code == 64)
        #expect(
            refused.errors.hasPrefix("error: ARCADIA_PLACEMENT is \"in_process\"; expected \"worker\", or nothing\n"))
        #expect(arcadia("plugins", "show", "cloud", "--output", "json").json?["placement"] == "host")
    }

    @Test func `a plugin in a worker runs in another process, and two plugins in two`() {
        let arcadia = Self.worker()
        let (code, run, errors) = arcadia.run(
            #"["core.echo", { "uses": "files.write", "with": { "path": "a.txt", "content": "x" } }]"#)
        #expect(code == 0, "\(errors)")
        #expect(run.text("status") == "completed")
        #expect(arcadia.folder.tree("files") == ["a.txt": "x"])
    }

    @Test
    func `killed at every write and every call of a worker, the run ends as it would have and no effect exists twice`()
    {
        let definition = """
            [ { "uses": "files.write", "with": { "path": "a.txt", "content": "one\\n" } },
              { "uses": "files.append", "with": { "path": "a.txt", "content": "two\\n" } }, "core.fail" ]
            """
        var kills = 0
        for point in FaultPoint.allCases {
            for index in 1... {
                let arcadia = Self.worker()
                _ = arcadia.folder.file("files/keep.txt", "kept\n")
                let code = arcadia.run(definition, environment: ["ARCADIA_FAULT": "kill:\(point.rawValue):\(index)"])
                    .code
                if code != -SIGKILL { break }
                kills += 1
                #expect(arcadia("resume").code == 0, "\(point.rawValue) \(index)")
                #expect(arcadia.newestRun()?.text("status") == "rolled_back", "\(point.rawValue) \(index)")
                #expect(arcadia.folder.tree("files") == ["keep.txt": "kept\n"], "\(point.rawValue) \(index)")
            }
        }
        print("kill sweep with workers: \(kills) kills")
        #expect(kills >= 20)
    }

    @Test func `the third crash of a worker keeps its build out of the same host, until somebody releases it`() {
        let arcadia = Self.worker([BuiltPlugins.hostile, BuiltPlugins.folder])
        let definition =
            #"[{ "uses": "hostile.do", "with": { "how": "segv" }, "retry": { "max_attempts": 9, "initial_seconds": 0.01 } }]"#
        let (code, _, errors) = arcadia.run(definition)
        #expect(code != 0)
        #expect(
            errors.contains(
                "it crashed 3 times within 24 hours, last in hostile.do; this build of it is not let in again"),
            "\(errors)"
        )
        #expect(arcadia("plugins", "list").output.contains("quarantined"))
        #expect(arcadia("plugins", "release", "hostile").code == 0)
        #expect(!arcadia("plugins", "list").output.contains("quarantined"))
        #expect(arcadia.run(#"["core.echo"]"#).code == 0)
    }

    @Test(.enabled(if: python, "there is no /usr/bin/python3"))
    func `a program that speaks the protocol itself is a plugin like any other`() {
        let arcadia = Self.worker([Self.examples, BuiltPlugins.folder])
        let note = #"{ "id": "note", "uses": "notes.add", "with": { "text": "water the plants" } }"#
        let (code, run, errors) = arcadia.run("[\(note)]")
        #expect(code == 0, "\(errors)")
        let file = run["steps"]?.arrayValue?.first?["output"]?["file"]?.stringValue ?? ""
        #expect((try? String(contentsOfFile: file, encoding: .utf8)) == "water the plants\n")
        #expect(arcadia.run("[\(note), \"core.fail\"]").run.ledger == ["note: compensated", "step_2: failed"])
        #expect(arcadia.folder.tree("data/notes").count == 1)
    }

    @Test(
        .enabled(if: python, "there is no /usr/bin/python3"),
        arguments: [
            ("raise SystemExit(3)", "it ended the process itself, with 3"),
            ("import socket; socket.socket(socket.AF_INET)", "SIGSYS: it made a system call that a worker may not"),
            ("lane.stream.write(b'nonsense nonsense'); lane.stream.flush(); lane.receive()", "it sent a frame of"),
            ("lane.send({'frame': 'outcome', 'status': 'perhaps'}); lane.receive()", "it sent an outcome that is none"),
            (
                "lane.send({'frame': 'outcome', 'status': 'found', 'effect': 'none'}); lane.receive()",
                "it sent an outcome that is none"
            ),
        ])
    func `what a program gets wrong is told, and the host goes on`(line: String, words: String) throws {
        let arcadia = Self.worker([Self.examples, BuiltPlugins.folder])
        let own = arcadia.folder.path + "/plugins/notes"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
        let text = try String(contentsOfFile: Self.examples + "/notes/notes", encoding: .utf8)
        let call = "    while (call := lane.receive()) is not None:\n"
        try #require(text.contains(call))
        try text.replacingOccurrences(of: call, with: call + "        if call['verb'] == 'execute': \(line)\n")
            .write(toFile: own + "/notes", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: own + "/notes")
        try FileManager.default.copyItem(atPath: Self.examples + "/notes/plugin.json", toPath: own + "/plugin.json")
        let wrong = Arcadia(plugins: [arcadia.folder.path + "/plugins", BuiltPlugins.folder], trusted: false)
        let (code, run, _) = wrong.run(
            #"["core.echo", { "uses": "notes.add", "with": { "text": "x" }, "retry": { "max_attempts": 1 } }]"#)
        #expect(code == 1)
        #expect(run.text("status") == "rolled_back")
        let failure = run["steps"]?.arrayValue?.last?["failures"]?.arrayValue?.first
        #expect(failure?.text("code") == "crashed")
        #expect(failure?.text("message").contains(words) == true, "\(failure?.text("message") ?? "none")")
    }
}
