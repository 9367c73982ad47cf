import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// The process ends at the worst moments; nothing is lost, nothing is done twice.
@Suite struct CrashTests {
    /// Five steps with real files, and what they leave.
    private static func definition(failing: Bool) -> String {
        """
        { "saga": "report", "steps": [
          { "id": "folder", "uses": "files.make_directory", "with": { "path": "out" } },
          { "id": "first", "uses": "files.write", "with": { "path": "out/a.txt", "content": "one\\n" } },
          { "id": "more", "uses": "files.append", "with": { "path": "out/a.txt", "content": "two\\n" } },
          { "id": "moved", "uses": "files.move", "with": { "from": "out/a.txt", "to": "out/b.txt" } },
          \(failing ? "\"core.fail\"" : #"{ "id": "last", "uses": "files.append", "with": { "path": "keep.txt", "content": "three\n" } }"#) ] }
        """
    }

    private static let before = ["keep.txt": "kept\n"]
    private static let after = ["keep.txt": "kept\nthree\n", "out": "(folder)", "out/b.txt": "one\ntwo\n"]

    @Test(arguments: [false, true])
    func `killed at every write and every call, the run ends as it would have and no effect exists twice`(failing: Bool)
    {
        var kills = 0
        for point in FaultPoint.allCases {
            for index in 1... {
                let arcadia = Arcadia()
                _ = arcadia.folder.file("files/keep.txt", "kept\n")
                let definition = Self.definition(failing: failing)
                let (code, run, _) = arcadia.run(
                    definition, environment: ["ARCADIA_FAULT": "kill:\(point.rawValue):\(index)"])
                if code != -SIGKILL {
                    // The run ended before the fault came: every one of this kind has been tried.
                    #expect(run.text("status") == (failing ? "rolled_back" : "completed"))
                    break
                }
                kills += 1
                let resumed = arcadia("resume")
                #expect(resumed.code == 0, "\(point.rawValue) \(index): \(resumed.errors)")
                let end = arcadia.newestRun()
                #expect(end?.text("status") == (failing ? "rolled_back" : "completed"), "\(point.rawValue) \(index)")
                #expect(
                    arcadia.folder.tree("files") == (failing ? Self.before : Self.after), "\(point.rawValue) \(index)")
            }
        }
        print("kill sweep, \(failing ? "compensating" : "forward"): \(kills) kills")
        #expect(kills >= 20)
    }

    @Test func `killed twice in a row, during the recovery too, it still ends right`() {
        for index in 1...6 {
            let arcadia = Arcadia()
            _ = arcadia.folder.file("files/keep.txt", "kept\n")
            let first = arcadia.run(Self.definition(failing: true), environment: ["ARCADIA_FAULT": "kill:after_call:5"])
            #expect(first.code == -SIGKILL)
            arcadia("resume", environment: ["ARCADIA_FAULT": "kill:before_write:\(index)"])
            arcadia("resume", environment: ["ARCADIA_FAULT": "kill:after_call:1"])
            #expect(arcadia("resume").code == 0)
            #expect(arcadia.newestRun()?.text("status") == "rolled_back")
            #expect(arcadia.folder.tree("files") == Self.before)
        }
    }

    @Test func `a step killed after its checkpoint finds it again`() {
        let arcadia = Arcadia()
        let (code, _, _) = arcadia.run(
            #"[{ "id": "c", "uses": "scripted.act_idempotent", "with": { "do": "checkpoint_then_crash" } }]"#)
        #expect(code == -SIGSEGV)
        let resumed = arcadia("resume")
        #expect(resumed.code == 0)
        let run = arcadia.newestRun()
        #expect(run?.text("status") == "completed")
        #expect(run?["steps"]?.arrayValue?[0]["checkpoint"] == ["crashed": true])
    }

    @Test(arguments: [("crash", "SIGSEGV"), ("abort", "SIGABRT"), ("exit", "exit"), ("stack_overflow", "SIGSEGV")])
    func `a plugin that ends the process is named in the run, and it counts as an attempt`(word: String, cause: String)
        throws
    {
        let arcadia = Arcadia()
        let journal = arcadia.folder.path + "/journal"
        let (code, _, errors) = arcadia.run(
            #"["core.echo", { "id": "x", "uses": "scripted.act", "with": { "do": "\#(word)", "times": 1, "journal": "\#(journal)" }, "retry": { "initial_seconds": 0.01 } }]"#
        )
        #expect(code != 0)
        #expect(errors.contains("arcadia: plugin \"scripted\" ended this process (\(cause)) in scripted.act of run"))
        #expect(arcadia("resume").code == 0)
        let run = try #require(arcadia.newestRun())
        #expect(run.text("status") == "completed")
        let step = try #require(run["steps"]?.arrayValue?[1])
        #expect(step["attempt"] == 2)
        #expect(
            step["failures"]?.arrayValue?[0].text("message")
                == "plugin \"scripted 1.0.0\" crashed in scripted.act (\(cause)) and took the host with it")
        #expect(
            arcadia("runs", "show", run.text("run_id")).output.contains(
                "x attempt 1: plugin \"scripted 1.0.0\" crashed in scripted.act (\(cause))"))
    }

    @Test func `the third crash of one build keeps it out, its run waits with the reason, and the others go on`() throws
    {
        let arcadia = Arcadia()
        let crash =
            #"[{ "id": "x", "uses": "scripted.act_idempotent", "with": { "do": "crash" }, "retry": { "max_attempts": 9, "initial_seconds": 0.01 } }]"#
        #expect(arcadia.run(crash).code == -SIGSEGV)
        #expect(arcadia("resume").code == -SIGSEGV)
        #expect(arcadia("resume").code == -SIGSEGV)
        #expect(arcadia.run(#"["core.echo"]"#, "--detach").code == 0)
        let resumed = arcadia("resume")
        #expect(resumed.code == 69)
        #expect(resumed.output == "2 runs taken up: 1 completed, 1 cannot go on\n")
        #expect(
            resumed.errors.contains(
                "cannot go on: plugin \"scripted\" was refused: it crashed 3 times within 24 hours, last in scripted.act_idempotent; this build of it is not let in again"
            ))
        let listed = try #require(arcadia("plugins", "list", "--output", "json").json?["plugins"]?.arrayValue)
        #expect(
            listed.filter { $0.text("state") != "loaded" }.map { "\($0.text("id")): \($0.text("state"))" } == [
                "scripted: quarantined"
            ])

        #expect(
            arcadia("plugins", "release", "scripted").output
                == "plugin \"scripted\" is let in again; 3 crashes forgotten\n")
        #expect(arcadia("plugins", "list").output.contains(/scripted +1.0.0 +loaded/))
    }

    @Test func `a run whose plugin is gone is shown with the reason and does not stop the others`() throws {
        let arcadia = Arcadia()
        let (_, run, _) = arcadia.run(#"["core.echo", { "uses": "scripted.noop" }]"#, "--detach")
        arcadia.run(#"["core.echo"]"#, "--detach")
        let only = Arcadia.copy(["core"])
        let resumed = arcadia("resume", replacing: [only.path])
        #expect(resumed.code == 69)
        #expect(resumed.output == "2 runs taken up: 1 completed, 1 cannot go on\n")
        #expect(resumed.errors.contains("run \(run.text("run_id")) cannot go on: plugin \"scripted\" is not there"))
        let rows = try #require(arcadia("runs", "list", "--output", "json").json?["runs"]?.arrayValue)
        #expect(rows.last?.text("blocked") == "plugin \"scripted\" is not there")

        // With the plugin back, it goes on.
        #expect(arcadia("resume").code == 0)
        #expect(arcadia("runs", "show", run.text("run_id"), "--output", "json").json?.text("status") == "completed")
    }

    @Test
    func
        `a run that only waited for its plugin goes on when it is back, though nothing about it is known to be repeatable`()
    {
        let arcadia = Arcadia()
        let journal = arcadia.folder.path + "/journal"
        arcadia.run(
            #"["core.echo", { "id": "x", "uses": "scripted.act_blind", "with": { "journal": "\#(journal)" } }]"#,
            "--detach")
        let only = Arcadia.copy(["core"])
        for _ in 1...2 { #expect(arcadia("resume", replacing: [only.path]).code == 69) }
        #expect(arcadia("resume").code == 0)
        #expect(arcadia.newestRun()?.text("status") == "completed")
        #expect(arcadia.folder.text("journal")?.split(separator: "\n").count == 1)
    }

    @Test func `a call whose host left no file counts as begun, also for one run alone`() throws {
        let arcadia = Arcadia()
        let journal = arcadia.folder.path + "/journal"
        let (_, _, _) = arcadia.run(
            #"[{ "id": "x", "uses": "scripted.act", "with": { "do": "crash", "times": 1, "probe": "applied", "journal": "\#(journal)" } }]"#
        )
        for name in try FileManager.default.contentsOfDirectory(atPath: arcadia.data + "/hosts") {
            try FileManager.default.removeItem(atPath: arcadia.data + "/hosts/" + name)
        }
        let run = try #require(arcadia.newestRun())
        #expect(arcadia("runs", "resume", run.text("run_id")).code == 0)
        let calls = (arcadia.folder.text("journal") ?? "").split(separator: "\n").map { $0.split(separator: " ")[0] }
        #expect(calls == ["execute", "probe"])
    }

    @Test func `a step is taken back by the very build that executed it, though another is installed by now`() throws {
        let plugins = Arcadia.copy(["core", "scripted"])
        let arcadia = Arcadia(plugins: [plugins.path])
        let journal = arcadia.folder.path + "/journal"
        let cut = arcadia.run(
            #"[{ "id": "x", "uses": "scripted.act", "with": { "journal": "\#(journal)" } }, "core.echo", "core.fail"]"#,
            environment: ["ARCADIA_FAULT": "kill:after_write:3"])
        #expect(cut.code == -SIGKILL)
        let old = try #require(arcadia.newestRun()?["steps"]?.arrayValue?[0].text("plugin_hash"))

        // A new build of the same version: other bytes, so another hash.
        let library = URL(fileURLWithPath: plugins.path + "/scripted/libscripted.so")
        try (Data(contentsOf: library) + Data([0])).write(to: library)
        #expect(arcadia("resume").code == 0)
        let run = try #require(arcadia.newestRun())
        #expect(run.text("status") == "rolled_back")
        let compensated = run["events"]?.arrayValue?.last { $0.text("kind") == "compensation_completed" }
        #expect(compensated?.text("plugin_hash") == old)
    }

    @Test(arguments: [0, 100, 4096])
    func `a host's file that was cut short does not disturb anybody`(length: Int) throws {
        let arcadia = Arcadia()
        arcadia.run(#"["core.echo"]"#)
        try Data(count: length).write(to: URL(fileURLWithPath: arcadia.data + "/hosts/0123456789abcdef"))
        #expect(arcadia.run(#"["core.echo"]"#).code == 0)
        #expect(arcadia("resume").code == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: arcadia.data + "/hosts").isEmpty)
    }

    @Test(.enabled("mounting a small disk takes root", { getuid() == 0 }))
    func `a full disk is said so, and nothing is lost`() {
        let folder = TemporaryFolder()
        guard Command.run("/bin/mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder.path]).code == 0 else {
            return
        }
        defer { _ = Command.run("/bin/umount", ["-l", folder.path]) }
        func arcadia(_ words: String...) -> CommandResult {
            Command.run(
                Arcadia.program, words + ["--data", folder.path + "/data", "--plugins", BuiltPlugins.folder],
                input: #"["core.echo"]"#)
        }
        #expect(arcadia("run", "-").code == 0)
        _ = Command.run("/bin/dd", ["if=/dev/zero", "of=\(folder.path)/fill", "bs=64k", "status=none"])
        let full = arcadia("run", "-")
        #expect(full.code == 74, "\(full.errors)")
        #expect(full.errors.contains("has no room") || full.errors.contains("is full"))
        try? FileManager.default.removeItem(atPath: folder.path + "/fill")
        #expect(arcadia("resume").code == 0)
        #expect(arcadia("run", "-").code == 0)
    }

    @Test func `the database is closed to others, and a folder that is not ours is left alone`() throws {
        let arcadia = Arcadia()
        arcadia.run(#"["core.echo"]"#)
        func mode(_ path: String) throws -> Int {
            (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) ?? -1
        }
        #expect(try mode(arcadia.data) == 0o700)
        for name in try FileManager.default.contentsOfDirectory(atPath: arcadia.data) where name.hasPrefix("arcadia.db")
        {
            #expect(try mode(arcadia.data + "/" + name) == 0o600, "\(name)")
        }
        let open = arcadia.folder.file("shared/somebody.txt", "x")
        let shared = URL(fileURLWithPath: open).deletingLastPathComponent().path
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: shared)
        let refused = Command.run(
            Arcadia.program, ["run", "-", "--data", shared, "--plugins", BuiltPlugins.folder], input: "[\"core.echo\"]")
        #expect(refused.code == 77)
        #expect(refused.errors.contains("holds other files and is open to other users; expected a folder of its own"))
        #expect(try mode(shared) == 0o755)
    }

    @Test func `a database of a newer arcadia is refused and untouched`() throws {
        let arcadia = Arcadia()
        arcadia.run(#"["core.echo"]"#)
        let sql = "INSERT INTO arcadia_migrations VALUES ('0999 tomorrow', 0)"
        #expect(Command.run("/usr/bin/sqlite3", [arcadia.data + "/arcadia.db", sql]).code == 0)
        let refused = arcadia("runs", "list")
        #expect(refused.code == 69)
        #expect(
            refused.errors.contains(
                "the database was made by a newer arcadia: it has \"0999 tomorrow\", and this one knows up to \"0015 what runs wait for\""
            ))
    }
}

extension Arcadia {
    /// With other plugin folders than its own.
    func callAsFunction(_ words: String..., replacing plugins: [String]) -> CommandResult {
        Command.run(
            Self.program,
            words + ["--data", data, "--config", "files.root=\(files)"] + plugins.flatMap { ["--plugins", $0] },
            environment: ["HOME": folder.path])
    }
}
