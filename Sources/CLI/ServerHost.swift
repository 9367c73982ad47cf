internal import CloudControl
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Scheduling
internal import Server
internal import Storage

/// The HTTP server of a host: made, started, fed with news, stopped.
final class ServerHost: Sendable {
    /// Where it is reached. eg: "http://127.0.0.1:7070"
    let address: String
    private let server: Server
    private let hub: StreamHub
    private let codes: LoginCodes
    private let login: LoginFile
    private let clock: SystemClock
    private let state = Monitor((isStopping: false, isOver: false))

    /// Milliseconds between two looks for news, and between two at what is not a run.
    private static let rhythm: Int64 = 200
    private static let slowRhythm = 5

    /// Listens when it returns.
    init(
        _ host: Host, wiring: Wiring, _ configuration: ServerConfiguration, metrics: Metrics,
        log: @escaping @Sendable (RequestRecord) -> Void
    ) throws {
        let path = try wiring.dataFolder().database
        let database = try storing { () throws(StoreError) in try SQLiteDatabase(path: path) }
        clock = wiring.clock
        let key = LoginKey()
        codes = LoginCodes(key: key)
        hub = StreamHub(RunFeed(database, name: Self.newName()), clock: clock)
        let context = ServerContext(
            store: host.store, database: database, catalog: host.catalog, clock: clock, provider: "digitalocean",
            repairs: Cloud.repairs(host.catalog), comparators: FieldComparators(of: host.catalog),
            drive: { key throws(StoreError) in
                let isOurs = try host.takeOver(key)
                host.lookForRequests()
                return isOurs
            },
            begin: { key in host.runner.take(over: [(key, nil)]) }, reload: host.reloadPlugins,
            expressions: wiring.expressions)
        let schedules = try wiring.schedules(database, try wiring.scheduleSettings())
        let api = try API.ofHost(
            context, schedules: schedules, hub: hub, codes: codes, configuration: configuration, metrics: metrics)
        server = try Self.waiting { () async throws(ServerProblem) in
            try await Server.start(api, configuration, metrics: metrics, log: log)
        }
        let name = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        address = (configuration.tls == nil ? "http" : "https") + "://\(name):\(server.port)"
        login = try LoginFolder(wiring.dataFolder().path).add(LoginFolder.Server(key: key, address: address))
        startThread { [self] in feed() }
    }

    /// Tells one feed's ids from another's: a restarted server begins to count anew.
    private static func newName() -> String { "f" + String(UInt32.random(in: 0...UInt32.max), radix: 36) }

    /// A link by which the operator of this machine gets into the page, once.
    var loginLink: String {
        let now = clock.now
        let identity = Identity.operatorOfThisMachine(DriftCommand.operatorName, until: now + 12 * 3_600_000)
        return "\(address)/login#code=\(codes.make(for: identity, at: now))"
    }

    private func feed() {
        var looks = 0
        while !state.withLock({ $0.isStopping }) {
            // What stands in the way of one look does not stand in the way of the next.
            try? hub.look(withWatches: looks % Self.slowRhythm == 0)
            looks += 1
            _ = state.wait(milliseconds: Self.rhythm) { $0.isStopping ? true : nil }
        }
        state.change { $0.isOver = true }
    }

    /// Takes no request any more, and lets those that are under way end.
    func stop() {
        login.remove()
        state.change { $0.isStopping = true }
        state.wait { $0.isOver ? true : nil }
        hub.endAll()
        let over = Monitor(false)
        Task.detached { [server] in
            await server.stop()
            over.change { $0 = true }
        }
        over.wait { $0 ? true : nil }
    }

    /// Waits for something that lives on other threads.
    private static func waiting<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(ServerProblem) -> Value
    ) throws(Failure) -> Value {
        let outcome = Monitor<Result<Value, ServerProblem>?>(nil)
        Task.detached {
            do throws(ServerProblem) {
                let value = try await body()
                outcome.change { $0 = .success(value) }
            } catch {
                outcome.change { $0 = .failure(error) }
            }
        }
        switch outcome.wait(until: { $0 }) {
        case .success(let value): return value
        case .failure(let problem):
            throw Failure("serve.cannot_listen", problem.message, hint: problem.hint, exit: .unavailable)
        }
    }
}
