import ArcadiaTesting
import DefinitionGrammar
import SagaCore
import Testing

/// The schema for editors, held to the check that decides.
@Suite struct DefinitionSchemaTests {
    private static let schema = try! JSONSchema(
        DefinitionSchema(operations: NearDefinition.catalog.operations).json)

    private static func accepts(_ text: String) throws -> Bool {
        schema.violations(of: try JSONValue(parsing: text)).isEmpty
    }

    @Test func `it is a schema that says of everything what it means`() throws {
        let json = DefinitionSchema(operations: NearDefinition.catalog.operations).json
        #expect(json["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        for (name, definition) in try #require(json["$defs"]?.objectValue) {
            guard let keys = definition["properties"]?.objectValue, definition["title"] != nil else { continue }
            for (key, schema) in keys {
                #expect(schema["description"]?.stringValue?.isEmpty == false, "\(name).\(key)")
            }
        }
        let uses = json["$defs"]?["call"]?["anyOf"]?.arrayValue ?? []
        #expect(uses.compactMap { $0["properties"]?["uses"]?["const"]?.stringValue }.count == 6)
        #expect(uses.first?["properties"]?["uses"]?["description"] == "what cloud.create does")
        #expect(json["$defs"]?["cloud.create"]?["properties"]?["name"]?["description"] == "its name")
    }

    @Test(arguments: [
        (#"{ "saga": "a", "steps": ["core.echo"] }"#, true),
        (#"{ "$schema": "./x.json", "saga": "a", "steps": ["core.echo"] }"#, true),
        (#"["cloud.create"]"#, false),
        (#"[{ "uses": "cloud.create", "with": { "name": "web" } }]"#, true),
        (#"[{ "uses": "cloud.create" }]"#, false),
        (#"[{ "uses": "cloud.create", "with": { "name": "web-${ .run.id }" } }]"#, true),
        (#"[{ "uses": "cloud.create", "with": { "name": "web", "count": "${ .inputs.n }" } }]"#, true),
        (#"[{ "uses": "cloud.create", "with": { "name": "web", "count": "n ${ .inputs.n }" } }]"#, false),
        (#"[{ "uses": "cloud.create", "with": { "name": "web", "spec": "${ .inputs.spec }" } }]"#, true),
        (#"[{ "uses": "cloud.create", "with": { "name": "web", "spec": { "on": "${ .inputs.on }" } } }]"#, true),
        (#"[{ "uses": "cloud.create", "with": { "name": "web", "spec": { "of": "s-1" } } }]"#, false),
        (#"[{ "uses": "cloud.create", "with": { "name": "web", "keys": ["${ .a }", "${ .a }"] } }]"#, true),
        (#"[{ "uses": "cloud.create", "with": { "nme": "web" } }]"#, false),
        (#"[{ "uses": "core.nosuch" }]"#, false),
    ])
    func `it accepts what is a definition and nothing else`(text: String, isAccepted: Bool) throws {
        #expect(try Self.accepts(text) == isAccepted)
    }

    @Test func `every definition that is explained as right is accepted, and of the wrong ones those of shape are not`()
        throws
    {
        // Operations by their names alone, so that only the shape of what is around them counts.
        let names = ["core.echo", "core.set", "core.sleep", "files.write", "files.remove", "files.make_directory"]
        let droplets = ["create_droplet", "create_droplet_snapshot", "destroy_droplet"].map { "digitalocean." + $0 }
        let operations =
            try NearDefinition.host
            + (names + droplets + ["core.fail"]).map { try NearDefinition.operation($0, true) }
        let schema = try JSONSchema(DefinitionSchema(operations: operations).json)
        for explanation in Explanation.all {
            guard case .definitions(let wrong, let right) = explanation.examples else { continue }
            let violations = schema.violations(of: try JSONValue(parsing: right.text))
            #expect(violations.isEmpty, "\(explanation.code): \(violations.map(\.message))")
            guard let value = try? JSONValue(parsing: wrong.text) else { continue }
            let isShape = DefinitionCheck(wrong.text, catalog: ListedOperations(operations)).findings
                .contains { $0.isShape }
            #expect(schema.violations(of: value).isEmpty == !isShape, "\(explanation.code)")
        }
    }

    @Test(arguments: 1...10)
    func `the schema rejects exactly the definitions in which the check finds a mistake of shape`(seed: UInt64) {
        var sweep = SchemaSweep(seed: seed)
        sweep.go(on: 300)
        for disagreement in sweep.disagreements { Issue.record("\(disagreement)") }
        // Both happen often, or the comparison says little.
        #expect(min(sweep.count - sweep.rejected, sweep.rejected) > 30)
    }
}
