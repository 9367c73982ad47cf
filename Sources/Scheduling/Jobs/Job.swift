public import SagaCore
internal import Storage

public enum JobStatus: String, Sendable, Hashable, CaseIterable {
    case queued, running, done, failed
}

/// Something to do once. Whoever does it may be killed, and then another does it again: doing it twice must be as good as
/// doing it once.
public struct Job: Sendable, Hashable {
    public let number: Int64
    public let queue: String
    /// eg: "inventory.sync"
    public let kind: String
    public let input: JSONObject
    public let dedupKey: String
    public let schedule: String?
    public let status: JobStatus
    public let host: HostID?
    /// Tries, this one included.
    public let attempts: Int
    /// Not before.
    public let runAt: Timestamp
    public let result: JSONObject?
    public let error: String?
    public let isAlone: Bool
    public let createdAt: Timestamp
    public let startedAt: Timestamp?
    public let finishedAt: Timestamp?

    /// `{job, queue, kind, key, schedule, status, attempts, host, run_at, result, error, created_at, started_at, finished_at}`
    public var json: JSONValue {
        func moment(_ moment: Timestamp?) -> JSONValue { moment.map { .string($0.description) } ?? .null }
        return [
            "job": .int(number), "queue": .string(queue), "kind": .string(kind), "key": .string(dedupKey),
            "schedule": schedule.map(JSONValue.string) ?? .null, "status": .string(status.rawValue),
            "attempts": .int(Int64(attempts)), "host": host.map { .string($0.description) } ?? .null,
            "run_at": moment(runAt), "result": result.map(JSONValue.object) ?? .null,
            "error": error.map(JSONValue.string) ?? .null, "created_at": moment(createdAt),
            "started_at": moment(startedAt), "finished_at": moment(finishedAt),
        ]
    }
}

extension Job {
    static let columns = """
        job, queue, kind, input, dedup_key, schedule, status, host, attempts, run_at, result, error, is_alone, created_at,
        started_at, finished_at
        """

    init(_ row: any Row) throws {
        number = row.int(0) ?? 0
        queue = row.text(1) ?? ""
        kind = row.text(2) ?? ""
        input = try row.json(3)?.objectValue ?? [:]
        dedupKey = row.text(4) ?? ""
        schedule = row.text(5)
        status = JobStatus(rawValue: row.text(6) ?? "") ?? .failed
        host = row.text(7).map { HostID($0) }
        attempts = Int(row.int(8) ?? 0)
        runAt = row.moment(9) ?? Timestamp(milliseconds: 0)
        result = try row.json(10)?.objectValue
        error = row.text(11)
        isAlone = row.int(12) == 1
        createdAt = row.moment(13) ?? Timestamp(milliseconds: 0)
        startedAt = row.moment(14)
        finishedAt = row.moment(15)
    }
}

/// A job that is to be queued.
public struct NewJob: Sendable, Hashable {
    public let queue: String
    public let kind: String
    public let input: JSONObject
    /// The same key, the same job.
    public var dedupKey: String
    var schedule: String?
    var dueAt: Timestamp?
    var isAlone = false

    public init(queue: String, kind: String, input: JSONObject, dedupKey: String) {
        self.queue = queue
        self.kind = kind
        self.input = input
        self.dedupKey = dedupKey
    }

    /// What a schedule wants done when its time has come.
    init(_ schedule: Schedule, dueAt: Timestamp) {
        self.init(
            queue: schedule.queue, kind: schedule.kind, input: schedule.input,
            dedupKey: "\(schedule.name):\(dueAt)")
        self.schedule = schedule.name
        self.dueAt = dueAt
        isAlone = schedule.overlap != .allow
    }
}

/// How an attempt at a job ended.
public enum JobEnd: Sendable, Hashable {
    case done(JSONObject)
    /// - Parameter again: there is a point in trying once more.
    case failed(String, again: Bool)
    /// It could not begin, or was asked to stop: it goes on then, and this was no attempt.
    case later(Timestamp)
}
