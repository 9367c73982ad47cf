import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Runs through the real program, real plugins, a real database.
@Suite struct RunTests {
    private let arcadia = Arcadia()

    @Test func `three echoes complete with the context holding all three`() {
        let (code, run, _) = arcadia.run(#"["core.echo", "core.echo", "core.echo"]"#)
        #expect(code == 0)
        #expect(run.text("status") == "completed")
        #expect(
            run["context"] == ["echoed_at_step_1": "hello", "echoed_at_step_2": "hello", "echoed_at_step_3": "hello"])
        #expect(run["error"] == .null)
    }

    @Test func `echo, echo, fail ends rolled back, its error naming the step and the reason`() {
        let (code, run, errors) = arcadia.run(#"["core.echo", "core.echo", "core.fail"]"#)
        #expect(code == 1)
        #expect(run.text("status") == "rolled_back")
        #expect(run.statuses == ["compensated", "compensated", "failed"])
        let reason = "step \"step_3\" (core.fail) failed: core.fail was asked to fail"
        #expect(run["error"]?.text("message") == reason)
        #expect(errors == "error: run \(run.text("run_id")) was rolled back: \(reason)\n")
    }

    @Test func `a completed run leaves its files, a failing one leaves none`() {
        let wrote = arcadia.run(
            #"[{ "uses": "files.make_directory", "with": { "path": "a" } }, { "uses": "files.write", "with": { "path": "a/b.txt", "content": "hello" } }]"#
        )
        #expect(wrote.code == 0)
        #expect(arcadia.folder.tree("files") == ["a": "(folder)", "a/b.txt": "hello"])

        let failed = arcadia.run(
            #"[{ "uses": "files.write", "with": { "path": "a/b.txt", "content": "changed" } }, { "uses": "files.append", "with": { "path": "a/b.txt", "content": "!" } }, { "uses": "files.make_directory", "with": { "path": "c" } }, { "uses": "files.remove", "with": { "path": "a/b.txt" } }, "core.fail"]"#
        )
        #expect(failed.code == 1)
        #expect(arcadia.folder.tree("files") == ["a": "(folder)", "a/b.txt": "hello"])
    }

    @Test func `a step reads inputs, the context and what earlier steps put out`() {
        let (code, run, _) = arcadia.run(
            """
            { "saga": "trip", "inputs": { "required": ["name"], "properties": { "name": { "type": "string" }, "n": { "type": "integer", "default": 3 } } },
              "steps": [ { "id": "a", "uses": "core.set", "with": { "values": { "greeting": "hi ${ .inputs.name }", "n": "${ .inputs.n }" } } },
                         { "id": "b", "uses": "core.echo", "with": { "message": "${ .context.greeting } ${ .steps.a.output.n }" } } ] }
            """, "--input", "name=Ada")
        #expect(code == 0)
        #expect(run["context"]?["echoed_at_step_2"] == "hi Ada 3")
        #expect(run["context"]?["n"] == 3)
    }

    @Test func `every mistake in the inputs is told, with what there is`() {
        let definition = """
            { "saga": "trip", "inputs": { "required": ["name", "size"], "properties": { "name": { "type": "string" }, "size": { "enum": ["s", "l"] } } }, "steps": ["core.echo"] }
            """
        let (code, _, errors) = arcadia.run(definition, "--input", "size=xl", "--input", "colour=red")
        #expect(code == 65)
        #expect(errors.contains("inputs: \"name\" is missing"))
        #expect(errors.contains("inputs: \"size\" is \"xl\"; expected one of \"s\", \"l\""))
        #expect(errors.contains("\"colour\" is not a property here"))
        #expect(arcadia("runs", "list").errors == "no runs\n")
    }

    @Test func `a bad definition makes no run and exits with 65`() {
        let (code, _, errors) = arcadia.run(#"["cor.echo"]"#)
        #expect(code == 65)
        #expect(
            errors.contains("step \"step_1\" uses plugin \"cor\", which is not loaded\nhint: did you mean \"core\"?"))
        #expect(arcadia("runs", "list").errors == "no runs\n")
    }

    @Test func `the same idempotency key is the same run, and another definition under it is refused`() {
        let first = arcadia.run(#"["core.echo"]"#, "--idempotency-key", "k1")
        let again = arcadia.run(#"["core.echo"]"#, "--idempotency-key", "k1")
        #expect(again.code == 0)
        #expect(again.run.text("run_id") == first.run.text("run_id"))
        let other = arcadia.run(#"["core.set"]"#, "--idempotency-key", "k1")
        #expect(other.code == 65)
        #expect(other.errors.contains("belongs to run \(first.run.text("run_id")), which has another definition"))
    }

    @Test func `a detached run is recorded, and resume drives it`() {
        let (code, run, _) = arcadia.run(#"["core.echo"]"#, "--detach")
        #expect(code == 0)
        #expect(run.text("status") == "pending")
        let resumed = arcadia("resume")
        #expect(resumed.output == "1 run taken up: 1 completed\n")
        #expect(arcadia.newestRun()?.text("status") == "completed")
        #expect(arcadia("resume").output == "nothing was left to drive\n")
    }

    @Test func `a retry waits, tries again and completes`() {
        let (code, run, _) = arcadia.run(
            #"[{ "id": "a", "uses": "core.fail", "with": { "retry": true, "succeed_on_attempt": 3 }, "retry": { "initial_seconds": 0.01 } }]"#
        )
        #expect(code == 0)
        #expect(run["steps"]?.arrayValue?[0]["attempt"] == 3)
        #expect(run["steps"]?.arrayValue?[0]["failures"]?.arrayValue?.count == 2)
    }

    @Test func `a compensation that keeps failing ends the run failed, names what is left, and retry takes it up`() {
        let journal = arcadia.folder.path + "/journal"
        let (code, run, errors) = arcadia.run(
            """
            [ { "id": "a", "uses": "scripted.act", "with": { "journal": "\(journal)" } },
              { "id": "b", "uses": "scripted.act", "with": { "journal": "\(journal)", "compensate": "fail", "compensate_times": 2 },
                "compensation": { "retry": { "max_attempts": 2, "initial_seconds": 0.01 } } },
              "core.fail" ]
            """)
        #expect(code == 2)
        #expect(run.text("status") == "failed")
        #expect(run.ledger == ["a: compensated", "b: compensation_failed", "step_3: failed"])
        #expect(
            errors.contains(
                "failed and a person is needed: step \"b\" (scripted.act) could not be taken back: scripted was asked to fail its compensation"
            ))
        #expect(errors.contains("hint: when the cause is mended, `arcadia runs retry \(run.text("run_id"))`"))

        let retried = arcadia("runs", "retry", run.text("run_id"), "--reason", "mended")
        #expect(retried.code == 1)
        #expect(arcadia.newestRun()?.text("status") == "rolled_back")
        #expect(arcadia.newestRun()?.ledger == ["a: compensated", "b: compensated", "step_3: failed"])
    }

    @Test func `halt stops where a compensation fails and leaves the rest in place`() {
        let (code, run, _) = arcadia.run(
            """
            [ "core.echo",
              { "id": "b", "uses": "scripted.act", "with": { "compensate": "fail" },
                "compensation": { "on_failure": "halt", "retry": { "max_attempts": 1 } } },
              "core.fail" ]
            """)
        #expect(code == 2)
        #expect(run.statuses == ["completed", "compensation_failed", "failed"])
    }

    @Test func `a run that sleeps is cancelled by another process and takes back what it did`() throws {
        let file = arcadia.folder.file(
            "sleep.json", #"["core.echo", { "id": "nap", "uses": "core.sleep", "with": { "seconds": 3600 } }]"#)
        let host = arcadia.start("run", file)
        let run = try #require(
            arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? $0 : nil } })
        let cancelled = arcadia("runs", "cancel", run.text("run_id"), "--reason", "changed my mind")
        host.waitUntilExit()
        #expect(cancelled.code == 1)
        #expect(host.code == 1)
        let ended = try #require(arcadia.newestRun())
        #expect(ended.text("status") == "rolled_back")
        #expect(ended["error"]?.text("message") == "cancelled: changed my mind")
        #expect(ended.ledger == ["step_1: compensated", "nap: compensated"])
    }

    @Test func `a call that polls for cancel is stopped in the middle`() throws {
        let file = arcadia.folder.file(
            "wait.json",
            #"["core.echo", { "id": "w", "uses": "scripted.act", "with": { "do": "wait_cancel", "effect": "none" } }]"#)
        let host = arcadia.start("run", file)
        let run = try #require(arcadia.eventually { $0.newestRun().flatMap { $0.statuses.count == 2 ? $0 : nil } })
        #expect(arcadia("runs", "cancel", run.text("run_id")).code == 1)
        host.waitUntilExit()
        #expect(arcadia.newestRun()?.ledger == ["step_1: compensated", "w: failed"])
    }

    @Test func `two hosts on one data folder drive their own runs to the end`() {
        let file = arcadia.folder.file(
            "nap.json", #"["core.echo", { "uses": "core.sleep", "with": { "seconds": 0.3 } }, "core.echo"]"#)
        let hosts = (0..<4).map { _ in arcadia.start("run", file) }
        for host in hosts { host.waitUntilExit() }
        #expect(hosts.allSatisfy { $0.code == 0 })
        let runs = arcadia("runs", "list", "--output", "json").json?["runs"]?.arrayValue ?? []
        #expect(runs.map { $0.text("status") } == ["completed", "completed", "completed", "completed"])
    }

    @Test func `a run that polls is cancelled too`() throws {
        let file = arcadia.folder.file(
            "poll.json",
            #"["core.echo", { "id": "p", "uses": "scripted.act", "with": { "do": "suspend", "suspend_ms": 20, "suspends": 100000 } }]"#
        )
        let host = arcadia.start("run", file)
        let run = try #require(
            arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? $0 : nil } })
        #expect(arcadia("runs", "cancel", run.text("run_id")).code == 1)
        host.waitUntilExit()
        #expect(arcadia.newestRun()?.ledger == ["step_1: compensated", "p: compensated"])
    }

    @Test func `a call that never comes back is given up, and its run goes on without it`() {
        let journal = arcadia.folder.path + "/journal"
        let (code, run, _) = arcadia.run(
            #"["core.echo", { "id": "h", "uses": "scripted.act", "with": { "do": "hang", "probe": "partial", "journal": "\#(journal)" }, "timeout_seconds": 0.2 }]"#
        )
        #expect(code == 1)
        #expect(run.statuses == ["compensated", "compensated"])
        #expect(
            run["error"]?.text("message")
                == "step \"h\" (scripted.act) failed: scripted.act did not return within 0.2 s, nor when it was asked to stop; its outcome is unknown"
        )
    }

    @Test func `a run under a key that was cut off is driven to its end by the same command`() {
        let definition = #"["core.echo", "core.echo"]"#
        let cut = arcadia.run(
            definition, "--idempotency-key", "k", environment: ["ARCADIA_FAULT": "kill:after_write:1"])
        #expect(cut.code == -SIGKILL)
        let again = arcadia.run(definition, "--idempotency-key", "k")
        #expect(again.code == 0)
        #expect(again.run.text("status") == "completed")
    }

    @Test func `what is not UTF-8 is not taken for a definition`() throws {
        let file = arcadia.folder.file("x.json", "")
        try Data(#"["core.echo", ""#.utf8 + [0xFF, 0xFE] + #""]"#.utf8).write(to: URL(fileURLWithPath: file))
        let result = arcadia("check", file)
        #expect(result.code == 65)
        #expect(result.errors.contains("cannot be read as UTF-8 text"))
    }

    @Test func `a timeout is asked to stop, then given up, and its outcome is unknown`() {
        let (code, run, _) = arcadia.run(
            #"["core.echo", { "id": "h", "uses": "scripted.act_blind", "with": { "do": "wait_cancel", "effect": "none" }, "timeout_seconds": 0.1, "retry": { "max_attempts": 1 } }]"#
        )
        #expect(code == 1)
        #expect(run.statuses == ["compensated", "failed"])
        #expect(run["error"]?.text("code") == "timed_out")
    }

    @Test(arguments: [("partial", "compensated"), ("applied", "compensated"), ("none", "failed")])
    func `a step that fails half-way is compensated too, one that left nothing is not`(effect: String, status: String) {
        let journal = arcadia.folder.path + "/journal"
        let (code, run, _) = arcadia.run(
            #"["core.echo", { "id": "x", "uses": "scripted.act", "with": { "do": "fail", "effect": "\#(effect)", "journal": "\#(journal)" } }]"#
        )
        #expect(code == 1)
        #expect(run.statuses == ["compensated", status])
        let calls = (arcadia.folder.text("journal") ?? "").split(separator: "\n").map { $0.split(separator: " ")[0] }
        #expect(calls == (status == "failed" ? ["execute"] : ["execute", "compensate"]))
    }

    @Test(arguments: [
        ("none", ["execute", "probe", "execute"], "completed"), ("applied", ["execute", "probe"], "completed"),
        ("partial", ["execute", "probe", "compensate"], "rolled_back"),
    ])
    func `an unknown effect is probed, and the run goes on as the probe says`(
        found: String, calls: [Substring], end: String
    ) {
        let journal = arcadia.folder.path + "/journal"
        let (_, run, _) = arcadia.run(
            #"[{ "id": "x", "uses": "scripted.act", "with": { "do": "fail", "effect": "unknown", "times": 1, "probe": "\#(found)", "journal": "\#(journal)" }, "retry": { "initial_seconds": 0.01 } }]"#
        )
        #expect(run.text("status") == end)
        #expect(
            (arcadia.folder.text("journal") ?? "").split(separator: "\n").map { $0.split(separator: " ")[0] } == calls)
    }

    @Test func `what plugins return is held against the contract`() {
        for (word, message) in [
            ("no_fail_call", "it failed and gave no reason"), ("bad_status", "it returned status"),
        ] {
            let (code, run, _) = arcadia.run(#"[{ "uses": "scripted.act_blind", "with": { "do": "\#(word)" } }]"#)
            #expect(code == 1)
            #expect(run["error"]?.text("message").contains(message) == true, "\(word): \(run["error"]?.text ?? "")")
        }
    }
}
