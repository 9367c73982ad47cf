internal import ArgumentParser
internal import SagaCore

/// `arcadia fmt FILE…`
struct FormatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt", abstract: "Lay definitions out as everybody does.",
        discussion: """
            EXAMPLES
              arcadia fmt trip.json
              arcadia fmt definitions/*.json --check
              generate | arcadia fmt - > trip.json

            Keys in the order of the documentation, two spaces a level, a line for each
            step, what fits within 80 columns on one line. Numbers and texts stay as they
            are written. A file that is not JSON is left as it is, and the place is told.

            Exits with 0 when every file is formatted now, with 65 when one is not JSON;
            with `--check`, with 1 when one is to be formatted.
            """)

    @Argument(help: ArgumentHelp("Definition files; `-` for stdin, which is printed.", valueName: "file"))
    var files: [String]

    @Flag(name: .long, help: "Change nothing; print the files that are not formatted.")
    var check = false

    func run() throws {
        let states = files.map(format)
        if states.contains(.unreadable) { throw ExitCode(Failure.Exit.badData.rawValue) }
        if check, states.contains(.changed) { throw ExitCode(1) }
    }

    private enum State { case formatted, changed, unreadable }

    /// One that cannot be formatted does not keep the others from it.
    private func format(_ file: String) -> State {
        do throws(Failure) {
            let text = try Self.read(file)
            let formatted = try Self.layout(text, of: file)
            let isChanged = formatted != text
            if check {
                if isChanged { Terminal.print(file == "-" ? "stdin" : file) }
            } else if file == "-" {
                Terminal.write(formatted, to: Terminal.results)
            } else if isChanged {
                try WholeFile.put(formatted, at: file)
                Terminal.say("\(file): formatted")
            }
            return isChanged ? .changed : .formatted
        } catch {
            Terminal.say(error: error.message, hint: error.hint)
            return .unreadable
        }
    }

    private static func read(_ file: String) throws(Failure) -> String {
        guard let text = file == "-" ? readStandardInput() : Wiring.text(of: file) else {
            throw Failure(
                "definition.unreadable",
                "\(file == "-" ? "stdin" : file) cannot be read as UTF-8 text of at most 64 MB",
                exit: .badData)
        }
        return text
    }

    private static func layout(_ text: String, of file: String) throws(Failure) -> String {
        do throws(JSONError) {
            return try DefinitionLayout(text).text
        } catch {
            let place = "\(file == "-" ? "stdin" : file):\(error.position.line):\(error.position.column)"
            throw Failure("definition.not_json", "\(place): \(error.message)", exit: .badData)
        }
    }
}
