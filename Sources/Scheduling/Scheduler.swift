public import SagaCore
public import Storage

/// Fires what is due. As many as like may do so on one database: a time fires once.
public struct Scheduler: Sendable {
    private let schedules: Schedules
    private let isStillGoing: @Sendable (_ result: JSONObject) throws -> Bool
    private var database: any Database { schedules.database }

    /// This much later than it should have, and a time counts as missed.
    static let punctual: Int64 = 60_000

    /// - Parameter isStillGoing: by the result of a job that is done: whether what it started goes on, as a run does.
    public init(
        _ schedules: Schedules, isStillGoing: @escaping @Sendable (_ result: JSONObject) throws -> Bool = { _ in false }
    ) {
        self.schedules = schedules
        self.isStillGoing = isStillGoing
    }

    /// Fires every schedule whose time has come, each in a transaction of its own: its next time moves on and its job is
    /// queued, or neither.
    ///
    /// - Returns: what fired here; not what another scheduler fired at the same time.
    @discardableResult
    public func fireDue(at now: Timestamp) throws -> [Firing] {
        var firings: [Firing] = []
        for schedule in try database.read(schedules.rows) where schedule.state == "on" {
            switch try step(of: schedule, at: now) {
            case .stay: break
            case .retime(let next): try retime(schedule, to: next)
            case .fire(let due):
                if let firing = try fire(schedule, due, at: now) { firings.append(firing) }
            }
        }
        return firings
    }

    // MARK: - Deciding

    private enum Step {
        case stay
        case retime(Timestamp?)
        case fire(Due)
    }

    /// A time that has come, and those before it that passed unseen.
    private struct Due {
        let at: Timestamp
        let passed: Int
        let next: Timestamp?
        let isLate: Bool
    }

    private func step(of schedule: Schedule, at now: Timestamp) throws -> Step {
        guard schedule.timedBy == schedule.cron.description else { return .retime(schedule.cron.next(after: now)) }
        guard let next = schedule.nextAt else { return .stay }
        if let due = Self.due(schedule, from: next, at: now) { return .fire(due) }
        return try wasClockAhead(schedule, next, now).map { .retime($0) } ?? .stay
    }

    /// The last of the times from `first` on that have come, jitter included; nil: none has.
    private static func due(_ schedule: Schedule, from first: Timestamp, at now: Timestamp) -> Due? {
        guard first <= now else { return nil }
        var (at, passed) = (first, 0)
        var next = schedule.cron.next(after: first)
        guard moment(of: schedule, first, next) <= now else { return nil }
        while let candidate = next {
            let after = schedule.cron.next(after: candidate)
            guard moment(of: schedule, candidate, after) <= now else { break }
            (at, passed, next) = (candidate, passed + 1, after)
        }
        let isLate = now - moment(of: schedule, at, next) > punctual
        return Due(at: at, passed: passed, next: next, isLate: isLate)
    }

    /// When a time fires: jitter later.
    private static func moment(of schedule: Schedule, _ due: Timestamp, _ next: Timestamp?) -> Timestamp {
        due + Jitter.milliseconds(schedule.name, due: due, next: next, seconds: schedule.jitterSeconds)
    }

    /// The time that comes next by the clock, where `next_at` lies beyond it: then the clock was ahead when it was set. Nil
    /// also where that time has fired: another host's clock is a little ahead of this one's.
    private func wasClockAhead(_ schedule: Schedule, _ next: Timestamp, _ now: Timestamp) throws -> Timestamp? {
        guard let expected = schedule.cron.next(after: now), expected < next else { return nil }
        return try database.read { try Self.hasFired(schedule, expected, $0) } ? nil : expected
    }

    private static func hasFired(_ schedule: Schedule, _ due: Timestamp, _ connection: any Connection) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM schedule_firings WHERE schedule = ? AND due_at = ? AND why <> 'by_hand'",
            [.text(schedule.name), .moment(due)]
        ) { _ in true } ?? false
    }

    // MARK: - Writing

    private func retime(_ schedule: Schedule, to next: Timestamp?) throws {
        try database.write { _ = try move(schedule, to: next, $0) }
    }

    /// False: somebody else has moved or paused it since it was read.
    private func move(_ schedule: Schedule, to next: Timestamp?, _ connection: any Connection) throws -> Bool {
        try connection.run(
            """
            UPDATE schedules SET next_at = ?, timed_by = ?
            WHERE name = ? AND next_at IS NOT DISTINCT FROM ? AND timed_by = ? AND paused_at IS NULL
            """,
            [
                .moment(next), .text(schedule.cron.description), .text(schedule.name), .moment(schedule.nextAt),
                .text(schedule.timedBy),
            ])
        return connection.changes == 1
    }

    private func fire(_ schedule: Schedule, _ due: Due, at now: Timestamp) throws -> Firing? {
        let isBusy = try lastIsStillGoing(schedule)
        return try database.write { connection in
            try connection.transaction {
                guard try move(schedule, to: due.next, connection) else { return nil }
                return try write(schedule, due, isBusy: isBusy, at: now, connection)
            }
        }
    }

    /// Nil: this time has fired before, when the clock had come so far already.
    private func write(
        _ schedule: Schedule, _ due: Due, isBusy: Bool, at now: Timestamp, _ connection: any Connection
    ) throws -> Firing? {
        guard try !Self.hasFired(schedule, due.at, connection) else { return nil }
        let why: Firing.Why = due.isLate ? .missed : .due
        var (outcome, job) = (Firing.Outcome.queued, Int64?.none)
        if due.isLate, schedule.missed == .skip {
            outcome = .skippedMissed
        } else if try isLeftOut(schedule, isBusy: isBusy, connection) {
            outcome = .skippedOverlap
        } else {
            job = try Jobs.insert(NewJob(schedule, dueAt: due.at), at: now, connection)
        }
        let firing = Firing(
            schedule: schedule.name, dueAt: due.at, firedAt: now, why: why, outcome: outcome, passed: due.passed,
            job: job)
        try firing.insert(connection)
        try Self.note(firing, connection)
        return firing
    }

    private static func note(_ firing: Firing, _ connection: any Connection) throws {
        try connection.run(
            "UPDATE schedules SET last_due_at = ?, last_fired_at = ? WHERE name = ?",
            [.moment(firing.dueAt), .moment(firing.firedAt), .text(firing.schedule)])
    }

    // MARK: - Overlap

    private func isLeftOut(_ schedule: Schedule, isBusy: Bool, _ connection: any Connection) throws -> Bool {
        let open = try connection.rows(
            "SELECT status FROM jobs WHERE schedule = ? AND finished_at IS NULL", [.text(schedule.name)]
        ) { $0.text(0) ?? "" }
        switch schedule.overlap {
        case .allow: return false
        case .skip: return isBusy || !open.isEmpty
        case .queueOne: return open.contains(JobStatus.queued.rawValue)
        }
    }

    /// Whether what the last job started goes on, though the job is done.
    private func lastIsStillGoing(_ schedule: Schedule) throws -> Bool {
        guard schedule.overlap == .skip, let result = try Jobs(database).lastResult(of: schedule.name) else {
            return false
        }
        return try isStillGoing(result)
    }

    // MARK: - By hand

    /// Fires now, whatever the time, also where it is paused; the job belongs to `host`, which is to do it at once.
    ///
    /// - Parameter witness: sees the schedule change.
    /// - Throws: `SchedulingRefusal.unknown`; `.busy` unless the schedule allows two at once.
    public func fireByHand(_ name: String, host: HostID, at now: Timestamp, witness: Witness? = nil) throws -> Job {
        try schedules.change(name, at: now, witness) { schedule, connection in
            let number = try queueByHand(schedule, at: now, connection)
            guard let job = try Jobs.start(number, host: host, at: now, connection) else {
                throw StoreError(code: "other", message: "job \(number), queued just now, cannot be begun")
            }
            return job
        }.result
    }

    /// Fires now, as `fireByHand` does; the job waits in its queue for a host that works it.
    ///
    /// - Returns: the schedule, whose last job is the one that waits.
    /// - Throws: as `fireByHand`.
    public func queueByHand(_ name: String, at now: Timestamp, witness: Witness? = nil) throws -> Schedule {
        try schedules.change(name, at: now, witness) { try queueByHand($0, at: now, $1) }.schedule
    }

    /// The number of the job.
    private func queueByHand(_ schedule: Schedule, at now: Timestamp, _ connection: any Connection) throws -> Int64 {
        if schedule.overlap != .allow, let job = try Jobs.firstOpen(of: schedule.name, connection) {
            throw SchedulingRefusal.busy(schedule.name, job: job.number, status: job.status)
        }
        let count = try connection.first(
            "SELECT coalesce(max(firing), 0) + 1 FROM schedule_firings"
        ) { $0.int(0) ?? 1 }
        var new = NewJob(schedule, dueAt: now)
        new.dedupKey = "\(schedule.name):by_hand:\(count ?? 1)"
        guard let number = try Jobs.insert(new, at: now, connection) else {
            throw StoreError(code: "other", message: "the job of \"\(schedule.name)\" is there already")
        }
        let firing = Firing(
            schedule: schedule.name, dueAt: now, firedAt: now, why: .byHand, outcome: .queued, passed: 0, job: number)
        try firing.insert(connection)
        try connection.run(
            "UPDATE schedules SET last_fired_at = ? WHERE name = ?", [.moment(now), .text(schedule.name)])
        return number
    }
}
