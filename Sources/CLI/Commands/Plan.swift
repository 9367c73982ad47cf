internal import ArgumentParser
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia plan FILE`
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say what a run would do, step by step, without doing it.",
        discussion: """
            EXAMPLES
              arcadia plan trip.json --input city=Riga
              arcadia plan provision_droplet --input name=web-1 --output json

            The inputs are filled in; what only a run knows stays an expression. No plugin
            code runs.
            """)

    @Argument(help: "A definition file, `-` for stdin, or a definition's name: `trip`, or `trip@2`.")
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp("An input of the run; may be repeated.", valueName: "name=value"))
    var input: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("A file with all inputs as a JSON object, `-` for stdin.", valueName: "file"))
    var inputs: String?

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        let plan = try wiring.server().map { try there($0, wiring) } ?? here(wiring)
        if options.output == .table { Self.show(plan) } else { Terminal.print(json: plan) }
    }

    private func here(_ wiring: Wiring) throws -> JSONValue {
        let catalog = try wiring.catalog(try wiring.existingStore())
        let source = try DefinitionSource(file, wiring: wiring, catalog: catalog)
        let saga = try source.saga(catalog)
        return Plan(saga, inputs: try inputs(saga.inputs, wiring), warnings: source.check(catalog).warnings).json
    }

    private func there(_ server: ServerConnection, _ wiring: Wiring) throws -> JSONValue {
        try ServerSubmission(server, wiring, definition: file) { schema throws(Failure) in
            try inputs(schema, wiring)
        }.plan()
    }

    private func inputs(_ schema: JSONSchema, _ wiring: Wiring) throws(Failure) -> JSONValue {
        try RunInputs.read(pairs: input, file: inputs, schema: schema, wiring: wiring)
    }

    private static func show(_ plan: JSONValue) {
        let steps = plan.rows("steps")
        Terminal.print("\(plan.shown("saga"))  \(count(steps.count, "step"))")
        for step in steps {
            let action = CancelPreview.Action(rawValue: step.shown("compensation")) ?? .compensate
            Terminal.print(
                "  \(step.shown("step_number")). \(step.shown("step_id"))  \(step.shown("uses"))  \(words(action))")
            Terminal.print("     " + (step["with"] ?? .null).text)
        }
    }

    private static func words(_ action: CancelPreview.Action) -> String {
        switch action {
        case .compensate, .waitForCall: "can be taken back"
        case .nothingToDo: "has nothing to take back"
        case .keep: "is left as it is"
        case .irreversible: "cannot be taken back"
        }
    }
}
