public import SagaCore
public import Storage

/// The schedules of a database: seen, added, paused.
public struct Schedules: Sendable {
    let database: any Database
    public let settings: ScheduleSettings

    /// - Parameter database: with `SchedulingTables.migrations` applied.
    public init(_ database: any Database, settings: ScheduleSettings = ScheduleSettings()) {
        self.database = database
        self.settings = settings
    }

    // MARK: - Seeing

    /// In the order of their names.
    public func list() throws(StoreError) -> [Schedule] {
        try database.read(all)
    }

    /// - Throws: `SchedulingRefusal.unknown`
    public func show(_ name: String) throws -> Schedule { try Self.pick(name, from: try list()) }

    private static func pick(_ name: String, from all: [Schedule]) throws(SchedulingRefusal) -> Schedule {
        guard let found = all.first(where: { $0.name == name }) else { throw .unknown(name, known: all.map(\.name)) }
        return found
    }

    private func all(_ connection: any Connection) throws -> [Schedule] {
        let jobs = Dictionary(
            try connection.rows(Self.lastJobsSQL, [], Job.init).map { ($0.schedule, $0) }, uniquingKeysWith: { $1 })
        return try rows(connection).map { row in
            var schedule = row
            schedule.lastJob = jobs[schedule.name]
            return schedule
        }
    }

    /// Without what their jobs came to.
    func rows(_ connection: any Connection) throws -> [Schedule] {
        try connection.rows("SELECT \(Schedule.columns) FROM schedules ORDER BY name") { row in
            settings.applied(to: try Schedule(row))
        }
    }

    private static let lastJobsSQL = """
        SELECT \(Job.columns) FROM jobs WHERE job IN (
            SELECT (SELECT f.job FROM schedule_firings f WHERE f.schedule = s.name AND f.job IS NOT NULL
                ORDER BY f.firing DESC LIMIT 1)
            FROM schedules s)
        """

    /// What became of a schedule's times, the newest first.
    public func firings(of name: String, limit: Int = 10) throws(StoreError) -> [Firing] {
        try database.read { connection in
            try connection.rows(
                """
                SELECT \(Firing.columns), (SELECT status FROM jobs WHERE jobs.job = schedule_firings.job)
                FROM schedule_firings WHERE schedule = ? ORDER BY firing DESC LIMIT ?
                """, [.text(name), .int(Int64(limit))]
            ) { row in
                var firing = Firing(row)
                firing.jobStatus = row.text(7).flatMap(JobStatus.init(rawValue:))
                return firing
            }
        }
    }

    /// - Throws: `ScheduleSettingsError.unknownSchedule` where the file names one that is not there.
    public func checkSettings() throws {
        let known = try list().map(\.name)
        if let stranger = settings.scheduleNames.first(where: { !known.contains($0) }) {
            throw ScheduleSettingsError.unknownSchedule(stranger, known: known)
        }
    }

    // MARK: - Making

    /// Makes the schedules that come with arcadia, where they are not there yet. Those that are stay as they are.
    public func makeDefaults(at now: Timestamp) throws(StoreError) {
        let known = Set(try list().map(\.name))
        let missing = NewSchedule.defaults.filter { !known.contains($0.name) }
        guard !missing.isEmpty else { return }
        try database.write { connection in
            try connection.transaction {
                for schedule in missing { _ = try insert(schedule, isOwn: false, at: now, connection) }
            }
        }
    }

    /// Adds one of the operator's own.
    ///
    /// - Parameter witness: sees the schedule that is new.
    /// - Throws: `SchedulingRefusal.name`, `.cron`, `.exists`
    @discardableResult
    public func add(_ schedule: NewSchedule, at now: Timestamp, witness: Witness? = nil) throws -> Schedule {
        guard Self.isName(schedule.name) else { throw SchedulingRefusal.name(schedule.name) }
        guard schedule.cron.next(after: now) != nil else { throw SchedulingRefusal.cron(CronError(.neverComes)) }
        return try database.transaction { connection in
            guard try insert(schedule, isOwn: true, at: now, connection) else {
                throw SchedulingRefusal.exists(schedule.name)
            }
            let added = try Self.pick(schedule.name, from: try all(connection))
            try witness?(
                Change(target: added.name, before: nil, after: .object(added.json(at: now))), connection)
            return added
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...60).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_-.".utf8.contains(byte)
                }
            }
    }

    /// False: the name is taken.
    private func insert(
        _ new: NewSchedule, isOwn: Bool, at now: Timestamp, _ connection: any Connection
    ) throws -> Bool {
        try connection.run(
            """
            INSERT INTO schedules (name, cron, kind, input, queue, missed, overlap, jitter_seconds, is_own, timed_by,
                next_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING
            """,
            [
                .text(new.name), .text(new.cron.description), .text(new.kind), .json(.object(new.input)),
                .text(new.queue), .text(new.missed.rawValue), .text(new.overlap.rawValue), .int(new.jitterSeconds),
                .int(isOwn ? 1 : 0), .text(new.cron.description), .moment(new.cron.next(after: now)), .moment(now),
            ])
        return connection.changes == 1
    }

    /// Takes away one of the operator's own; its history stays.
    ///
    /// - Parameter witness: sees the schedule that goes.
    /// - Throws: `SchedulingRefusal.unknown`, `.notOwn`
    public func remove(_ name: String, at now: Timestamp, witness: Witness? = nil) throws {
        try database.transaction { connection in
            let going = try Self.pick(name, from: try all(connection))
            guard going.isOwn else { throw SchedulingRefusal.notOwn(name) }
            try connection.run("DELETE FROM schedules WHERE name = ? AND is_own = 1", [.text(name)])
            try witness?(Change(target: name, before: .object(going.json(at: now)), after: nil), connection)
        }
    }

    // MARK: - Pausing

    /// Keeps it from firing. What it queued already is done.
    ///
    /// - Parameter witness: sees the schedule change.
    /// - Throws: `SchedulingRefusal.unknown`, `.reasonMissing`, `.alreadyPaused`
    @discardableResult
    public func pause(
        _ name: String, by: String, reason: String, at now: Timestamp, witness: Witness? = nil
    ) throws -> Schedule {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw SchedulingRefusal.reasonMissing }
        return try change(name, at: now, witness) { schedule, connection in
            if let pause = schedule.pause { throw SchedulingRefusal.alreadyPaused(name, pause) }
            try connection.run(
                "UPDATE schedules SET paused_at = ?, paused_by = ?, pause_reason = ? WHERE name = ?",
                [.moment(now), .text(by), .text(reason), .text(name)])
        }.schedule
    }

    /// Lets it fire again, from the next time on: what passed meanwhile was not missed.
    ///
    /// - Parameter witness: sees the schedule change.
    /// - Throws: `SchedulingRefusal.unknown`, `.notPaused`
    @discardableResult
    public func resume(_ name: String, at now: Timestamp, witness: Witness? = nil) throws -> Schedule {
        try change(name, at: now, witness) { schedule, connection in
            guard schedule.pause != nil else { throw SchedulingRefusal.notPaused(name) }
            try connection.run(
                """
                UPDATE schedules SET paused_at = NULL, paused_by = NULL, pause_reason = NULL, next_at = ?, timed_by = ?
                WHERE name = ?
                """,
                [.moment(schedule.cron.next(after: now)), .text(schedule.cron.description), .text(name)])
        }.schedule
    }

    /// Something that an operator does to a schedule: one transaction, in which the witness sees what it was and is.
    ///
    /// - Returns: the schedule as it is now, and what `body` answered.
    /// - Throws: `SchedulingRefusal.unknown`, and what `body` refuses.
    func change<Result>(
        _ name: String, at now: Timestamp, _ witness: Witness?,
        _ body: (Schedule, any Connection) throws -> Result
    ) throws -> (schedule: Schedule, result: Result) {
        try database.transaction { connection in
            let before = try Self.pick(name, from: try all(connection))
            let result = try body(before, connection)
            let after = try Self.pick(name, from: try all(connection))
            let change = Change(
                target: name, before: .object(before.json(at: now)), after: .object(after.json(at: now)))
            try witness?(change, connection)
            return (after, result)
        }
    }
}
