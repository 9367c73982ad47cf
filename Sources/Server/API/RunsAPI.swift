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
            "listRunJournal": journal, "pauseRun": pause, "resumeRun": resume, "skipStep": skip, "forkRun": fork,
            "bulkRuns": bulk,
        ]
    }

    var desk: RunDesk { RunDesk(context.store, catalog: context.catalog, expressions: context.expressions) }

    // MARK: - Looking

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        var filter = RunFilter(
            statuses: call.texts("status").compactMap(RunStatus.init(rawValue:)), saga: call.text("saga"),
            isPaused: call["paused"]?.boolValue, text: call.text("q"), tenant: call.scope.tenant)
        filter.since = try Self.moment("since", call.text("since"), call)
        filter.olderThan = try Self.moment("older_than", call.text("older_than"), call)
        return .written(try context.store.listText(filter, cursor: call.text("cursor"), limit: call.limit))
    }

    static func moment(_ name: String, _ text: String?, _ call: APICall) throws(APIProblem) -> Timestamp? {
        guard let text else { return nil }
        if let moment = Timestamp(since: text, now: call.now) { return moment }
        throw APIProblem(400, "request.parameter", "`\(name)` is \"\(text)\", which is no moment that ever was")
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
        try rehearsed(call, .cancel) { key in
            try desk.cancel(key, reason: call.reason, witness: context.witness(call, .runCancel))
            return key
        }
    }

    @Sendable private func retry(_ call: APICall) throws -> APIAnswer {
        let (step, inputs) = (call.body?["from_step"]?.stringValue, call.body?["inputs"])
        return try rehearsed(call, .retry(fromStep: step, inputs: inputs)) { key in
            try desk.retry(
                key, fromStep: step, inputs: inputs, reason: call.reason, by: call.identity.subject, at: call.now,
                witness: context.witness(call, .runRetry))
        }
    }

    @Sendable private func signal(_ call: APICall) throws -> APIAnswer {
        let key = try find(call)
        let signal = Signal(
            name: call.body?["name"]?.stringValue ?? "", data: call.body?["data"], by: call.identity.subject,
            role: call.identity.role.rawValue, reason: call.reason)
        try desk.send(signal, to: key, at: call.now, witness: context.witness(call, .runSignal))
        return try carryOut(key)
    }

    @Sendable private func mark(_ call: APICall) throws -> APIAnswer {
        let step = call.text("step") ?? ""
        return try rehearsed(call, .mark(step: step)) { key in
            try desk.markCompensated(
                key, step: step, reason: call.reason, at: call.now, witness: context.witness(call, .runMark))
            return key
        }
    }

    @Sendable private func abandon(_ call: APICall) throws -> APIAnswer {
        try rehearsed(call, .abandon) { key in
            try desk.abandon(key, reason: call.reason, witness: context.witness(call, .runAbandon))
            return key
        }
    }

    @Sendable private func pause(_ call: APICall) throws -> APIAnswer {
        try rehearsed(call, .pause) { key in
            try desk.pause(key, reason: call.reason, witness: context.witness(call, .runPause))
            return key
        }
    }

    @Sendable private func resume(_ call: APICall) throws -> APIAnswer {
        try rehearsed(call, .resume) { key in
            try desk.resume(key, reason: call.reason, witness: context.witness(call, .runResume))
            return key
        }
    }

    @Sendable private func skip(_ call: APICall) throws -> APIAnswer {
        let step = call.text("step") ?? ""
        return try rehearsed(call, .skip(step: step)) { key in
            try desk.skip(
                key, step: step, reason: call.reason, at: call.now, witness: context.witness(call, .runSkip))
            return key
        }
    }

    @Sendable private func fork(_ call: APICall) throws -> APIAnswer {
        let (step, inputs) = (call.body?["from_step"]?.stringValue ?? "", call.body?["inputs"])
        return try rehearsed(call, .fork(fromStep: step, inputs: inputs)) { key in
            try desk.fork(
                key, fromStep: step, inputs: inputs, by: call.identity.subject, at: call.now,
                witness: context.witness(call, .runFork))
        }
    }

    /// With `dry_run` only what it would come to.
    ///
    /// - Parameter note: the answer is the run that goes on.
    private func rehearsed(_ call: APICall, _ ask: RunAsk, _ note: (RunKey) throws -> RunKey) throws -> APIAnswer {
        let key = try find(call)
        if call.body?["dry_run"] == true { return .json(try desk.preview(ask, of: key, at: call.now).json) }
        return try carryOut(try note(key))
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
