internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

extension PluginsCommand {
    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove copies of plugins that no run needs any more.",
            discussion: """
                A host keeps a copy of every plugin it loaded, so that runs can go on with
                the version they began with. What is installed, what a host has loaded and
                what runs under way go on with is always kept; what runs that failed may be
                taken back with, too, unless `--keep-days` says for how long.

                EXAMPLES
                  arcadia plugins prune --dry-run
                  arcadia plugins prune --keep-days 90

                \(RoleNeed.help(.managePlugins))
                """)

        @Flag(name: .long, help: "Say what would be removed, and remove nothing.")
        var dryRun = false

        @Option(
            name: .long,
            help: ArgumentHelp(
                "Keep what a failed run would be taken back with for so many days after its end.", valueName: "days"))
        var keepDays: Int?

        @Option(name: .long, help: "Why; kept in the audit log.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard keepDays.map({ (0...36_500).contains($0) }) ?? true else {
                throw ValidationError("--keep-days takes 0 to 36500")
            }
        }

        func run() throws {
            let wiring = Wiring(options)
            let prune = try wiring.server().map(there) ?? here(wiring)
            guard options.output == .table else { return Terminal.print(json: prune) }
            Self.show(prune)
        }

        private func there(_ server: ServerConnection) throws -> JSONValue {
            var body: JSONObject = [
                "reason": .string(reason ?? SchedulesCommand.noReason), "dry_run": .bool(dryRun),
            ]
            body["keep_days"] = keepDays.map { .int(Int64($0)) }
            return try server.get(.post("plugins", "prune", body: body))
        }

        private func here(_ wiring: Wiring) throws -> JSONValue {
            guard let store = try wiring.existingStore() else {
                return StorePrune(isRehearsal: dryRun).json
            }
            do {
                let prune = try PluginPruning.prune(
                    wiring.catalog(store), store, keepDays: keepDays, isRehearsal: dryRun, at: wiring.clock.now)
                if !dryRun {
                    try store.note(
                        Change(target: "plugins", before: nil, after: prune.json),
                        witness: wiring.witness(.pluginPrune, reason: reason))
                }
                return prune.json
            } catch let trouble as StoreTrouble {
                throw Failure("plugins.store", trouble.message, exit: .unavailable)
            } catch let error as StoreError {
                throw Failure(error)
            }
        }

        private static func show(_ prune: JSONValue) {
            let isRehearsal = prune["dry_run"]?.boolValue == true
            var table = TextTable("PLUGIN", "VERSION", "BUILD", "SIZE", "WHAT AND WHY")
            for (key, word) in [("removed", isRehearsal ? "would go" : "removed"), ("kept", "kept")] {
                for copy in prune.rows(key) {
                    let why = copy["why"]?.stringValue.map { "\(word): \($0)" } ?? word
                    table.add(
                        copy.shown("plugin", or: "?"), copy.shown("version", or: "?"),
                        String(copy.shown("hash").prefix(8)), HeldVersion.size(copy["bytes"]?.intValue ?? 0), why)
                }
            }
            if !(prune.rows("removed").isEmpty && prune.rows("kept").isEmpty) { table.print() }
            let size = HeldVersion.size(prune["bytes"]?.intValue ?? 0)
            let count = prune.rows("removed").count
            let copies = count == 1 ? "1 copy" : "\(count) copies"
            Terminal.print("\(copies) with \(size) \(isRehearsal ? "would be removed" : "removed")")
        }
    }
}
