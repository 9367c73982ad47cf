internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

extension PluginsCommand {
    /// `arcadia plugins disable ID --reason TEXT`
    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a plugin out of this host, whatever its build, until it is enabled.",
            discussion: """
                It takes effect at once, in running hosts as well: calls under way end as they
                do, no new one is made. Runs that need the plugin wait; once it is enabled,
                `arcadia resume` goes on with them.

                EXAMPLE
                  arcadia plugins disable mail --reason "sends everything twice"

                \(RoleNeed.help(.disablePlugins))
                """)

        @Argument(help: "The plugin's id.")
        var id: String

        @Option(help: "Why; shown wherever the plugin is refused, and kept in the audit log.")
        var reason: String

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard !reason.isEmpty else { throw ValidationError("--reason says why, in a few words") }
        }

        func run() throws {
            let wiring = Wiring(options)
            if let server = try wiring.server() {
                try ServedPlugin(server, id).post("disable", reason: reason)
            } else {
                try disable(wiring)
            }
            Terminal.print("plugin \"\(id)\" is disabled")
        }

        private func disable(_ wiring: Wiring) throws {
            let store = try wiring.store(try wiring.dataFolder())
            let entries = try wiring.catalog(store).entries()
            guard let entry = entries.first(where: { $0.id == id }) else {
                throw PluginsCommand.unknown(id, known: entries.map(\.id))
            }
            guard entry.placement != "host" else {
                throw Failure(
                    "plugin.of_the_host", "\"\(id)\" is a part of the host itself, so it cannot be disabled",
                    exit: .unavailable)
            }
            let plugin = DisabledPlugin(id: id, reason: reason, by: DriftCommand.operatorName, at: wiring.clock.now)
            try storing { () throws(StoreError) in
                try store.disable(plugin, witness: wiring.witness(.pluginDisable, reason: reason))
            }
        }
    }

    /// `arcadia plugins enable ID`
    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a disabled plugin in again, if nothing else stands in its way.",
            discussion: "EXAMPLE\n  arcadia plugins enable mail --reason \"mended in 1.2.1\""
                + RoleNeed.paragraph(.disablePlugins))

        @Argument(help: "The plugin's id.")
        var id: String

        @Option(help: "Why; kept in the audit log.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            if let server = try wiring.server() {
                try ServedPlugin(server, id).post("enable", reason: reason ?? SchedulesCommand.noReason)
            } else {
                try enable(wiring)
            }
            Terminal.print("plugin \"\(id)\" is enabled")
            Terminal.say("hint: `arcadia resume` goes on with runs that waited for it")
        }

        private func enable(_ wiring: Wiring) throws {
            let store = try wiring.existingStore()
            let isDone = try storing { () throws(StoreError) in
                try store?.enable(id, witness: wiring.witness(.pluginEnable, reason: reason)) ?? false
            }
            guard isDone else {
                throw Failure("plugin.not_disabled", "plugin \"\(id)\" is not disabled", exit: .unavailable)
            }
        }
    }
}

/// A plugin of a server's.
private struct ServedPlugin {
    let server: ServerConnection
    let id: String

    init(_ server: ServerConnection, _ id: String) { (self.server, self.id) = (server, id) }

    func post(_ verb: String, reason: String) throws {
        let known = try server.get(.get("plugins")).rows("plugins").map { $0.shown("id") }
        guard known.contains(id) else { throw PluginsCommand.unknown(id, known: known) }
        _ = try server.get(.post("plugins", id, verb, body: ["reason": .string(reason)]))
    }
}
