import ArcadiaTesting
import SagaCore
import Testing

/// Expressions that need jq, in runs of the real program.
@Suite struct ExpressionRunTests {
    private static func definition(_ message: String) -> String {
        let text = JSONValue.string(message).text
        return """
            { "saga": "spell", "inputs": { "type": "object", "required": ["name"],
                "properties": { "name": { "type": "string" }, "count": { "type": "integer" }, "pattern": {} } },
              "steps": [ { "id": "given", "uses": "core.set", "with": { "values": { "name": "${ .inputs.name }" } } },
                         { "id": "said", "uses": "core.set", "with": { "values": { "said": \(text) } } } ] }
            """
    }

    @Test func `a step is given what jq makes of inputs and outputs, as a value and amid text`() {
        let arcadia = Arcadia()
        let whole = arcadia.run(
            Self.definition("${ {name: (.steps.given.output.name | ascii_upcase), n: ((.inputs.count // 2) + 1)} }"),
            "--input", "name=web")
        #expect(whole.code == 0)
        #expect(whole.run["context"]?["said"] == ["name": "WEB", "n": 3])
        let amid = arcadia.run(
            Self.definition("a ${ .inputs.name | length } b ${ [.context.name] }"), "--input", "name=web")
        #expect(amid.run["context"]?["said"] == "a 3 b [\"web\"]")
    }

    @Test func `an expression without a value fails its step, which says why, and the run is taken back`() {
        let arcadia = Arcadia()
        let failed = arcadia.run(Self.definition("${ .inputs.name | tonumber }"), "--input", "name=web")
        #expect(failed.code == 1)
        #expect(failed.run["error"]?["code"] == "expression")
        #expect(
            failed.run["error"]?["message"]
                == "step \"said\" (core.set) failed: \".inputs.name | tonumber\": jq says: Invalid numeric literal at EOF at line 1, column 3 (while parsing 'web')"
        )
        let endless = arcadia.run(Self.definition("${ last(repeat(.inputs.name)) }"), "--input", "name=web")
        #expect(endless.code == 1)
        #expect(
            endless.run["error"]?["message"]
                == "step \"said\" (core.set) failed: \"last(repeat(.inputs.name))\" took longer than 1 s, and was stopped"
        )
    }

    @Test func `what can be done about an expression without a value is told with the step that failed`() {
        let arcadia = Arcadia()
        let run = arcadia.run(
            Self.definition(#"${ .inputs.name | select(. == "db") }"#), "--input", "name=web"
        ).run
        let hint = "`first(…) // null` has one, `[ … ]` makes a list of them"
        let step = run["steps"]?.arrayValue?.last
        #expect(step?["error"]?["hint"] == .string(hint))
        #expect(step?["failures"]?.arrayValue?.last?["hint"] == .string(hint))
        #expect(run["error"]?["hint"] == .string(hint))
        let page = arcadia("runs", "show", run.text("run_id")).output
        #expect(page.contains("\n    hint: \(hint)\n"), "\(page)")
    }

    @Test func `an output that cannot be told leaves the run completed, and says why`() {
        let arcadia = Arcadia()
        let text = """
            { "saga": "spell", "steps": [{ "id": "given", "uses": "core.set", "with": { "values": { "name": "web" } } }],
              "output": { "number": "${ .steps.given.output.name | tonumber }" } }
            """
        let result = arcadia.run(text)
        let why =
            "\".steps.given.output.name | tonumber\": jq says: Invalid numeric literal at EOF at line 1, column 3 (while parsing 'web')"
        #expect(result.code == 0)
        #expect(result.run["status"] == "completed" && result.run["output"] == .null)
        #expect(result.run["output_error"]?["message"] == .string(why))
        #expect(
            result.errors.contains("warn: everything is done, and the output cannot be told: \(why)\n"),
            "\(result.errors)")
        let page = arcadia("runs", "show", result.run.text("run_id")).output
        #expect(page.contains("its output cannot be told: \(why)\n"), "\(page)")
    }

    @Test func `a plan has the values of what reads inputs alone`() throws {
        let arcadia = Arcadia()
        let file = arcadia.folder.file(
            "plan.json", Self.definition("${ .inputs.name | ascii_upcase } ${ .run.id | length }"))
        let plan = try #require(arcadia("plan", file, "--input", "name=web", "--output", "json").json)
        let said = plan["steps"]?.arrayValue?.last?["with"]?["values"]?["said"]
        #expect(said == "WEB ${ .run.id | length }")
    }
}
