internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

/// `arcadia definitions …`
struct DefinitionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "definitions", abstract: "Keep definitions, to be run by their name.",
        discussion: """
            `arcadia run NAME` takes a file of that name, else the version stored last,
            else what a plugin ships; `arcadia run NAME@VERSION` takes that version.
            """,
        subcommands: [Put.self, List.self, Show.self, Versions.self, DefinitionsDiff.self])

    struct Put: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store a definition under the name it gives itself.",
            discussion: """
                EXAMPLES
                  arcadia definitions put trip.json
                  generate | arcadia definitions put -

                It is checked first. A version never changes: another text wants another
                `version`.

                \(RoleNeed.help(.writeDefinitions))
                """)

        @Argument(help: "A definition file, or `-` for stdin.")
        var file: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let (entry, isNew) = try wiring.server().map { try put($0, wiring) } ?? put(wiring)
            guard options.output == .table else { return Terminal.print(json: entry) }
            let version = entry["version"]?.stringValue.map { " version \($0)" } ?? ""
            Terminal.print(
                "\(entry.shown("name"))\(version) is \(isNew ? "stored" : "there already, with this very text")")
        }

        private func put(_ wiring: Wiring) throws -> (JSONValue, isNew: Bool) {
            let store = try wiring.store(try wiring.dataFolder())
            let catalog = try wiring.catalog(store)
            let saga = try DefinitionSource(file, wiring: wiring, catalog: catalog).saga(catalog)
            let (entry, isNew) = try DefinitionShelf.shelfwise {
                try store.definitions.put(
                    saga, by: Wiring.userName, at: wiring.clock.now,
                    witness: wiring.witness(.definitionPut, reason: nil))
            }
            return (.object(entry.document), isNew)
        }

        private func put(_ server: ServerConnection, _ wiring: Wiring) throws -> (JSONValue, isNew: Bool) {
            let source = try DefinitionSource(file, wiring: wiring, server: server)
            try source.pass(server.get(source.checking))
            let answer = try server.send(.post("definitions", body: source.body))
            return (answer.json, answer.status == 201)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what can be run by name: the newest version of each.",
            discussion: """
                EXAMPLE
                  arcadia definitions list

                \(RoleNeed.help(.readDefinitions))
                """)

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let list = try wiring.ask(
                ServerList(request: .get("definitions"), key: "definitions", limit: .max)
            ) { try DefinitionShelf.list("definitions", DefinitionShelf(wiring).all) }
            Terminal.print(list, rows: "definitions", table: DefinitionShelf.show)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a definition exactly as written.",
            discussion: """
                EXAMPLES
                  arcadia definitions show trip > trip.json
                  arcadia definitions show trip@2 --output json

                \(RoleNeed.help(.readDefinitions))
                """)

        @Argument(help: "The definition's name; with `@VERSION`, that version.")
        var name: String

        @Option(name: .long, help: "Which version; default: the one that a run takes.")
        var version: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let wanted = DefinitionName(name)
            let (name, version) = (wanted?.name ?? name, version ?? wanted?.version)
            let entry = try wiring.ask(.get("definitions", name, query: [("version", version)])) {
                let shelf = try DefinitionShelf(wiring)
                return .object(try DefinitionShelf.shelfwise { try shelf.find(name, version: version) }.document)
            }
            guard options.output == .table else { return Terminal.print(json: entry) }
            let text = entry.shown("text")
            Terminal.write(text.hasSuffix("\n") ? text : text + "\n", to: Terminal.results)
        }
    }

    struct Versions: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the versions of a definition, the newest first.",
            discussion: """
                EXAMPLE
                  arcadia definitions versions trip

                \(RoleNeed.help(.readDefinitions))
                """)

        @Argument(help: "The definition's name.")
        var name: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let list = try wiring.ask(
                ServerList(request: .get("definitions", name, "versions"), key: "versions", limit: .max)
            ) {
                let shelf = try DefinitionShelf(wiring)
                return try DefinitionShelf.list("versions") { try shelf.versions(of: name) }
            }
            Terminal.print(list, rows: "versions", table: DefinitionShelf.showVersions)
        }
    }
}
