internal import Identity
internal import SagaCore
internal import Storage

/// Who did what. Who is of a tenant sees what was done by those of it.
struct AuditAPI: Sendable {
    let context: ServerContext

    var handlers: [String: API.Handler] { ["listAudit": list] }

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        var filter = AuditFilter()
        (filter.actor, filter.action, filter.target) = (call.text("actor"), call.text("action"), call.text("target"))
        filter.tenant = call.text("tenant")
        filter.outcome = call.text("outcome").flatMap(AuditEntry.Outcome.init(rawValue:))
        filter.before = try call.text("cursor").map(Self.place)
        // One more than is shown says whether there is another page.
        filter.limit = call.limit + 1
        let found = try AuditLog(context.database).list(filter, in: call.scope)
        let page = found.prefix(call.limit)
        let next = found.count > page.count ? page.last.map { JSONValue.string("before.\($0.event)") } : nil
        return .json(["events": .array(page.map(\.json)), "next": next ?? .null])
    }

    private static func place(_ cursor: String) throws -> Int64 {
        guard cursor.hasPrefix("before."), let event = Int64(cursor.dropFirst(7)), event > 0 else {
            throw APIProblem(
                400, "request.cursor", "`cursor` is no place in this list; expected what `next` of the page before says"
            )
        }
        return event
    }
}
