internal import Glibc
internal import PluginHost
internal import SagaCore

/// What `arcadia dev` says when everything is there: where, and what to try.
struct DevGuide {
    let folder: DevFolder
    let account: DevAccount
    let server: ServerHost
    let waiting: RunID?
    /// Those that are being developed; nil: none are.
    let plugins: DevPlugins?

    /// - Parameter searched: where plugins are looked for first; commands in another terminal need it too.
    func show(searched: [String]) {
        guard Terminal.output == .table else { return Terminal.print(json: json) }
        Terminal.print(lines(searched: searched).joined(separator: "\n"))
    }

    private var json: JSONValue {
        [
            "address": .string(server.address), "login": .string(server.loginLink), "data": .string(folder.path),
            "secret_file": .string(folder.secretFile), "simulator": .string(account.address),
            "waiting_run": waiting.map { .string($0.description) } ?? .null,
            "plugins": plugins.map { .string($0.stage.folder) } ?? .null,
        ]
    }

    private func lines(searched: [String]) -> [String] {
        let run = waiting.map { String($0.description.suffix(8)) } ?? "RUN"
        let paths =
            searched.isEmpty
            ? [] : ["  export ARCADIA_PLUGIN_PATH=\(searched.map { Wiring.real($0) ?? $0 }.joined(separator: ":"))"]
        return [
            "", "  page       this link logs in once, within five minutes; Enter prints another",
            "", Self.line(of: server), "", "  provider   \(account.address), simulated", "  data       \(folder.path)",
            "",
        ] + developing(paths) + [
            plugins == nil ? "In another terminal:" : "And all the rest:", "", "  export ARCADIA_DATA=\(folder.path)",
        ] + paths + [
            "  arcadia runs list", "  arcadia runs signal \(run) approve --reason \"looks good\"",
            "  arcadia runs list --status failed        needs a person: `arcadia runs retry`",
            "  arcadia drift list                       then `arcadia drift show 1`",
            "  arcadia provision droplet web-5          several steps; see them on the page",
            "  arcadia billing costs --by project", "", "And the API, as any program would:", "",
            "  token=$(arcadia token mint --role operator --secret-file \\",
            "    \(folder.secretFile))",
            "  curl -H \"Authorization: Bearer $token\" \\", "    \(server.address)/api/v1/runs", "",
            "Ctrl-C ends everything.",
        ]
    }

    /// What to try with a plugin that is being developed: runs that this host drives, so that they are seen here.
    private func developing(_ paths: [String]) -> [String] {
        guard let plugins else { return [] }
        return [
            "With your plugin: save it, and see here what its calls do. In another terminal:", "",
            "  export ARCADIA_DATA=\(folder.path)",
        ] + paths + [
            "  export ARCADIA_SERVER=\(server.address)",
            "  export ARCADIA_TOKEN=$(arcadia token mint --role operator \\",
            "    --secret-file \(folder.secretFile))",
        ] + plugins.sources.flatMap(runs) + [
            "", "One call of it, which is shown where it is made:", "",
        ] + plugins.sources.flatMap(calls) + [""]
    }

    private func runs(_ source: PluginSource) -> [String] {
        let with = plugins?.example(of: source)?.with
        return source.definitions.map { definition in
            let inputs = definition.inputs.map { name in
                let value = with?[name].map { $0.stringValue ?? $0.text } ?? "VALUE"
                return " --input \(CallCommand.quoted(name + "=" + value))"
            }
            return "  arcadia run \(CallCommand.quoted(source.folder + "/" + definition.name))" + inputs.joined()
        }
    }

    /// One call by hand, of the first operation that has an example; it needs no server.
    private func calls(_ source: PluginSource) -> [String] {
        guard let operation = plugins?.example(of: source) else { return [] }
        return [
            "  arcadia plugins call \(operation.name) \\", "    --with \(CallCommand.quoted(operation.with.text))",
        ]
    }

    /// On a line of its own: it is as long as a line.
    private static func line(of server: ServerHost) -> String { "  " + server.loginLink }

    /// A link is good once: whoever sits at the terminal can have another.
    func printLinksOnEnter() {
        guard isatty(STDIN_FILENO) == 1 else { return }
        startThread { [server] in
            while readLine() != nil { Terminal.print(Self.line(of: server)) }
        }
    }
}
