internal import ArgumentParser
internal import SagaCore

/// A command line whose words lead to no command.
struct UnknownCommand {
    let word: String
    /// The words before it: `arcadia runs`.
    let parent: String
    /// The commands there are instead.
    let known: [String]

    /// Nil where the words name a command, or an option comes before one does.
    init?(_ arguments: some Sequence<String>, of root: any ParsableCommand.Type) {
        var (command, path) = (root, [root._commandName])
        for word in arguments {
            let commands = command.configuration.subcommands
            if commands.isEmpty || word.hasPrefix("-") || word == "help" { return nil }
            guard let next = commands.first(where: { $0._commandName == word }) else {
                self.word = word
                parent = path.joined(separator: " ")
                known = commands.map { $0._commandName }
                return
            }
            command = next
            path.append(word)
        }
        return nil
    }

    var failure: Failure {
        let near = closest(to: word, among: known)
        return Failure(
            "usage.command", "`\(parent)` has no command \"\(word)\"",
            hint: near.map { "did you mean `\(parent) \($0)`?" } ?? "`\(parent) --help` lists what it has",
            exit: .usage)
    }
}
