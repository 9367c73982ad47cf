internal import PluginHost
internal import SagaCore
internal import Storage

/// One verb for one run: only looked at, or asked for, here or of a server.
struct VerbOrder {
    /// The beginning or the end of a run's id.
    let run: String
    let reason: String
    let isDryRun: Bool
    let options: GlobalOptions

    /// - Parameters:
    ///   - ask: what is asked, of the run as it is.
    ///   - note: notes the wish, or throws why not; the answer is the run that goes on.
    func carryOut(
        _ aim: OperatorRequest.Aim, _ ask: (RunView) throws -> RunAsk,
        note: (RunDesk, RunKey, Timestamp, RunAsk) throws -> RunKey
    ) throws {
        if isDryRun { return try rehearse(ask) }
        let request = OperatorRequest(run: run, options: options)
        if let server = try request.server() {
            return try request.make(server, aim) { runs, id in
                try ask(runs.result(id).view).request(id, body: ["reason": .string(reason)])
            }
        }
        try request.make(aim) { desk, key, now in try note(desk, key, now, try ask(desk.view(key))) }
    }

    /// It reads: no host, no plugin, nothing noted.
    func rehearse(_ ask: (RunView) throws -> RunAsk) throws {
        let wiring = Wiring(options)
        let preview = try wiring.server().map { try there(ServerRuns($0, wiring.clock), ask) } ?? here(wiring, ask)
        guard options.output == .table else { return Terminal.print(json: preview) }
        Terminal.print(sentence: preview.shown("message"))
        var table = TextTable("STEP", "WHAT")
        for entry in preview.rows("would") { table.add(entry.shown("step_id"), entry.shown("message")) }
        if !preview.rows("would").isEmpty { table.print() }
    }

    private func here(_ wiring: Wiring, _ ask: (RunView) throws -> RunAsk) throws -> JSONValue {
        let store = try wiring.existingStore()
        let (key, _) = try RunChoice.find(run, store)
        let desk = RunDesk(store!, catalog: try wiring.catalog(store), expressions: wiring.expressions)
        return try OperatorRequest.deskwise {
            try desk.preview(try ask(try desk.view(key)), of: key, at: wiring.clock.now)
        }.json
    }

    private func there(_ runs: ServerRuns, _ ask: (RunView) throws -> RunAsk) throws -> JSONValue {
        let id = try runs.find(run)
        return try runs.server.get(try ask(runs.result(id).view).request(id, body: ["dry_run": true]))
    }
}

extension RunAsk {
    /// As the API takes it.
    func request(_ id: RunID, body: JSONObject) -> ServerRequest {
        var (path, body) = (["runs", id.description, verb.rawValue], body)
        switch self {
        case .cancel, .abandon, .pause, .resume: break
        case .skip(let step), .mark(let step): path.insert(contentsOf: ["steps", step], at: 2)
        case .retry(let step, let inputs):
            body["from_step"] = step.map(JSONValue.string)
            body["inputs"] = inputs
        case .fork(let step, let inputs):
            body["from_step"] = .string(step)
            body["inputs"] = inputs
        }
        return ServerRequest(method: "POST", path: path, body: body)
    }
}
