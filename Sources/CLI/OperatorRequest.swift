internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// A wish for one run: noted in its row, then heard by the host that drives it, or carried out here where none does.
struct OperatorRequest {
    /// The beginning or the end of a run's id.
    let run: String
    let options: GlobalOptions

    /// What is a success: the exit code is 0.
    enum Aim {
        /// That the run completes.
        case completion
        /// The wish itself, however the run ends.
        case wish
        /// That the run completes, or is paused.
        case orPause
    }

    /// - Parameter ask: notes the wish, or throws why not; the answer is the run that goes on.
    func make(_ aim: Aim = .completion, _ ask: (RunDesk, RunKey, Timestamp) throws -> RunKey) throws {
        let wiring = Wiring(options)
        let (asked, _) = try RunChoice.find(run, try wiring.existingStore())
        let progress = RunProgress(clock: wiring.clock, isQuiet: options.output != .table)
        let host = try wiring.host(observer: progress)
        let key = try deskwise(leaving: host) {
            try ask(RunDesk(host.store, catalog: host.catalog), asked, wiring.clock.now)
        }
        let isOurs = try carryThrough(key, host)
        let result = try RunResult(key, store: host.store, catalog: host.catalog, wiring: wiring)
        let isDrawn = isOurs && options.output == .table && Terminal.isInteractive
        guard !Self.isReached(aim, result.view.row) else {
            if !isDrawn { result.show() }
            return
        }
        try result.finish(drawn: isDrawn, blocked: progress.blockedReason(of: result.view.row.id))
    }

    private static func isReached(_ aim: Aim, _ row: RunRow) -> Bool {
        switch aim {
        case .completion: false
        case .wish: row.status.isEnded
        case .orPause: row.paused != nil
        }
    }

    /// Drives the run, or waits while another host does. One that set it aside while the wish was being noted leaves it to
    /// whoever takes it up.
    ///
    /// - Returns: whether it was driven here.
    private func carryThrough(_ key: RunKey, _ host: Host) throws -> Bool {
        repeat {
            guard try !storing({ () throws(StoreError) in try host.takeOver(key) }) else {
                try storing { () throws(StoreError) in try host.finish() }
                return true
            }
        } while try Self.waitsForHost(key, host.store)
        host.leave()
        return false
    }

    /// Waits until the run has ended, or stands still: true where it stands still because nobody drives it.
    private static func waitsForHost(_ key: RunKey, _ store: SQLRunStore) throws(Failure) -> Bool {
        while let row = try storing({ () throws(StoreError) in try store.row(key) }),
            !row.status.isEnded, row.blocked == nil
        {
            if try storing({ () throws(StoreError) in try store.driver(of: key) }) == nil { return true }
            usleep(200_000)
        }
        return false
    }

    /// The server that is to be asked; nil: the wish is for a run of this machine.
    func server() throws(Failure) -> ServerConnection? { try Wiring(options).server() }

    /// Asks a server, and follows the run that goes on to its end.
    func make(
        _ server: ServerConnection, _ aim: Aim = .completion,
        _ ask: (ServerRuns, RunID) throws -> ServerRequest
    ) throws {
        let runs = ServerRuns(server, SystemClock())
        let asked = try runs.find(run)
        let answer = try server.get(try ask(runs, asked))
        let id = answer["run_id"]?.stringValue.flatMap { RunID($0) } ?? asked
        if case .completion = aim { return try runs.followToEnd(id, isQuiet: options.output != .table) }
        try runs.follow(id, RunProgress(clock: SystemClock(), isQuiet: options.output != .table))
        let result = try runs.result(id)
        if Self.isReached(aim, result.view.row) { result.show() } else { try result.finish(drawn: false, blocked: nil) }
    }

    private func deskwise<Value>(leaving host: Host, _ body: () throws -> Value) throws -> Value {
        do {
            return try Self.deskwise(body)
        } catch {
            host.leave()
            throw error
        }
    }

    /// What the desk says, in the words of a command's failure.
    static func deskwise<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let refusal as RunRefusal {
            throw Failure(refusal)
        } catch let error as StoreError {
            throw Failure(error)
        }
    }

    /// Another arcadia drives the run: wait until it has ended there.
    static func follow(_ key: RunKey, _ store: SQLRunStore) throws(Failure) {
        while let stored = try storing({ () throws(StoreError) in try store.load(key) }),
            !stored.row.status.isEnded, stored.row.blocked == nil
        {
            usleep(200_000)
        }
    }
}
