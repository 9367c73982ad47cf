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
        try database.read { connection in
            try connection.rows("SELECT \(Schedule.columns) FROM schedules ORDER BY name") { row in
                settings.applied(to: try Schedule(row))
            }
        }
    }

    /// - Throws: `SchedulingRefusal.unknown`
    public func show(_ name: String) throws -> Schedule {
        let all = try list()
        guard let found = all.first(where: { $0.name == name }) else {
            throw SchedulingRefusal.unknown(name, known: all.map(\.name))
        }
        return found
    }

    /// What became of a schedule's times, the newest first.
    public func firings(of name: String, limit: Int = 10) throws(StoreError) -> [Firing] {
        try database.read { connection in
            try connection.rows(
                "SELECT \(Firing.columns) FROM schedule_firings WHERE schedule = ? ORDER BY firing DESC LIMIT ?",
                [.text(name), .int(Int64(limit))], Firing.init)
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
    /// - Throws: `SchedulingRefusal.name`, `.cron`, `.exists`
    public func add(_ schedule: NewSchedule, at now: Timestamp) throws {
        guard Self.isName(schedule.name) else { throw SchedulingRefusal.name(schedule.name) }
        guard schedule.cron.next(after: now) != nil else { throw SchedulingRefusal.cron(CronError(.neverComes)) }
        let isNew = try database.write { try insert(schedule, isOwn: true, at: now, $0) }
        guard isNew else { throw SchedulingRefusal.exists(schedule.name) }
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
    /// - Throws: `SchedulingRefusal.unknown`, `.notOwn`
    public func remove(_ name: String) throws {
        guard try show(name).isOwn else { throw SchedulingRefusal.notOwn(name) }
        try database.write { try $0.run("DELETE FROM schedules WHERE name = ? AND is_own = 1", [.text(name)]) }
    }

    // MARK: - Pausing

    /// Keeps it from firing. What it queued already is done.
    ///
    /// - Throws: `SchedulingRefusal.unknown`, `.reasonMissing`, `.alreadyPaused`
    public func pause(_ name: String, by: String, reason: String, at now: Timestamp) throws {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw SchedulingRefusal.reasonMissing }
        if let pause = try show(name).pause { throw SchedulingRefusal.alreadyPaused(name, pause) }
        try database.write {
            try $0.run(
                """
                UPDATE schedules SET paused_at = ?, paused_by = ?, pause_reason = ? WHERE name = ? AND paused_at IS NULL
                """, [.moment(now), .text(by), .text(reason), .text(name)])
        }
    }

    /// Lets it fire again, from the next time on: what passed meanwhile was not missed.
    ///
    /// - Throws: `SchedulingRefusal.unknown`, `.notPaused`
    public func resume(_ name: String, at now: Timestamp) throws {
        let schedule = try show(name)
        guard schedule.pause != nil else { throw SchedulingRefusal.notPaused(name) }
        try database.write {
            try $0.run(
                """
                UPDATE schedules SET paused_at = NULL, paused_by = NULL, pause_reason = NULL, next_at = ?, timed_by = ?
                WHERE name = ? AND paused_at IS NOT NULL
                """,
                [.moment(schedule.cron.next(after: now)), .text(schedule.cron.description), .text(name)])
        }
    }
}
