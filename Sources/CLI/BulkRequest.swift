internal import PluginHost
internal import SagaCore
internal import Storage

/// One verb for many runs: looked at, agreed to, then asked of each.
struct BulkRequest {
    let verb: BulkVerb
    let filter: BulkFilter
    let reason: String
    /// Nobody is asked.
    let isAgreed: Bool
    let options: GlobalOptions

    private static let mostShown = 5

    func run(_ isDryRun: Bool) throws {
        let wiring = Wiring(options)
        let server = try wiring.server()
        let preview = try server.map { try ask($0, ["dry_run": true]) } ?? previewHere(wiring)
        if isDryRun { return show(preview) }
        let count = Int(preview["count"]?.intValue ?? 0)
        guard count > 0 else { return show(preview) }
        try agree(preview, count)
        let report =
            try server.map { try ask($0, ["reason": .string(reason), "expect_count": .int(Int64(count))]) }
            ?? carryOutHere(wiring, count)
        show(report)
        let refused = report["refused"]?.intValue ?? 0
        guard refused > 0 else { return }
        var failure = Failure("runs.refused", "\(refused) of \(SagaCLI.runs(count)) refused", exit: .unavailable)
        failure.isAfterResult = true
        throw failure
    }

    // MARK: - Asking a person

    /// - Throws: where nobody says yes.
    private func agree(_ preview: JSONValue, _ count: Int) throws(Failure) {
        guard !isAgreed else { return }
        for row in preview.rows("runs").prefix(Self.mostShown) {
            Terminal.say("  \(row.shown("run_id"))  \(row.shown("saga"))  \(row.shown("status"))")
        }
        if count > Self.mostShown { Terminal.say("  … and \(count - Self.mostShown) more") }
        switch Terminal.confirm("\(verb.rawValue) \(SagaCLI.runs(count))?") {
        case true?: return
        case false?: throw Failure("runs.declined", "nothing was done", exit: .rolledBack)
        case nil:
            throw Failure(
                "runs.not_confirmed",
                "\(SagaCLI.runs(count)) would be meant, and there is nobody to ask: stdin is no terminal",
                hint: "`--yes` does not ask; `--dry-run` shows what would become of each", exit: .usage)
        }
    }

    // MARK: - Here

    private func order() -> BulkOrder { BulkOrder(verb, filter.filter, reason: reason) }

    private func previewHere(_ wiring: Wiring) throws -> JSONValue {
        guard let store = try wiring.existingStore() else {
            return BulkReport(verb: verb, isDryRun: true, entries: []).json
        }
        let desk = RunDesk(store, catalog: try wiring.catalog(store))
        return try Self.bulkwise { try desk.preview(order(), at: wiring.clock.now) }.json
    }

    /// Notes every wish, and drives the runs that nobody drives.
    private func carryOutHere(_ wiring: Wiring, _ count: Int) throws -> JSONValue {
        let host = try wiring.host(observer: ResumeProgress(isQuiet: options.output != .table))
        let desk = RunDesk(host.store, catalog: host.catalog)
        let report: BulkReport
        do {
            report = try Self.bulkwise {
                try desk.carryOut(
                    order(), expecting: count, at: wiring.clock.now,
                    witness: wiring.witness(verb.action, reason: reason)
                ) { key in _ = try host.takeOver(key) }
            }
        } catch {
            host.leave()
            throw error
        }
        try storing { () throws(StoreError) in try host.finish() }
        return report.json
    }

    private static func bulkwise<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try OperatorRequest.deskwise(body)
        } catch let refusal as BulkRefusal {
            throw Failure(refusal.code, refusal.message, hint: refusal.hint, exit: .unavailable)
        }
    }

    // MARK: - Of a server

    private func ask(_ server: ServerConnection, _ more: JSONObject) throws -> JSONValue {
        var body: JSONObject = ["verb": .string(verb.rawValue), "filter": .object(filter.json)]
        body.merge(more)
        return try server.get(.post("runs", "bulk", body: body))
    }

    // MARK: - Showing

    private func show(_ report: JSONValue) {
        guard options.output == .table else { return Terminal.print(json: report) }
        let rows = report.rows("runs")
        let isDryRun = report["dry_run"]?.boolValue ?? false
        guard !rows.isEmpty else { return Terminal.print("no run fits: nothing to \(verb.rawValue)") }
        var table = TextTable("RUN", "SAGA", "STATUS", "WHAT")
        for row in rows where isDryRun || row["outcome"] == "refused" {
            let sentence = row["outcome"] == "refused" ? "refused: \(row.shown("message"))" : row.shown("message")
            table.add(row.shown("run_id"), row.shown("saga"), row.shown("status"), sentence)
        }
        let refused = Int(report["refused"]?.intValue ?? 0)
        if isDryRun || refused > 0 { table.print() }
        let done = isDryRun ? "\(rows.count - refused) would \(verb.rawValue)" : "\(rows.count - refused) done"
        Terminal.print("\(SagaCLI.runs(rows.count)): \(done), \(refused) refused")
    }
}
