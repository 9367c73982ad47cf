internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia plan FILE`
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Say what a run would do, forward and back, without doing it.",
        discussion: """
            EXAMPLES
              arcadia plan trip.json --input city=Riga
              arcadia plan provision_droplet --input name=web-1 --out plan.json
              arcadia run --plan plan.json                  just that, or not at all
              arcadia plan trip.json --format svg > trip.svg

            The inputs are filled in; what only a run knows stays an expression. Plugins
            that can say what they would make, and what that costs, are asked: in a
            process of their own that can write nothing, may only GET and HEAD, and never
            executes. With --offline no plugin code runs.

            \(RoleNeed.help(.readDefinitions))
            """)

    @Argument(help: "A definition file, `-` for stdin, or a definition's name: `trip`, or `trip@2`.")
    var file: String

    @Option(name: .shortAndLong, help: ArgumentHelp("An input of the run; may be repeated.", valueName: "name=value"))
    var input: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("A file with all inputs as a JSON object, `-` for stdin.", valueName: "file"))
    var inputs: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write the plan there as well, for `arcadia run --plan`.", valueName: "file"))
    var out: String?

    @Option(name: .long, help: "Draw it instead: mermaid, dot or svg.")
    var format: PlanDrawingFormat?

    @Flag(name: .long, help: "Ask no plugin what it would do.")
    var offline = false

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        let planning = Planning(
            wiring, definition: file, asksPlugins: !offline
        ) { schema throws(Failure) in
            try RunInputs.read(pairs: input, file: inputs, schema: schema, wiring: wiring)
        }
        let plan = try planning.plan()
        if let out { try PlanFile.write(plan, of: file, to: out) }
        show(plan)
    }

    private func show(_ plan: JSONValue) {
        if let format { return Terminal.print(format.drawing(of: plan)) }
        guard options.output == .table else { return Terminal.print(json: plan) }
        let text = PlanText(plan) { Style.plain.on($0, colour: .dim) }
        for line in text.lines { Terminal.print(line) }
    }
}
