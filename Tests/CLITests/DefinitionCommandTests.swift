import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What an operator sees of a definition: findings, explanations, layout.
@Suite struct DefinitionCommandTests {
    private let arcadia = Arcadia()

    // MARK: - explain

    @Test func `every wrong example has that mistake and no other, and every right one is sound`() throws {
        // `broken` is refused, as an example wants it.
        _ = arcadia.folder.file("more/broken/plugin.json", "{")
        var files: [(code: String, isWrong: Bool, path: String)] = []
        for explanation in Explanation.all {
            guard case .definitions(let wrong, let right) = explanation.examples else { continue }
            for (example, isWrong) in [(wrong, true), (right, false)] {
                let name = "\(explanation.code)-\(isWrong ? "wrong" : "right").json"
                files.append((explanation.code, isWrong, arcadia.folder.file(name, example.text)))
            }
        }
        #expect(files.count >= 60)
        let words = ["check"] + files.map(\.path) + ["--output", "json", "--plugins", arcadia.folder.path + "/more"]
        let result = Command.run(Arcadia.program, arcadia.arguments(words))
        let reports = try #require(result.json?["definitions"]?.arrayValue)
        for (file, report) in zip(files, reports) {
            let findings = (report["errors"]?.arrayValue ?? []) + (report["warnings"]?.arrayValue ?? [])
            let codes = findings.map { $0.text("code") }
            #expect(codes == (file.isWrong ? [file.code] : []), "\(file.path): \(findings)")
        }
    }

    @Test func `explain says what a code means, and lists them all without one`() {
        let one = Command.run(Arcadia.program, ["explain", "unknown_step"])
        #expect(one.code == 0)
        #expect(one.output.hasPrefix("definition.unknown_step: it reads a step that does not exist\n\n"))
        #expect(one.output.contains("\nwrong:\n  [\n") && one.output.contains("\nright:\n  [\n"))
        #expect(one.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let list = Command.run(Arcadia.program, ["explain"])
        for explanation in Explanation.all { #expect(list.output.contains("  \(explanation.code) ")) }
        #expect(list.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let all = Command.run(Arcadia.program, ["explain", "--output", "json"]).json?["explanations"]?.arrayValue
        #expect(all?.count == Explanation.all.count)
    }

    @Test func `a code that is none is told, with the one that was meant`() {
        let slip = Command.run(Arcadia.program, ["explain", "definition.unknwon_step"])
        #expect(slip.code == 64)
        #expect(
            slip.errors == """
                error: there is no code and no key "definition.unknwon_step"
                hint: did you mean "definition.unknown_step"?

                """)
        let nothing = Command.run(Arcadia.program, ["explain", "xyzzy"])
        #expect(nothing.errors.contains("`arcadia explain` lists the codes, "))
    }

    // MARK: - check

    private func check(_ text: String, _ words: String...) -> CommandResult {
        _ = arcadia.folder.file("trip.json", text)
        return Command.run(
            Arcadia.program, arcadia.arguments(["check", "trip.json"] + words), at: arcadia.folder.path)
    }

    @Test func `every mistake is shown with its code, its line and a mark under what is wrong`() {
        let result = check(
            """
            { "saga": "trip",
              "steps": [
                { "id": "first", "uses": "core.set", "timeout": 5 },
                { "id": "é", "uses": "core.echo", "with": { "message": "${ .steps.frist.output.x }" } },
                { "uses": "core.sleep",
                  "with": { "seconds": true } }
              ] }
            """)
        #expect(result.code == 65)
        #expect(result.output == "")
        #expect(
            result.talk == """
                error[definition.unknown_key]: "timeout" is not a key of a step
                 --> trip.json:3:42
                  |
                3 |     { "id": "first", "uses": "core.set", "timeout": 5 },
                  |                                          ^^^^^^^^^
                hint: did you mean "timeout_seconds"?

                error[definition.bad_name]: a step is called "é"; expected up to 64 of A-Z, a-z, 0-9, _ and -, starting with a letter
                 --> trip.json:4:13
                  |
                4 |     { "id": "é", "uses": "core.echo", "with": { "message": "${ .steps.frist…
                  |             ^^^

                error[definition.unknown_step]: ".steps.frist.output.x" reads step "frist", and there is no such step
                 --> trip.json:4:60
                  |
                4 | …é", "uses": "core.echo", "with": { "message": "${ .steps.frist.output.x }"…
                  |                                                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                hint: did you mean "first"?

                error[definition.with]: `with` of step "step_3": "seconds" is true; expected a number
                 --> trip.json:6:28
                  |
                6 |       "with": { "seconds": true } }
                  |                            ^^^^
                hint: `arcadia plugins show core.sleep` has its input and examples

                trip.json: 4 errors
                `arcadia explain definition.unknown_key` says more, as it does of every code

                """)
    }

    @Test func `of very many mistakes the first fifty are shown, and JSON has them all`() throws {
        let steps = (1...80).map { #"{"id": "s\#($0)", "uses": "core.ech"}"# }.joined(separator: ",\n")
        let file = arcadia.folder.file("many.json", #"{"saga": "many", "steps": [\#(steps)]}"#)
        let shown = arcadia("check", file)
        #expect(shown.errors.components(separatedBy: "error[definition.unknown_operation]").count == 51)
        #expect(shown.errors.contains("\n… and 30 more; `--output json` has them all\n"))
        #expect(shown.errors.contains("many.json: 80 errors\n"))
        let report = arcadia("check", file, "--output", "json").json?["definitions"]?.arrayValue?.first
        #expect(report?["errors"]?.arrayValue?.count == 80)
    }

    @Test func `an input that looks like a number is told as the text that the definition wants`() {
        let file = arcadia.folder.file(
            "release.json",
            #"{"saga": "release", "inputs": {"properties": {"version": {"type": "string", "pattern": "^v"}}}, "#
                + #""steps": [{"uses": "core.echo", "with": {"message": "${ .inputs.version // \"v0\" }"}}]}"#)
        let refused = arcadia("run", file, "--input", "version=1")
        #expect(refused.errors.hasPrefix("error: inputs: \"version\" is \"1\"; expected text that matches ^v\n"))
    }

    @Test func `no line of a picture is wider than 80 columns, wherever the mark stands`() {
        for before in [0, 10, 40, 60, 75, 90, 200] {
            for length in [1, 100] {
                let key = String(repeating: "k", count: length)
                let result = check(
                    "[{\(String(repeating: " ", count: before))\"\(key)\": 1, \"uses\": \"core.echo\", \"with\": {}}]")
                let lines = result.talk.split(separator: "\n")
                guard let mark = lines.firstIndex(where: { $0.hasSuffix("^") }) else {
                    Issue.record("no mark: \(result.talk)")
                    continue
                }
                #expect(lines[mark - 1].count <= 80 && lines[mark].count <= 80, "\(lines[mark - 1])")
                let start = lines[mark].count - lines[mark].drop { $0 != "^" }.count
                let marked = lines[mark - 1].dropFirst(start).prefix(lines[mark].count - start)
                #expect(marked.hasPrefix("\"k") || marked.hasPrefix("\"…"), "\(before), \(length): \(marked)")
            }
        }
    }

    @Test func `a mark of something of several lines is under the first of them`() {
        let result = check("[\n  { \"id\": \"a\",\n    \"description\": \"b\" }\n]")
        #expect(result.talk.contains("2 |   { \"id\": \"a\",\n  |   ^^^^^^^^^^^^\n"))
    }

    @Test func `letters of two columns keep the mark in its place`() {
        let result = check(#"[{ "description": "日本語", "x": 1, "uses": "core.echo" }]"#)
        #expect(result.talk.contains("  |                             ^^^\n"), "\(result.talk)")
    }

    @Test func `what is not JSON is shown at the place where it stops being it`() {
        let result = check("[\"core.echo\",\n \"core.echo\"")
        #expect(
            result.talk == """
                error[definition.not_json]: the text ends inside an array; expected "]" or ","
                 --> trip.json:2:13
                  |
                2 |  "core.echo"
                  |             ^

                trip.json: 1 error
                `arcadia explain definition.not_json` says more

                """)
    }

    @Test func `a warning is shown like an error, and the definition is sound`() {
        let result = check(
            #"["files.make_directory", { "uses": "files.write", "with": { "path": "a", "content": "" } }]"#)
        #expect(result.code == 65)
        let warned = check(
            """
            [{ "uses": "digitalocean.destroy_droplet" },
             "core.echo"]
            """)
        #expect(warned.code == 0)
        #expect(warned.output == "trip.json: saga \"trip\" is sound; 2 steps, 1 warning\n")
        #expect(warned.talk.hasPrefix("warning[definition.irreversible_not_last]: "))
        #expect(warned.talk.contains("1 | [{ \"uses\": \"digitalocean.destroy_droplet\" },\n  |  ^^^^"))
    }

    @Test func `JSON says where what is wrong ends`() throws {
        let report = try #require(
            check(#"[{ "uses": "core.echo", "tmeout": 1 }]"#, "--output", "json").json?["definitions"]?.arrayValue?[0])
        let finding = try #require(report["errors"]?.arrayValue?.first)
        #expect(finding["column"] == 25 && finding["end_line"] == 1 && finding["end_column"] == 33)
    }

    // MARK: - fmt

    @Test func `fmt lays a file out, keeps its mode, and says so`() throws {
        let file = arcadia.folder.file("x.json", #"{"steps":["core.echo"],"saga":"x"}"#)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        let link = arcadia.folder.path + "/link.json"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
        let check = Command.run(Arcadia.program, ["fmt", "--check", file])
        #expect(check.code == 1 && check.output == file + "\n")
        let result = Command.run(Arcadia.program, ["fmt", link])
        #expect(result.code == 0 && result.output == "" && result.errors == "\(link): formatted\n")
        #expect(arcadia.folder.text("x.json") == "{\n  \"saga\": \"x\",\n  \"steps\": [\n    \"core.echo\"\n  ]\n}\n")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o640)
        let again = Command.run(Arcadia.program, ["fmt", file, "--check"])
        #expect(again.code == 0 && again.output == "" && again.errors == "")
        #expect(arcadia.folder.tree().keys.filter { $0.hasPrefix("x.json") } == ["x.json"])
    }

    @Test func `fmt leaves what is not JSON as it is, tells where, and goes on with the others`() {
        let bad = arcadia.folder.file("bad.json", "{\n  \"saga\": \"x\",\n}")
        let good = arcadia.folder.file("good.json", "[]")
        let result = Command.run(Arcadia.program, ["fmt", bad, good, "nosuch.json"], at: arcadia.folder.path)
        #expect(result.code == 65)
        #expect(
            result.errors.contains("error: \(bad):2:14: a comma before \"}\"; expected another member, or no comma"))
        #expect(result.errors.contains("nosuch.json"))
        #expect(arcadia.folder.text("bad.json") == "{\n  \"saga\": \"x\",\n}")
        #expect(arcadia.folder.text("good.json") == "[]\n")
    }

    @Test func `fmt prints what comes on stdin`() {
        let result = Command.run(Arcadia.program, ["fmt", "-"], input: "[\"core.echo\"]")
        #expect(result.code == 0 && result.output == "[\n  \"core.echo\"\n]\n")
        #expect(Command.run(Arcadia.program, ["fmt", "-"], input: "[").errors.hasPrefix("error: stdin:1:2: "))
        let check = Command.run(Arcadia.program, ["fmt", "--check", "-"], input: "[]")
        #expect(check.code == 1 && check.output == "stdin\n")
    }

    // MARK: - schema

    @Test func `the schema knows what this host has, and every definition that is shipped fits it`() throws {
        let printed = arcadia("schema")
        #expect(printed.code == 0)
        let file = arcadia.folder.path + "/definitions.schema.json"
        let written = arcadia("schema", "--output", file)
        #expect(written.code == 0 && written.output == "" && written.talk.contains("operations"))
        #expect(arcadia.folder.text("definitions.schema.json") == printed.output)
        let schema = try JSONSchema(try #require(printed.json))
        var count = 0
        for case let path as String in FileManager.default.enumerator(atPath: BuiltPlugins.folder) ?? .init() {
            guard path.contains("/definitions/"), path.hasSuffix(".json") else { continue }
            let text = try String(contentsOfFile: BuiltPlugins.folder + "/" + path, encoding: .utf8)
            let violations = schema.violations(of: try JSONValue(parsing: text))
            #expect(violations.isEmpty, "\(path): \(violations.map(\.message))")
            count += 1
        }
        #expect(count >= 8)
        let bad: JSONValue = [["uses": "files.write", "with": ["path": "a", "contents": "b"]]]
        #expect(!schema.violations(of: bad).isEmpty)
    }

    // MARK: - Versions

    private func put(_ version: String, _ message: String, _ name: String = "v.json") -> String {
        arcadia.folder.file(
            name,
            """
            { "saga": "greet", "version": "\(version)",
              "steps": [{ "id": "say", "uses": "core.echo", "with": { "message": "\(message)" } }, "core.set"] }
            """)
    }

    @Test func `versions of one name stand side by side, and each is run by its number`() throws {
        #expect(arcadia("definitions", "put", put("1", "one")).code == 0)
        #expect(arcadia("definitions", "put", put("2", "two")).code == 0)
        func said(_ name: String) -> JSONValue? {
            arcadia("run", name, "--output", "json").json?["context"]?["echoed_at_step_1"]
        }
        #expect(said("greet") == "two")
        #expect(said("greet@1") == "one")
        #expect(said("greet@2") == "two")
        #expect(arcadia("definitions", "show", "greet@1").output.contains("\"one\""))
        #expect(arcadia("definitions", "show", "greet").output.contains("\"two\""))
        #expect(arcadia("check", "greet@1").output == "greet@1: saga \"greet\" is sound; 2 steps\n")
        #expect(arcadia("plan", "greet@1").code == 0)
        let versions = arcadia("definitions", "versions", "greet").output.split(separator: "\n")
        #expect(versions.count == 3 && versions[1].hasPrefix("2 ") && versions[2].hasPrefix("1 "))
        let unknown = arcadia("run", "greet@3")
        #expect(unknown.code == 65)
        #expect(
            unknown.talk == """
                error: there is no definition "greet@3"
                hint: `arcadia definitions versions greet` shows the versions there are

                """)
    }

    @Test func `a shipped definition has its version, too`() {
        #expect(arcadia("check", "hello@1").code == 0)
        #expect(arcadia("check", "hello@2").code == 65)
    }

    @Test func `a stored version is not stored again with another text, and the way out is told`() {
        #expect(arcadia("definitions", "put", put("1", "one")).code == 0)
        let refused = arcadia("definitions", "put", put("1", "other"))
        #expect(refused.code == 65)
        #expect(refused.errors.contains("error: version \"1\" of \"greet\" is stored with another text"))
        #expect(refused.errors.contains("hint: a version never changes: raise `version` to one after \"1\""))
    }

    @Test func `diff says what became of each step, and shows the lines`() {
        #expect(arcadia("definitions", "put", put("1", "one")).code == 0)
        #expect(arcadia("definitions", "put", put("2", "two")).code == 0)
        let diff = arcadia("definitions", "diff", "greet@1", "greet@2")
        #expect(diff.code == 1)
        #expect(
            diff.output == """
                changed   step "say" (core.echo): `with`
                changed   `version`

                --- greet@1
                +++ greet@2
                @@ -1,8 +1,8 @@
                 {
                   "saga": "greet",
                -  "version": "1",
                +  "version": "2",
                   "steps": [
                -    { "id": "say", "uses": "core.echo", "with": { "message": "one" } },
                +    { "id": "say", "uses": "core.echo", "with": { "message": "two" } },
                     "core.set"
                   ]
                 }

                """)
        let file = put("2", "two", "mine.json")
        let same = arcadia("definitions", "diff", "greet", file)
        #expect(same.code == 0 && same.output == "greet and \(file) say the same\n")
        let json = arcadia("definitions", "diff", "greet@1", file, "--output", "json")
        #expect(json.code == 1 && json.json?["steps"]?.arrayValue?[0]["step_id"] == "say")
        #expect(arcadia("definitions", "diff", "greet@9", file).code == 65)
    }
}
