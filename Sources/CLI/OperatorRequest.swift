internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// A wish for one run: noted in its row, then heard by the host that drives it, or carried out here where none does.
struct OperatorRequest {
    /// The beginning or the end of a run's id.
    let run: String
    let options: GlobalOptions

    /// - Parameters:
    ///   - isResult: the wish itself is what was wanted, however the run ends: the exit code is 0.
    ///   - ask: notes the wish, or throws why not; the answer is the run that goes on.
    func make(isResult: Bool = false, _ ask: (RunDesk, RunKey, Timestamp) throws -> RunKey) throws {
        let wiring = Wiring(options)
        let (asked, _) = try RunChoice.find(run, try wiring.existingStore())
        let progress = RunProgress(clock: wiring.clock, isQuiet: options.output != .table)
        let host = try wiring.host(observer: progress)
        let key = try deskwise(leaving: host) {
            try ask(RunDesk(host.store, catalog: host.catalog), asked, wiring.clock.now)
        }
        let isOurs = try storing { () throws(StoreError) in try host.takeOver(key) }
        if isOurs {
            try storing { () throws(StoreError) in try host.finish() }
        } else {
            host.leave()
            try Self.follow(key, host.store)
        }
        let result = try RunResult(key, store: host.store, catalog: host.catalog, wiring: wiring)
        let isDrawn = isOurs && options.output == .table && Terminal.isInteractive
        guard !isResult || !result.view.row.status.isEnded else {
            if !isDrawn { result.show() }
            return
        }
        try result.finish(drawn: isDrawn, blocked: progress.blockedReason(of: result.view.row.id))
    }

    /// The server that is to be asked; nil: the wish is for a run of this machine.
    func server() throws(Failure) -> ServerConnection? { try Wiring(options).server() }

    /// Asks a server, and follows the run that goes on to its end.
    func make(
        _ server: ServerConnection, isResult: Bool = false,
        _ ask: (ServerRuns, RunID) throws -> ServerRequest
    ) throws {
        let runs = ServerRuns(server, SystemClock())
        let asked = try runs.find(run)
        let answer = try server.get(try ask(runs, asked))
        let id = answer["run_id"]?.stringValue.flatMap { RunID($0) } ?? asked
        guard isResult else { return try runs.followToEnd(id, isQuiet: options.output != .table) }
        try runs.follow(id, RunProgress(clock: SystemClock(), isQuiet: options.output != .table))
        let result = try runs.result(id)
        if result.view.row.status.isEnded { result.show() } else { try result.finish(drawn: false, blocked: nil) }
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

/// A cancel that is only looked at. It reads: no host, no plugin, nothing noted.
struct CancelRehearsal {
    let run: String
    let options: GlobalOptions

    func show() throws {
        let wiring = Wiring(options)
        let preview = try wiring.server().map { try there(ServerRuns($0, wiring.clock)) } ?? here(wiring)
        guard options.output == .table else { return Terminal.print(json: preview) }
        Terminal.print(preview.shown("message"))
        for entry in preview.rows("would") { Terminal.print("  \(entry.shown("step_id"))  \(entry.shown("message"))") }
    }

    private func here(_ wiring: Wiring) throws -> JSONValue {
        let store = try wiring.existingStore()
        let (key, _) = try RunChoice.find(run, store)
        let desk = RunDesk(store!, catalog: try wiring.catalog(store))
        return try OperatorRequest.deskwise { try desk.previewCancel(key, at: wiring.clock.now) }.json
    }

    private func there(_ runs: ServerRuns) throws -> JSONValue {
        let id = try runs.find(run)
        return try runs.server.get(.post("runs", id.description, "cancel", body: ["dry_run": true]))
    }
}
