internal import ArgumentParser
internal import Identity
internal import SagaCore

/// `arcadia definitions diff FROM TO`
struct DefinitionsDiff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what is different between two definitions.",
        discussion: """
            EXAMPLES
              arcadia definitions diff trip@1 trip@2
              arcadia definitions diff trip trip.json      what `put` would change
              arcadia definitions diff trip@1 trip@2 --output json

            First what became of each step, then the lines, of both texts as `arcadia fmt`
            lays them out. Exits with 0 when they say the same, with 1 when they differ.

            \(RoleNeed.help(.readDefinitions))
            """)

    @Argument(help: "A definition file, `-` for stdin, or a name: `trip`, or `trip@2`.")
    var from: String

    @Argument(help: "The same: what it is compared with.")
    var to: String

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        let read = try reader(wiring)
        let diff = try DefinitionDiff(from: side(read(from)), to: side(read(to)))
        if options.output == .table { Self.show(diff) } else { Terminal.print(json: diff.json) }
        if !diff.isEmpty { throw ExitCode(1) }
    }

    private func reader(_ wiring: Wiring) throws(Failure) -> (String) throws(Failure) -> DefinitionSource {
        if let server = try wiring.server() {
            return { given throws(Failure) in try DefinitionSource(given, wiring: wiring, server: server) }
        }
        let catalog = try wiring.catalog(try wiring.existingStore())
        return { given throws(Failure) in try DefinitionSource(given, wiring: wiring, catalog: catalog) }
    }

    private func side(_ source: DefinitionSource) throws(Failure) -> DefinitionDiff.Side {
        do throws(JSONError) {
            return try DefinitionDiff.Side(label: source.name, text: source.text)
        } catch {
            let place = "\(source.name):\(error.position.line):\(error.position.column)"
            throw Failure("definition.not_json", "\(place): \(error.message)", exit: .badData)
        }
    }

    private static func show(_ diff: DefinitionDiff) {
        guard !diff.isEmpty else { return Terminal.print("\(diff.from.label) and \(diff.to.label) say the same") }
        for step in diff.steps { Terminal.print(words(step)) }
        if !diff.keys.isEmpty { Terminal.print("changed   " + diff.keys.map { "`\($0)`" }.joined(separator: ", ")) }
        Terminal.print("")
        for line in diff.lines { Terminal.print(coloured(line)) }
    }

    private static func words(_ step: DefinitionDiff.StepChange) -> String {
        let kind = step.kind.rawValue + String(repeating: " ", count: 10 - step.kind.rawValue.count)
        let keys = step.keys.map { "`\($0)`" }.joined(separator: ", ")
        return "\(kind)step \"\(step.id)\" (\(step.uses))" + (keys.isEmpty ? "" : ": " + keys)
    }

    private static func coloured(_ line: String) -> String {
        switch line.first {
        case "-": Style.plain.on(line, colour: .red)
        case "+": Style.plain.on(line, colour: .green)
        case "@": Style.plain.on(line, colour: .blue)
        default: line
        }
    }
}
