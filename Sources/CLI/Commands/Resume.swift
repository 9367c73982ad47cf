internal import ArgumentParser
internal import SagaCore
internal import Storage

/// `arcadia resume`
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with every run that was cut off or only recorded.",
        discussion: """
            Returns when nothing is left to drive. Runs that another arcadia is driving are
            left to it. A run that cannot go on, because its plugin is gone say, is shown
            with the reason and does not stop the others. Paused runs are left alone:
            `arcadia runs resume` lets them go on.

            EXAMPLES
              arcadia resume
              arcadia resume --output json

            Exits with 0, or with 69 when a run could not go on.
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let wiring = Wiring(options)
        let progress = ResumeProgress(isQuiet: options.output != .table)
        let host = try wiring.host(observer: progress)
        let count = try storing { () throws(StoreError) in
            let count = try host.takeOverAll()
            try host.finish()
            return count
        }
        let ended = progress.ended
        let (paused, blocked) = try Self.apart(progress.blocked, host)
        if options.output == .table {
            Terminal.print(Self.summary(taken: count, ended: ended, paused: paused.count, blocked: blocked.count))
        } else {
            let runs = try Self.rows(host, ended: ended, blocked: paused + blocked)
            if options.output == .json {
                Terminal.print(JSONValue.object(["runs": .array(runs)]).text(pretty: true))
            } else {
                for run in runs { Terminal.print(run.text) }
            }
        }
        if let (id, reason) = blocked.first {
            var failure = Failure("run.blocked", "run \(id) cannot go on: \(reason)", exit: .unavailable)
            failure.more = blocked.dropFirst().map { ("run \($0.0) cannot go on: \($0.1)", nil) }
            failure.isAfterResult = true
            throw failure
        }
    }

    /// Runs that were cut off and that an operator has wait, and those that cannot go on.
    private static func apart(
        _ runs: [(RunID, String)], _ host: Host
    ) throws(Failure) -> (paused: [(RunID, String)], blocked: [(RunID, String)]) {
        var (paused, blocked) = ([(RunID, String)](), [(RunID, String)]())
        for run in runs {
            let row = try storing { () throws(StoreError) in
                try host.store.find(run.0).flatMap { key throws(StoreError) in try host.store.row(key) }
            }
            if row?.paused == nil { blocked.append(run) } else { paused.append(run) }
        }
        return (paused, blocked)
    }

    private static func summary(taken: Int, ended: [(RunID, RunStatus)], paused: Int, blocked: Int) -> String {
        guard taken > 0 else { return "nothing was left to drive" }
        let words = RunStatus.allCases.compactMap { status -> String? in
            let number = ended.count { $0.1 == status }
            return number > 0 ? "\(number) \(status.rawValue)" : nil
        }
        let others = (paused > 0 ? ["\(paused) paused"] : []) + (blocked > 0 ? ["\(blocked) cannot go on"] : [])
        return "\(SagaCLI.runs(taken)) taken up: " + (words + others).joined(separator: ", ")
    }

    private static func rows(
        _ host: Host, ended: [(RunID, RunStatus)], blocked: [(RunID, String)]
    ) throws(Failure) -> [JSONValue] {
        var runs: [JSONValue] = []
        for (id, _) in ended + blocked.map({ ($0.0, .running) }) {
            let row = try storing { () throws(StoreError) in
                try host.store.find(id).flatMap { key throws(StoreError) in try host.store.load(key) }?.row
            }
            if let row { runs.append(.object(row.summary)) }
        }
        return runs
    }
}

/// Collects how the runs end, and tells of the ones an operator should know.
final class ResumeProgress: RunObserver {
    private let state = Monitor((ended: [(RunID, RunStatus)](), blocked: [(RunID, String)]()))
    private let isQuiet: Bool

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    var ended: [(RunID, RunStatus)] { state.withLock { $0.ended } }
    var blocked: [(RunID, String)] { state.withLock { $0.blocked } }

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {}

    func run(_ id: RunID, isBlocked reason: String) { state.withLock { $0.blocked.append((id, reason)) } }

    func runEnded(_ id: RunID, _ status: RunStatus) {
        state.withLock { $0.ended.append((id, status)) }
        if !isQuiet { Terminal.say("run \(id) \(status.rawValue)") }
    }
}
