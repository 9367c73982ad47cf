internal import ArgumentParser

/// Whose answers a command gives: the database of this machine, or a server.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Speak to this server, not to the database of this machine (also $ARCADIA_SERVER).", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp("Speak to the server of this context; `local`: to the database here.", valueName: "name"))
    var context: String?

    @Option(
        help: ArgumentHelp("The file with the token for the server (else $ARCADIA_TOKEN).", valueName: "file"))
    var tokenFile: String?

    func validate() throws {
        guard server == nil || context == nil else {
            throw ValidationError("--server and --context both say which server: give one of them")
        }
    }

    /// Somebody typed which server, for this command.
    var isGiven: Bool { server != nil || (context != nil && context != Contexts.local) }
}
