internal import Identity
public import SagaCore

/// What a request was and how it went: a line of the log.
public struct RequestRecord: Sendable {
    public let requestID: String
    public let method: String
    /// Of the document; nil: nothing was there.
    public let operation: String?
    /// As the document writes it, so that ids do not get into labels; else as it came.
    public let path: String
    public let status: Int
    public let milliseconds: Double
    public let subject: String?
    public let address: String?

    public var json: JSONValue {
        [
            "request_id": .string(requestID), "method": .string(method),
            "operation": operation.map(JSONValue.string) ?? .null, "path": .string(path), "status": .int(Int64(status)),
            "milliseconds": JSONValue(milliseconds) ?? .null, "subject": subject.map(JSONValue.string) ?? .null,
            "address": address.map(JSONValue.string) ?? .null,
        ]
    }
}

/// Counts requests, and tells of each.
final class RequestWatch: Sendable {
    private let log: @Sendable (RequestRecord) -> Void
    private let metrics: Metrics

    init(metrics: Metrics, log: @escaping @Sendable (RequestRecord) -> Void) {
        self.metrics = metrics
        self.log = log
    }

    func saw(
        _ operation: APIOperation?, _ request: RawRequest, _ answer: APIAnswer, _ caller: Caller?, _ requestID: String,
        took duration: Duration
    ) {
        let (seconds, attoseconds) = duration.components
        let time = Double(seconds) + Double(attoseconds) / 1e18
        metrics.observe(
            "arcadia_http_request_seconds", time,
            labels: [
                ("operation", operation?.id ?? "none"), ("status", "\(answer.status)"),
            ])
        log(
            RequestRecord(
                requestID: requestID, method: request.method, operation: operation?.id,
                path: operation?.path ?? "/" + (request.segments ?? []).joined(separator: "/"), status: answer.status,
                milliseconds: (time * 1e6).rounded() / 1e3, subject: caller?.identity?.subject,
                address: caller?.address ?? request.address))
    }
}
