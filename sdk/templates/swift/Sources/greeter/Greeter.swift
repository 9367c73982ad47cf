import ArcadiaPlugin

/// Makes greetings on a small server, and takes them back.
struct Greeter: Plugin {
    static let id = "greeter"
    static let version = "1.0.0"
    static let operations: [any Operation<Greeter>.Type] = [Greet.self]

    struct Config: Decodable, Sendable {
        var base_url: String
        var use_token: Bool?
    }

    let server: GreetingServer

    init(config: Config) throws {
        guard !config.base_url.hasSuffix("/") else {
            throw StepFailure(.config, "`base_url` must not end with a slash", effect: .none)
        }
        server = GreetingServer(
            baseURL: config.base_url, credential: config.use_token == true ? "greeter.token" : nil)
    }
}

/// The library's one symbol.
@c @implementation
public func arcadia_plugin_entry_v1(_ host: UnsafePointer<arcadia_host>?) -> UnsafePointer<arcadia_plugin>? {
    Greeter.entry(host)
}
