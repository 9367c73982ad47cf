import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// The first thing anybody sees, held to what it says.
@Suite struct ReadmeTests {
    @Test func `the session at the top of the README is what happens`() throws {
        let page = try String(contentsOfFile: Fixtures.repository.path + "/README.md", encoding: .utf8)
        let definition = try #require(
            page.components(separatedBy: "```json\n").dropFirst().first?.components(separatedBy: "```").first)
        let session = try #require(
            page.components(separatedBy: "```console\n").dropFirst().first?.components(separatedBy: "```").first)

        let arcadia = Arcadia()
        let file = arcadia.folder.file("publish.json", definition)
        let result = arcadia("run", file, "--input", "name=monthly")
        #expect(result.code == 1)
        let id = try #require(arcadia.newestRun()).text("run_id")
        let written = try #require(
            session.firstMatch(of: try Regex("[0-9a-f]{8}-[0-9a-f-]{27}")).map { String(session[$0.range]) })
        let errors = result.errors.components(separatedBy: "\n").filter { $0.hasPrefix("error:") }.joined(
            separator: "\n")
        let said = Self.withoutDuration(result.output + errors).replacingOccurrences(of: id, with: written)
        let promised = session.components(separatedBy: "\n").filter { !$0.isEmpty && !$0.hasPrefix("$") && $0 != "1" }
        #expect(promised.count == 5)
        for line in promised { #expect(said.contains(Self.withoutDuration(line)), "\(line)") }
        #expect(arcadia.folder.tree("files").isEmpty)
    }

    @Test func `what the README shows of check and explain is what they say`() throws {
        let page = try String(contentsOfFile: Fixtures.repository.path + "/README.md", encoding: .utf8)
        func shown(_ command: String) throws -> String {
            let start = try #require(page.range(of: "```console\n$ \(command)\n"))
            return try #require(page[start.upperBound...].components(separatedBy: "```").first)
        }
        let arcadia = Arcadia()
        _ = arcadia.folder.file(
            "trip.json",
            """
            { "saga": "trip",
              "steps": [
                { "id": "hotel", "uses": "core.set", "with": { "values": { "room": "7" } } },
                { "id": "note", "uses": "core.echo",
                  "with": { "message": "${ .steps.hotl.output.room }" } }
              ] }
            """)
        let check = Command.run(
            Arcadia.program, arcadia.arguments(["check", "trip.json"]), at: arcadia.folder.path)
        #expect(try check.talk == shown("arcadia check trip.json"))
        let explain = Command.run(Arcadia.program, ["explain", "input_may_be_missing"])
        #expect(try explain.output == shown("arcadia explain input_may_be_missing"))
    }

    private static func withoutDuration(_ text: String) -> String {
        text.replacing(try! Regex("[0-9.]+ s  "), with: "")
    }

    @Test func `the README names every command there is`() throws {
        let page = try String(contentsOfFile: Fixtures.repository.path + "/README.md", encoding: .utf8)
        for command in [
            "check", "explain", "fmt", "schema", "definitions diff", "run", "resume", "runs list", "runs show",
            "runs watch", "runs cancel", "runs retry",
            "runs pause", "runs resume", "runs skip", "runs fork",
            "runs signal", "runs mark-compensated", "runs abandon", "definitions put", "plan",
            "plugins list", "plugins show", "plugins new", "plugins call", "plugins check", "dev", "inventory sync",
            "inventory list", "inventory events",
            "provisioned set",
            "drift check", "drift show", "projects list", "projects assign", "drift accept", "drift revert",
            "drift baseline", "inventory show",
            "billing sync", "billing invoices",
            "billing costs",
            "billing lines", "simulate digitalocean", "token secret", "token mint", "token show", "audit list",
            "audit verify",
            "serve", "schedules list", "schedules run", "schedules pause",
            "schedules add", "jobs list", "context add", "context list", "login",
        ] {
            #expect(page.contains("arcadia \(command)"), "\(command)")
        }
    }

    @Test(arguments: [
        [], ["check"], ["explain"], ["fmt"], ["schema"], ["definitions", "diff"], ["run"], ["resume"], ["runs"],
        ["runs", "show"], ["runs", "cancel"], ["plugins"],
        ["runs", "pause"], ["runs", "resume"], ["runs", "skip"], ["runs", "fork"],
        ["runs", "signal"], ["runs", "mark-compensated"], ["runs", "abandon"], ["definitions", "put"], ["plan"],
        ["plugins", "list"], ["plugins", "new"], ["plugins", "call"], ["plugins", "check"], ["dev"], ["inventory"],
        ["inventory", "sync"], ["provisioned"], ["projects"],
        ["projects", "assign"], ["drift"], ["drift", "check"],
        ["billing"], ["billing", "sync"], ["simulate", "digitalocean"], ["token"], ["token", "mint"], ["audit"],
        ["audit", "verify"],
        ["serve"], ["schedules"], ["schedules", "add"], ["jobs", "list"], ["login"], ["context"], ["context", "add"],
    ])
    func `every command explains itself`(words: [String]) {
        let result = Command.run(Arcadia.program, words + ["--help"])
        #expect(result.code == 0)
        #expect(result.output.contains("USAGE:"))
    }

    @Test func `what is printed as JSON is one document and nothing else`() {
        let arcadia = Arcadia()
        arcadia.run(#"["core.echo"]"#)
        for words in [["runs", "list"], ["plugins", "list"], ["plugins", "show", "core"], ["resume"]] {
            let result = Command.run(Arcadia.program, arcadia.arguments(words + ["--output", "json"]))
            #expect(result.json != nil, "\(words): \(result.output)")
        }
        let bad = arcadia("run", "nosuch.json", "--output", "json")
        #expect(bad.code == 65)
        #expect(bad.json?["error"]?.text("code") == "definition.unreadable")
    }
}
