internal import ArgumentParser
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia plugins …`
struct PluginsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "See what this host can do.",
        subcommands: [List.self, Show.self, Release.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the plugins, let in or refused, with the reason. Runs no plugin code.",
            discussion: """
                EXAMPLES
                  arcadia plugins list
                  arcadia plugins list --plugins ./build --output json
                """)

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let catalog = try wiring.catalog(try wiring.existingStore())
            let entries = catalog.entries()
            switch options.output {
            case .json: Terminal.print(JSONValue.object(["plugins": .array(entries.map(\.json))]).text(pretty: true))
            case .jsonl: for entry in entries { Terminal.print(entry.json.text) }
            case .table: Self.show(entries, folders: catalog.search.folders)
            }
        }

        private static func show(_ entries: [PluginCatalog.Entry], folders: [String]) {
            guard !entries.isEmpty else {
                Terminal.say("no plugins")
                return Terminal.say(
                    "hint: looked in \(folders.isEmpty ? "no folder, because none exists" : folders.joined(separator: ", ")); `--plugins DIR` names another"
                )
            }
            var table = TextTable("PLUGIN", "VERSION", "STATE", "OPERATIONS")
            for entry in entries {
                table.add(
                    entry.id, entry.manifest?.version ?? "-", entry.state.rawValue,
                    entry.refusal == nil ? operations(of: entry) : "(see below)")
            }
            for line in table.lines() { Terminal.print(line) }
            for entry in entries {
                guard let refusal = entry.refusal else { continue }
                Terminal.print("\(entry.state.rawValue): \(refusal.message)")
                if let hint = refusal.hint { Terminal.print("  hint: \(hint)") }
            }
        }

        /// As many names as fit on a line of 80 beside the other columns; `show` has them all.
        private static func operations(of entry: PluginCatalog.Entry) -> String {
            let names = entry.manifest?.operations.map(\.name) ?? []
            var shown: [String] = []
            for name in names where (shown + [name]).joined(separator: ", ").count <= 40 { shown.append(name) }
            let rest = names.count - shown.count
            return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a plugin, or one of its operations with its input and examples.",
            discussion: """
                EXAMPLES
                  arcadia plugins show files
                  arcadia plugins show files.write
                """)

        @Argument(help: "A plugin's id, or an operation such as files.write.")
        var name: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let catalog = try wiring.catalog(try wiring.existingStore())
            let entries = catalog.entries()
            let id = name.split(separator: ".").first.map(String.init) ?? name
            guard let entry = entries.first(where: { $0.id == id }) else {
                throw Failure(
                    "plugin.unknown", "there is no plugin \"\(id)\"",
                    hint: closest(to: id, among: entries.map(\.id)).map { "did you mean \"\($0)\"?" }
                        ?? "`arcadia plugins list` shows what there is", exit: .unavailable)
            }
            if options.output != .table { return Terminal.print(entry.json.text(pretty: true)) }
            guard name.contains(".") else {
                Self.show(entry)
                return try Self.show(entry.manifest?.capabilities, wiring)
            }
            let operation = String(name.dropFirst(id.count + 1))
            guard let found = entry.manifest?.operations.first(where: { $0.name == operation }) else {
                let known = entry.manifest?.operations.map(\.name) ?? []
                throw Failure(
                    "plugin.unknown_operation", "plugin \"\(id)\" has no operation \"\(operation)\"",
                    hint: closest(to: operation, among: known).map { "did you mean \"\($0)\"?" }
                        ?? "it has \(known.joined(separator: ", "))", exit: .unavailable)
            }
            Self.show(found)
        }

        private static func show(_ entry: PluginCatalog.Entry) {
            Terminal.print(
                "\(entry.id) \(entry.manifest?.version ?? "")  \(entry.state.rawValue)  \(entry.manifest?.summary ?? "")"
            )
            Terminal.print("  folder    \(entry.folder)")
            if let image = entry.image { Terminal.print("  build     \(image.hash)") }
            if let manifest = entry.manifest {
                Terminal.print("  language  \(manifest.language ?? "not said")")
                Terminal.print("  calls     \(manifest.concurrency == .full ? "several at once" : "one at a time")")
            }
            if let refusal = entry.refusal {
                Terminal.print("  \(entry.state.rawValue): \(refusal.reason)")
                if let hint = refusal.hint { Terminal.print("  hint: \(hint)") }
            }
            for name in entry.shippedNames { Terminal.print("  ships     arcadia run \(name)") }
            let operations = entry.manifest?.operations.map(\.operation) ?? []
            let width = operations.map(\.name.description.count).max() ?? 0
            for operation in operations {
                Terminal.print("  \(pad(operation.name.description, width))  \(operation.summary)")
            }
            show(entry.manifest?.config)
        }

        /// eg: "  config    poll_seconds = 5  between two looks at something that takes its time"
        private static func show(_ config: JSONSchema?) {
            for (key, schema) in config?.source["properties"]?.objectValue ?? [:] {
                let value = schema["default"].map { " = \($0.text)" } ?? ""
                let summary = schema["description"]?.stringValue.map { "  \($0)" } ?? ""
                Terminal.print("  config    \(key)\(value)\(summary)")
            }
        }

        /// Where its requests go, and which tokens go along: with where each is found, never what it is.
        private static func show(_ capabilities: PluginCapabilities?, _ wiring: Wiring) throws {
            guard let capabilities else { return }
            for rule in capabilities.http {
                Terminal.print("  http      \(rule.host)  \(rule.methods.joined(separator: ", "))")
            }
            for credential in capabilities.credentials {
                Terminal.print("  token     \(credential.name)  \(credential.summary)")
                Terminal.print("            \(wiring.credentials.whereabouts(of: credential))")
            }
        }

        private static func show(_ operation: PluginManifest.ManifestOperation) {
            Terminal.print("\(operation.operation.name)  \(operation.operation.summary)")
            let traits = [
                operation.operation.isCompensable ? "can be taken back" : "has nothing to take back",
                operation.operation.isProbeable ? "can say what became of a call" : nil,
                operation.operation.isIdempotent ? "may be tried again" : nil,
                operation.operation.isIrreversible ? "irreversible" : nil,
            ]
            Terminal.print("  " + traits.compactMap { $0 }.joined(separator: "; "))
            Terminal.print("input " + operation.operation.input.source.text(pretty: true))
            Terminal.print("output " + operation.operation.output.source.text(pretty: true))
            for example in operation.examples { Terminal.print("example " + example.text(pretty: true)) }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a quarantined plugin in again: the crashes of its present build are forgotten.",
            discussion: "EXAMPLE\n  arcadia plugins release mail")

        @Argument(help: "The plugin's id.")
        var id: String

        @Option(name: .long, help: "Why; kept in the audit log.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            guard let store = try wiring.existingStore(),
                let entry = try wiring.catalog(store).entries().first(where: { $0.id == id }),
                entry.state == .quarantined,
                let image = entry.image
            else { throw Failure("plugin.not_quarantined", "plugin \"\(id)\" is not quarantined", exit: .unavailable) }
            let count = try storing { () throws(StoreError) in
                try store.forgetCrashes(of: image, witness: wiring.witness(.pluginRelease, reason: reason))
            }
            Terminal.print("plugin \"\(id)\" is let in again; \(SagaCLI.crashes(count)) forgotten")
        }
    }
}

extension SagaCLI {
    static func crashes(_ number: Int) -> String {
        count(number, "crash") == "1 crash" ? "1 crash" : "\(number) crashes"
    }
}
