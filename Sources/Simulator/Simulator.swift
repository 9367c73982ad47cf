internal import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Synchronization

/// DigitalOcean's API on loopback, with a state of its own.
///
/// It answers under `/v2` as the provider does. Under `/admin` are its own switches: `GET state`, `GET requests`,
/// `GET|POST clock`, `GET|PUT|DELETE faults`, `PUT tokens`, `POST seed`, `POST reset` and `PATCH droplets/ID`.
public final class Simulator: Sendable {
    /// The port it listens on.
    public let port: Int
    private let server: Task<Void, any Error>
    private let world: SharedWorld

    private init(port: Int, server: Task<Void, any Error>, world: SharedWorld) {
        self.port = port
        self.server = server
        self.world = world
    }

    public var address: String { "http://127.0.0.1:\(port)" }

    /// Listens on 127.0.0.1 and answers until it is stopped.
    ///
    /// - Returns: When it listens.
    /// - Throws: A ``SimulatorError`` when it cannot, as when the port is taken.
    public static func start(_ configuration: SimulatorConfiguration) async throws(SimulatorError) -> Simulator {
        let (ports, announce) = AsyncStream.makeStream(of: Result<Int, any Error>.self)
        let world = SharedWorld(configuration)
        let application = application(world, configuration) { announce.yield(.success($0)) }
        let server = Task {
            do {
                try await application.run()
            } catch {
                announce.yield(.failure(error))
                throw error
            }
        }
        for await result in ports { return try simulator(result, server, world, wanted: configuration.port) }
        throw SimulatorError("the simulator was stopped before it listened")
    }

    private static func simulator(
        _ port: Result<Int, any Error>, _ server: Task<Void, any Error>, _ world: SharedWorld, wanted: Int
    ) throws(SimulatorError) -> Simulator {
        switch port {
        case .success(let port): return Simulator(port: port, server: server, world: world)
        case .failure(let error as IOError) where error.errnoCode == EADDRINUSE:
            throw SimulatorError("port \(wanted) of 127.0.0.1 is in use by another program")
        case .failure(let error): throw SimulatorError("cannot listen on port \(wanted) of 127.0.0.1: \(error)")
        }
    }

    private static func application(
        _ world: SharedWorld, _ configuration: SimulatorConfiguration, announce: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        var logger = Logger(label: "simulator")
        // Clients that go away are not worth a word; what happened is under /admin/requests.
        logger.logLevel = .critical
        return Application(
            responder: Gateway(world: world),
            configuration: .init(address: .hostname("127.0.0.1", port: configuration.port), backlog: 1024),
            onServerRunning: { channel in announce(channel.localAddress?.port ?? configuration.port) }, logger: logger)
    }

    /// One of its own switches, as over the wire but without it.
    ///
    /// - Parameter path: eg: "/admin/state"
    /// - Returns: the answer's JSON.
    public func turn(_ method: String, _ path: String, _ body: String = "") -> String {
        let arrival = Arrival(
            method: method, target: path, authorization: nil, host: "127.0.0.1", body: Array(body.utf8))
        guard case .json(let value) = world.state.withLock({ $0.answer(arrival) }).answer.body else { return "" }
        return String(decoding: value.bytes, as: UTF8.self)
    }

    /// Stops listening and ends the connections that are open.
    public func stop() async {
        server.cancel()
        _ = try? await server.value
    }
}
