internal import ArgumentParser
internal import SagaCore

/// `arcadia explain [CODE]`, `arcadia explain definitions`
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say how a definition is written, what a key or a code means, with examples.",
        discussion: """
            EXAMPLES
              arcadia explain definitions               how one is written, on a page
              arcadia explain for_each                  what a key of one means
              arcadia explain                           every code, one line each
              arcadia explain definition.unknown_step
              arcadia explain unknown_step              the same
              arcadia explain --output json             everything, for an editor
            """)

    @Argument(help: "`definitions`, a key, or a code as in brackets after `error`; default: list the codes.")
    var code: String?

    @Option(
        name: .shortAndLong, help: "How it is printed: table, json or jsonl.",
        completion: .list(OutputFormat.allCases.map(\.rawValue)))
    var output: OutputFormat = .table

    func validate() throws { Terminal.output = output }

    func run() throws {
        guard let code else { return list() }
        if code == DefinitionGuide.topic { return Self.guide() }
        guard let explanation = Explanation.find(code) else {
            guard let key = KeyExplanation.find(code) else { throw Self.unknown(code) }
            return Self.show(key)
        }
        guard output == .table else { return Terminal.print(json: explanation.json) }
        Self.show(explanation)
    }

    private static func guide() {
        guard Terminal.output == .table else { return Terminal.print(json: GuidePage.json) }
        for line in GuidePage.lines { Terminal.print(line) }
    }

    private static func unknown(_ code: String) -> Failure {
        Failure(
            "explain.unknown", "there is no code and no key \"\(code)\"",
            hint: (Explanation.nearest(to: code) ?? closest(to: code, among: KeyExplanation.keys))
                .map { "did you mean \"\($0)\"?" }
                ?? "`arcadia explain` lists the codes, `arcadia explain definitions` has the keys",
            exit: .usage)
    }

    private func list() {
        let rows = JSONValue.array(Explanation.all.map(\.json))
        Terminal.print(["explanations": rows], rows: "explanations") { _ in
            for group in Explanation.Group.allCases { Self.show(group) }
            Terminal.say("`arcadia explain CODE` says more, `arcadia explain definitions` how one is written")
        }
    }

    private static func show(_ group: Explanation.Group) {
        Terminal.print(Style.bold.on(group.title))
        let explanations = Explanation.all.filter { $0.group == group }
        let width = explanations.map(\.code.count).max() ?? 0
        for explanation in explanations {
            let space = String(repeating: " ", count: width - explanation.code.count)
            Terminal.print("  \(explanation.code)\(space)  \(explanation.title)")
        }
        Terminal.print("")
    }

    private static func show(_ explanation: Explanation) {
        Terminal.print(Style.bold.on(explanation.code) + ": " + explanation.title)
        Terminal.print("")
        Terminal.print(Folding.fold(explanation.meaning, to: min(Terminal.width, 80)))
        switch explanation.examples {
        case .definitions(let wrong, let right):
            show("wrong", wrong.shown, .red)
            show("right", right.shown, .green)
        case .commands(let wrong, let right):
            show("wrong", "$ " + wrong, .red)
            show("right", "$ " + right, .green)
        case nil: break
        }
    }

    private static func show(_ key: KeyExplanation) {
        guard Terminal.output == .table else { return Terminal.print(json: key.json) }
        for meaning in key.meanings {
            let head = "\(key.key), in \(meaning.place): "
            Terminal.print(Folding.fold(Style.bold.on(head) + meaning.meaning, to: min(Terminal.width, 80)))
        }
        if let example = key.example { show("eg", example, .green) }
        guard !key.members.isEmpty else { return }
        var facts = FactSheet()
        for member in key.members {
            facts.add(member.key, (member.isRequired ? "(must be given) " : "") + member.meaning)
        }
        Terminal.print("\n" + Style.bold.on("with it:"))
        for line in facts.lines() { Terminal.print(line) }
    }

    private static func show(_ heading: String, _ example: String, _ colour: Style.Colour) {
        Terminal.print("\n" + Style.bold.on(heading + ":", colour: colour))
        for line in example.split(separator: "\n") { Terminal.print("  " + line) }
    }
}
