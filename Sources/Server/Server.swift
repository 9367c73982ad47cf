internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import Logging
internal import NIOCore
internal import NIOPosix
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
        let application = application(api, configuration, metrics, log) { announce.yield(.success($0)) }
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

    private static func application(
        _ api: API, _ configuration: ServerConfiguration, _ metrics: Metrics,
        _ log: @escaping @Sendable (RequestRecord) -> Void, announce: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        let threads = NIOThreadPool(numberOfThreads: 8)
        threads.start()
        let gateway = Gateway(
            api: api, page: Page(), threads: threads, configuration: configuration,
            watch: RequestWatch(metrics: metrics, log: log))
        return Application(
            responder: gateway,
            server: .http1(
                configuration: .init(idleTimeout: .seconds(Int64(configuration.idleSeconds)))),
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
