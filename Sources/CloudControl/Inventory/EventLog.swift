internal import SagaCore
internal import Storage

/// Where events are appended, within somebody's transaction.
struct EventLog {
    private let insert: any Statement
    let source: EventSource
    let at: Timestamp

    init(_ connection: any Connection, source: EventSource, at: Timestamp) throws {
        insert = try connection.statement(
            "INSERT INTO cloud_resource_events (resource, kind, before, after, source, at) VALUES (?, ?, ?, ?, ?, ?)")
        self.source = source
        self.at = at
    }

    func append(_ kind: ResourceEvent.Kind, of resource: Int64, before: JSONObject?, after: JSONObject?) throws {
        try insert.run([
            .int(resource), .text(kind.rawValue), .json(before.map(JSONValue.object)),
            .json(after.map(JSONValue.object)), .text(source.description), .int(at.milliseconds),
        ])
    }
}
