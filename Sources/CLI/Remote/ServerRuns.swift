internal import Glibc
internal import PluginHost
internal import SagaCore

/// Runs of a server, shown and followed as those of this machine are.
struct ServerRuns {
    let server: ServerConnection
    private let clock: SystemClock

    /// Seconds after which a stream is asked for anew.
    private static let streamSeconds: Int64 = 300
    /// How often a stream that broke is asked for again, and microseconds before each time.
    private static let mostBreaks = 5
    private static let pause: UInt32 = 500_000

    init(_ server: ServerConnection, _ clock: SystemClock) { (self.server, self.clock) = (server, clock) }

    // MARK: - Looking

    /// - Parameter text: the beginning or the end of a run's id.
    func find(_ text: String) throws(Failure) -> RunID {
        let word = text.lowercased()
        if let id = RunID(word) { return id }
        guard word.count >= RunChoice.shortest else { return try RunChoice.only(of: [], for: text) }
        let list = try server.get(
            ServerList(request: .get("runs", query: [("q", word)]), key: "runs", limit: ServerList.page))
        let found = list.rows("runs").compactMap { $0["run_id"]?.stringValue }.filter {
            $0.hasPrefix(word) || $0.hasSuffix(word)
        }
        return try RunChoice.only(of: found.prefix(RunChoice.most).compactMap { RunID($0) }, for: text)
    }

    func result(_ id: RunID) throws(Failure) -> RunResult {
        let (json, stored) = try load(id)
        return RunResult(json: json, RunView(stored), now: clock.now)
    }

    /// The run as the API tells it, and read back, with its whole journal.
    private func load(_ id: RunID) throws(Failure) -> (json: JSONValue, StoredRun) {
        let json: JSONValue
        do throws(Failure) {
            json = try server.get(.get("runs", id.description))
        } catch  where error.code == "run.unknown" {
            // In the words that a command here has for it.
            _ = try RunChoice.only(of: [], for: id.description)
            throw error
        }
        let first = json.rows("events").first?["seq"]?.intValue ?? 1
        var earlier: [JSONValue] = []
        if first > 1 {
            let list = ServerList(
                request: .get("runs", id.description, "journal"), key: "events", limit: Int(first) - 1)
            earlier = try server.get(list).rows("events").filter { ($0["seq"]?.intValue ?? first) < first }
        }
        guard let stored = StoredRun(json: json, earlierEvents: earlier) else {
            throw Failure(ServerTrouble.notArcadia(server: server.place.words, status: 200))
        }
        return (json, stored)
    }

    // MARK: - Following

    /// Follows a run until it has ended or cannot go on, and shows it; the failure that is thrown has the exit code that
    /// says how it ended.
    func followToEnd(_ id: RunID, isQuiet: Bool) throws {
        let progress = RunProgress(clock: clock, isQuiet: isQuiet)
        try follow(id, progress)
        try result(id).finish(drawn: !isQuiet && Terminal.isInteractive, blocked: nil)
    }

    func follow(_ id: RunID, _ progress: RunProgress) throws(Failure) {
        let follower = RunFollower(try load(id).1, progress)
        var breaks = 0
        while !follower.isOver {
            let before = follower.sequence
            do throws(Failure) {
                try server.follow(stream(id, after: before), seconds: Self.streamSeconds, take: follower.take)
                breaks = 0
                // A stream says nothing of a run that had ended before.
                if !follower.isOver { follower.catchUp(try load(id).1) }
            } catch {
                breaks = follower.sequence > before ? 1 : breaks + 1
                guard error.code == "server.unreachable", breaks <= Self.mostBreaks else { throw Self.lost(id, error) }
                usleep(Self.pause)
            }
        }
    }

    private func stream(_ id: RunID, after sequence: Int) -> ServerRequest {
        var request = ServerRequest.get(
            "runs", id.description, "events", query: [("for_seconds", "\(Self.streamSeconds)")])
        if sequence > 0 { request.headers = [("Last-Event-ID", "\(sequence)")] }
        return request
    }

    /// The run does not end because nobody looks.
    private static func lost(_ id: RunID, _ failure: Failure) -> Failure {
        Failure(
            failure.code, failure.message, hint: "the run goes on without us: `arcadia runs watch \(id)`",
            exit: failure.exitCode)
    }
}

/// A run as its stream tells it.
private final class RunFollower: Sendable {
    private struct State {
        var run: StoredRun
        var new: [StoredEvent]
        var isShown = false
    }

    private let state: Monitor<State>
    private let progress: RunProgress
    private let labels: StepLabels

    init(_ run: StoredRun, _ progress: RunProgress) {
        state = Monitor(State(run: run, new: run.events))
        self.progress = progress
        labels = run.labels
        show()
    }

    var sequence: Int { state.withLock { $0.run.events.last?.sequence ?? 0 } }
    var isOver: Bool { state.withLock { $0.run.row.status.isEnded || $0.run.row.blocked != nil } }

    func catchUp(_ run: StoredRun) {
        state.withLock { state in
            let last = state.run.events.last?.sequence ?? 0
            state.new += run.events.filter { $0.sequence > last }
            state.run = run
        }
        show()
    }

    /// False: there is nothing more to come.
    @Sendable func take(_ event: ServerEvent) -> Bool {
        state.withLock { state in
            switch event.name {
            case "journal":
                guard let stored = StoredEvent(json: event.data, labels: labels) else { return }
                let last = state.run.events.last?.sequence ?? 0
                state.run = state.run.going(on: state.run.row, [stored])
                if stored.sequence > last { state.new.append(stored) }
            case "run":
                if let row = RunRow(json: event.data) { state.run = state.run.going(on: row, []) }
            default: break
            }
        }
        if event.name == "run" { show() }
        return !isOver
    }

    /// What is new, once its row is known, too.
    private func show() {
        state.withLock { state in
            let view = RunView(state.run)
            guard let saga = view.saga, let machine = view.machine, !state.new.isEmpty || !state.isShown else { return }
            progress.run(state.run.row.id, of: saga, did: state.new, now: machine)
            (state.new, state.isShown) = ([], true)
        }
    }
}
