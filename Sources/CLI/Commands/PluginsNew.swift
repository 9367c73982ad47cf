internal import ArgumentParser
internal import Glibc
internal import SagaCore

extension PluginsCommand {
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a plugin: an operation, its compensation and probe, tests, and definitions to run.",
            discussion: """
                The folder is complete: what it needs of the SDK lies in it, under sdk/.
                `make` builds the plugin into build/NAME, `make test` runs its tests.

                EXAMPLES
                  arcadia plugins new tickets --lang c
                  arcadia plugins new my-thing --lang rust --directory ~/plugins/my-thing
                """)

        @Argument(help: "The plugin's id: a-z, 0-9, _ and -, a letter first.")
        var name: String

        @Option(name: .long, help: "c, cpp, swift or rust.")
        var lang: String

        @Option(name: .long, help: ArgumentHelp("The folder to make (default: ./NAME).", valueName: "dir"))
        var directory: String?

        @Option(
            name: .shortAndLong, help: "How the result is printed: table, json or jsonl.",
            completion: .list(OutputFormat.allCases.map(\.rawValue)))
        var output: OutputFormat = .table

        func validate() throws { Terminal.output = output }

        func run() throws {
            let plugin = NewPlugin(name: try Self.name(name), language: try Self.language(lang))
            let folder = try NewFolder(directory ?? name)
            for file in plugin.files { try folder.write(file) }
            show(plugin, in: folder.path)
            for tool in plugin.language.tools where !Self.isInstalled(tool) {
                Terminal.say("warning: there is no \"\(tool)\" on this machine, and `make` needs it")
            }
        }

        private static func name(_ text: String) throws(Failure) -> PluginName {
            do throws(PluginName.Mistake) {
                return try PluginName(text)
            } catch {
                throw Failure(error, text)
            }
        }

        private static func language(_ text: String) throws(Failure) -> PluginLanguage {
            let other = ["c++": "cpp", "cxx": "cpp", "rs": "rust"][text.lowercased()] ?? text.lowercased()
            if let language = PluginLanguage(rawValue: other) { return language }
            throw Failure(
                "plugins.language", "there is no template in \"\(text)\"",
                hint: "`--lang` takes c, cpp, swift or rust", exit: .usage)
        }

        private static func isInstalled(_ tool: String) -> Bool {
            (Terminal.environment("PATH") ?? "").split(separator: ":").contains { access("\($0)/\(tool)", X_OK) == 0 }
        }

        private func show(_ plugin: NewPlugin, in folder: String) {
            let next = Self.next(folder)
            guard output == .table else {
                return Terminal.print(json: [
                    "id": .string(plugin.name.id), "language": .string(plugin.language.rawValue),
                    "directory": .string(folder),
                    "files": .array(plugin.files.map { .string($0.path) }),
                    "next": .array(next.map { .string($0.command) }),
                ])
            }
            Terminal.print("\(folder): plugin \"\(plugin.name.id)\" in \(plugin.language.title)\n")
            for (command, meaning) in next {
                Terminal.print("  " + (meaning.isEmpty ? command : pad(command, 50) + meaning))
            }
        }

        private static func next(_ folder: String) -> [(command: String, meaning: String)] {
            [
                ("cd \(folder)", ""),
                ("make", "builds it"),
                ("make test", "tests it, without a host"),
                ("make check", "holds it to the contract"),
                ("arcadia plugins list --plugins build", "is it let in?"),
                ("arcadia run --plugins build greet.json", "completes"),
                ("arcadia run --plugins build greet-and-fail.json", "is taken back"),
                ("arcadia dev --plugin .", "in use after every save"),
            ]
        }
    }
}

extension Failure {
    fileprivate init(_ mistake: PluginName.Mistake, _ name: String) {
        switch mistake {
        case .notAnID:
            self.init(
                "plugins.name",
                "\"\(name)\" is no id of a plugin; expected up to 46 of a-z, 0-9, _ and -, a letter first",
                hint: PluginName.nearest(to: name).map { "\"\($0)\" would be one" }, exit: .usage)
        case .taken:
            self.init(
                "plugins.name", "\"\(name)\" is an id of Arcadia's own; expected another",
                hint: "\"my-\(name)\" would be one", exit: .usage)
        }
    }
}
