import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What a person is told about a definition, word for word.
@Suite struct DefinitionCheckTests {
    /// Operations with closed schemas, like those of real plugins.
    private static let catalog: ListedOperations = {
        let text: JSONValue = ["type": "string"]
        let create = operation(
            "cloud.create", input: ["name": text, "size": ["enum": ["s-1", "s-2"]]],
            output: ["address": text, "note": text],
            required: ["name", "size"], outputRequired: ["address"], compensable: true)
        let destroy = operation("cloud.destroy", input: ["id": text], output: [:], required: ["id"], irreversible: true)
        let echo = operation("core.echo", input: ["message": text], output: nil, required: [], compensable: true)
        let sleep = operation(
            "core.sleep", input: ["seconds": ["type": "number", "minimum": 0]], output: [:], required: [])
        let set = operation("core.set", input: nil, output: nil, required: [])
        let login = operation(
            "vault.login", input: ["user": text, "password": ["type": "string", "writeOnly": true]],
            output: ["token": ["type": "string", "writeOnly": true], "user": text], required: [],
            outputRequired: ["token"])
        let find = operation(
            "cloud.find", input: [:], output: ["names": ["type": "array", "items": text]], required: [],
            outputRequired: ["names"], requests: 2)
        var catalog = ListedOperations(
            [echo, sleep, set, create, destroy, login, find] + SignalOperations.listed,
            refused: ["broken": "it is not an ELF file, so it is not a shared object"])
        catalog.hourly = ["cloud": 1000]
        return catalog
    }()

    private static func operation(
        _ name: String, input: JSONValue?, output: JSONValue?, required: JSONValue, outputRequired: JSONValue = [],
        compensable: Bool = false, irreversible: Bool = false, requests: Int? = nil
    ) -> SagaCore.Operation {
        func schema(_ properties: JSONValue?, _ required: JSONValue) -> JSONSchema {
            guard let properties else { return .anything }
            return try! JSONSchema([
                "type": "object", "properties": properties, "required": required, "additionalProperties": false,
            ])
        }
        return SagaCore.Operation(
            name: OperationName(name)!, input: schema(input, required), output: schema(output, outputRequired),
            isCompensable: compensable, isIrreversible: irreversible,
            apiCalls: SagaCore.Operation.APICalls(execute: requests, compensate: nil))
    }

    private static func report(_ definition: String) -> String {
        DefinitionCheck(definition, catalog: catalog).findings.map { finding in
            let place = finding.position.map { "\($0.line):\($0.column): " } ?? ""
            let hint = finding.hint.map { "\nhint: \($0)" } ?? ""
            return "\(place)\(finding.severity.rawValue): \(finding.message)\(hint)"
        }.joined(separator: "\n")
    }

    @Test func `every mistake is told with the place, what is, what was expected and what to do`() throws {
        var table = try Transcript(fixture: "definitions/bad.txt")
        #expect(table.cases.count >= 40)
        for index in table.cases.indices {
            table.compare(index, with: Self.report(table.cases[index].given))
        }
        try table.finish()
    }

    @Test func `what can never be, is of no use, has no bound or tells a secret is told in the same words`() throws {
        var table = try Transcript(fixture: "definitions/proofs.txt")
        #expect(table.cases.count >= 60)
        for index in table.cases.indices {
            table.compare(index, with: Self.report(table.cases[index].given))
        }
        try table.finish()
    }

    @Test func `a sound definition becomes a saga with its steps in order`() throws {
        let check = DefinitionCheck(
            """
            { "saga": "trip", "inputs": { "properties": { "name": { "type": "string", "default": "web" } } },
              "steps": [ { "id": "droplet", "uses": "cloud.create", "with": { "name": "${ .inputs.name }", "size": "s-1" },
                           "retry": { "max_attempts": 5 }, "timeout_seconds": 30, "compensation": { "on_failure": "halt" } },
                         "core.echo" ] }
            """, catalog: Self.catalog)
        #expect(check.findings.isEmpty)
        let saga = try #require(check.saga)
        #expect(saga.steps.map(\.id) == ["droplet", "step_2"])
        #expect(saga.steps[0].retry.maxAttempts == 5)
        #expect(saga.steps[0].timeoutSeconds == 30)
        #expect(saga.steps[0].compensation.onFailure == .halt)
        #expect(saga.steps[1].retry == .execution)
    }

    @Test func `a bare list of steps is a definition, called after its file`() throws {
        let check = DefinitionCheck(
            #"["core.echo", "core.echo"]"#, fallbackName: "some/My trip.json", catalog: Self.catalog)
        #expect(check.saga?.name == "my_trip")
        #expect(check.saga?.steps.map(\.id) == ["step_1", "step_2"])
    }

    @Test func `a warning does not stand in the way of a run`() {
        let check = DefinitionCheck(
            #"[{ "uses": "cloud.destroy", "with": { "id": "1" } }, "core.echo"]"#, catalog: Self.catalog)
        #expect(check.saga != nil)
        #expect(check.warnings.count == 1)
    }

    @Test func `a definition above the limit is not even read`() {
        let check = DefinitionCheck(String(repeating: " ", count: DefinitionCheck.byteLimit + 1), catalog: Self.catalog)
        #expect(check.errors.map(\.message) == ["the definition has 4194305 bytes; expected at most 4194304"])
    }

    @Test(arguments: [(100, 1), (101, 0)])
    func `what a hundred steps may have set is followed, and what more may have set can be anything`(
        signals: Int, errors: Int
    ) {
        let steps = (1...signals).map { number in
            """
            { "when": "${ .inputs.go }", "signal": {
                "name": "s\(number)",
                "schema": { "type": "object", "properties": { "k\(number)": {} }, "additionalProperties": false } } }
            """
        }
        let check = DefinitionCheck(
            """
            { "saga": "trip", "inputs": { "required": ["go"], "properties": { "go": { "type": "boolean" } } },
              "steps": [ \(steps.joined(separator: ",\n")),
                { "uses": "core.set", "with": { "it": "${ .context.data.nope }" } } ] }
            """, catalog: Self.catalog)
        #expect(check.errors.count == errors, "\(check.errors.map(\.message))")
    }

    @Test func `a template fills in values of any type, and texts amid text`() throws {
        struct Scope: ExpressionScope {
            func value(at path: ArraySlice<SagaCore.Expression.Token>, of root: String) -> JSONValue? {
                JSONValue.object(["inputs": ["n": 3, "list": [["x": "deep"]], "a b": true]])[root]?.descend(path)
            }
        }
        var problems: [Template.Problem] = []
        let template = Template(
            [
                "number": "${ .inputs.n }", "text": "n is ${ .inputs.n }!", "deep": ["${.inputs.list[0].x}"],
                "plain": "$5",
                "quoted": #"${ .inputs."a b" }"#,
            ], at: "", problems: &problems)
        #expect(problems.isEmpty)
        #expect(
            try template.filled(in: Scope())
                == ["number": 3, "text": "n is 3!", "deep": ["deep"], "plain": "$5", "quoted": true])
    }

    @Test func `a path that leads nowhere is an error and never a null`() throws {
        struct Scope: ExpressionScope {
            func value(at path: ArraySlice<SagaCore.Expression.Token>, of root: String) -> JSONValue? { nil }
        }
        var problems: [Template.Problem] = []
        let template = Template("${ .inputs.gone }", at: "", problems: &problems)
        #expect(throws: ExpressionFailure(.nothingThere(path: ".inputs.gone"), expression: ".inputs.gone")) {
            try template.filled(in: Scope())
        }
    }
}
