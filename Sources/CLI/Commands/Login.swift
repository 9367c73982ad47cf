internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia login`
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Print a new link into the page of the server that runs on this machine.",
        discussion: """
            EXAMPLES
              arcadia login
              arcadia login --data /var/lib/arcadia --output json

            The link is good for five minutes and for one use; who follows it may do
            everything, as who can read the data folder can anyway. Of several servers over
            one folder each has a link of its own.
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(here: options)
        let folder = LoginFolder(try wiring.dataFolder().path)
        let links = folder.servers().map { server in
            let code = server.key.makeCode(for: DriftCommand.operatorName, at: wiring.clock.now)
            return (address: server.address, link: "\(server.address)/login#code=\(code)")
        }
        guard !links.isEmpty else {
            throw Failure(
                "login.no_server", "no server runs over \(wiring.dataPath)",
                hint: "`arcadia serve` starts one; `--data DIR` names another folder", exit: .unavailable)
        }
        let rows = links.map { JSONValue.object(["address": .string($0.address), "login": .string($0.link)]) }
        Terminal.print(["servers": .array(rows)], rows: "servers") { _ in
            for link in links { Terminal.print(link.link) }
            Terminal.say("note: good once, and for five minutes")
        }
    }
}
