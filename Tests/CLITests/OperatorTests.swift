import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What operators do to runs, with the real program.
@Suite struct OperatorTests {
    private let arcadia = Arcadia()

    /// Two files, then a step that waits for a signal, then a failure where one is wanted.
    private static func trip(_ last: String = #"{ "id": "last", "uses": "core.echo" }"#) -> String {
        """
        { "saga": "trip", "inputs": { "properties": { "name": { "type": "string", "default": "a" } } }, "steps": [
          { "id": "one", "uses": "files.write", "with": { "path": "${ .inputs.name }-1.txt", "content": "1" } },
          { "id": "two", "uses": "files.write", "with": { "path": "${ .inputs.name }-2.txt", "content": "2" } },
          { "id": "approved", "uses": "host.wait_signal", "with": { "name": "approved" } },
          \(last) ] }
        """
    }

    /// A run that waits for its signal, and the process that drives it.
    private func waiting(_ definition: String = Self.trip()) throws -> (id: String, host: ChildProcess) {
        let host = arcadia.start("run", arcadia.folder.file("trip.json", definition))
        let run = try #require(
            arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? $0 : nil } })
        return (run.text("run_id"), host)
    }

    private func show(_ id: String) throws -> JSONValue {
        try #require(arcadia("runs", "show", id, "--output", "json").json)
    }

    // MARK: - Cut off

    @Test
    func `a run whose arcadia is gone is told so wherever it is looked at, and a resume says that it takes it up`()
        throws
    {
        let (id, host) = try waiting()
        let note = "note: no arcadia drives this run now; `arcadia resume` does\n"
        let driven = (arcadia("runs", "list"), arcadia("runs", "show", id))
        #expect(!driven.0.errors.contains("driven by no arcadia") && !driven.1.errors.contains(note))
        let refused = arcadia("runs", "resume", id, "--dry-run")
        #expect(refused.code == 69 && refused.errors.hasPrefix("error: run \(id) is running, and not paused\n"))
        kill(host.processIdentifier, SIGKILL)
        host.waitUntilExit()
        #expect(arcadia("runs", "show", id).errors.hasSuffix(note))
        #expect(
            arcadia("runs", "list").errors
                == "note: 1 of these runs is driven by no arcadia now; `arcadia resume` goes on with what was cut off\n"
        )
        let dry = arcadia("runs", "resume", id, "--dry-run")
        #expect(dry.code == 0 && dry.output == "the run was cut off, and would go on where it stands\n")
        let json = arcadia("runs", "resume", id, "--dry-run", "--output", "json").json
        #expect(json?["verb"] == "resume" && json?["would"] == [])
        #expect(arcadia("runs", "signal", id, "approved", "--reason", "ok").errors.hasSuffix(note))
        #expect(arcadia("runs", "resume", id).code == 0)
        let ended = (arcadia("runs", "list"), arcadia("runs", "show", id))
        #expect(ended.0.errors == "" && !ended.1.errors.contains(note))
    }

    @Test func `a run that failed past its pivot goes on by a retry, and says so when it ends`() throws {
        let (code, run, errors) = arcadia.run(
            #"[{ "uses": "core.echo", "pivot": true }, { "id": "bad", "uses": "core.fail", "retry": { "max_attempts": 1 } }]"#
        )
        #expect(code == 2)
        #expect(
            errors.contains(
                "hint: when the cause is mended, `arcadia runs retry \(run.text("run_id"))` goes on with it\n"),
            "\(errors)")
    }

    @Test func `an input that is given twice is a slip`() {
        let file = arcadia.folder.file("trip.json", Self.trip())
        let result = arcadia("run", file, "--input", "name=a", "--input", "name=b")
        #expect(result.code == 64 && result.errors == "error: `--input` gives \"name\" twice\n")
    }

    // MARK: - Signals

    @Test func `a signal from another process wakes the step that waits for it`() throws {
        let (id, host) = try waiting()
        #expect(arcadia("runs", "show", id).output.contains("host.wait_signal  waits for the signal \"approved\"\n"))
        let sent = arcadia("runs", "signal", id, "approved", "--with", #"{"size": "l"}"#, "--reason", "looked at it")
        #expect(sent.code == 0)
        host.waitUntilExit()
        #expect(host.code == 0)
        let run = try show(id)
        #expect(run["context"]?["data"] == ["size": "l"])
        let kinds = (run["events"]?.arrayValue ?? []).map { $0.text("kind") }.filter { $0 != "checkpointed" }
        #expect(
            kinds == [
                "step_completed", "step_completed", "step_suspended", "signalled", "step_completed", "step_completed",
            ])
        #expect(
            arcadia("runs", "signal", id, "approved", "--reason", "late").errors.contains(
                "run \(id) has ended: completed"))
    }

    @Test func `a signal that came before the step does is not lost, nor by a kill in the middle`() throws {
        for point in ["before_write:7", "after_call:3", "after_write:7"] {
            let arcadia = Arcadia()
            let (_, made, _) = arcadia.run(Self.trip(), "--detach")
            #expect(arcadia("runs", "signal", made.text("run_id"), "approved", "--reason", "early").code == 0)
            #expect(arcadia("resume", environment: ["ARCADIA_FAULT": "kill:\(point)"]).code == -SIGKILL)
            #expect(arcadia("resume").code == 0)
            #expect(arcadia.newestRun()?.text("status") == "completed", "\(point)")
        }
    }

    @Test func `a signal that nobody waits for is kept, and a misspelt one is pointed out`() throws {
        let last = #"{ "id": "last", "uses": "host.wait_signal", "with": { "name": "later" } }"#
        let (id, host) = try waiting(Self.trip(last))
        let near = arcadia("runs", "signal", id, "aproved", "--reason", "ok")
        #expect(near.code == 0 && near.output == "signal \"aproved\" is noted for run \(id)\n")
        #expect(
            near.errors == """
                warn: no step of the run waits for a signal "aproved"; step "approved" waits for "approved"
                hint: did you mean "approved"? what was sent is kept all the same

                """)
        #expect(
            arcadia("runs", "signal", id, "xyz", "--reason", "ok").errors.contains(
                "hint: it wants \"approved\" to go on; what was sent is kept all the same"))
        // Early, and right.
        #expect(arcadia("runs", "signal", id, "later", "--reason", "ok").errors == "")
        #expect(arcadia("runs", "signal", id, "approved", "--reason", "ok").errors == "")
        host.waitUntilExit()
        #expect(try show(id).text("status") == "completed")
    }

    @Test func `a misspelt signal is pointed out by a server, too`() throws {
        let served = ServedArcadia(arcadia)
        let file = arcadia.folder.file("trip.json", Self.trip())
        let id = served(["run", file, "--detach"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        _ = try #require(
            arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? $0 : nil } })
        let sent = served(["runs", "signal", id, "aproved", "--reason", "ok"])
        #expect(sent.code == 0)
        #expect(sent.errors.hasSuffix("hint: did you mean \"approved\"? what was sent is kept all the same\n"))
        #expect(served(["runs", "abandon", id, "--reason", "ok"]).code == 0)
    }

    @Test func `what a new run reuses is told before a server is asked for it`() throws {
        let served = ServedArcadia(arcadia)
        let steps = #"[{ "id": "one", "uses": "core.echo" }, { "id": "two", "uses": "core.echo" }]"#
        let made = served(["run", arcadia.folder.file("two.json", steps), "--output", "json"])
        let id = try #require(made.json?.text("run_id"))
        let again = served(["runs", "retry", id, "--from", "two", "--reason", "ok"])
        #expect(again.code == 0)
        #expect(
            again.errors.hasPrefix(
                "note: the new run reuses \"one\" and executes from \"two\" on; what the old run did at \"two\" stays as it is\n"
            ),
            "\(again.errors)")
    }

    @Test func `a signal that does not come in time fails the step with a sentence`() {
        let (code, run, _) = arcadia.run(
            #"["core.echo", { "id": "w", "uses": "host.wait_signal", "with": { "name": "go", "timeout_seconds": 0.05 } }]"#
        )
        #expect(code == 1)
        #expect(
            run["error"]?.text("message")
                == "step \"w\" (host.wait_signal) failed: no signal \"go\" came within 0.05 s")
    }

    // MARK: - Abandon, and what follows

    @Test func `an abandoned run is left as it is, taken up from a step by another, and that one takes all of it back`()
        throws
    {
        let (id, host) = try waiting(Self.trip(#"{ "id": "last", "uses": "core.fail" }"#))
        let preview = arcadia("runs", "cancel", id, "--dry-run", "--output", "json").json
        #expect(preview?["would"]?.arrayValue?.map { $0.text("step_id") } == ["approved", "two", "one"])
        let abandoned = arcadia("runs", "abandon", id, "--reason", "gone home", "--output", "json")
        #expect(abandoned.code == 0)
        host.waitUntilExit()
        #expect(try show(id).text("status") == "failed")
        #expect(try show(id)["error"]?.text("message") == "abandoned: gone home")
        #expect(arcadia.folder.tree("files").keys.sorted() == ["a-1.txt", "a-2.txt"])

        // With another name for what is executed from here on; what stands is taken back under its own.
        let next = arcadia.start(
            "runs", "retry", id, "--from", "approved", "--input", "name=b", "--reason", "go on")
        let waiting = try #require(
            arcadia.eventually {
                $0.newestRun().flatMap { $0.text("retry_of") == id && $0.statuses.last == "suspended" ? $0 : nil }
            })
        #expect(waiting.ledger == ["one: completed", "two: completed", "approved: suspended"])
        #expect(arcadia("runs", "signal", waiting.text("run_id"), "approved", "--reason", "ok").code == 0)
        next.waitUntilExit()
        #expect(next.code == 1)
        let second = try #require(arcadia.newestRun())
        #expect(second.ledger == ["one: compensated", "two: compensated", "approved: compensated", "last: failed"])
        #expect(arcadia.folder.tree("files").isEmpty)
        let again = arcadia("runs", "retry", id, "--from", "approved")
        #expect(again.code == 69)
        #expect(again.errors.contains("run \(second.text("run_id")) has gone on with the steps of run \(id)"))
        #expect(arcadia("runs", "show", id).output.contains("taken up by run \(second.text("run_id")): go on"))
    }

    @Test func `a run that is taken up a second time is warned of, where nothing was adopted`() throws {
        let (code, run, _) = arcadia.run(#"["core.fail"]"#)
        #expect(code == 1)
        func retry() -> CommandResult { arcadia("runs", "retry", run.text("run_id"), "--from", "step_1") }
        #expect(retry().errors.hasPrefix("note: the new run reuses nothing and executes every step\n"))
        let first = try #require(arcadia.newestRun()).text("run_id")
        #expect(
            retry().errors.contains(
                "warn: run \(first) took it up before; what that made may now be made twice\n"))
    }

    @Test func `killed at every moment, a run that adopted steps ends with each effect once`() throws {
        for index in 1...6 {
            for point in ["before_write", "after_call"] {
                let arcadia = Arcadia()
                let definition = """
                    [ { "id": "one", "uses": "files.write", "with": { "path": "1.txt", "content": "1" } },
                      { "id": "two", "uses": "files.append", "with": { "path": "1.txt", "content": "2" } },
                      { "id": "last", "uses": "core.fail" } ]
                    """
                let (_, made, _) = arcadia.run(definition, "--detach")
                arcadia("resume", environment: ["ARCADIA_FAULT": "kill:after_write:6"])
                arcadia("runs", "abandon", made.text("run_id"), "--reason", "r")
                arcadia(
                    "runs", "retry", made.text("run_id"), "--from", "last",
                    environment: ["ARCADIA_FAULT": "kill:\(point):\(index)"])
                #expect([0, 69].contains(arcadia("resume").code))
                let run = try #require(arcadia.newestRun())
                #expect(run.text("retry_of") == made.text("run_id"))
                #expect(run.text("status") == "rolled_back", "\(point) \(index)")
                #expect(arcadia.folder.tree("files").isEmpty, "\(point) \(index)")
            }
        }
    }

    @Test func `a run that was taken back is run again from a step, with every step before it executed anew`() throws {
        let definition = #"["core.echo", { "id": "f", "uses": "core.fail" }]"#
        let (_, first, _) = arcadia.run(definition)
        #expect(arcadia("runs", "retry", first.text("run_id")).errors.contains("hint: `arcadia runs retry"))
        let retried = arcadia("runs", "retry", first.text("run_id"), "--from", "f")
        #expect(retried.code == 1)
        #expect(
            retried.errors.contains(
                "note: the new run reuses nothing, executes \"step_1\" again, and goes on with \"f\"\n"),
            "\(retried.errors)")
        let kinds = (arcadia.newestRun()?["events"]?.arrayValue ?? []).map { $0.text("kind") }
        #expect(kinds.first == "step_completed")
        let unknown = arcadia("runs", "retry", first.text("run_id"), "--from", "g")
        #expect(unknown.errors.contains("has no step \"g\""))
    }

    // MARK: - Mark

    @Test func `a step taken back by hand ends the run rolled back`() throws {
        let (code, run, _) = arcadia.run(
            """
            [ { "id": "b", "uses": "scripted.act", "with": { "compensate": "fail" },
                "compensation": { "retry": { "max_attempts": 1 } } }, "core.fail" ]
            """)
        #expect(code == 2)
        let id = run.text("run_id")
        let told = arcadia("runs", "show", String(id.suffix(8)))
        #expect(
            told.errors == """
                hint: `arcadia runs retry \(id.suffix(8)) --reason WHY` tries again to take it back, once the cause is mended
                hint: `arcadia runs mark-compensated \(id.suffix(8)) b --reason WHY`, if you took it back by hand

                """)
        let marked = arcadia("runs", "mark-compensated", id, "b", "--reason", "deleted in the console")
        #expect(marked.code == 0, "\(marked.errors)")
        #expect(marked.output.contains("taken back by hand: deleted in the console"))
        #expect(try show(id).text("status") == "rolled_back")
        let again = arcadia("runs", "mark-compensated", id, "b", "--reason", "twice")
        #expect(again.code == 69)
        #expect(again.errors.contains("run \(id) has ended: rolled_back; no compensation of it has failed"))
    }

    @Test func `a step that waits to be taken back again is marked in the process that drives it`() throws {
        let file = arcadia.folder.file(
            "stuck.json",
            """
            [ "core.echo", { "id": "b", "uses": "scripted.act", "with": { "compensate": "fail" },
                "compensation": { "retry": { "max_attempts": 9, "initial_seconds": 3600, "max_seconds": 3600 } } }, "core.fail" ]
            """)
        let host = arcadia.start("run", file)
        let run = try #require(
            arcadia.eventually { arcadia in
                arcadia.newestRun().flatMap { $0.text("status") == "compensating" && $0["wake_at"] != .null ? $0 : nil }
            })
        #expect(arcadia("runs", "mark-compensated", run.text("run_id"), "b", "--reason", "by hand").code == 0)
        host.waitUntilExit()
        #expect(host.code == 1)
        #expect(try show(run.text("run_id")).ledger == ["step_1: compensated", "b: compensated", "step_3: failed"])
    }

    // MARK: - Definitions, plans, lists

    @Test func `a stored definition is run by its name, and comes before what a plugin ships`() throws {
        let file = arcadia.folder.file(
            "x.json", #"{ "saga": "publish_report", "version": "1", "description": "ours", "steps": ["core.echo"] }"#)
        #expect(arcadia("definitions", "put", file).output == "publish_report version 1 is stored\n")
        #expect(arcadia("definitions", "put", file).output.contains("there already"))
        #expect(arcadia("run", "publish_report", "--output", "json").json?.ledger == ["step_1: completed"])
        let other = arcadia.folder.file(
            "y.json", #"{ "saga": "publish_report", "version": "1", "steps": ["core.set"] }"#)
        let refused = arcadia("definitions", "put", other)
        #expect(refused.code == 65)
        #expect(refused.errors.contains("hint: a version never changes: raise `version` to one after \"1\""))
        let listed = arcadia("definitions", "list", "--output", "json").json?["definitions"]?.arrayValue ?? []
        #expect(listed.first { $0.text("name") == "publish_report" }?.text("source") == "stored")
        let versions = arcadia("definitions", "versions", "publish_report", "--output", "json").json
        #expect(versions?["versions"]?.arrayValue?.map { $0.text("source") } == ["stored", "plugin"])
        #expect(arcadia("definitions", "show", "publish_report").output.contains(#""description": "ours""#))
        #expect(arcadia("definitions", "show", "nosuch").errors.contains("there is no definition \"nosuch\""))
    }

    @Test func `a plan says what would be done and does nothing`() {
        let file = arcadia.folder.file("trip.json", Self.trip())
        let plan = arcadia("plan", file, "--input", "name=z", "--output", "json").json
        #expect(plan?["steps"]?.arrayValue?.first?["with"]?.text("path") == "z-1.txt")
        #expect(plan?["steps"]?.arrayValue?[2].text("compensation") == "nothing_to_do")
        #expect(arcadia("plan", file).output.contains("  1  one       files.write\n"))
        #expect(arcadia("runs", "list").errors == "no runs\n")
    }

    @Test func `a list goes on where it ended, and finds by text`() {
        for name in ["x", "y", "z"] {
            arcadia.run(#"{ "saga": "\#(name)", "steps": ["core.echo"] }"#)
        }
        let first = arcadia("runs", "list", "--limit", "2", "--output", "json").json
        #expect(first?["runs"]?.arrayValue?.map { $0.text("saga") } == ["z", "y"])
        let rest = arcadia("runs", "list", "--cursor", first?.text("next") ?? "", "--output", "json").json
        #expect(rest?["runs"]?.arrayValue?.map { $0.text("saga") } == ["x"])
        #expect(rest?["next"] == .null)
        #expect(arcadia("runs", "list", "--since", "1h", "--query", "nowhere").errors == "no runs\n")
        #expect(arcadia("runs", "list", "--since", "soon").code == 64)
    }
}
