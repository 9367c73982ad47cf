internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

/// `arcadia plugins …`
struct PluginsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins", abstract: "See what this host can do, and make it do more.",
        subcommands: [
            List.self, Show.self, New.self, Check.self, Call.self, Reload.self, Prune.self, Release.self, Disable.self,
            Enable.self, Install.self, Uninstall.self, Lock.self, Unlock.self, Trust.self, Sign.self, KeyGen.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the plugins, let in or refused, with the reason. Runs no plugin code.",
            discussion: """
                EXAMPLES
                  arcadia plugins list
                  arcadia plugins list --plugins ./build --output json

                \(RoleNeed.help(.readPlugins))
                """)

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            var folders: [String]?
            let list = try wiring.ask(.get("plugins")) {
                let store = try wiring.existingStore()
                let catalog = try wiring.catalog(store)
                folders = catalog.search.folders
                return try storing { () throws(StoreError) in try PluginVersions.list(catalog, store) }
            }
            Terminal.print(list, rows: "plugins") { Self.show($0, gone: list.rows("gone"), folders: folders) }
        }

        /// - Parameter folders: where was looked; nil: that is the server's to know.
        private static func show(_ entries: [JSONValue], gone: [JSONValue], folders: [String]?) {
            guard !entries.isEmpty || !gone.isEmpty else {
                Terminal.say("no plugins")
                guard let folders else { return }
                return Terminal.say(
                    "hint: looked in \(folders.isEmpty ? "no folder, because none exists" : folders.joined(separator: ", ")); `--plugins DIR` names another"
                )
            }
            var table = TextTable("PLUGIN", "VERSION", "STATE", "OPERATIONS")
            for entry in entries {
                table.add(
                    entry.shown("id"), entry.shown("version", or: "-"), entry.shown("state"),
                    entry["reason"]?.unlessNull == nil ? operations(of: entry) : "(see below)")
                for version in entry.rows("versions") where version["installed"]?.boolValue == false {
                    table.add(entry.shown("id"), version.shown("version"), "held", HeldVersion.words(version))
                }
            }
            for version in gone {
                table.add(version.shown("plugin"), version.shown("version"), "gone", HeldVersion.words(version))
            }
            table.print()
            for entry in entries { HeldVersion.showRejected(entry) }
            for entry in entries {
                guard let reason = entry["reason"]?.stringValue else { continue }
                Terminal.print(sentence: "\(entry.shown("state")): \(reason)")
                if let hint = entry["hint"]?.stringValue { Terminal.print(sentence: "  hint: \(hint)") }
            }
        }

        /// As many names as fit on a line of 80 beside the other columns; `show` has them all.
        private static func operations(of entry: JSONValue) -> String {
            let names = entry.rows("operations").map { $0.shown("name") }
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

                \(RoleNeed.help(.readPlugins))
                """)

        @Argument(help: "A plugin's id, or an operation such as files.write.")
        var name: String

        @OptionGroup var options: GlobalOptions

        private var id: String { name.split(separator: ".").first.map(String.init) ?? name }

        func run() throws {
            let wiring = Wiring(options)
            let server = try wiring.server()
            let entry = try server.map(there) ?? here(wiring)
            if options.output != .table { return Terminal.print(json: entry) }
            guard name.contains(".") else { return Self.show(entry, wiring, isHere: server == nil) }
            let operation = String(name.dropFirst(id.count + 1))
            let operations = entry.rows("operations")
            guard let found = operations.first(where: { $0.shown("name") == operation }) else {
                let known = operations.map { $0.shown("name") }
                throw Failure(
                    "plugin.unknown_operation", "plugin \"\(id)\" has no operation \"\(operation)\"",
                    hint: closest(to: operation, among: known).map { "did you mean \"\($0)\"?" }
                        ?? "it has \(known.joined(separator: ", "))", exit: .unavailable)
            }
            Self.show(found)
        }

        private func here(_ wiring: Wiring) throws -> JSONValue {
            let store = try wiring.existingStore()
            let catalog = try wiring.catalog(store)
            let entries = catalog.entries()
            guard let entry = entries.first(where: { $0.id == id }) else {
                throw PluginsCommand.unknown(id, known: entries.map(\.id))
            }
            let (crashes, uses) = try storing { () throws(StoreError) in
                (try store?.crashes() ?? [], try store?.imageUses() ?? [])
            }
            return entry.detail(crashes: crashes, uses: uses, copies: catalog.store) { _ in true }
        }

        private func there(_ server: ServerConnection) throws -> JSONValue {
            let known = try server.get(.get("plugins")).rows("plugins").map { $0.shown("id") }
            guard known.contains(id) else { throw PluginsCommand.unknown(id, known: known) }
            return try server.get(.get("plugins", id))
        }

        private static func place(_ entry: JSONValue) -> String {
            switch entry["placement"]?.stringValue {
            case "worker": "in a worker process of its own"
            case "host": "by the host itself"
            default: "in the host's process"
            }
        }

        private static func show(_ entry: JSONValue, _ wiring: Wiring, isHere: Bool) {
            for line in PluginSheet(entry).head { Terminal.print(line) }
            Terminal.print("  folder    \(entry.shown("folder"))")
            if let hash = entry["hash"]?.stringValue { Terminal.print("  build     \(hash)") }
            if entry["placement"]?.stringValue != "host" {
                Terminal.print("  signer    \(entry.shown("signer", or: "nobody who is trusted here"))")
                let isLocked = entry["locked"]?.boolValue == true
                let isAnother = entry["state"]?.stringValue == PluginCatalog.State.modified.rawValue
                Terminal.print(
                    "  lock      "
                        + (isLocked ? isAnother ? "locked, and this is another build" : "locked" : "not locked"))
            }
            if let integrity = entry["integrity"]?.stringValue { Terminal.print("  files     \(integrity)") }
            if let concurrency = entry["concurrency"]?.stringValue {
                let isFull = concurrency == PluginManifest.Concurrency.full.rawValue
                Terminal.print("  language  \(entry.shown("language", or: "not said"))")
                Terminal.print("  calls     \(isFull ? "several at once" : "one at a time"), \(Self.place(entry))")
            }
            if let reason = entry["reason"]?.stringValue {
                Terminal.print(sentence: "  \(entry.shown("state")): \(reason)")
                if let hint = entry["hint"]?.stringValue { Terminal.print(sentence: "  hint: \(hint)") }
            }
            HeldVersion.showRejected(entry)
            for name in entry.rows("definitions") { Terminal.print("  ships     arcadia run \(name.plain)") }
            for line in PluginSheet(entry).operations { Terminal.print(line) }
            for line in PluginSheet(entry).lines { Terminal.print(line) }
            showReach(entry, wiring, isHere: isHere)
            HeldVersion.show(entry.rows("versions"))
        }

        /// Where its requests go, and which tokens go along: here with where each is found, never what it is.
        private static func showReach(_ entry: JSONValue, _ wiring: Wiring, isHere: Bool) {
            for rule in entry.rows("http") {
                Terminal.print(
                    "  http      \(rule.shown("host"))  \(rule.rows("methods").map(\.plain).joined(separator: ", "))")
            }
            for rule in entry.rows("files") {
                Terminal.print("  files     \(rule.shown("path"))  \(rule.shown("access"))")
            }
            for credential in entry.rows("credentials") {
                Terminal.print("  token     \(credential.shown("name"))  \(credential.shown("summary"))")
                guard isHere else { continue }
                let place = wiring.credentials.whereabouts(
                    of: credential.shown("name"), environment: credential.rows("environment").map(\.plain))
                for line in FactSheet.fold(place, 68) { Terminal.print("            \(line)") }
            }
        }

        private static func show(_ operation: JSONValue) {
            func has(_ trait: String) -> Bool { operation[trait]?.boolValue ?? false }
            Terminal.print("\(operation.shown("uses"))  \(operation.shown("summary"))")
            let traits = [
                has("compensable") ? "can be taken back" : "has nothing to take back",
                has("probeable") ? "can say what became of a call" : nil,
                has("idempotent") ? "may be tried again" : nil,
                has("plannable") ? "can say what it would do" : nil,
                has("irreversible") ? "irreversible" : nil,
                operation["timeout_seconds"]?.unlessNull.map { "a call may take \($0.text) s" },
            ]
            Terminal.print("  " + traits.compactMap { $0 }.joined(separator: "; "))
            if let signature = operation["signature"]?.stringValue { Terminal.print("  \(signature)") }
            Terminal.print("input " + (operation["input"] ?? true).text(pretty: true))
            Terminal.print("output " + (operation["output"] ?? true).text(pretty: true))
            for example in operation.rows("examples") { Terminal.print("example " + example.text(pretty: true)) }
            for line in PluginSheet.calls(operation) { Terminal.print(line) }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a quarantined plugin in again: the crashes of its present build are forgotten.",
            discussion: "EXAMPLE\n  arcadia plugins release mail" + RoleNeed.paragraph(.releasePlugins))

        @Argument(help: "The plugin's id.")
        var id: String

        @Option(name: .long, help: "Why; kept in the audit log.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let count = try wiring.server().map(release) ?? release(wiring)
            Terminal.print("plugin \"\(id)\" is let in again; \(SagaCLI.crashes(count)) forgotten")
        }

        private func release(_ wiring: Wiring) throws -> Int {
            guard let store = try wiring.existingStore(),
                let entry = try wiring.catalog(store).entry(id),
                entry.state == .quarantined,
                let image = entry.image
            else { throw notQuarantined }
            return try storing { () throws(StoreError) in
                try store.forgetCrashes(of: image, witness: wiring.witness(.pluginRelease, reason: reason))
            }
        }

        private func release(_ server: ServerConnection) throws -> Int {
            let list = try server.get(.get("plugins")).rows("plugins")
            let state = list.first { $0.shown("id") == id }?.shown("state")
            guard state == "quarantined" else { throw notQuarantined }
            let crashes = try server.get(.get("plugins", id)).rows("crashes").count
            let body: JSONObject = ["reason": .string(reason ?? SchedulesCommand.noReason)]
            _ = try server.get(.post("plugins", id, "release", body: body))
            return crashes
        }

        private var notQuarantined: Failure {
            Failure("plugin.not_quarantined", "plugin \"\(id)\" is not quarantined", exit: .unavailable)
        }
    }
}

extension SagaCLI {
    static func crashes(_ number: Int) -> String {
        count(number, "crash") == "1 crash" ? "1 crash" : "\(number) crashes"
    }
}
