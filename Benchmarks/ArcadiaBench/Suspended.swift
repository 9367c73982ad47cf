internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// Many runs asleep at once, and what is left of them after `kill -9`.
enum Suspended {
    /// Puts `count` runs to sleep for an hour, one of them only for a moment, says what that takes and kills itself.
    static func suspend(folder: String, plugins: String, count: Int) throws {
        let counter = Counter()
        let (runner, _, _, catalog) = try Subject.parts(folder: folder, plugins: plugins, observer: counter)
        let start = Subject.now()
        let clock = SystemClock()
        var random = SystemRandomNumberGenerator()
        for index in 0..<count {
            let seconds = index == 0 ? "0.3" : "3600"
            let text =
                "{\"saga\":\"nap\",\"steps\":[{\"uses\":\"core.sleep\",\"with\":{\"seconds\":\(seconds)}},\"core.set\"]}"
            guard let saga = DefinitionCheck(text, catalog: catalog).saga else { fatalError("core is not there") }
            runner.start(saga, inputs: [:], id: RunID(at: clock.now, using: &random))
        }
        counter.wait(forSuspended: count)
        let seconds = Subject.now() - start
        print(
            "{\"count\":\(count),\"seconds\":\(seconds),\"rss_mib\":\(status("VmRSS") / 1024),\"threads\":\(status("Threads"))}"
        )
        fflush(nil)
        kill(getpid(), SIGKILL)
    }

    /// Takes over what the killed process left: the time to the first step that goes on, and until all are re-armed.
    static func rearm(folder: String, plugins: String) throws {
        let counter = Counter()
        let start = Subject.now()
        let (runner, store, data, _) = try Subject.parts(folder: folder, plugins: plugins, observer: counter)
        var count = 0
        for host in CallMarkFile.deadHosts(dataFolder: data.path, now: SystemClock().now) {
            let runs = try store.claimRuns(of: host.host)
            host.forget()
            runner.take(over: runs.map { ($0.key, $0.wakeAt) })
            count += runs.count
        }
        let all = (Subject.now() - start) * 1000
        counter.wait(forCompleted: 1)
        let first = (Subject.now() - start) * 1000
        print(
            "{\"count\":\(count),\"waiting\":\(runner.waiting.count),\"first_ms\":\(first),\"all_ms\":\(all),\"rss_mib\":\(status("VmRSS") / 1024)}"
        )
    }

    /// A number of /proc/PID/status.
    static func status(_ key: String, of process: String = "self") -> Double {
        guard let file = fopen("/proc/\(process)/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            guard text.hasPrefix(key + ":") else { continue }
            return Double(text.dropFirst(key.count + 1).split(whereSeparator: \.isWhitespace).first ?? "") ?? 0
        }
        return 0
    }
}

private final class Counter: RunObserver {
    private let state = Monitor((suspended: 0, completed: 0))

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {
        for stored in events {
            switch stored.event {
            case .stepSuspended: state.change { $0.suspended += 1 }
            case .stepCompleted: state.change { $0.completed += 1 }
            default: break
            }
        }
    }

    func run(_ id: RunID, isBlocked reason: String) { fatalError("a run is blocked: \(reason)") }
    func runEnded(_ id: RunID, _ status: RunStatus) {}
    func wait(forSuspended count: Int) { state.wait(until: { $0.suspended >= count ? () : nil }) }
    func wait(forCompleted count: Int) { state.wait(until: { $0.completed >= count ? () : nil }) }
}
