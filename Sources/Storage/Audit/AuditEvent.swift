public import SagaCore

/// A row of the log.
public struct AuditEvent: Sendable, Hashable {
    /// From 1, in the order they happened.
    public let event: Int64
    public let at: Timestamp
    public let actor: String
    public let role: String?
    public let tenant: String?
    /// cli, api, page
    public let origin: String
    public let address: String?
    public let action: String
    public let target: String?
    public let requestID: String?
    /// done, denied, failed
    public let outcome: String
    public let reason: String?
    public let beforeHash: String?
    public let afterHash: String?
    public let hash: String

    /// - Parameter row: `AuditRow.columns`, then the hash.
    init(_ row: any Row) {
        event = row.int(0) ?? 0
        at = row.moment(1) ?? Timestamp(milliseconds: 0)
        actor = row.text(2) ?? ""
        (role, tenant) = (row.text(3), row.text(4))
        (origin, address) = (row.text(5) ?? "", row.text(6))
        action = row.text(7) ?? ""
        (target, requestID) = (row.text(8), row.text(9))
        (outcome, reason) = (row.text(10) ?? "", row.text(11))
        (beforeHash, afterHash) = (row.text(12), row.text(13))
        hash = row.text(14) ?? ""
    }

    /// `{event, at, actor, role, tenant, origin, address, action, target, request_id, outcome, reason, before_hash,
    /// after_hash, hash}`
    public var json: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        return [
            "event": .int(event), "at": .string(at.description), "actor": .string(actor), "role": text(role),
            "tenant": text(tenant), "origin": .string(origin), "address": text(address), "action": .string(action),
            "target": text(target), "request_id": text(requestID), "outcome": .string(outcome),
            "reason": text(reason), "before_hash": text(beforeHash), "after_hash": text(afterHash),
            "hash": .string(hash),
        ]
    }
}

/// Which rows of the log.
public struct AuditFilter: Sendable, Hashable {
    public var actor: String?
    /// `run.cancel`, or `run` for everything done to runs.
    public var action: String?
    public var target: String?
    public var tenant: String?
    public var outcome: AuditEntry.Outcome?
    /// Only older ones: the number of the last event of the page before.
    public var before: Int64?
    public var limit = 50

    public init() {}

    private func parts(in scope: Scope) -> [(condition: String, value: SQLValue)] {
        var parts: [(String, SQLValue)] = []
        if case .tenant(let own) = scope.reach { parts.append(("tenant = ?", .text(own))) }
        if let actor { parts.append(("actor = ?", .text(actor))) }
        if let action {
            // The bytes between `run.` and `run/` are all that begins with `run.`; no pattern has to be escaped.
            parts.append(action.contains(".") ? ("action = ?", .text(action)) : ("action > ?", .text(action + ".")))
            if !action.contains(".") { parts.append(("action < ?", .text(action + "/"))) }
        }
        if let target { parts.append(("target = ?", .text(target))) }
        if let tenant { parts.append(("tenant = ?", .text(tenant))) }
        if let outcome { parts.append(("outcome = ?", .text(outcome.rawValue))) }
        if let before { parts.append(("event < ?", .int(before))) }
        return parts
    }

    func condition(in scope: Scope) -> String {
        let parts = parts(in: scope)
        return parts.isEmpty ? "" : "WHERE " + parts.map(\.condition).joined(separator: " AND ")
    }
    func values(in scope: Scope) -> [SQLValue] { parts(in: scope).map(\.value) }
}
