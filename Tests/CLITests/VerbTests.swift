import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Pause, resume, skip, fork and one verb for many runs, with the real program.
@Suite struct VerbTests {
    private let arcadia = Arcadia()

    private static let trip = """
        { "saga": "trip", "inputs": { "properties": { "name": { "type": "string", "default": "a" } } }, "steps": [
          { "id": "one", "uses": "files.write", "with": { "path": "${ .inputs.name }-1.txt", "content": "1" } },
          { "id": "approved", "uses": "host.wait_signal", "with": { "name": "approved" } },
          { "id": "two", "uses": "files.write", "with": { "path": "${ .inputs.name }-2.txt", "content": "2" } } ] }
        """

    /// A run that waits for its signal, and the process that drives it.
    private func waiting(_ arcadia: Arcadia) throws -> (id: String, host: ChildProcess) {
        let host = arcadia.start("run", arcadia.folder.file("trip.json", Self.trip))
        let run = try #require(
            arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? $0 : nil } })
        return (run.text("run_id"), host)
    }

    private func show(_ id: String) throws -> JSONValue {
        try #require(arcadia("runs", "show", id, "--output", "json").json)
    }

    // MARK: - Pause

    @Test func `a paused run stands still through signals and restarts, and goes on when it is resumed`() throws {
        let (id, host) = try waiting(arcadia)
        let paused = arcadia("runs", "pause", id, "--reason", "storm", "--output", "json")
        #expect(paused.code == 0 && paused.json?.text("paused") == "storm")
        host.waitUntilExit()
        #expect(host.code == 69)

        #expect(arcadia("runs", "signal", id, "approved", "--reason", "ok").code == 0)
        #expect(arcadia("resume").output == "nothing was left to drive\n")
        #expect(arcadia("runs", "list", "--paused").output.contains("paused: storm"))
        #expect(arcadia("runs", "show", id).output.contains("running, paused: storm\n"))
        let watched = arcadia("runs", "watch", id)
        #expect(watched.code == 69 && watched.errors.contains("run \(id) is paused: storm"))
        #expect(arcadia("runs", "pause", id, "--reason", "again").errors.contains("run \(id) is paused: storm"))
        #expect(arcadia("runs", "retry", id).errors.contains("run \(id) is paused: storm"))
        #expect(arcadia.folder.tree("files").keys.sorted() == ["a-1.txt"])

        #expect(arcadia("runs", "resume", id).code == 64)
        let resumed = arcadia("runs", "resume", id, "--reason", "calm")
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(try show(id).text("status") == "completed")
        let kinds = (try show(id)["events"]?.arrayValue ?? []).map { $0.text("kind") }
        #expect(kinds.contains("paused") && kinds.contains("resumed"))
        let late = arcadia("runs", "pause", id, "--reason", "late")
        #expect(late.code == 69 && late.errors.contains("run \(id) has ended: completed"))
        let log = arcadia("audit", "list", "--output", "json").json?["events"]?.arrayValue ?? []
        #expect(Set(log.map { $0.text("action") }).isSuperset(of: ["run.pause", "run.resume"]))
    }

    @Test func `a call in progress is waited for, and what follows it is not begun`() throws {
        let journal = arcadia.folder.path + "/calls"
        let file = arcadia.folder.file(
            "slow.json",
            """
            [ { "id": "slow", "uses": "scripted.act", "timeout_seconds": 3,
                "with": { "do": "hang", "journal": "\(journal)", "probe": "applied" } },
              { "id": "after", "uses": "files.write", "with": { "path": "x.txt", "content": "x" } } ]
            """)
        let host = arcadia.start("run", file)
        _ = try #require(arcadia.eventually { $0.folder.text("calls")?.isEmpty == false ? true : nil })
        let id = try #require(arcadia.newestRun()).text("run_id")
        let preview = arcadia("runs", "pause", id, "--dry-run", "--output", "json").json
        #expect(preview?["would"]?.arrayValue?.map { $0.text("action") } == ["wait_for_call"])
        #expect(arcadia("runs", "pause", id, "--reason", "storm").code == 0)
        host.waitUntilExit()
        // How the call ended is written down; that it is to be asked about is not begun.
        let kinds = (try show(id)["events"]?.arrayValue ?? []).map { $0.text("kind") }
        #expect(kinds == ["paused", "step_failed"])
        #expect(arcadia.folder.tree("files").isEmpty)
        #expect(arcadia("runs", "resume", id, "--reason", "calm").code == 0)
        #expect(try show(id).ledger == ["slow: completed", "after: completed"])
    }

    @Test func `killed at every write around a pause, the run is paused or it is asked again, and ends once`() throws {
        for point in ["before_write:1", "after_write:1", "before_write:2", "after_write:2", "before_write:3"] {
            let arcadia = Arcadia()
            let (_, made, _) = arcadia.run(Self.trip, "--detach")
            let id = made.text("run_id")
            #expect(arcadia("runs", "signal", id, "approved", "--reason", "early").code == 0)
            arcadia("runs", "pause", id, "--reason", "storm", environment: ["ARCADIA_FAULT": "kill:\(point)"])
            #expect(arcadia("resume").code == 0, "\(point)")
            let paused = try #require(arcadia.newestRun())
            #expect(paused.text("paused") == "storm" && paused.text("status") == "running", "\(point)")
            #expect(arcadia.folder.tree("files").isEmpty, "\(point)")
            arcadia("runs", "resume", id, "--reason", "calm", environment: ["ARCADIA_FAULT": "kill:\(point)"])
            #expect(arcadia("resume").code == 0, "\(point)")
            #expect(arcadia.newestRun()?.text("status") == "completed", "\(point)")
            #expect(arcadia.folder.tree("files").values.sorted() == ["1", "2"], "\(point)")
        }
    }

    @Test func `a host that is killed while its run is paused leaves it paused`() throws {
        let (id, host) = try waiting(arcadia)
        #expect(arcadia("runs", "pause", id, "--reason", "storm").code == 0)
        kill(host.processIdentifier, SIGKILL)
        host.waitUntilExit()
        let served = ServedArcadia(arcadia)
        #expect(served(["runs", "show", id, "--output", "json"]).json?.text("paused") == "storm")
        served.kill(SIGKILL)
        _ = served.waitUntilExit()
        #expect(try show(id).text("paused") == "storm")
        #expect(arcadia("runs", "cancel", id, "--reason", "enough").code == 1)
        #expect(try show(id).text("status") == "rolled_back")
        #expect(try show(id)["paused"] == .null)
        #expect(arcadia.folder.tree("files").isEmpty)
    }

    // MARK: - Skip

    @Test func `a step that waits is left out, and one that does not is not`() throws {
        let (id, host) = try waiting(arcadia)
        let preview = arcadia("runs", "skip", id, "--step", "approved", "--dry-run", "--output", "json").json
        #expect(preview?.text("verb") == "skip")
        #expect(preview?["would"]?.arrayValue?.map { $0.text("action") } == ["skip", "call"])
        #expect(arcadia("runs", "skip", id, "--step", "one", "--reason", "r").errors.contains("is completed; expected"))
        #expect(arcadia("runs", "skip", id, "--step", "aproved", "--reason", "r").errors.contains("\"approved\"?"))
        let skipped = arcadia("runs", "skip", id, "--step", "approved", "--reason", "by phone")
        #expect(skipped.code == 0, "\(skipped.errors)")
        host.waitUntilExit()
        #expect(host.code == 0)
        #expect(try show(id).ledger == ["one: completed", "approved: skipped", "two: completed"])
        #expect(arcadia("runs", "show", id).output.contains("left out by hand: by phone"))
    }

    private static let stuck = """
        { "saga": "stuck", "steps": [
          { "id": "one", "uses": "files.write", "with": { "path": "1.txt", "content": "1" }, "pivot": true },
          { "id": "bad", "uses": "core.fail" },
          { "id": "two", "uses": "files.write", "with": { "path": "2.txt", "content": "2" } } ] }
        """

    @Test func `a step that a run failed with past its pivot is tried again or left out, and the run says so`() throws {
        let (code, run, _) = arcadia.run(Self.stuck)
        let id = run.text("run_id")
        #expect(code == 2 && run.text("status") == "failed")
        let page = arcadia("runs", "show", id).errors
        let end = id.suffix(8)
        #expect(
            page.contains("hint: `arcadia runs retry \(end) --reason WHY` goes on with it, once the cause"), "\(page)")
        #expect(page.contains("`arcadia runs skip \(end) --step bad --reason WHY` goes on without it"), "\(page)")
        #expect(arcadia("runs", "retry", id, "--reason", "again").code == 2)
        #expect(try show(id).ledger == ["one: completed", "bad: failed"])
        let preview = arcadia("runs", "skip", id, "--step", "bad", "--dry-run", "--output", "json").json
        #expect(preview?["would"]?.arrayValue?.map { $0.text("step_id") } == ["bad", "two"])
        let stray = arcadia("runs", "skip", id, "--step", "two", "--reason", "r")
        #expect(stray.code == 69 && stray.errors.contains("that step is none that it waits with"), "\(stray.errors)")
        let skipped = arcadia("runs", "skip", id, "--step", "bad", "--reason", "by phone")
        #expect(skipped.code == 0, "\(skipped.errors)")
        #expect(try show(id).text("status") == "completed")
        #expect(try show(id).ledger == ["one: completed", "bad: skipped", "two: completed"])
        #expect(arcadia.folder.tree("files") == ["1.txt": "1", "2.txt": "2"])
    }

    @Test func `a server goes on without a step that a run failed with past its pivot`() throws {
        let served = ServedArcadia(arcadia)
        let id = served(["run", arcadia.folder.file("stuck.json", Self.stuck), "--output", "json"]).json?.text("run_id")
        let skipped = served(["runs", "skip", try #require(id), "--step", "bad", "--reason", "by phone"])
        #expect(skipped.code == 0, "\(skipped.errors)")
        #expect(try show(id ?? "").text("status") == "completed")
    }

    @Test func `an item's step is left out by its label`() throws {
        let file = arcadia.folder.file(
            "items.json",
            """
            [ { "id": "servers", "for_each": ["x", "y"], "as": "name", "max_concurrency": 2, "steps": [
                { "id": "ready", "uses": "host.wait_signal", "with": { "name": "ready" } },
                { "id": "make", "uses": "files.write", "with": { "path": "${ .name }.txt", "content": "1" } } ] } ]
            """)
        let host = arcadia.start("run", file)
        let run = try #require(
            arcadia.eventually { arcadia in
                arcadia.newestRun().flatMap { run in
                    run.ledger.filter { $0.hasSuffix("ready: suspended") }.count == 2 ? run : nil
                }
            })
        let id = run.text("run_id")
        var noted: [ChildProcess] = []
        for item in 0...1 {
            let label = "servers[\(item)]/ready"
            noted.append(arcadia.start("runs", "skip", id, "--step", label, "--reason", "by phone"))
            _ = try #require(
                arcadia.eventually {
                    $0.newestRun().flatMap { $0.ledger.contains("\(label): skipped") ? true : nil }
                })
        }
        for process in noted { process.waitUntilExit() }
        host.waitUntilExit()
        #expect(host.code == 0)
        #expect(arcadia.folder.tree("files").keys.sorted() == ["x.txt", "y.txt"])
    }

    // MARK: - Fork

    @Test func `a fork knows what was done, makes what follows anew, and takes back only that`() throws {
        let definition = """
            { "saga": "report", "inputs": { "properties": { "name": { "type": "string", "default": "a" } } }, "steps": [
              { "id": "one", "uses": "files.write", "with": { "path": "one.txt", "content": "1" } },
              { "id": "two", "uses": "files.write",
                "with": { "path": "${ .inputs.name }.txt", "content": "${ .steps.one.output.path }" } },
              { "id": "last", "uses": "core.echo" } ] }
            """
        let (code, first, _) = arcadia.run(definition)
        #expect(code == 0)
        let id = first.text("run_id")
        let preview = arcadia("runs", "fork", id, "--from", "two", "--dry-run", "--output", "json").json
        #expect(preview?.text("message") == "a new run would know 1 step and execute 2 steps")
        let forked = arcadia(
            "runs", "fork", id, "--from", "two", "--input", "name=b", "--reason", "another one", "--output", "json")
        #expect(forked.code == 0, "\(forked.errors)")
        let fork = try #require(forked.json)
        #expect(fork.text("fork_of") == id && fork.text("run_id") != id)
        #expect(fork["steps"]?.arrayValue?.map { $0.text("known_from") } == [id, "", ""])
        #expect(arcadia.folder.tree("files").keys.sorted() == ["a.txt", "b.txt", "one.txt"])
        #expect(arcadia("runs", "show", fork.text("run_id")).output.contains("known from run \(id)"))
        #expect(arcadia("runs", "show", fork.text("run_id")).output.contains("forked from run \(id)"))
        // The file is there already, so the step fails; what the first run made stays.
        let failed = arcadia("runs", "fork", id, "--from", "two", "--reason", "once more", "--output", "json")
        #expect(failed.json?.text("status") == (failed.code == 0 ? "completed" : "rolled_back"))
        #expect(arcadia.folder.tree("files")["one.txt"] == "1")
        #expect(try show(id).text("status") == "completed")
        #expect(arcadia("runs", "fork", id, "--from", "tow", "--reason", "r").errors.contains("\"two\"?"))
    }

    // MARK: - Many

    @Test func `one verb for many runs shows, asks, does what can be done and says what was refused`() throws {
        let file = arcadia.folder.file("trip.json", Self.trip)
        for _ in 0..<3 { #expect(arcadia("run", file, "--detach").code == 0) }
        arcadia.run(#"["core.echo"]"#)
        let asked = arcadia("runs", "pause", "--where", "saga=trip", "--reason", "storm")
        #expect(asked.code == 64 && asked.errors.contains("3 runs would be meant, and there is nobody to ask"))
        let preview = arcadia("runs", "pause", "--where", "saga=trip", "--dry-run")
        #expect(preview.code == 0 && preview.output.hasSuffix("3 runs: 3 would pause, 0 refused\n"))
        let paused = arcadia("runs", "pause", "--where", "saga=trip", "--reason", "storm", "--yes")
        #expect(paused.code == 0 && paused.output == "3 runs: 3 done, 0 refused\n", "\(paused.errors)")
        #expect(
            arcadia("runs", "resume", "--where", "older_than=1h", "--reason", "r", "--yes").output.contains(
                "no run fits"))
        let mixed = arcadia(
            "runs", "cancel", "--where", "status=running,status=completed", "--reason", "storm", "--yes", "--output",
            "json")
        #expect(mixed.code == 69)
        #expect(mixed.json?["done"] == 3 && mixed.json?["refused"] == 1)
        let refused = mixed.json?["runs"]?.arrayValue?.filter { $0.text("outcome") == "refused" }
        #expect(refused?.map { $0.text("code") } == ["run.ended"])
        let statuses = arcadia("runs", "list", "--saga", "trip", "--output", "json").json?["runs"]?.arrayValue
        #expect(statuses?.map { $0.text("status") } == ["rolled_back", "rolled_back", "rolled_back"])
    }

    @Test(arguments: [
        (["pause"], "which run? Give its id, or `--where` with a filter"),
        (["pause", "9b04", "--where", "saga=x"], "give a run or `--where`, not both"),
        (["pause", "--where", "saga=x"], "why? `runs pause` takes a reason, which is kept"),
        (["abandon", "9b04"], "why? `runs abandon` takes a reason, which is kept"),
        (["cancel", "--where", "", "--reason", "r"], "`--where` is empty; expected a filter"),
        (["cancel", "--where", " , ", "--reason", "r"], "`--where` is empty; expected a filter"),
        (["cancel", "--where", "sagga=x", "--reason", "r"], "did you mean \"saga=\"?"),
        (["cancel", "--where", "paused=1", "--reason", "r"], "`paused=` takes true or false; found \"1\""),
        (["retry", "--where", "saga=x", "--from", "a", "--reason", "r"], "`--where` is for many"),
    ])
    func `what is asked for the wrong way says how it goes`(words: [String], sentence: String) {
        let result = Command.run(Arcadia.program, ["runs"] + words + ["--data", arcadia.data])
        #expect(result.code == 64)
        #expect(result.errors.contains(sentence), "\(result.errors)")
    }

    // MARK: - A server

    @Test func `a server pauses, resumes, leaves out and forks as this machine does`() throws {
        let served = ServedArcadia(arcadia)
        let file = arcadia.folder.file("trip.json", Self.trip)
        let id = served(["run", file, "--detach"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        _ = try #require(arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? $0 : nil } })
        let paused = served(["runs", "pause", id, "--reason", "storm", "--output", "json"])
        #expect(paused.code == 0 && paused.json?.text("paused") == "storm", "\(paused.errors)")
        #expect(served(["runs", "pause", id, "--reason", "storm"]).errors.contains("run \(id) is paused: storm"))
        #expect(served(["runs", "list", "--paused", "--output", "json"]).json?["runs"]?.arrayValue?.count == 1)
        let skip = served(["runs", "skip", id, "--step", "approved", "--reason", "by phone"])
        #expect(skip.code == 0 && skip.output.contains("left out by hand: by phone"), "\(skip.errors)")
        let resumed = served(["runs", "resume", id, "--reason", "calm"])
        #expect(resumed.code == 0, "\(resumed.errors)")
        let preview = served(["runs", "fork", id, "--from", "two", "--dry-run"])
        #expect(preview.output.hasPrefix("a new run would know 2 steps and execute 1 step\n"), "\(preview.errors)")
        let fork = served([
            "runs", "fork", id, "--from", "two", "--input", "name=c", "--reason", "r", "--output", "json",
        ])
        #expect(fork.code == 0 && fork.json?.text("fork_of") == id, "\(fork.errors)")
        #expect(arcadia.folder.tree("files").keys.sorted() == ["a-1.txt", "a-2.txt", "c-2.txt"])
    }

    @Test func `a server is asked for many runs, and refuses where there are others than were looked at`() throws {
        let served = ServedArcadia(arcadia)
        let file = arcadia.folder.file("trip.json", Self.trip)
        for _ in 0..<2 { #expect(served(["run", file, "--detach"]).code == 0) }
        func ask(_ body: String, as role: String = "operator") throws -> (Int, JSONValue) {
            let answer = try #require(
                served.ask("POST", "/api/v1/runs/bulk", as: role, body: body))
            return (answer.status, answer.json)
        }
        let (status, preview) = try ask(#"{"verb": "pause", "filter": {"saga": "trip"}, "dry_run": true}"#)
        #expect(status == 200 && preview["count"] == 2 && preview["done"] == 0)
        let (conflict, problem) = try ask(
            #"{"verb": "pause", "filter": {"saga": "trip"}, "reason": "storm", "expect_count": 3}"#)
        #expect(conflict == 409 && problem["error"]?.text("code") == "runs.count")
        #expect(try ask(#"{"verb": "pause", "filter": {}, "reason": "storm"}"#).0 == 422)
        let abandon = #"{"verb": "abandon", "filter": {"saga": "trip"}, "dry_run": true}"#
        #expect(try ask(abandon).0 == 403)
        #expect(try ask(abandon, as: "platform_admin").0 == 200)
        let paused = served(["runs", "pause", "--where", "saga=trip", "--reason", "storm", "--yes"])
        #expect(paused.code == 0 && paused.output == "2 runs: 2 done, 0 refused\n", "\(paused.errors)")
        _ = try #require(
            arcadia.eventually {
                $0("runs", "list", "--paused", "--output", "json").json?["runs"]?.arrayValue?.count == 2 ? true : nil
            })
        #expect(served(["runs", "abandon", "--where", "saga=trip", "--reason", "gone", "--yes"]).code == 0)
        _ = try #require(
            arcadia.eventually {
                $0("runs", "list", "--status", "failed", "--output", "json").json?["runs"]?.arrayValue?.count == 2
                    ? true : nil
            })
    }
}
