internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// What is measured of ours, in a process of its own: so that it can be preloaded with a slower disk, and profiled alone.
enum Subject {
    /// A host, as the command makes one.
    static func parts(
        folder: String, plugins: String, config: [String: JSONValue] = [:], http: HTTPService? = nil,
        expressions: any ExpressionEvaluator = NoExpressionEvaluator(), observer: any RunObserver
    ) throws -> (Runner, SQLRunStore, DataFolder, PluginCatalog) {
        let data = try DataFolder(opening: folder)
        let clock = SystemClock()
        let marks = try CallMarkFile(dataFolder: data.path)
        let threads = HostThreads()
        let store = try SQLRunStore(
            SQLiteDatabase(path: data.database), host: marks.host, now: clock.now, workers: threads)
        threads.beforeSleep { store.flush() }
        let search = PluginSearch(given: [plugins], environment: [:], executable: nil)
        let placement = getenv("ARCADIA_BENCH_WORKERS").map { WorkerSubject.policy(String(cString: $0)) }
        let catalog = PluginCatalog(
            search: search, dataFolder: data.path, config: config, http: http, placement: placement ?? .inThisProcess)
        let dispatcher = PluginDispatcher(catalog: catalog, threads: threads, marks: marks)
        let runner = Runner(
            store: store, dispatcher: dispatcher, catalog: catalog, workers: threads, clock: clock, marks: marks,
            expressions: expressions, observer: observer)
        clock.addRegular { threads.growIfStalled() }
        return (runner, store, data, catalog)
    }

    /// The same with a saga of three steps that do nothing.
    static func host(folder: String, plugins: String, observer: any RunObserver) throws -> (Runner, Saga) {
        let (runner, _, _, catalog) = try parts(folder: folder, plugins: plugins, observer: observer)
        let definition = "{\"saga\":\"bench\",\"steps\":[\"core.set\",\"core.set\",\"core.set\"]}"
        guard let saga = DefinitionCheck(definition, catalog: catalog).saga, catalog.load(for: saga).isEmpty else {
            fatalError("the core plugin is not in \(plugins)")
        }
        return (runner, saga)
    }

    /// `runs` three-step runs, `inFlight` of them at any time; a new one starts when one ends.
    static func throughput(folder: String, plugins: String, runs: Int, inFlight: Int) throws {
        let load = Load(total: runs, refills: true)
        let (runner, saga) = try host(folder: folder, plugins: plugins, observer: load)
        load.begin(runner, saga)
        let start = now()
        for _ in 0..<min(inFlight, runs) { load.startNext() }
        load.waitForAll()
        let seconds = now() - start
        let rate = Double(runs) / seconds
        print(
            "{\"runs\":\(runs),\"in_flight\":\(inFlight),\"seconds\":\(seconds),\"runs_per_s\":\(rate),\"steps_per_s\":\(rate * 3)}"
        )
    }

    /// One run after another, each from the call that makes it to its durable end.
    static func latency(folder: String, plugins: String, count: Int) throws {
        let load = Load(total: count, refills: false)
        let (runner, saga) = try host(folder: folder, plugins: plugins, observer: load)
        load.begin(runner, saga)
        var times: [Double] = []
        for index in 0..<count {
            let start = now()
            load.startNext()
            load.wait(forEnded: index + 1)
            times.append((now() - start) * 1e6)
        }
        times.sort()
        print("{\"count\":\(count),\"p50_us\":\(times[count / 2]),\"p99_us\":\(times[count * 99 / 100])}")
    }

    /// The call itself: into the plugin and out, without a store.
    static func call(folder: String, plugins: String, count: Int, operation: String, with: String) throws {
        guard let operation = OperationName(operation) else { fatalError("\(operation) is no operation") }
        let with = try JSONValue(parsing: with)
        let data = try DataFolder(opening: folder)
        let marks = try CallMarkFile(dataFolder: data.path)
        let search = PluginSearch(given: [plugins], environment: [:], executable: nil)
        let catalog = PluginCatalog(search: search, dataFolder: data.path)
        let dispatcher = PluginDispatcher(catalog: catalog, threads: HostThreads(), marks: marks)
        let call = CallSubject(marks, operation: operation, with: with)
        for _ in 0..<1000 { call.perform(dispatcher) }
        let start = now()
        for _ in 0..<count { call.perform(dispatcher) }
        print("{\"count\":\(count),\"ns\":\((now() - start) / Double(count) * 1e9)}")
    }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Starts a run whenever one ends, and counts.
private final class Load: RunObserver, @unchecked Sendable {
    private let total: Int
    /// A new run takes the place of each that ends.
    private let refills: Bool
    private var runner: Runner?
    private var saga: Saga?
    private let state = Monitor((started: 0, ended: 0, random: SystemRandomNumberGenerator()))
    private let clock = SystemClock()

    init(total: Int, refills: Bool) {
        self.total = total
        self.refills = refills
    }

    func begin(_ runner: Runner, _ saga: Saga) { (self.runner, self.saga) = (runner, saga) }

    func startNext() {
        let id = state.withLock { state -> RunID? in
            guard state.started < total else { return nil }
            state.started += 1
            return RunID(at: clock.now, using: &state.random)
        }
        if let id { runner!.start(saga!, inputs: [:], id: id) }
    }

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {}
    func run(_ id: RunID, isBlocked reason: String) { fatalError("a run is blocked: \(reason)") }

    func runEnded(_ id: RunID, _ status: RunStatus) {
        precondition(status == .completed)
        let isLast = state.withLock { state in
            state.ended += 1
            return !refills || state.ended == total
        }
        if isLast { state.change { _ in } }
        if refills { startNext() }
    }

    func waitForAll() { wait(forEnded: total) }
    func wait(forEnded count: Int) { state.wait(until: { $0.ended >= count ? () : nil }) }
}
