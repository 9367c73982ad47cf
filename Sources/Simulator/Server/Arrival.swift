/// A request as it came from the wire.
struct Arrival: Sendable {
    let method: String
    /// Path and query, as sent.
    let target: String
    let authorization: String?
    /// The address by which the client reached us, for absolute links.
    let host: String
    let body: [UInt8]

    var isHead: Bool { method == "HEAD" }

    /// The decoded parts of the path; a slash at its end says nothing.
    var path: [String] {
        let path = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        return path.split(separator: "/").map { Query.decode($0, plusIsSpace: false) }
    }

    var query: Query {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return Query(parts.count > 1 ? parts[1] : "")
    }

    /// What stands after `Bearer`.
    var token: String? {
        guard let authorization, authorization.lowercased().hasPrefix("bearer ") else { return nil }
        let token = authorization.dropFirst(7).trimmed
        return token.isEmpty ? nil : token
    }

    func call(requestID: String, now: Moment) -> Call {
        Call(
            method: isHead ? "GET" : method, path: path, query: query, body: body, base: "http://\(host)", token: token,
            requestID: requestID, now: now)
    }
}

/// What becomes of an answer on its way.
enum Delivery: Sendable, Equatable {
    case whole
    case late(seconds: Double)
    /// The connection is reset in its place.
    case reset
    /// The connection ends in its place.
    case lost
    /// Half of it arrives.
    case cut(closesEarly: Bool)
}

struct Outcome: Sendable {
    var answer: Answer
    var delivery = Delivery.whole
}
