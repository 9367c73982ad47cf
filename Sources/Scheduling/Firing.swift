public import SagaCore
internal import Storage

/// What became of one time of a schedule.
public struct Firing: Sendable, Hashable {
    public enum Why: String, Sendable, Hashable {
        case due
        /// Nobody was there when it was due.
        case missed
        case byHand = "by_hand"
    }

    public enum Outcome: String, Sendable, Hashable {
        case queued
        /// The schedule's last job was not done.
        case skippedOverlap = "skipped_overlap"
        /// It had passed, and the schedule leaves out what has.
        case skippedMissed = "skipped_missed"
    }

    public let schedule: String
    /// Without jitter.
    public let dueAt: Timestamp
    public let firedAt: Timestamp
    public let why: Why
    public let outcome: Outcome
    /// Earlier times that nobody was there for, and that this one stands for, too.
    public let passed: Int
    public let job: Int64?
    /// How its job stands; nil: it has none, or none that is still remembered.
    public internal(set) var jobStatus: JobStatus?

    /// `{schedule, due_at, fired_at, why, outcome, passed, job, job_status}`
    public var json: JSONValue {
        [
            "schedule": .string(schedule), "due_at": .string(dueAt.description),
            "fired_at": .string(firedAt.description), "why": .string(why.rawValue),
            "outcome": .string(outcome.rawValue), "passed": .int(Int64(passed)),
            "job": job.map(JSONValue.int) ?? .null, "job_status": jobStatus.map { .string($0.rawValue) } ?? .null,
        ]
    }
}

extension Firing {
    static let columns = "schedule, due_at, fired_at, why, outcome, passed, job"

    init(_ row: any Row) {
        schedule = row.text(0) ?? ""
        dueAt = row.moment(1) ?? Timestamp(milliseconds: 0)
        firedAt = row.moment(2) ?? Timestamp(milliseconds: 0)
        why = Why(rawValue: row.text(3) ?? "") ?? .due
        outcome = Outcome(rawValue: row.text(4) ?? "") ?? .queued
        passed = Int(row.int(5) ?? 0)
        job = row.int(6)
    }

    func insert(_ connection: any Connection) throws {
        try connection.run(
            "INSERT INTO schedule_firings (\(Self.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                .text(schedule), .moment(dueAt), .moment(firedAt), .text(why.rawValue), .text(outcome.rawValue),
                .int(Int64(passed)), .int(orNull: job),
            ])
    }
}
