internal import ArgumentParser
internal import Identity
internal import SagaCore

extension PluginsCommand {
    struct Reload: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a server read its plugin folders anew.",
            discussion: """
                New runs use what is there then. Runs under way go on with the version they
                began with, and what that did is taken back by it. A build that is not let
                in takes nothing away: the one in use stays.

                EXAMPLES
                  arcadia plugins reload --server https://arcadia.example
                  arcadia plugins reload files --reason "files 2.1.0" --output json

                \(RoleNeed.help(.managePlugins))
                """)

        @Argument(help: "The only plugin to read anew.")
        var id: String?

        @Option(name: .long, help: "Why; kept in the audit log.")
        var reason: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            guard let server = try Wiring(options).server() else {
                throw Failure(
                    "plugins.no_server", "no server is chosen; a command reads the plugin folders each time it is run",
                    hint: "`--server URL`, or send HUP to the `arcadia serve` of this machine", exit: .usage)
            }
            var body: JSONObject = ["reason": .string(reason ?? SchedulesCommand.noReason)]
            body["plugin"] = id.map(JSONValue.string)
            let reload = try server.get(.post("plugins", "reload", body: body))
            guard options.output == .table else { return Terminal.print(json: reload) }
            for change in reload.rows("changes") { Self.show(change) }
            if reload.rows("changes").isEmpty {
                Terminal.print("no plugin changed; \(reload.shown("unchanged")) as before")
            }
        }

        private static func show(_ change: JSONValue) {
            let (old, new) = (build(change["old"]), build(change["new"]))
            switch change.shown("outcome") {
            case "added": Terminal.print("added     \(change.shown("id")) \(new)")
            case "replaced": Terminal.print("replaced  \(change.shown("id")) \(old) -> \(new)")
            case "gone": Terminal.print("gone      \(change.shown("id")) \(old)")
            default:
                Terminal.print("refused   \(change.shown("id")) \(new)")
                Terminal.print(sentence: "  \(change.shown("reason"))")
                if let hint = change["hint"]?.stringValue { Terminal.print(sentence: "  hint: \(hint)") }
                if change["old"]?.unlessNull != nil { Terminal.print("  \(old) stays in use") }
            }
        }

        /// eg: "1.0.0 (build 0123abcd)"
        private static func build(_ build: JSONValue?) -> String {
            guard let build = build?.unlessNull else { return "" }
            let hash = build["hash"]?.stringValue.map { "(build \($0.prefix(8)))" }
            return [build["version"]?.stringValue, hash].compactMap(\.self).joined(separator: " ")
        }
    }
}

/// Versions of a plugin that are not installed, as commands show them.
enum HeldVersion {
    /// eg: "3 runs go on with it (build 0123abcd)"
    static func words(_ version: JSONValue) -> String {
        let count = Int(version["runs"]?.intValue ?? 0)
        return
            "\(SagaCLI.runs(count)) \(count == 1 ? "goes" : "go") on with it (build \(version.shown("hash").prefix(8)))"
    }

    /// That a newer build lies in the folder, and why it is not the one in use.
    static func showRejected(_ entry: JSONValue) {
        guard let rejected = entry["rejected"]?.unlessNull else { return }
        let new = rejected["version"]?.stringValue ?? "what lies in its folder"
        Terminal.print(
            sentence:
                "\(entry.shown("id")) \(entry.shown("version")) stays in use, because \(new) was refused: \(rejected.shown("reason"))"
        )
        if let hint = rejected["hint"]?.stringValue { Terminal.print(sentence: "  hint: \(hint)") }
    }

    /// A table of all there are, where there is more than what is installed.
    static func show(_ versions: [JSONValue]) {
        guard versions.contains(where: { $0["installed"]?.boolValue == false }) else { return }
        var table = TextTable("VERSION", "BUILD", "FIRST USED", "LAST USED", "RUNS", "FAILED", "KEPT")
        for version in versions {
            let isInstalled = version["installed"]?.boolValue == true
            table.add(
                version.shown("version") + (isInstalled ? " *" : ""), String(version.shown("hash").prefix(8)),
                day(version["first_used_at"]), day(version["last_used_at"]), version.shown("runs"),
                version.shown("compensable"), version["bytes"]?.intValue.map(size) ?? "-")
        }
        table.print()
        Terminal.print("* is installed; RUNS go on with it; FAILED runs can be taken back with it")
    }

    private static func day(_ time: JSONValue?) -> String { time?.stringValue.map { String($0.prefix(10)) } ?? "-" }

    /// eg: "1.2 MB"
    static func size(_ bytes: Int64) -> String {
        if bytes < 1000 { return "\(bytes) B" }
        let tenths = (bytes + 50) / 100
        if tenths < 10_000 { return "\(tenths / 10).\(tenths % 10) kB" }
        let larger = (bytes + 50_000) / 100_000
        return "\(larger / 10).\(larger % 10) MB"
    }
}
