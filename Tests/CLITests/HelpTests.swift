import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What a command's help says of roles, and the page on how a definition is written.
@Suite struct HelpTests {
    /// Commands by the operation of the API that each of them asks a server for.
    private static let operations: [(words: [String], operation: String)] = [
        ("run", "submitRun"), ("plan", "planDefinition"), ("check", "checkDefinition"),
        ("runs list", "listRuns"), ("runs show", "getRun"), ("runs watch", "streamRun"), ("runs cancel", "cancelRun"),
        ("runs retry", "retryRun"), ("runs fork", "forkRun"), ("runs pause", "pauseRun"), ("runs resume", "resumeRun"),
        ("runs skip", "skipStep"), ("runs signal", "signalRun"), ("runs mark-compensated", "markCompensated"),
        ("runs abandon", "abandonRun"),
        ("definitions put", "putDefinition"), ("definitions list", "listDefinitions"),
        ("definitions show", "getDefinition"), ("definitions versions", "listDefinitionVersions"),
        ("definitions diff", "diffDefinitions"),
        ("plugins list", "listPlugins"), ("plugins show", "getPlugin"), ("plugins release", "releasePlugin"),
        ("plugins disable", "disablePlugin"), ("plugins enable", "enablePlugin"), ("plugins reload", "reloadPlugins"),
        ("plugins prune", "prunePlugins"),
        ("inventory list", "listInventory"), ("inventory show", "getResource"),
        ("inventory events", "listAllResourceEvents"), ("projects list", "listProjects"),
        ("drift check", "listDrift"), ("drift list", "listDrift"), ("drift show", "getDrift"),
        ("drift accept", "acceptDrift"), ("drift ignore", "ignoreDrift"), ("drift revert", "revertDrift"),
        ("billing balance", "getBalance"), ("billing lines", "listCostLines"), ("billing invoices", "listInvoices"),
        ("billing costs", "listCosts"),
        ("schedules list", "listSchedules"), ("schedules show", "getSchedule"), ("schedules pause", "pauseSchedule"),
        ("schedules resume", "resumeSchedule"), ("schedules run", "runSchedule"), ("audit list", "listAudit"),
        ("provision droplet", "submitRun"), ("destroy droplet", "submitRun"), ("snapshot droplet", "submitRun"),
        ("resize droplet", "submitRun"),
    ].map { ($0.0.split(separator: " ").map(String.init), $0.1) }

    /// The roles that each operation of the API takes, the lowest first, and whether it changes something.
    private static func roles() throws -> [String: (roles: [String], isWrite: Bool)] {
        let path = Fixtures.repository.path + "/Sources/CServerPage/openapi.json"
        let document = try JSONValue(parsing: String(contentsOfFile: path, encoding: .utf8))
        var found: [String: (roles: [String], isWrite: Bool)] = [:]
        for (_, methods) in document["paths"]?.objectValue ?? [:] {
            for (method, operation) in methods.objectValue ?? [:] {
                guard let roles = operation["x-arcadia-roles"]?.arrayValue else { continue }
                found[operation.text("operationId")] = (roles.compactMap(\.stringValue), method != "get")
            }
        }
        return found
    }

    @Test func `every command that a server may refuse says which role it needs, as the API does`() throws {
        let roles = try Self.roles()
        for (words, operation) in Self.operations {
            let lowest = try #require(roles[operation]?.roles.first, "\(operation)")
            let role = lowest == "platform_admin" ? lowest : "\(lowest) or above"
            let help = Command.run(Arcadia.program, words + ["--help"]).output
            #expect(help.contains("\nNEEDS at a server: role \(role).\n"), "\(words): \(help)")
        }
    }

    @Test func `every operation of the API that changes something is a command's`() throws {
        // Many runs at once are asked for by the verbs themselves; `definitions put` stores under a name.
        let others: Set = ["bulkRuns", "createDefinition"]
        let writes = try Self.roles().filter(\.value.isWrite).map(\.key)
        #expect(Set(writes).subtracting(Self.operations.map(\.operation)).subtracting(others) == [])
    }

    @Test(arguments: [
        (
            ["definitons", "list"],
            "`arcadia` has no command \"definitons\"\nhint: did you mean `arcadia definitions`?\n"
        ),
        (["runs", "lst"], "`arcadia runs` has no command \"lst\"\nhint: did you mean `arcadia runs list`?\n"),
        (
            ["drift", "undo", "--all"],
            "`arcadia drift` has no command \"undo\"\nhint: `arcadia drift --help` lists what it has\n"
        ),
    ])
    func `a command that there is not is told with the one that was meant`(words: [String], expected: String) {
        let result = Command.run(Arcadia.program, words)
        #expect(result.code == 64 && result.output == "")
        #expect(result.errors == "error: " + expected)
    }

    @Test(arguments: [["help", "runs"], ["runs", "--help"], ["--version"], ["explain", "scope"]])
    func `words that are no commands are left alone where they may stand`(words: [String]) {
        #expect(Command.run(Arcadia.program, words).code == 0)
    }

    // MARK: - How a definition is written

    @Test func `the page on definitions fits 80 columns, and names every form of a step`() throws {
        let page = Command.run(Arcadia.program, ["explain", "definitions"])
        #expect(page.code == 0 && page.errors == "")
        let lines = page.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.count < 100)
        #expect(page.output.hasPrefix("A definition is JSON: a name, and a list of steps"))
        for form in [
            "uses", "parallel", "for_each", "saga", "scope", "wait", "signal", "when", "retry", "compensation",
        ] {
            #expect(lines.contains { $0.hasPrefix("    \(form) ") }, "\(form)")
        }
        for command in ["schema", "check", "plan", "explain", "run"] {
            #expect(page.output.contains("\n  arcadia \(command)"), "\(command)")
        }
        let json = Command.run(Arcadia.program, ["explain", "definitions", "--output", "json"]).json
        #expect(json?["example"]?.stringValue == DefinitionGuide.whole)
    }

    @Test func `every example of the page is sound`() throws {
        let arcadia = Arcadia()
        let files = DefinitionGuide.definitions.enumerated().map { number, text in
            arcadia.folder.file("guide-\(number).json", text)
        }
        #expect(files.count == 11)
        let result = Command.run(Arcadia.program, arcadia.arguments(["check"] + files + ["--output", "json"]))
        for report in try #require(result.json?["definitions"]?.arrayValue) {
            let findings = (report["errors"]?.arrayValue ?? []) + (report["warnings"]?.arrayValue ?? [])
            #expect(findings.isEmpty, "\(report.text("file")): \(findings)")
        }
        #expect(result.code == 0)
    }

    @Test(arguments: [[], ["check"], ["run"], ["explain"]])
    func `a newcomer finds the page`(words: [String]) {
        let help = Command.run(Arcadia.program, words + ["--help"]).output
        #expect(help.contains("arcadia explain definitions"))
    }

    @Test(arguments: ["7", "saga: trip\nsteps:\n  - core.echo\n", #"{ "saga": "trip" }"#])
    func `who has no definition yet is sent there`(text: String) {
        let arcadia = Arcadia()
        let result = arcadia("check", arcadia.folder.file("trip.json", text))
        #expect(result.code == 65)
        #expect(result.errors.contains("`arcadia explain definitions` shows how one is written\n"), "\(result.errors)")
    }

    @Test func `every key of a definition is explained, in lines that a terminal does not break`() throws {
        #expect(KeyExplanation.keys.count > 30 && !KeyExplanation.keys.contains("bundled"))
        for key in KeyExplanation.keys {
            let explanation = try #require(KeyExplanation.find(key), "\(key)")
            #expect(
                explanation.meanings.allSatisfy { !$0.meaning.isEmpty }
                    && !explanation.members.contains { $0.meaning.isEmpty })
        }
        #expect(KeyExplanation.find("bundled") == nil && KeyExplanation.find("saga_step") == nil)
        for key in ["signal", "for_each", "timeout_seconds", "on_failure", "saga"] {
            let shown = Command.run(Arcadia.program, ["explain", key])
            #expect(
                shown.code == 0 && shown.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(shown.output)")
        }
        let wait = Command.run(Arcadia.program, ["explain", "wait"])
        #expect(
            wait.output == """
                wait, in a step with `wait`: How long, or until when.

                eg:
                  { "id": "cool_down", "wait": { "seconds": 60 } }

                with it:
                  seconds  how long
                  until    until when, such as 2030-01-31T09:00:00Z

                """, "\(wait.output)")
        let seconds = Command.run(Arcadia.program, ["explain", "timeout_seconds", "--output", "json"]).json
        #expect(
            seconds?["meanings"]?.arrayValue?.map { $0.text("place") } == [
                "a definition", "a step with `uses` and `compensation`",
            ])
        let unknown = Command.run(Arcadia.program, ["explain", "for_eahc"])
        #expect(unknown.errors.contains("hint: did you mean \"for_each\"?"), "\(unknown.errors)")
    }
}
