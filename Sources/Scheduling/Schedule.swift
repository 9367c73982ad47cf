public import SagaCore
internal import Storage

/// What becomes of times that passed while nobody was there to fire them.
public enum MissedPolicy: String, Sendable, Hashable, CaseIterable {
    /// They fire together, once.
    case once
    case skip
}

/// What becomes of a time that comes while the schedule's last job is not done.
public enum OverlapPolicy: String, Sendable, Hashable, CaseIterable {
    case skip
    /// One waits for it; what comes while one waits is left out.
    case queueOne = "queue_one"
    /// Both at once.
    case allow
}

/// Something that is done again and again: the row, with what `schedules.json` says laid over it.
public struct Schedule: Sendable, Hashable {
    public let name: String
    public var cron: CronExpression
    /// What a job of it does. eg: "inventory.sync"
    public let kind: String
    public let input: JSONObject
    public var queue: String
    public var missed: MissedPolicy
    public var overlap: OverlapPolicy
    public var jitterSeconds: Int64
    /// False: it comes with arcadia.
    public let isOwn: Bool
    /// False: `schedules.json` turns it off.
    public var isEnabled = true
    public let pause: Pause?
    /// The expression that `nextAt` follows from.
    let timedBy: String
    /// The next time without jitter; nil: it never comes.
    public let nextAt: Timestamp?
    public let lastDueAt: Timestamp?
    public let lastFiredAt: Timestamp?
    /// How its last job ended: `done failed`; nil: none has.
    public let lastResult: String?
    public let lastError: String?
    /// The job that was queued last, done or not; nil: none was, or it is long ago.
    public internal(set) var lastJob: Job?

    public struct Pause: Sendable, Hashable {
        public let at: Timestamp
        public let by: String
        public let reason: String
    }

    /// `on`, `paused` by a command, or `off` by `schedules.json`.
    public var state: String { pause != nil ? "paused" : isEnabled ? "on" : "off" }

    /// When it fires next, as things stand; nil: not at all.
    public func nextFiring(after now: Timestamp) -> Timestamp? {
        guard state == "on" else { return nil }
        return timedBy == cron.description ? nextAt : cron.next(after: now)
    }

    /// `{name, cron, kind, queue, missed, overlap, jitter_seconds, own, state, next_at, last_due_at, last_fired_at,
    /// last_result, last_error?, last_job, paused?}`; without the input, which may be large.
    public func json(at now: Timestamp) -> JSONObject {
        func moment(_ moment: Timestamp?) -> JSONValue { moment.map { .string($0.description) } ?? .null }
        var object: JSONObject = [
            "name": .string(name), "cron": .string(cron.description), "kind": .string(kind), "queue": .string(queue),
            "missed": .string(missed.rawValue), "overlap": .string(overlap.rawValue),
            "jitter_seconds": .int(jitterSeconds), "own": .bool(isOwn), "state": .string(state),
            "next_at": moment(nextFiring(after: now)), "last_due_at": moment(lastDueAt),
            "last_fired_at": moment(lastFiredAt), "last_result": lastResult.map(JSONValue.string) ?? .null,
            "last_job": lastJob?.json ?? .null,
        ]
        object["last_error"] = lastError.map(JSONValue.string)
        if let pause {
            object["paused"] = [
                "at": .string(pause.at.description), "by": .string(pause.by), "reason": .string(pause.reason),
            ]
        }
        return object
    }

    /// The same, with `{input, next_times, firings}`: its next five times, and what became of these.
    public func json(at now: Timestamp, _ firings: [Firing]) -> JSONObject {
        var object = json(at: now)
        object["input"] = .object(input)
        object["next_times"] = .array(nextTimes(after: now).map { .string($0.description) })
        object["firings"] = .array(firings.map(\.json))
        return object
    }

    /// Five, as if it were not paused.
    public func nextTimes(after now: Timestamp) -> [Timestamp] { cron.times(after: now, count: 5) }
}

extension Schedule {
    static let columns = """
        name, cron, kind, input, queue, missed, overlap, jitter_seconds, is_own, paused_at, paused_by, pause_reason,
        timed_by, next_at, last_due_at, last_fired_at, last_result, last_error
        """

    init(_ row: any Row) throws {
        name = row.text(0) ?? ""
        do {
            cron = try CronExpression(row.text(1) ?? "")
        } catch {
            throw StoreError(code: "damaged", message: "the schedule \"\(name)\" cannot be read: \(error.message)")
        }
        kind = row.text(2) ?? ""
        input = try row.json(3)?.objectValue ?? [:]
        queue = row.text(4) ?? ""
        missed = MissedPolicy(rawValue: row.text(5) ?? "") ?? .once
        overlap = OverlapPolicy(rawValue: row.text(6) ?? "") ?? .skip
        jitterSeconds = row.int(7) ?? 0
        isOwn = row.int(8) == 1
        pause = row.moment(9).map { Pause(at: $0, by: row.text(10) ?? "", reason: row.text(11) ?? "") }
        timedBy = row.text(12) ?? ""
        nextAt = row.moment(13)
        lastDueAt = row.moment(14)
        lastFiredAt = row.moment(15)
        lastResult = row.text(16)
        lastError = row.text(17)
    }
}
