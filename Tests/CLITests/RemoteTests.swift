import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Every verb behaves the same against the database of a machine and against a server over it, the real program both times.
@Suite struct RemoteTests {
    /// What a command came to, without what only the clock or the process tells.
    private static func plain(_ text: String) -> String {
        text.replacing(try! Regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"), with: "(time)")
            .replacing(try! Regex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}"), with: "(run)")
            .replacing(try! Regex("[0-9.]+ (s|min)(?=  |\n)"), with: "(while)")
            .replacing(try! Regex("\"stats\": ?(null|\\{[^}]*\\{[^}]*\\}[^}]*\\})"), with: "(stats)")
            .replacing(try! Regex("  figures .*\n"), with: "")
    }

    private static func expectSame(
        _ words: [String], _ local: CommandResult, _ remote: CommandResult,
        _ place: SourceLocation = #_sourceLocation
    ) {
        let command = Comment(rawValue: words.joined(separator: " "))
        #expect(plain(local.output) == plain(remote.output), command, sourceLocation: place)
        #expect(plain(local.errors) == plain(remote.errors), command, sourceLocation: place)
        #expect(local.code == remote.code, command, sourceLocation: place)
    }

    private static func local(_ served: ServedArcadia, _ words: [String]) -> CommandResult {
        Command.run(
            Arcadia.program, served.arcadia.arguments(words), environment: ["HOME": served.arcadia.folder.path])
    }

    private static let trip = """
        { "saga": "trip", "version": "1", "inputs": { "properties": { "name": { "type": "string", "default": "a" } } },
          "steps": [
            { "id": "one", "uses": "files.write", "with": { "path": "${ .inputs.name }.txt", "content": "1" } },
            { "id": "two", "uses": "core.echo" } ] }
        """

    @Test func `what is only looked at is told alike, as a table and as JSON, errors and exit codes too`() throws {
        let served = ServedArcadia()
        let trip = served.arcadia.folder.file("trip.json", Self.trip)
        let bad = served.arcadia.folder.file("bad.json", #"["core.echo", "core.fail"]"#)
        let wrong = served.arcadia.folder.file("wrong.json", #"{ "saga": "wrong", "steps": ["core.eco"] }"#)
        #expect(served(["run", trip]).code == 0)
        #expect(served(["run", bad]).code == 1)
        #expect(served(["definitions", "put", trip]).code == 0)
        let id = try #require(
            served.arcadia("runs", "list", "--saga", "trip", "--output", "json").json?["runs"]?.arrayValue?.first
        )
        .text("run_id")
        let looks: [[String]] = [
            ["runs", "list"], ["runs", "list", "--status", "rolled_back"], ["runs", "list", "--limit", "1"],
            ["runs", "list", "--since", "1h"], ["runs", "list", "--cursor", "no-such"],
            ["runs", "show", id], ["runs", "show", String(id.suffix(8))], ["runs", "show", "ffff0000"],
            ["runs", "watch", id], ["runs", "cancel", id, "--dry-run"], ["runs", "cancel", id], ["runs", "retry", id],
            ["runs", "retry", id, "--from", "three"], ["runs", "signal", id, "go", "--reason", "ok"],
            ["check", trip, bad, wrong, "no-such.json"], ["plan", trip, "--input", "name=b"], ["plan", "trip"],
            ["plan", wrong], ["plan", trip, "--input", "name"], ["run", wrong], ["run", "no-such"],
            ["definitions", "list"], ["definitions", "show", "trip"], ["definitions", "versions", "trip"],
            ["definitions", "show", "trip@9"], ["definitions", "diff", "trip", trip],
            ["definitions", "diff", "trip", wrong], ["run", "trip@9"], ["check", "trip"],
            ["definitions", "show", "no-such"], ["definitions", "put", trip], ["definitions", "put", wrong],
            ["plugins", "list"], ["plugins", "show", "files"], ["plugins", "show", "files.write"],
            ["plugins", "show", "fil"], ["plugins", "release", "files"],
            ["schedules", "list"], ["schedules", "show", "drift"], ["schedules", "show", "no-such"],
            ["schedules", "resume", "drift"], ["audit", "list"], ["audit", "list", "--limit", "1"],
            ["inventory", "list"], ["inventory", "show", "no-such"], ["inventory", "events"], ["drift", "list"],
            ["drift", "show", "7"], ["drift", "accept", "7", "--reason", "x"], ["billing", "balance"],
            ["billing", "invoices"], ["billing", "lines"], ["billing", "costs", "--by", "run"],
        ]
        for words in looks {
            for words in [words, words + ["--output", "json"], words + ["--output", "jsonl"]] {
                Self.expectSame(words, Self.local(served, words), served(words))
            }
        }
    }

    @Test func `a run is made, followed, kept once by its key, and ends with the same words and codes`() {
        let served = ServedArcadia()
        let files = [
            Self.trip, #"["core.echo", "core.fail"]"#, #"[{ "uses": "core.fail", "with": { "effect": "applied" } }]"#,
        ].enumerated().map { served.arcadia.folder.file("\($0.offset).json", $0.element) }
        for file in files {
            for words in [["run", file], ["run", file, "--output", "json"]] {
                let (local, remote) = (Self.local(served, words), served(words))
                // Another run, with other hashes of nothing: what it did is the same.
                #expect(local.code == remote.code)
                #expect(Self.plain(local.errors) == Self.plain(remote.errors))
                #expect(local.json?.ledger == remote.json?.ledger)
                if local.json == nil { #expect(Self.plain(local.output) == Self.plain(remote.output)) }
            }
        }
        let once = ["run", files[0], "--idempotency-key", "order-1"]
        #expect(served(once).code == 0)
        let again = [Self.local(served, once), served(once)]
        Self.expectSame(once, again[0], again[1])
        #expect(again[1].errors.contains("was made with this idempotency key before"))
        let other = once + ["--input", "name=other"]
        Self.expectSame(other, Self.local(served, other), served(other))
        #expect(served(other).code == 65)
        let detached = served(["run", files[0], "--detach"])
        #expect(detached.code == 0 && detached.errors.contains("arcadia runs watch"))
    }

    @Test func `a run that waits is watched, signalled, cancelled and abandoned from elsewhere`() throws {
        let served = ServedArcadia()
        let file = served.arcadia.folder.file(
            "wait.json", #"["core.echo", { "uses": "host.wait_signal", "with": { "name": "go" } }]"#)
        func waiting() throws -> String {
            let id = served(["run", file, "--detach"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
            _ = try #require(
                served.arcadia.eventually {
                    $0("runs", "show", id, "--output", "json").json?.statuses.last == "suspended" ? true : nil
                })
            return id
        }
        let first = try waiting()
        let signalled = served(["runs", "signal", first, "go", "--with", "{\"size\": \"l\"}", "--reason", "ok"])
        #expect(signalled.code == 0 && signalled.output == "signal \"go\" is noted for run \(first)\n")
        #expect(served(["runs", "watch", first]).code == 0)

        let second = try waiting()
        let cancelled = served(["runs", "cancel", second, "--reason", "wrong region"])
        #expect(cancelled.code == 1)
        #expect(cancelled.output.contains("rolled_back") && cancelled.errors.contains("↩ step_1"))

        let third = try waiting()
        let abandoned = served(["runs", "abandon", third, "--reason", "gone", "--output", "json"])
        #expect(abandoned.code == 0 && abandoned.json?.text("status") == "failed")
        let retried = served(["runs", "retry", third, "--reason", "back", "--output", "json"])
        #expect(retried.code == 1 && retried.json?.text("status") == "rolled_back")
    }

    @Test func `schedules are paused, resumed and run on a server as here`() {
        let served = ServedArcadia()
        for words in [
            ["schedules", "pause", "drift", "--reason", "moving"], ["schedules", "resume", "drift"],
            ["schedules", "run", "drift"],
        ] {
            let local = Self.local(served, words)
            if words[1] == "pause" { #expect(Self.local(served, ["schedules", "resume", "drift"]).code == 0) }
            if words[1] == "resume" {
                #expect(Self.local(served, ["schedules", "pause", "drift", "--reason", "x"]).code == 0)
            }
            Self.expectSame(words, local, served(words))
        }
    }

    @Test func `an account is seen and decided on a server as here`() throws {
        let account = SimulatedAccount()
        let environment = DigitalOceanTests.environment(account)
        let served = ServedArcadia()
        func here(_ words: [String]) -> CommandResult {
            Command.run(
                Arcadia.program, served.arcadia.arguments(words),
                environment: environment.merging(["HOME": served.arcadia.folder.path]) { a, _ in a })
        }
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 3 }"#)
        #expect(here(["inventory", "sync"]).code == 0 && here(["billing", "sync"]).code == 0)
        let resources = try #require(here(["inventory", "list", "--output", "json"]).json?["resources"]?.arrayValue)
        for resource in resources.prefix(3) {
            #expect(here(["provisioned", "set", resource.text("resource_id"), "size_slug=s-8vcpu-16gb"]).code == 0)
        }
        #expect(here(["drift", "detect"]).code == 0)
        let name = resources[0].text("resource_id")
        for words in [
            ["inventory", "list"], ["inventory", "list", "--limit", "2"], ["inventory", "list", "--output", "csv"],
            ["projects", "list"], ["projects", "list", "--limit", "1", "--output", "json"],
            ["inventory", "show", name], ["inventory", "show", resources[0].text("name")],
            ["inventory", "show", name, "--output", "json"], ["inventory", "events"],
            ["inventory", "events", name, "--kind", "discovered", "--output", "json"], ["drift", "list"],
            ["drift", "list", "--output", "csv"], ["drift", "list", "--output", "json"], ["drift", "show", "1"],
            ["drift", "show", "1", "--output", "json"], ["billing", "balance"],
            ["billing", "balance", "--output", "json"], ["billing", "invoices"], ["billing", "lines"],
            ["billing", "costs"], ["billing", "costs", "--by", "project", "--output", "json"],
        ] {
            Self.expectSame(words, here(words), served(words))
        }
        let check = (here(["drift", "check"]), served(["drift", "check"]))
        #expect(check.0.code == 2 && check.1.code == 2 && check.0.output == check.1.output)

        let accepted = (
            here(["drift", "accept", "1", "--reason", "ok"]), served(["drift", "accept", "2", "--reason", "ok"])
        )
        #expect(accepted.0.code == 0 && accepted.1.code == 0)
        Self.expectSame(
            ["drift", "accept"], here(["drift", "accept", "2", "--reason", "ok"]),
            served(["drift", "accept", "2", "--reason", "ok"]))
        let ignored = served(["drift", "ignore", "tag*", "--reason", "later", "--output", "json"])
        #expect(ignored.code == 0 && ignored.json?.text("field") == "tag*" && ignored.json?["resource_id"] == .null)
        #expect(served(["billing", "lines", "--export", "focus"]).code == 64)
    }

    @Test func `what has no counterpart on a server says so, and does nothing here`() {
        let served = ServedArcadia()
        for words in [
            ["resume"], ["serve"], ["login"], ["inventory", "sync"], ["billing", "sync"], ["audit", "verify"],
            ["projects", "assign", "shop", "--tenant", "acme"],
            ["jobs", "list"], ["drift", "detect"], ["provisioned", "list"], ["schedules", "remove", "x"],
        ] {
            let result = served(words)
            #expect(result.code == 64, "\(words)")
            #expect(
                result.errors.hasPrefix(
                    "error: this command works on the database of this machine, not on the server \(served.url)"),
                "\(words): \(result.errors)")
        }
        let both = served(["runs", "list", "--data", served.arcadia.data])
        #expect(both.code == 64 && both.errors.contains("`--data` is about this machine"))
    }
}
