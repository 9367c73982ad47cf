internal import ArgumentParser
internal import SagaCore

/// `arcadia context …`
struct ContextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context", abstract: "Name servers, and say which one commands speak to.",
        discussion: """
            EXAMPLES
              arcadia context add prod https://arcadia.example --token-file ~/.token
              arcadia context use prod           from now on
              arcadia runs list --context local  this time the database of this machine

            They are kept in $XDG_CONFIG_HOME/arcadia/contexts.json, without any token.
            `--server`, `--context`, `--data` and $ARCADIA_SERVER count more than the
            context in use.
            """,
        subcommands: [List.self, Show.self, Add.self, Use.self, Remove.self])

    struct Options: ParsableArguments {
        @Option(name: .shortAndLong, help: "How results are printed: table, json or jsonl.")
        var output: OutputFormat = .table

        func validate() throws { Terminal.output = output }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List contexts; the one in use has a star.", discussion: "EXAMPLE\n  arcadia context list")
        @OptionGroup var options: Options

        func run() throws {
            let contexts = try Contexts.read()
            let rows = contexts.places.map { contexts.json(of: $0.name, $0.place) }
            Terminal.print(["contexts": .array(rows)], rows: "contexts", table: Self.show)
        }

        private static func show(_ rows: [JSONValue]) {
            guard !rows.isEmpty else {
                Terminal.say("no contexts")
                return Terminal.say("hint: `arcadia context add NAME URL` adds one")
            }
            var table = TextTable("", "NAME", "SERVER", "TOKEN")
            for row in rows {
                table.add(
                    row["in_use"]?.boolValue == true ? "*" : "", row.shown("name"), row.shown("server"),
                    row.shown("token_file", or: "-"))
            }
            table.print()
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a context, the one in use unless another is named.",
            discussion: "EXAMPLES\n  arcadia context show\n  arcadia context show prod --output json")
        @Argument(help: "The context's name.") var name: String?
        @OptionGroup var options: Options

        func run() throws {
            let contexts = try Contexts.read()
            guard let name = name ?? contexts.current, let place = try contexts.place(name) else {
                if options.output != .table { return Terminal.print(json: ["name": .string(Contexts.local)]) }
                return Terminal.print("no context is in use: commands work on the database of this machine")
            }
            let json = contexts.json(of: name, place)
            guard options.output == .table else { return Terminal.print(json: json) }
            Terminal.print(Style.bold.on("context \(name)") + (json["in_use"] == true ? "  in use" : ""))
            var facts = FactSheet()
            facts.add("server", place.url)
            facts.add("token", place.tokenFile)
            facts.add("trusts", place.caFile)
            facts.add("plain http", place.mayUsePlainHTTP ? "also to other machines" : nil)
            for line in facts.lines() { Terminal.print(line) }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Name a server, or say anew how it is reached.",
            discussion: """
                EXAMPLES
                  arcadia context add prod https://arcadia.example --token-file ~/.token
                  arcadia context add lab https://10.0.0.7:7070 --ca-file ca.pem --token-file t
                """)
        @Argument(help: "Its name.") var name: String
        @Argument(help: ArgumentHelp("Where it is.", valueName: "url")) var server: String
        @Option(help: ArgumentHelp("The file with the token, mode 0600; read each time.", valueName: "file"))
        var tokenFile: String?
        @Option(help: ArgumentHelp("Certificates to trust instead of the system's, PEM.", valueName: "file"))
        var caFile: String?
        @Flag(help: "Let the token go over plain http to another machine.") var plainHttp = false
        @Flag(help: "Use it from now on.") var use = false
        @OptionGroup var options: Options

        func run() throws {
            guard Self.isName(name) else { throw Failure(ServerTrouble.contextName(name)) }
            var contexts = try Contexts.read()
            contexts.put(try place(), as: name)
            if use { try contexts.use(name) }
            try contexts.write()
            try ContextCommand.tell(contexts, name, "context \(name) is \(use ? "in use" : "there")")
        }

        private static func isName(_ text: String) -> Bool {
            !text.isEmpty && text != Contexts.local && text.utf8.allSatisfy(\.isWordByte)
        }

        private func place() throws(Failure) -> ServerPlace {
            do throws(ServerTrouble) {
                var place = try ServerPlace(url: server)
                place.tokenFile = tokenFile.map(absolutePath)
                place.caFile = caFile.map(absolutePath)
                place.mayUsePlainHTTP = plainHttp
                return place
            } catch {
                throw Failure(error)
            }
        }
    }

    struct Use: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let commands speak to this server from now on.",
            discussion:
                "EXAMPLES\n  arcadia context use prod\n  arcadia context use local     the database of this machine")
        @Argument(help: "The context's name, or `local`.") var name: String
        @OptionGroup var options: Options

        func run() throws {
            var contexts = try Contexts.read()
            try contexts.use(name)
            try contexts.write()
            let words =
                name == Contexts.local ? "commands work on the database of this machine" : "context \(name) is in use"
            try ContextCommand.tell(contexts, name, words)
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget a context. The token's file stays.", discussion: "EXAMPLE\n  arcadia context remove lab")
        @Argument(help: "The context's name.") var name: String
        @OptionGroup var options: Options

        func run() throws {
            var contexts = try Contexts.read()
            try contexts.remove(name)
            try contexts.write()
            guard options.output == .table else { return Terminal.print(json: ["removed": .string(name)]) }
            Terminal.print("context \(name) is removed")
        }
    }

    private static func tell(_ contexts: Contexts, _ name: String, _ words: String) throws(Failure) {
        guard Terminal.output != .table else { return Terminal.print(words) }
        let place = try contexts.place(name)
        Terminal.print(json: place.map { contexts.json(of: name, $0) } ?? ["name": .string(name)])
    }
}
