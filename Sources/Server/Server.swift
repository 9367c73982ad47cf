internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Identity
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SagaCore
internal import ServiceLifecycle

/// The HTTP server: the API and the operator's page on one address.
public final class Server: Sendable {
    /// The port it listens on.
    public let port: Int
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    private init(port: Int, group: ServiceGroup, running: Task<Void, any Error>) {
        self.port = port
        self.group = group
        self.running = running
    }

    /// Listens, and answers until it is stopped.
    ///
    /// - Returns: when it listens.
    /// - Throws: `ServerProblem`, as when the port is taken.
    public static func start(
        _ api: API, _ configuration: ServerConfiguration, metrics: Metrics,
        log: @escaping @Sendable (RequestRecord) -> Void
    ) async throws(ServerProblem) -> Server {
        let (ports, announce) = AsyncStream.makeStream(of: Result<Int, any Error>.self)
        let channels: HTTPServerBuilder
        do {
            channels = try Self.channels(configuration)
        } catch {
            throw ServerProblem(tls: error, configuration)
        }
        let application = application(channels, api, configuration, metrics, log) { announce.yield(.success($0)) }
        var services = ServiceGroupConfiguration(services: [application], logger: quiet)
        services.maximumGracefulShutdownDuration = .seconds(configuration.stopSeconds)
        let group = ServiceGroup(configuration: services)
        let running = Task {
            do {
                try await group.run()
            } catch {
                announce.yield(.failure(error))
                throw error
            }
        }
        for await result in ports {
            switch result {
            case .success(let port): return Server(port: port, group: group, running: running)
            case .failure(let error): throw ServerProblem(error, configuration)
            }
        }
        throw ServerProblem(message: "the server was stopped before it listened", hint: nil)
    }

    /// HTTP/1.1, over TLS 1.2 or later where a certificate is given.
    private static func channels(_ configuration: ServerConfiguration) throws -> HTTPServerBuilder {
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                idleTimeout: .seconds(Int64(configuration.idleSeconds)),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
        guard let (certificate, key) = configuration.tls else { return plain }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        tls.minimumTLSVersion = .tlsv12
        return try .tls(plain, tlsConfiguration: tls)
    }

    private static func application(
        _ channels: HTTPServerBuilder, _ api: API, _ configuration: ServerConfiguration, _ metrics: Metrics,
        _ log: @escaping @Sendable (RequestRecord) -> Void, announce: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        let threads = NIOThreadPool(numberOfThreads: 8)
        threads.start()
        let gateway = Gateway(
            api: api, page: Page(), threads: threads, configuration: configuration,
            watch: RequestWatch(metrics: metrics, log: log))
        return Application(
            responder: gateway,
            server: channels,
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.mostConnections)),
            onServerRunning: { channel in announce(channel.localAddress?.port ?? configuration.port) }, logger: quiet)
    }

    /// Requests are told by RequestRecord; clients that go away are not worth a word.
    private static var quiet: Logger {
        var logger = Logger(label: "arcadia.server")
        logger.logLevel = .critical
        return logger
    }

    /// Stops listening, waits for answers that are on their way, and ends what takes too long.
    public func stop() async {
        await group.triggerGracefulShutdown()
        _ = try? await running.value
    }
}

/// Why the server cannot listen.
public struct ServerProblem: Error, Sendable {
    public let message: String
    public let hint: String?

    /// Certificate or key cannot be used.
    init(tls error: any Error, _ configuration: ServerConfiguration) {
        let (certificate, key) = configuration.tls ?? ("", "")
        self.init(
            message: "the certificate \(certificate) with the key \(key) cannot be used: \(error)",
            hint: "both are PEM files, the certificate's issuers after it")
    }

    init(message: String, hint: String?) {
        self.message = message
        self.hint = hint
    }

    init(_ error: any Error, _ configuration: ServerConfiguration) {
        let address = "\(configuration.host):\(configuration.port)"
        if let error = error as? IOError, error.errnoCode == 98 {
            self.init(
                message: "\(address) is in use by another program",
                hint: "`--listen \(configuration.host):0` takes any port")
        } else {
            self.init(message: "cannot listen on \(address): \(error)", hint: nil)
        }
    }
}
