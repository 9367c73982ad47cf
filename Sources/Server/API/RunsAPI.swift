internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// Runs: made, looked at, and what people ask of them.
struct RunsAPI: Sendable {
    let context: ServerContext
    let definitions: DefinitionsAPI

    var handlers: [String: API.Handler] {
        [
            "listRuns": list, "submitRun": submit, "getRun": show, "cancelRun": cancel, "retryRun": retry,
            "signalRun": signal, "listRunSteps": steps, "markCompensated": mark, "abandonRun": abandon,
            "listRunJournal": journal,
        ]
    }

    private var desk: RunDesk { RunDesk(context.store, catalog: context.catalog) }

    // MARK: - Looking

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        var filter = RunFilter(
            statuses: call.texts("status").compactMap(RunStatus.init(rawValue:)), saga: call.text("saga"),
            text: call.text("q"), tenant: call.scope.tenant)
        if let since = call.text("since") {
            guard let moment = Timestamp(since: since, now: call.now) else {
                throw APIProblem(400, "request.parameter", "`since` is \"\(since)\", which is no moment that ever was")
            }
            filter.since = moment
        }
        return .written(try context.store.listText(filter, cursor: call.text("cursor"), limit: call.limit))
    }

    @Sendable private func show(_ call: APICall) throws -> APIAnswer { .json(try desk.view(find(call)).json) }

    @Sendable private func steps(_ call: APICall) throws -> APIAnswer {
        let view = try desk.view(find(call)).json
        return .json(["steps": view["steps"] ?? []])
    }

    @Sendable private func journal(_ call: APICall) throws -> APIAnswer {
        let key = try find(call)
        let page = try context.store.journal(of: key, cursor: call.text("cursor"), limit: call.limit)
        let labels = try desk.view(key).saga?.labels ?? StepLabels([])
        return .json([
            "events": .array(page.items.map { $0.json(labels: labels) }),
            "next": page.next.map(JSONValue.string) ?? .null,
        ])
    }

    /// The run of the path; one that lies outside the scope is not there.
    func find(_ call: APICall) throws -> RunKey {
        let text = call.text("id") ?? ""
        guard let id = RunID(text), let key = try context.store.find(id),
            let row = try context.store.row(key), call.scope.includes(tenant: row.tenant)
        else { throw RunRefusal(unknown: text) }
        return key
    }

    private func summary(_ key: RunKey, status: Int) throws -> APIAnswer {
        guard let row = try context.store.row(key) else { throw RunRefusal(unknown: "\(key.number)") }
        var answer = APIAnswer.json(.object(row.summary), status: status)
        answer.headers["Location"] = "/api/v1/runs/\(row.id)"
        return answer
    }

    // MARK: - Making

    @Sendable private func submit(_ call: APICall) throws -> APIAnswer {
        let (saga, inputs) = try definitions.prepared(call)
        var random = SystemRandomNumberGenerator()
        let new = NewRun(
            id: RunID(at: call.now, using: &random), saga: saga, inputs: inputs,
            idempotencyKey: call.text("Idempotency-Key").map { Self.ownKey($0, call) }, tenant: call.scope.tenant,
            submittedBy: call.identity.subject,
            images: RunImages(uses: context.catalog.images(of: saga.plugins)), createdAt: call.now)
        guard let key = try make(new, call) else { return try existing(new, given: call.text("Idempotency-Key") ?? "") }
        context.begin(key)
        return try summary(key, status: 201)
    }

    /// Nil: there is a run with this idempotency key.
    private func make(_ new: NewRun, _ call: APICall) throws -> RunKey? {
        do {
            return try context.store.create(new, witness: context.witness(call, .runSubmit))
        } catch let error where error.code == "duplicate_key" {
            return nil
        }
    }

    /// Two tenants may use one key for two things. A key has no space in it, so no two tenants' keys are one.
    private static func ownKey(_ given: String, _ call: APICall) -> String {
        call.scope.tenant.map { "\($0) \(given)" } ?? given
    }

    private func existing(_ new: NewRun, given: String) throws -> APIAnswer {
        guard let key = try context.store.find(idempotencyKey: new.idempotencyKey ?? ""),
            let row = try context.store.row(key)
        else { throw APIProblem(409, "run.gone", "the run with this idempotency key is gone") }
        guard row.definitionHash == new.definitionHash, row.inputs.sameJSON(as: new.inputs) else {
            throw APIProblem(
                409, "run.key_reused",
                "the idempotency key \"\(given)\" belongs to run \(row.id), which has another definition or other inputs",
                hint: "use another key, or `arcadia runs show \(row.id)`")
        }
        return try summary(key, status: 200)
    }

    // MARK: - Asking

    @Sendable private func cancel(_ call: APICall) throws -> APIAnswer {
        let key = try find(call)
        if call.body?["dry_run"] == true { return .json(try desk.previewCancel(key, at: call.now).json) }
        try desk.cancel(key, reason: call.reason, witness: context.witness(call, .runCancel))
        return try carryOut(key)
    }

    @Sendable private func retry(_ call: APICall) throws -> APIAnswer {
        let key = try desk.retry(
            find(call), fromStep: call.body?["from_step"]?.stringValue, inputs: call.body?["inputs"],
            reason: call.reason, by: call.identity.subject, at: call.now, witness: context.witness(call, .runRetry))
        return try carryOut(key)
    }

    @Sendable private func signal(_ call: APICall) throws -> APIAnswer {
        let key = try find(call)
        let signal = Signal(
            name: call.body?["name"]?.stringValue ?? "", data: call.body?["data"], by: call.identity.subject,
            reason: call.reason)
        try desk.send(signal, to: key, at: call.now, witness: context.witness(call, .runSignal))
        return try carryOut(key)
    }

    @Sendable private func mark(_ call: APICall) throws -> APIAnswer {
        let key = try find(call)
        try desk.markCompensated(
            key, step: call.text("step") ?? "", reason: call.reason, at: call.now,
            witness: context.witness(call, .runMark))
        return try carryOut(key)
    }

    @Sendable private func abandon(_ call: APICall) throws -> APIAnswer {
        let key = try find(call)
        try desk.abandon(key, reason: call.reason, witness: context.witness(call, .runAbandon))
        return try carryOut(key)
    }

    /// The wish is in the run's row: whoever drives it hears of it, and a run that nobody drives is taken up here.
    private func carryOut(_ key: RunKey) throws -> APIAnswer {
        _ = try context.drive(key)
        return try summary(key, status: 202)
    }
}

extension Scope {
    /// Nil: everything.
    var tenant: String? {
        if case .tenant(let tenant) = reach { tenant } else { nil }
    }
}
