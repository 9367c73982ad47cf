internal import Identity
internal import SagaCore
internal import Storage

/// One verb for many runs.
extension RunsAPI {
    @Sendable func bulk(_ call: APICall) throws -> APIAnswer {
        guard let verb = call.body?["verb"]?.stringValue.flatMap(BulkVerb.init(rawValue:)) else {
            throw APIProblem(422, "request.body", "`verb` is none of those for many runs")
        }
        // The document's permission is that of the other verbs.
        if verb == .abandon { try Doorkeeper.require(.settleRuns, of: call.identity) }
        let order = BulkOrder(verb, try filter(call), reason: call.reason)
        if call.body?["dry_run"] == true { return .json(try desk.preview(order, at: call.now).json) }
        let report = try desk.carryOut(
            order, expecting: call.body?["expect_count"]?.intValue.map(Int.init), at: call.now,
            witness: context.witness(call, verb.action)
        ) { key in _ = try context.drive(key) }
        return .json(report.json)
    }

    private func filter(_ call: APICall) throws -> RunFilter {
        let given = call.body?["filter"]
        let statuses = given?["status"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return RunFilter(
            statuses: statuses.compactMap(RunStatus.init(rawValue:)), saga: given?["saga"]?.stringValue,
            since: try Self.moment("since", given?["since"]?.stringValue, call),
            olderThan: try Self.moment("older_than", given?["older_than"]?.stringValue, call),
            isPaused: given?["paused"]?.boolValue, text: given?["q"]?.stringValue, tenant: call.scope.tenant)
    }
}
