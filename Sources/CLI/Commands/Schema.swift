internal import ArgumentParser
internal import PluginHost
internal import SagaCore

/// `arcadia schema`
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print a JSON Schema of definitions, for editors.",
        discussion: """
            EXAMPLES
              arcadia schema --output definitions.schema.json
              arcadia schema --plugins build/plugins > definitions.schema.json

            It knows every key, the operations that this host has and what each takes: an
            editor completes them and marks mistakes while one writes. What only the whole
            definition shows, such as a step that is read too early, `arcadia check` finds.

            IN AN EDITOR
              { "$schema": "./definitions.schema.json", "saga": "trip", … }

            as the first key of a definition is enough for most. In the settings of
            VS Code, for all of them at once:

              "json.schemas": [{ "fileMatch": ["definitions/*.json"],
                                 "url": "./definitions.schema.json" }]
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write it into this file, whole or not at all; default: stdout.", valueName: "file"))
    var output: String?

    @OptionGroup var host: HostOptions

    func run() throws {
        let wiring = Wiring(here: host)
        let catalog = try wiring.catalog(try wiring.existingStore())
        let operations = catalog.operationNames.compactMap { name -> SagaCore.Operation? in
            if case .found(let operation) = catalog.lookUp(name) { operation } else { nil }
        }
        let text = DefinitionSchema(operations: operations).json.text(pretty: true)
        guard let output else { return Terminal.print(text) }
        try WholeFile.put(text + "\n", at: output)
        Terminal.say("\(output): \(count(operations.count, "operation")) and every key of a definition")
    }
}
