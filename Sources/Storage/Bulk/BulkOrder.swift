public import SagaCore

/// One verb for every run that a filter finds.
public struct BulkOrder: Sendable {
    /// More than that are to be narrowed down first: whoever says yes should know to what.
    public static let most = 1000

    public let verb: BulkVerb
    public let filter: RunFilter
    public let reason: String

    public init(_ verb: BulkVerb, _ filter: RunFilter, reason: String) {
        self.verb = verb
        self.filter = verb.narrowed(filter)
        self.reason = reason
    }
}

/// What became, or would become, of each run.
public struct BulkReport: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// The wish is noted.
        case done
        /// Of a dry run: what it would come to.
        case would(String)
        case refused(code: String, String)
    }

    public struct Entry: Sendable {
        public let row: RunRow
        public let outcome: Outcome
    }

    public let verb: BulkVerb
    public let isDryRun: Bool
    public let entries: [Entry]

    public init(verb: BulkVerb, isDryRun: Bool, entries: [Entry]) {
        (self.verb, self.isDryRun, self.entries) = (verb, isDryRun, entries)
    }

    public var refused: [Entry] {
        entries.filter { if case .refused = $0.outcome { true } else { false } }
    }

    /// `{"verb", "dry_run", "count", "done", "refused", "runs": [{"run_id", "saga", "status", "outcome", "code"?, "message"?}]}`
    public var json: JSONValue {
        [
            "verb": .string(verb.rawValue), "dry_run": .bool(isDryRun), "count": .int(Int64(entries.count)),
            "done": .int(Int64(isDryRun ? 0 : entries.count - refused.count)), "refused": .int(Int64(refused.count)),
            "runs": .array(entries.map(\.json)),
        ]
    }
}

extension BulkReport.Entry {
    var json: JSONValue {
        var object: JSONObject = [
            "run_id": .string(row.id.description), "saga": .string(row.saga), "status": .string(row.status.rawValue),
        ]
        switch outcome {
        case .done: object["outcome"] = "done"
        case .would(let message):
            object["outcome"] = "would"
            object["message"] = .string(message)
        case .refused(let code, let message):
            object["outcome"] = "refused"
            object["code"] = .string(code)
            object["message"] = .string(message)
        }
        return .object(object)
    }
}
