internal import Glibc
internal import SagaCore

/// A server as commands reach it.
struct ServerPlace: Equatable {
    /// Without a slash at the end. eg: "https://arcadia.example"
    let url: String
    var tokenFile: String?
    /// Certificates to trust instead of the system's.
    var caFile: String?
    /// The token may go over plain http to other machines.
    var mayUsePlainHTTP = false
    /// The context it comes from; nil: it was named by its URL.
    var context: String?

    /// - Throws: `ServerTrouble.url`
    init(url text: String) throws(ServerTrouble) {
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme, text.utf8.count > scheme.utf8.count, !text.contains(where: { "?#@ ".contains($0) }) else {
            throw .url(text)
        }
        var url = text
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
    }

    /// eg: `context "prod" (https://arcadia.example)`
    var words: String { context.map { "context \"\($0)\" (\(url))" } ?? url }
}

extension ServerPlace {
    /// The server that a command is to speak to; nil: the database of this machine.
    ///
    /// What was typed counts more than the environment, and that more than the context in use.
    static func chosen(_ options: ServerOptions, _ host: HostOptions) throws(Failure) -> ServerPlace? {
        guard var place = try named(options, host) else { return nil }
        if let file = options.tokenFile { place.tokenFile = file }
        place.caFile = place.caFile ?? word("ARCADIA_CA_FILE")
        return place
    }

    private static func named(_ options: ServerOptions, _ host: HostOptions) throws(Failure) -> ServerPlace? {
        if options.isGiven, let other = host.given {
            throw Failure(ServerTrouble.ofThisMachine(option: other))
        }
        if let url = options.server { return try at(url) }
        if let name = options.context { return try Contexts.read().place(name) }
        // Who names a folder here means this machine.
        guard host.given == nil else { return nil }
        if let url = word("ARCADIA_SERVER") { return try at(url) }
        let contexts = try Contexts.read()
        return try contexts.current.flatMap { name throws(Failure) in try contexts.place(name) }
    }

    private static func at(_ url: String) throws(Failure) -> ServerPlace {
        do throws(ServerTrouble) {
            return try ServerPlace(url: url)
        } catch {
            throw Failure(error)
        }
    }

    private static func word(_ name: String) -> String? {
        Terminal.environment(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Read once, before the environment is cleared of what plugins must not see.
    static let tokenInEnvironment = word("ARCADIA_TOKEN")

    /// What the server is to believe; nil: nothing is known to say.
    func token() throws(Failure) -> String? {
        guard let tokenFile else {
            return try Self.tokenInEnvironment.map { text throws(Failure) in try Self.sound(text, of: "ARCADIA_TOKEN") }
        }
        var status = stat()
        guard stat(tokenFile, &status) == 0, let file = fopen(tokenFile, "r") else {
            throw Failure(ServerTrouble.tokenFile(tokenFile))
        }
        defer { fclose(file) }
        guard status.st_mode & 0o077 == 0 else { throw Failure(ServerTrouble.tokenFileOpen(tokenFile)) }
        return try Self.sound(readAll(file) ?? "", of: tokenFile)
    }

    /// A token is one word: anything else would be more than a header.
    private static func sound(_ text: String, of place: String) throws(Failure) -> String {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, words[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Failure(ServerTrouble.noToken(place))
        }
        return String(words[0])
    }
}

extension HostOptions {
    /// The first option that is about this machine's own folders and plugins; nil: none was typed.
    var given: String? {
        if data != nil { return "--data" }
        if !plugins.isEmpty { return "--plugins" }
        if !config.isEmpty { return "--config" }
        if httpRecord != nil { return "--http-record" }
        return httpReplay == nil ? nil : "--http-replay"
    }
}
