internal import ArgumentParser
internal import Glibc
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

/// `arcadia serve`
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Stay: drive runs, fire schedules, answer the API, show the page.",
        discussion: """
            Takes up what was cut off or only recorded, as `resume` does, and then whatever
            comes: `arcadia run --detach`, runs of hosts that ended, schedules that are
            due, their jobs. Several may work on one data folder.

            EXAMPLES
              arcadia serve                page and API on 127.0.0.1:7070, a login link
              arcadia serve --listen 127.0.0.1:8080 --jwt-secret-file ./secret
              arcadia serve --listen 0.0.0.0:443 --tls-certificate chain.pem \\
                --tls-key key.pem --token-policy policy.json
              arcadia serve --listen none  no HTTP: only runs, schedules and queues

            Tokens are issued elsewhere and verified here; `arcadia token` makes a secret
            and tokens to try with. A policy pins what is believed; its `key_set_url` is
            asked for keys at the start, then every `key_set_refresh_seconds` (600), and
            when a token names a new one:
              { "algorithm": "RS256", "key_set_url": "https://id.example/jwks.json",
                "issuer": "https://id.example", "audience": "arcadia",
                "roles": { "admins": "platform_admin" } }

            TERM or INT stops it: calls that are under way end, nothing new begins, and it
            exits with 0. A second one ends it at once; what was under way is taken up by
            the next. HUP reads the plugin folders anew, as `arcadia plugins reload` does:
            what is under way goes on with what it began with.
            """)

    @Option(help: ArgumentHelp("Where to listen; `none`: nowhere.", valueName: "host:port"))
    var listen = "127.0.0.1:7070"

    @Option(
        help: ArgumentHelp(
            "The secret that HS256 tokens are signed with; twice while it is changed.", valueName: "file"))
    var jwtSecretFile: [String] = []

    @Option(
        help: ArgumentHelp(
            "Which tokens are believed, and what their claims mean: issuer, audience, roles, keys.", valueName: "file"))
    var tokenPolicy: String?

    @Option(help: ArgumentHelp("The certificate with its issuers, PEM; then only TLS is spoken.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's key, PEM.", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("Requests a minute that one caller may make.", valueName: "number"))
    var requestsPerMinute = 6000

    @Option(help: ArgumentHelp("Requests a minute that all callers of a tenant may make.", valueName: "number"))
    var tenantRequestsPerMinute = 30_000

    @Flag(help: "Print each request as a line of JSON on stderr.")
    var logRequests = false

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(here: options)
        // Before the first thread: they all inherit it, and the signals wait for this one.
        let signals = StopSignals()
        let onHangUp = StopSignals.onHangUp()
        let configuration = try configuration(wiring)
        let metrics = Metrics()
        let host = try wiring.host(observer: ServeProgress(metrics))
        let background = try Background(host, wiring: wiring)
        let count = try storing { () throws(StoreError) in try background.start() }
        let server = try configuration.map { configuration in
            try ServerHost(host, wiring: wiring, configuration, metrics: metrics, log: logger)
        }
        Terminal.say("serving \(wiring.dataPath); \(SagaCLI.runs(count)) taken up")
        onHangUp { _ = host.reloadPlugins() }
        if let server { tell(server) }
        try background.stay(until: signals)
        Terminal.say("stopping; once more ends it at once")
        signals.endAtOnceOnNext()
        server?.stop()
        try storing { () throws(StoreError) in try background.stop() }
    }

    /// stdout has the address, for a program that started this one.
    private func tell(_ server: ServerHost) {
        if options.output == .table {
            Terminal.print("listening on \(server.address)")
            Terminal.say("log in, once and within five minutes: \(server.loginLink)")
        } else {
            Terminal.print(json: ["address": .string(server.address), "login": .string(server.loginLink)])
        }
    }

    private var logger: @Sendable (RequestRecord) -> Void {
        guard logRequests else { return { _ in } }
        return { record in
            var line = record.json.objectValue ?? [:]
            line["at"] = .string(SystemClock().now.description)
            Terminal.say(JSONValue.object(line).text)
        }
    }

    // MARK: - How it listens

    /// Nil: nowhere.
    private func configuration(_ wiring: Wiring) throws -> ServerConfiguration? {
        guard listen != "none" else { return nil }
        guard let colon = listen.lastIndex(of: ":"), let port = UInt16(listen[listen.index(after: colon)...]) else {
            throw Failure(
                "serve.listen", "`--listen` is \"\(listen)\"; expected HOST:PORT",
                hint: "`--listen 127.0.0.1:7070`, say",
                exit: .usage)
        }
        var configuration = ServerConfiguration()
        configuration.host = String(listen[..<colon]).trimmingBrackets
        configuration.port = Int(port)
        configuration.version = HostVersion.text
        configuration.mostConnections = min(
            configuration.mostConnections, max(16, Self.allowedDescriptors() - Self.ownDescriptors))
        configuration.perCaller.perMinute = requestsPerMinute
        configuration.perTenant.perMinute = tenantRequestsPerMinute
        configuration.tls = try tls()
        configuration.verifier = try verifier(wiring)
        if !configuration.isLoopback, configuration.tls == nil {
            Terminal.say("warning: \(listen) is not this machine alone, and tokens go over it in the clear")
            Terminal.say("hint: `--tls-certificate` and `--tls-key`, or a proxy that speaks TLS")
        }
        return configuration
    }

    /// Files and connections a host needs for itself.
    private static let ownDescriptors = 256

    /// As many files and connections as the system lets this process have, when it asks.
    private static func allowedDescriptors() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    private func tls() throws(Failure) -> (certificate: String, key: String)? {
        switch (tlsCertificate, tlsKey) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return (certificate, key)
        default:
            throw Failure(
                "serve.tls", "`--tls-certificate` and `--tls-key` go together; one of them is missing", exit: .usage)
        }
    }

    /// Nil: nobody comes in by token.
    private func verifier(_ wiring: Wiring) throws -> TokenVerifier? {
        var policy = TokenPolicy(algorithm: .hs256, keys: .secretFiles(jwtSecretFile))
        if let tokenPolicy { policy = try wiring.tokenPolicy(tokenPolicy) }
        if !jwtSecretFile.isEmpty {
            guard policy.algorithm == .hs256 else {
                throw Failure(
                    "serve.keys",
                    "`--jwt-secret-file` is given, and the token policy pins \(policy.algorithm.rawValue), which uses no secret",
                    hint: "leave it out", exit: .usage)
            }
            policy.keys = .secretFiles(jwtSecretFile)
        }
        return try wiring.verifier(policy)
    }
}

/// Tells of runs as they end, and counts what they do.
private final class ServeProgress: RunObserver {
    private let counter: RunMetrics

    init(_ metrics: Metrics) { counter = RunMetrics(metrics) }

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {
        counter.run(id, of: saga, did: events, now: machine)
    }

    func run(_ id: RunID, isBlocked reason: String) {
        counter.run(id, isBlocked: reason)
        Terminal.say("run \(id) cannot go on: \(reason)")
    }

    func runEnded(_ id: RunID, _ status: RunStatus) {
        counter.runEnded(id, status)
        if status != .completed { Terminal.say("run \(id) \(status.rawValue)") }
    }
}

extension String {
    /// `[::1]` is how an address of version 6 is written before a port.
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}
