internal import CloudControl
internal import Identity
internal import SagaCore
internal import Storage

/// Where the account is not as it was asked to be, and what is decided about it.
///
/// Who is of a tenant sees and decides the drift of its resources only.
struct DriftAPI: Sendable {
    let context: ServerContext

    var handlers: [String: API.Handler] {
        ["listDrift": list, "getDrift": show, "acceptDrift": accept, "revertDrift": revert, "ignoreDrift": ignore]
    }

    private var drift: Drift { context.drift }

    private func number(_ call: APICall) -> Int64 { call.number("id") ?? 0 }

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        var filter = DriftFilter()
        filter.status = call.text("status").flatMap(DriftRow.Status.init(rawValue:))
        (filter.resource, filter.field, filter.project) = (
            call.text("resource"), call.text("field"), call.text("project")
        )
        (filter.limit, filter.cursor) = (call.limit, call.text("cursor"))
        do {
            guard case .object(var page) = try drift.page(filter, in: call.scope).json else { return .json(.null) }
            let warnings = try Inventory(context.database).warnings(of: context.provider)
            page["warnings"] = .array(warnings.map(JSONValue.string))
            return .json(.object(page))
        } catch let refusal as InventoryRefusal {
            // In a filter it is the request that is off, not the address.
            throw APIProblem(400, refusal.code, refusal.message, hint: refusal.hint)
        }
    }

    @Sendable private func show(_ call: APICall) throws -> APIAnswer {
        let view = try drift.show(number(call), in: call.scope)
        let plan = try? drift.plan(number(call), repairs: context.repairs, in: call.scope)
        return .json(view.json(isRepairable: plan != nil))
    }

    @Sendable private func accept(_ call: APICall) throws -> APIAnswer {
        let row = try drift.accept(
            number(call), in: call.scope, by: call.identity.subject, reason: call.reason, at: call.now,
            witness: context.witness(call, .driftAccept))
        return .json(row.json)
    }

    // MARK: - Revert

    @Sendable private func revert(_ call: APICall) throws -> APIAnswer {
        let plan = try drift.plan(number(call), repairs: context.repairs, in: call.scope)
        guard let saga = DefinitionCheck(plan.definition.text, catalog: context.catalog).saga else {
            throw APIProblem(
                409, "drift.no_repair", "\(plan.operation) is not there to mend it with",
                hint: "`arcadia plugins show \(plan.operation)`")
        }
        if call.body?["dry_run"]?.boolValue == true { return .json(plan.json) }
        return try revert(call, by: saga, of: plan.tenant)
    }

    /// The drift names the run before there is one: so no run is made that nobody answers for, and a run that could not be
    /// made counts as ended.
    private func revert(_ call: APICall, by saga: Saga, of tenant: String?) throws -> APIAnswer {
        var random = SystemRandomNumberGenerator()
        let id = RunID(at: call.now, using: &random)
        let row = try drift.markReverting(
            number(call), in: call.scope, runID: id.description, reason: call.reason,
            witness: context.witness(call, .driftRevert))
        let new = NewRun(
            id: id, saga: saga, inputs: [:], tenant: tenant, submittedBy: call.identity.subject, createdAt: call.now)
        _ = try context.drive(try make(new))
        var answer = APIAnswer.json(row.json, status: 202)
        answer.headers["Location"] = "/api/v1/runs/\(id)"
        return answer
    }

    private func make(_ run: NewRun) throws -> RunKey {
        do {
            return try context.store.writeAndWait(.create(run, drivenByUs: false))
        } catch {
            // If that cannot be written either, the next comparison sees it.
            try? drift.revertFailed(runID: run.id.description)
            throw error
        }
    }

    // MARK: - Ignore

    @Sendable private func ignore(_ call: APICall) throws -> APIAnswer {
        let row = try drift.show(number(call), in: call.scope).drift
        let isEverywhere = call.body?["everywhere"]?.boolValue ?? false
        let days = call.body?["days"]?.intValue ?? 30
        let rule = try drift.ignore(
            field: call.body?["field"]?.stringValue ?? row.field, resource: isEverywhere ? nil : row.resourceID,
            in: call.scope, reason: call.reason, by: call.identity.subject, until: call.now + days * 86_400_000,
            at: call.now, witness: context.witness(call, .driftIgnore))
        return .json(rule.json)
    }
}
