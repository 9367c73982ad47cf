/// The last requests and how many there were of each kind.
struct RequestLog: Sendable {
    static let capacity = 2000

    private struct Entry: Sendable {
        let number: Int
        let at: Moment
        let method: String
        let target: String
        let status: Int
        let delivery: Delivery
        let fault: String?
        let token: String?
        let requestID: String
    }

    private var entries: [Entry] = []
    private var total = 0
    private var byOperation: [String: Int] = [:]
    private var byStatus: [Int: Int] = [:]
    private var byFault: [String: Int] = [:]

    mutating func add(
        _ arrival: Arrival, operation: String, status outcome: Outcome, fault: String?, requestID: String,
        at now: Moment
    ) {
        let entry = Entry(
            number: total + 1, at: now, method: arrival.method, target: arrival.target, status: outcome.answer.status,
            delivery: outcome.delivery, fault: fault, token: arrival.token, requestID: requestID)
        if entries.count < Self.capacity {
            entries.append(entry)
        } else {
            entries[total % Self.capacity] = entry
        }
        total += 1
        byOperation[operation, default: 0] += 1
        byStatus[outcome.answer.status, default: 0] += 1
        if let fault { byFault[fault, default: 0] += 1 }
    }

    /// Oldest first. Tokens are shown as hashes.
    var json: JSON {
        let oldest = entries.count < Self.capacity ? 0 : total % Self.capacity
        let ordered = entries[oldest...] + entries[..<oldest]
        return [
            "total": .integer(total), "by_operation": Self.counts(byOperation),
            "by_status": Self.counts(Dictionary(uniqueKeysWithValues: byStatus.map { (String($0.key), $0.value) })),
            "by_fault": Self.counts(byFault), "requests": .array(ordered.map(Self.json)),
        ]
    }

    private static func counts(_ counts: [String: Int]) -> JSON {
        .object(counts.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .integer($0.value)) })
    }

    private static func json(_ entry: Entry) -> JSON {
        let isAnswered = entry.delivery != .reset && entry.delivery != .lost
        return [
            "number": .integer(entry.number), "at": .integer(entry.at.milliseconds), "method": .string(entry.method),
            "path": .string(entry.target),
            // What the client saw: nothing, when the connection ended in place of the answer.
            "status": isAnswered ? .integer(entry.status) : .null, "fault": JSON(entry.fault),
            "token": JSON(entry.token.map { SeededRandom.hex(SeededRandom.hash($0)) }),
            "request_id": .string(entry.requestID),
        ]
    }
}
