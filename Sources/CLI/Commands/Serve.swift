internal import ArgumentParser
internal import Glibc
internal import SagaCore
internal import Storage

/// `arcadia serve`
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Stay: drive runs, fire schedules, work the queues.",
        discussion: """
            Takes up what was cut off or only recorded, as `resume` does, and then whatever comes: `arcadia run --detach`, runs
            of hosts that ended, schedules that are due, their jobs. Several may work on one data folder.

            EXAMPLES
              arcadia serve
              arcadia run trip.json --detach          is driven by it
              arcadia schedules list                  what it does by itself, and when

            TERM or INT stops it: calls that are under way end, nothing new begins, and it exits with 0. A second one ends it
            at once; what was under way is taken up by the next.
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        // Before the first thread: they all inherit it, and the signals wait for this one.
        let signals = Self.blockedSignals()
        let host = try wiring.host(observer: ServeProgress())
        let background = try Background(host, wiring: wiring)
        let count = try storing { () throws(StoreError) in try background.start() }
        Terminal.say("serving \(wiring.dataPath); \(SagaCLI.runs(count)) taken up")
        try Self.wait(for: signals, background)
        Terminal.say("stopping; once more ends it at once")
        startThread {
            _ = Self.next(of: signals, milliseconds: nil)
            _exit(1)
        }
        try storing { () throws(StoreError) in try background.stop() }
    }

    private static func blockedSignals() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        return signals
    }

    /// Until somebody asks it to end, or nothing is driven any more.
    private static func wait(for signals: sigset_t, _ background: Background) throws(Failure) {
        while next(of: signals, milliseconds: 500) < 0 {
            if let failure = background.failure { throw Failure(failure) }
        }
    }

    /// The next signal that comes; -1: none did.
    private static func next(of signals: sigset_t, milliseconds: Int?) -> Int32 {
        var signals = signals
        guard let milliseconds else { return sigwaitinfo(&signals, nil) }
        var patience = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        return sigtimedwait(&signals, nil, &patience)
    }
}

/// Tells of runs as they end.
private final class ServeProgress: RunObserver {
    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {}
    func run(_ id: RunID, isBlocked reason: String) { Terminal.say("run \(id) cannot go on: \(reason)") }
    func runEnded(_ id: RunID, _ status: RunStatus) { Terminal.say("run \(id) \(status.rawValue)") }
}
