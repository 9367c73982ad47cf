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

            The inputs are filled in; what only a run knows stays an expression. No plugin code runs.
            """)

    @Argument(help: "A definition file, `-` for stdin, or a definition's name.")
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp("An input of the run; may be repeated.", valueName: "name=value"))
    var input: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("A file with all inputs as a JSON object, `-` for stdin.", valueName: "file"))
    var inputs: String?

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        let catalog = try wiring.catalog(try wiring.existingStore())
        let source = try DefinitionSource(file, wiring: wiring, catalog: catalog)
        let saga = try source.saga(catalog)
        let values = try RunInputs.read(pairs: input, file: inputs, schema: saga.inputs, wiring: wiring)
        let plan = Plan(saga, inputs: values, warnings: source.check(catalog).warnings)
        if options.output == .table { Self.show(plan) } else { Terminal.print(json: plan.json) }
    }

    private static func show(_ plan: Plan) {
        Terminal.print("\(plan.saga.name)  \(count(plan.saga.steps.count, "step"))")
        for step in plan.saga.steps {
            Terminal.print("  \(step.number). \(step.id)  \(step.uses)  \(words(plan.compensation(of: step)))")
            Terminal.print("     " + plan.with(of: step).text)
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
