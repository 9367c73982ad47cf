import ArcadiaTesting
import Foundation
import Glibc
import SagaCore
import Testing

/// What the commands of the cloud account print, ask and explain.
@Suite struct CloudOutputTests {
    private let account = SimulatedAccount()
    private let arcadia = Arcadia()

    @discardableResult
    private func call(_ words: String...) -> CommandResult { call(words) }

    private func call(_ words: [String]) -> CommandResult {
        Command.run(Arcadia.program, arguments(words), environment: environment)
    }

    private func arguments(_ words: [String]) -> [String] {
        arcadia.arguments(words) + ["--config", "digitalocean.requests_per_minute=0"]
    }

    private var environment: [String: String] {
        DigitalOceanTests.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a }
    }

    /// So many droplets, each asked to have another size and another region; each has two open drifts.
    private func drift(_ count: Int) -> [String] {
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": \#(count) }"#)
        call("inventory", "sync")
        let list = call("inventory", "list", "--output", "json").json?["resources"]?.arrayValue ?? []
        let ids = list.map { $0.text("resource_id") }
        for id in ids { call("provisioned", "set", id, "size_slug=s-9vcpu-9gb", "region=moon1") }
        call("drift", "detect")
        return ids
    }

    // MARK: - Projects

    @Test func `a project is listed, assigned to a tenant and given back, and each is in the audit log`() throws {
        #expect(call("projects", "list").errors.hasPrefix("no projects\nhint: `arcadia inventory sync`"))
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 1 }"#)
        #expect(call("inventory", "sync").code == 0)
        let name = "skyai-internal"
        let listed = call("projects", "list")
        #expect(listed.output.contains(name) && listed.output.hasPrefix("NAME"), "\(listed.output)")
        let assigned = call("projects", "assign", name, "--tenant", "acme", "--reason", "theirs")
        #expect(assigned.code == 0 && assigned.output.contains("acme"), "\(assigned.errors)")
        func tenants() -> [String?] {
            (call("projects", "list", "--output", "json").json?["projects"]?.arrayValue ?? []).filter {
                $0.text("name") == name
            }.map { $0["tenant"]?.stringValue }
        }
        #expect(tenants() == ["acme"])
        #expect(call("projects", "assign", name, "--platform").code == 0)
        #expect(tenants() == [nil])
        let notes = call("audit", "list", "--action", "project", "--output", "json").json?["events"]?.arrayValue ?? []
        #expect(notes.map { $0.text("action") } == ["project.assign", "project.assign"])
        #expect(notes.map { $0.text("target") } == [name, name])
        #expect(notes.map { $0["reason"]?.stringValue } == [nil, "theirs"])
        let unknown = call("projects", "assign", "no-such", "--tenant", "acme")
        #expect(unknown.code == 69)
        #expect(
            unknown.errors
                == "error: no project is called \"no-such\"; expected its name, or its id at the provider\nhint: `arcadia projects list` shows what there is; `arcadia inventory sync` looks again\n"
        )
        #expect(call("projects", "assign", name, "--tenant", "a b").code == 65)
        #expect(call("projects", "assign", name).code == 64)
        #expect(call("projects", "assign", name, "--tenant", "a", "--platform").code == 64)
    }

    // MARK: - CSV

    @Test func `lists are CSV where they say so`() throws {
        let ids = drift(2)
        let inventory = call("inventory", "list", "--output", "csv").output.components(separatedBy: "\r\n")
        #expect(inventory.count == 4 && inventory[0].hasPrefix("resource_id,kind,provider,") && inventory[3].isEmpty)
        #expect(inventory[1].hasPrefix(ids[0] + ",droplet,digitalocean,"))
        let drifts = call("drift", "list", "-o", "csv").output.components(separatedBy: "\r\n")
        #expect(drifts.count == 6 && drifts[0].hasPrefix("drift_id,resource_id,"))
        let part = call("inventory", "list", "--output", "csv", "--limit", "1")
        #expect(part.output.components(separatedBy: "\r\n").count == 3)
        #expect(part.errors.contains("hint: there is more; `--cursor r1` shows it"))
        call("billing", "sync")
        let lines = call("billing", "lines", "--output", "csv", "--limit", "3").output
        #expect(lines.hasPrefix("period,invoice_uuid,line,product,"))
        #expect(lines.components(separatedBy: "\r\n").count == 5)
        let all = call("billing", "lines", "--export", "csv").output
        #expect(all.hasPrefix(lines))
    }

    @Test(arguments: [["runs", "list"], ["inventory", "sync"], ["drift", "show", "1"], ["billing", "costs"]])
    func `a command that has no CSV says so`(words: [String]) {
        let result = call(words + ["--output", "csv"])
        #expect(result.code == 64 && result.output.isEmpty)
        #expect(
            result.errors.contains(
                "this command prints no CSV; `inventory list`, `drift list` and `billing lines` do"), "\(result.errors)"
        )
        #expect(!call(words + ["--help"]).output.contains("csv"))
    }

    @Test func `another form is a mistake too, and a mistake beside CSV is a sentence`() {
        #expect(call("runs", "list", "--output", "xml").errors.contains("expected table, json or jsonl"))
        let result = call("drift", "list", "--output", "csv", "--resource", "nobody")
        #expect(result.code == 69 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("error: no resource is called \"nobody\""))
        let tapes = call("inventory", "list", "--http-record", "a", "--http-replay", "b")
        #expect(tapes.code == 64 && tapes.errors.contains("give one of them"))
    }

    // MARK: - Baseline

    @Test func `a baseline accepts all that is open, and nothing drifts then`() {
        _ = drift(3)
        let refused = call("drift", "baseline", "--reason", "as found")
        #expect(refused.code == 64)
        #expect(
            refused.errors
                == "error: 6 open drifts of 3 resources would be accepted, and there is nobody to ask: stdin is no terminal\nhint: `--yes` accepts without asking; `arcadia drift list` shows what\n"
        )
        let some = call("drift", "baseline", "--field", "reg*", "--reason", "as found", "--yes", "--output", "json")
        #expect(some.code == 0 && some.json == ["accepted": 3, "refused": []])
        #expect(
            call("drift", "baseline", "--reason", "as found", "--yes").output == "3 of 3 open drifts accepted\n")
        #expect(call("drift", "check").code == 0)
        let rows = call("drift", "list", "--status", "accepted", "--output", "json").json?["drift"]?.arrayValue ?? []
        #expect(rows.count == 6)
        #expect(rows.allSatisfy { $0.text("reason") == "as found" && $0.text("closed_by").hasPrefix("operator:") })
        #expect(call("drift", "baseline", "--reason", "as found").output == "0 of 0 open drifts accepted\n")
    }

    @Test func `what moved meanwhile is told one by one, and stays open`() {
        let ids = drift(2)
        for id in ids {
            let number = id.split(separator: ":").last ?? ""
            _ = account.ask(
                "POST", "/v2/droplets/\(number)/actions", #"{ "type": "rename", "name": "other" }"#)
            call("provisioned", "set", id, "name=asked")
        }
        call("drift", "detect")
        call("inventory", "sync")
        let result = call("drift", "baseline", "--field", "name", "--reason", "as found", "--yes")
        #expect(result.code == 69, "\(result.output)\(result.errors)")
        #expect(result.output == "0 of 2 open drifts accepted\n")
        #expect(result.errors.components(separatedBy: "when it was noticed and is \"other\" now").count == 3)
    }

    @Test func `a baseline asks a person first`() throws {
        _ = drift(1)
        let no = try onTerminal(["drift", "baseline", "--reason", "as found"], typing: "n\n")
        #expect(no.errors == "accept 2 open drifts of 1 resource as they are now? [y/N] error: nothing was accepted\n")
        #expect(no.code == 1)
        let yes = try onTerminal(["drift", "baseline", "--reason", "as found"], typing: "y\n")
        #expect(yes.code == 0 && yes.output == "2 of 2 open drifts accepted\n")
    }

    /// The same with a terminal as stdin, on which somebody types.
    private func onTerminal(_ words: [String], typing text: String) throws -> (
        output: String, errors: String, code: Int32
    ) {
        var (terminal, person): (Int32, Int32) = (-1, -1)
        try #require(openpty(&person, &terminal, nil, nil, nil) == 0)
        defer { close(person) }
        let folder = TemporaryFolder()
        #expect(write(person, text, text.utf8.count) == text.utf8.count)
        let process = try ChildProcess(
            Arcadia.program, arguments(words), environment: environment, input: .descriptor(terminal),
            output: .file(folder.path + "/out"), errors: .file(folder.path + "/err"))
        close(terminal)
        let code = process.waitUntilExit()
        return (folder.text("out") ?? "", folder.text("err") ?? "", code)
    }

    // MARK: - For a person

    @Test func `a drift is told from three sides within 80 columns, with the next commands`() {
        let id = drift(1)[0]
        let shown = call("drift", "show", "1")
        let lines = (shown.output + shown.errors).components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(shown.output)")
        #expect(lines[1] == id)
        #expect(shown.output.contains("  asked for  s-9vcpu-9gb\n             version 1, by hand\n"), "\(shown.output)")
        #expect(shown.output.contains("\n             last seen 2"))
        #expect(shown.output.contains("  changed    2") && shown.output.contains("discovered, found by a sync"))
        #expect(
            shown.errors == """
                hint: `arcadia drift accept 1 --reason WHY` keeps what is
                hint: `arcadia drift revert 1 --reason WHY` restores what was asked for
                hint: `arcadia drift ignore size_slug --days 30 --reason WHY \\
                        --resource \(id)` keeps quiet about it

                """)
        // No operation moves a droplet to another region.
        #expect(!call("drift", "show", "2").errors.contains("drift revert"))
        call("drift", "accept", "1", "--reason", "resized by hand")
        let closed = call("drift", "show", "1")
        #expect(closed.output.contains("\n  closed     2") && closed.output.contains("resized by hand"))
        #expect(closed.errors.isEmpty)
    }

    @Test func `a check says when what it compares was not synced, or not whole`() {
        let never = call("drift", "check")
        #expect(never.code == 0)
        #expect(
            never.errors
                == "no drift\nwarn: nothing was synced yet\nhint: `arcadia inventory sync` asks the provider what there is\n"
        )
        call("inventory", "sync")
        #expect(call("drift", "check").errors == "no drift\n")
        _ = account.ask("PUT", "/admin/faults", #"[{ "path": "/v2/droplets", "fault": "status_500" }]"#)
        let failed = call("inventory", "sync")
        #expect(failed.code == 69 && !failed.output.contains("(status 500)"), "\(failed.output)")
        let stale = call("drift", "check", "--output", "json")
        #expect(stale.code == 0 && stale.output.hasPrefix("{"))
        #expect(
            stale.errors.contains(/^warn: the sync of 2\S+Z did not see all droplets; what is compared is of 2\S+Z\n/))
    }

    @Test func `a number is no field to ignore, and a rule says what it is of`() {
        let id = drift(1)[0]
        let mistaken = call("drift", "ignore", "1", "--reason", "later")
        #expect(
            mistaken.code == 64
                && mistaken.errors == """
                    error: 1 is a number; expected a field such as size_slug, or a pattern such as 'tag*'
                    hint: `arcadia drift show 1` has the whole command for the field of drift 1

                    """,
            "\(mistaken.errors)")
        let one = call("drift", "ignore", "size_slug", "--resource", id, "--reason", "later").output
        #expect(one.hasPrefix("size_slug of \(id)\nis not reported until 2"), "\(one)")
        let all = call("drift", "ignore", "region", "--reason", "later").output
        #expect(all.hasPrefix("region of any resource\nis not reported until 2"), "\(all)")
    }

    @Test func `what is gone is listed as deleted, and accepting that asks nothing of it any more`() {
        let id = drift(1)[0]
        let providerID = id.split(separator: ":")[2]
        _ = account.ask("DELETE", "/v2/droplets/\(providerID)")
        let first = call("inventory", "sync").output
        #expect(first.contains("1 not in the list, believed to be gone when that lasts"), "\(first)")
        for _ in 0..<2 { call("inventory", "sync") }
        #expect(call("inventory", "list", "--deleted").output.contains("  deleted  "))
        call("drift", "detect")
        let shown = call("drift", "show", "3")
        #expect(
            shown.errors.hasPrefix("hint: `arcadia drift accept 3 --reason WHY` asks nothing of it any more\n"),
            "\(shown.output)\(shown.errors)")
    }

    @Test func `a resource is shown for a person, and as JSON for a program`() {
        let id = drift(1)[0]
        let shown = call("inventory", "show", id).output
        #expect(shown.components(separatedBy: "\n")[1] == id)
        #expect(shown.components(separatedBy: "\n").allSatisfy { $0.count <= 80 }, "\(shown)")
        #expect(shown.contains("\nasked for, version 1, by hand\n  size_slug  s-9vcpu-9gb\n"), "\(shown)")
        #expect(shown.contains("\nwhat happened\n") && shown.contains("discovered, found by a sync\n"))
        #expect(shown.contains("size_slug  s-9vcpu-9gb → "))
        #expect(call("inventory", "show", id, "--output", "json").json?.text("resource_id") == id)
    }

    @Test func `amounts stand below one another with two decimals, and stay exact as JSON`() throws {
        call("billing", "sync")
        for words in [["billing", "invoices"], ["billing", "costs"], ["billing", "lines"]] {
            let lines = call(words).output.components(separatedBy: "\n").filter { !$0.isEmpty }
            let header = try #require(lines.first?.firstRange(of: "AMOUNT"))
            let end = lines[0].distance(from: lines[0].startIndex, to: header.upperBound)
            for line in lines.dropFirst() {
                #expect(String(line.prefix(end)).contains(try Regex(#"(^| )-?[0-9]+\.[0-9]{2}$"#)), "\(line)")
            }
        }
        let balance = call("billing", "balance").output.components(separatedBy: "\n")
        let places = balance.prefix(3).compactMap { $0.firstIndex(of: ".")?.utf16Offset(in: $0) }
        #expect(places.count == 3 && Set(places).count == 1, "\(balance)")
        #expect(balance.allSatisfy { $0.count <= 80 })
    }

    @Test func `events are listed by kind`() {
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 1 }"#)
        call("inventory", "sync")
        let id = account.state["droplets"]?.arrayValue?[0]["id"]?.text ?? ""
        _ = account.ask("POST", "/v2/tags", #"{ "name": "late" }"#)
        _ = account.ask(
            "POST", "/v2/tags/late/resources",
            #"{ "resources": [{ "resource_id": "\#(id)", "resource_type": "droplet" }] }"#)
        call("inventory", "sync")
        let events = call("inventory", "events", "--kind", "tagged", "--output", "json").json?["events"]?.arrayValue
        #expect(events?.count == 1 && events?[0]["after"]?["tags"]?.text.contains("late") == true, "\(events ?? [])")
        let wrong = call("inventory", "events", "--kind", "taged")
        #expect(wrong.code == 64)
        #expect(
            wrong.errors
                == "error: `--kind` is \"taged\"; expected one of discovered, updated, deleted, restored, tagged, drift_detected\n"
        )
    }

    // MARK: - Help

    @Test func `every option of the account's commands is explained, and every command has examples`() throws {
        let help = Command.run(Arcadia.program, ["--experimental-dump-help"]).json
        let commands = help?["command"]?["subcommands"]?.arrayValue ?? []
        let ours = commands.filter {
            ["inventory", "provisioned", "drift", "billing"].contains($0.text("commandName"))
        }
        #expect(ours.count == 4)
        for command in ours {
            for one in [command] + (command["subcommands"]?.arrayValue ?? []) {
                let name = "\(command.text("commandName")) \(one.text("commandName"))"
                #expect(one.text("discussion").contains("EXAMPLES"), "\(name)")
                #expect(!one.text("abstract").isEmpty, "\(name)")
                for argument in one["arguments"]?.arrayValue ?? [] {
                    #expect(!argument.text("abstract").isEmpty, "\(name): \(argument.text("valueName"))")
                }
            }
        }
    }

    // MARK: - Configuration

    @Test func `configuration of a plugin that is not there is told`() {
        let result = call("plugins", "list", "--config", "digitalocaen.base_url=x", "--config", "nothing.like=it")
        #expect(result.code == 0)
        #expect(
            result.errors == """
                warning: `--config` names plugin "digitalocaen", and there is no such plugin
                hint: did you mean "digitalocean"?
                warning: `--config` names plugin "nothing", and there is no such plugin

                """)
    }
}
