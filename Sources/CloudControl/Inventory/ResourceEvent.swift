public import SagaCore
internal import Storage

/// Something that happened to a resource.
public struct ResourceEvent: Sendable, Hashable {
    /// `tagged`: its tags changed and nothing else that means something did; `updated`: anything else did.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case discovered, updated, deleted, restored, tagged
        case driftDetected = "drift_detected"
    }

    /// Rising with time, over all resources.
    public let eventID: Int64
    public let resourceID: String
    public let kind: Kind
    /// The fields that changed, as they were; nil: it was not there.
    public let before: JSONValue?
    /// As they are since.
    public let after: JSONValue?
    /// See `EventSource`.
    public let source: String
    public let at: Timestamp

    /// `{event_id, resource_id, kind, before, after, source, at}`
    public var json: JSONValue {
        [
            "event_id": .int(eventID), "resource_id": .string(resourceID), "kind": .string(kind.rawValue),
            "before": before ?? .null, "after": after ?? .null, "source": .string(source),
            "at": .string(at.description),
        ]
    }

    static let columns = "e.event, r.resource_id, e.kind, e.before, e.after, e.source, e.at"
    static let tables = "cloud_resource_events e JOIN cloud_resources r ON r.resource = e.resource"

    /// - Parameter row: `columns`.
    init(_ row: any Row) throws {
        eventID = row.int(0) ?? 0
        resourceID = row.text(1) ?? ""
        // The table's CHECK admits no other.
        kind = Kind(rawValue: row.text(2) ?? "") ?? .updated
        before = try row.json(3)
        after = try row.json(4)
        source = row.text(5) ?? ""
        at = row.moment(6) ?? Timestamp(milliseconds: 0)
    }

    /// `{"events": […]}`
    public static func json(_ events: [ResourceEvent]) -> JSONValue { ["events": .array(events.map(\.json))] }
}

/// A page of events, the newest first.
public struct ResourceEventList: Sendable, Hashable {
    public let events: [ResourceEvent]
    /// What to ask on with; nil: these are the last.
    public let next: String?

    /// `{"events": […], "next": "…" or null}`
    public var json: JSONValue {
        ["events": .array(events.map(\.json)), "next": next.map(JSONValue.string) ?? .null]
    }
}
