internal import CArcadiaPlugin
internal import SagaCore

/// Why no answer came, told to a worker: the facts stayed with the host, what follows from them is here.
struct RelayedFailure: Sendable, Hashable {
    let code: Int32
    let message: String
    let isWorthAnotherTry: Bool
    /// The limiter says when.
    let retryAfterMilliseconds: Int64?

    init(_ failure: HTTPFailure) {
        code = Int32(failure.code)
        message = failure.message
        isWorthAnotherTry = failure.isWorthAnotherTry
        retryAfterMilliseconds = failure.retryAfterMilliseconds
    }

    init(json: JSONValue) {
        code = Int32(clamping: json["code"]?.intValue ?? 0)
        message = json["message"]?.stringValue ?? ""
        isWorthAnotherTry = json["again"]?.boolValue ?? false
        retryAfterMilliseconds = json["retry_after_ms"]?.intValue
    }

    var json: JSONValue {
        var object: JSONObject = [
            "code": .int(Int64(code)), "message": .string(message), "again": .bool(isWorthAnotherTry),
        ]
        object["retry_after_ms"] = retryAfterMilliseconds.map(JSONValue.int)
        return .object(object)
    }
}
