public import SagaCore

/// What a sweep over one kind saw, and what it did about it.
public struct SweepReport: Sendable, Hashable {
    public let provider: String
    public let kind: String
    public let at: Timestamp
    /// Pages that came and were written down.
    public internal(set) var pages = 0
    /// Different resources in them, and those found by asking directly.
    public internal(set) var seen = 0
    public internal(set) var new = 0
    public internal(set) var updated = 0
    public internal(set) var restored = 0
    /// Missing, and the miss was counted.
    public internal(set) var struck = 0
    /// Missing often enough, asked for directly, and gone.
    public internal(set) var deleted = 0
    /// Not in the list, but found by asking directly.
    public internal(set) var found = 0
    /// Not seen, and left as they were: no strike, no tombstone. `outcome` says why, or they wait to be asked for.
    public internal(set) var kept = 0
    public internal(set) var outcome = SweepOutcome.complete

    init(provider: String, kind: String, at: Timestamp) {
        self.provider = provider
        self.kind = kind
        self.at = at
    }

    /// `{provider, kind, at, outcome, pages, seen, new, updated, restored, struck, deleted, found, kept, message, hint?}`
    public var json: JSONValue {
        var object: JSONObject = [
            "provider": .string(provider), "kind": .string(kind), "at": .string(at.description),
            "outcome": .string(outcome.code),
        ]
        let counts = [
            ("pages", pages), ("seen", seen), ("new", new), ("updated", updated), ("restored", restored),
            ("struck", struck), ("deleted", deleted), ("found", found), ("kept", kept),
        ]
        for (name, count) in counts { object[name] = .int(Int64(count)) }
        object["message"] = .string(message)
        object["hint"] = hint.map(JSONValue.string)
        return .object(object)
    }
}

/// How a sweep ended. Only a complete one counts who is missing.
public enum SweepOutcome: Error, Sendable, Hashable {
    case complete
    /// - Parameter page: from 1: the one that did not come.
    case failed(AdapterFailure, page: Int)
    /// The list ended before all were there.
    case cutShort(seen: Int, total: Int)
    case notAsAgreed(PageMistake, page: Int)
    /// The list came, but nobody could say of this resource whether it is gone.
    case questionFailed(AdapterFailure, resourceID: String)
    case answerNotAsAgreed(PageMistake, resourceID: String)
    /// Too many would go at once.
    case breaker(missing: Int, live: Int, percent: Int)

    public var isComplete: Bool { self == .complete }

    /// As it stands in `cloud_sweeps` and in JSON.
    public var code: String {
        switch self {
        case .complete: "complete"
        case .failed, .questionFailed: "failed"
        case .cutShort: "cut_short"
        case .notAsAgreed, .answerNotAsAgreed: "not_as_agreed"
        case .breaker: "stopped"
        }
    }
}
