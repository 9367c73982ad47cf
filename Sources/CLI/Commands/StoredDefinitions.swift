internal import ArgumentParser
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

/// `arcadia definitions …`
struct DefinitionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "definitions", abstract: "Keep definitions, to be run by their name.",
        discussion: """
            `arcadia run NAME` takes a file of that name, else the version stored last, else what a plugin ships.
            """,
        subcommands: [Put.self, List.self, Show.self, Versions.self])

    struct Put: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store a definition under the name it gives itself.",
            discussion: """
                EXAMPLES
                  arcadia definitions put trip.json
                  generate | arcadia definitions put -

                It is checked first. A version never changes: another text wants another `version`.
                """)

        @Argument(help: "A definition file, or `-` for stdin.")
        var file: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let store = try wiring.store(try wiring.dataFolder())
            let catalog = try wiring.catalog(store)
            let saga = try DefinitionSource(file, wiring: wiring, catalog: catalog).saga(catalog)
            let (entry, isNew) = try DefinitionShelf.shelfwise {
                try store.definitions.put(
                    saga, by: Wiring.userName, at: wiring.clock.now,
                    witness: wiring.witness(.definitionPut, reason: nil))
            }
            guard options.output == .table else { return Terminal.print(json: .object(entry.document)) }
            let version = entry.version.map { " version \($0)" } ?? ""
            Terminal.print("\(entry.name)\(version) is \(isNew ? "stored" : "there already, with this very text")")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what can be run by name: the newest version of each.",
            discussion: """
                EXAMPLE
                  arcadia definitions list
                """)

        @OptionGroup var options: GlobalOptions

        func run() throws { try DefinitionShelf(Wiring(options)).show(list: { try $0.all() }, key: "definitions") }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a definition exactly as written.",
            discussion: """
                EXAMPLES
                  arcadia definitions show trip > trip.json
                  arcadia definitions show trip --version 2 --output json
                """)

        @Argument(help: "The definition's name.")
        var name: String

        @Option(name: .long, help: "Which version; default: the one that a run takes.")
        var version: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let shelf = try DefinitionShelf(Wiring(options))
            let entry = try DefinitionShelf.shelfwise { try shelf.find(name, version: version) }
            guard options.output == .table else { return Terminal.print(json: .object(entry.document)) }
            Terminal.write(entry.text.hasSuffix("\n") ? entry.text : entry.text + "\n", to: Terminal.results)
        }
    }

    struct Versions: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the versions of a definition, the newest first.",
            discussion: """
                EXAMPLE
                  arcadia definitions versions trip
                """)

        @Argument(help: "The definition's name.")
        var name: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            try DefinitionShelf(Wiring(options)).show(list: { try $0.versions(of: name) }, key: "versions")
        }
    }
}
