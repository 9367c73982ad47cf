public import SagaCore
public import Storage

/// The jobs of a database: queued, taken, ended.
public struct Jobs: Sendable {
    let database: any Database

    /// - Parameter database: with `SchedulingTables.migrations` applied.
    public init(_ database: any Database) { self.database = database }

    // MARK: - Queueing

    /// Queues a job, unless there is one with its key. One that failed is queued again.
    ///
    /// - Returns: its number; nil: it is queued, under way or done already.
    @discardableResult
    public func enqueue(_ new: NewJob, at now: Timestamp) throws(StoreError) -> Int64? {
        try database.write { connection in
            try connection.transaction {
                try connection.run(
                    """
                    UPDATE jobs SET status = 'queued', attempts = 0, run_at = ?, host = NULL, finished_at = NULL
                    WHERE dedup_key = ? AND status = 'failed'
                    """, [.moment(now), .text(new.dedupKey)])
                guard connection.changes == 0 else {
                    return try connection.first("SELECT job FROM jobs WHERE dedup_key = ?", [.text(new.dedupKey)]) {
                        $0.int(0) ?? 0
                    }
                }
                return try Self.insert(new, at: now, connection)
            }
        }
    }

    /// Nil: the key is taken.
    static func insert(_ new: NewJob, at now: Timestamp, _ connection: any Connection) throws -> Int64? {
        try connection.run(
            """
            INSERT INTO jobs (queue, kind, input, dedup_key, schedule, due_at, is_alone, status, attempts, run_at,
                created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', 0, ?, ?) ON CONFLICT (dedup_key) DO NOTHING
            """,
            [
                .text(new.queue), .text(new.kind), .json(.object(new.input)), .text(new.dedupKey),
                .text(orNull: new.schedule), .moment(new.dueAt), .int(new.isAlone ? 1 : 0), .moment(now), .moment(now),
            ])
        return connection.changes == 1 ? connection.lastInsertedRow : nil
    }

    // MARK: - Taking

    /// Queues in which something may begin now.
    func queuesWithWork(at now: Timestamp) throws(StoreError) -> [String] {
        try database.read { connection in
            try connection.rows(
                "SELECT DISTINCT queue FROM jobs WHERE finished_at IS NULL AND status = 'queued' AND run_at <= ?",
                [.moment(now)]
            ) { $0.text(0) ?? "" }
        }
    }

    /// Takes the first job of a queue that may begin: in the order they were queued, no more at once than the queue allows,
    /// over all hosts.
    ///
    /// - Returns: the job, which belongs to `host` now; nil: there is nothing to do.
    public func claim(_ queue: QueueSettings, host: HostID, at now: Timestamp) throws(StoreError) -> Job? {
        try database.write { connection in
            try connection.transaction {
                let running = try connection.first(
                    "SELECT count(*) FROM jobs WHERE finished_at IS NULL AND queue = ? AND status = 'running'",
                    [.text(queue.name)]
                ) { $0.int(0) ?? 0 }
                guard running ?? 0 < queue.concurrency else { return nil }
                let number = try connection.first(Self.firstSQL, [.text(queue.name), .moment(now)]) { $0.int(0) ?? 0 }
                return try number.flatMap { try Self.start($0, host: host, at: now, connection) }
            }
        }
    }

    private static let firstSQL = """
        SELECT j.job FROM jobs j WHERE j.finished_at IS NULL AND j.queue = ? AND j.status = 'queued' AND j.run_at <= ?
            AND NOT (j.is_alone = 1 AND EXISTS (SELECT 1 FROM jobs o
                WHERE o.finished_at IS NULL AND o.schedule = j.schedule AND o.status = 'running'))
        ORDER BY j.job LIMIT 1
        """

    /// Takes this one job, if nobody has.
    public func claim(_ number: Int64, host: HostID, at now: Timestamp) throws(StoreError) -> Job? {
        try database.write { connection in
            try connection.transaction { try Self.start(number, host: host, at: now, connection) }
        }
    }

    static func start(_ number: Int64, host: HostID, at now: Timestamp, _ connection: any Connection) throws -> Job? {
        try connection.run(
            """
            UPDATE jobs SET status = 'running', host = ?, attempts = attempts + 1, started_at = ?
            WHERE job = ? AND status = 'queued'
            """, [.text(host.description), .moment(now), .int(number)])
        guard connection.changes == 1 else { return nil }
        return try connection.first("SELECT \(Job.columns) FROM jobs WHERE job = ?", [.int(number)], Job.init)
    }

    // MARK: - Ending

    /// Writes down how an attempt ended. A failed one is made again after a rest, as often as the queue allows.
    ///
    /// - Returns: where the job stands now; nil: it was taken from this host meanwhile.
    @discardableResult
    public func end(_ job: Job, _ end: JobEnd, _ queue: QueueSettings, at now: Timestamp) throws(StoreError)
        -> JobStatus?
    {
        let (status, values) = Self.row(after: end, of: job, queue, at: now)
        return try database.write { connection in
            try connection.transaction {
                try connection.run(
                    """
                    UPDATE jobs SET status = ?, attempts = ?, run_at = ?, result = ?, error = ?, finished_at = ?
                    WHERE job = ? AND status = 'running' AND host = ? AND attempts = ?
                    """,
                    [.text(status.rawValue)] + values + [
                        .int(job.number), .text(orNull: job.host?.description), .int(Int64(job.attempts)),
                    ])
                guard connection.changes == 1 else { return nil }
                try Self.note(end, status, of: job, connection)
                return status
            }
        }
    }

    /// attempts, run_at, result, error, finished_at
    private static func row(
        after end: JobEnd, of job: Job, _ queue: QueueSettings, at now: Timestamp
    ) -> (JobStatus, [SQLValue]) {
        let attempts = SQLValue.int(Int64(job.attempts))
        switch end {
        case .done(let result):
            return (.done, [attempts, .moment(job.runAt), .json(.object(result)), .null, .moment(now)])
        case .failed(let error, let again):
            guard again, job.attempts < queue.maxAttempts else {
                return (.failed, [attempts, .moment(job.runAt), .null, .text(error), .moment(now)])
            }
            let then = now + queue.rest(afterAttempts: job.attempts)
            return (.queued, [attempts, .moment(then), .null, .text(error), .null])
        case .later(let then):
            return (
                .queued, [.int(Int64(job.attempts - 1)), .moment(then), .null, .text(orNull: job.error), .null]
            )
        }
    }

    /// The schedule remembers how its last job went, longer than the job is kept.
    private static func note(
        _ end: JobEnd, _ status: JobStatus, of job: Job, _ connection: any Connection
    ) throws {
        guard let schedule = job.schedule, status == .done || status == .failed else { return }
        var error: String?
        if case .failed(let words, _) = end { error = words }
        try connection.run(
            "UPDATE schedules SET last_result = ?, last_error = ? WHERE name = ?",
            [.text(status.rawValue), .text(orNull: error), .text(schedule)])
    }

    // MARK: - Dead hosts

    /// Queues again what hosts had taken that are gone. A job that took its host with it too often has failed.
    ///
    /// - Returns: how many.
    @discardableResult
    public func requeueOrphans(
        _ settings: ScheduleSettings, isAlive: (HostID) -> Bool, at now: Timestamp
    ) throws(StoreError) -> Int {
        let running = try database.read { connection in
            try connection.rows(
                "SELECT \(Job.columns) FROM jobs WHERE finished_at IS NULL AND status = 'running'", [], Job.init)
        }
        var count = 0
        for (host, jobs) in Dictionary(grouping: running, by: \.host) where host.map({ !isAlive($0) }) ?? true {
            for job in jobs {
                let isLost = JobEnd.failed("the host that did it ended in the middle", again: true)
                let status = try end(job, isLost, settings.queue(job.queue), at: now)
                count += status == nil ? 0 : 1
            }
        }
        return count
    }

    // MARK: - Seeing

    public struct Filter: Sendable {
        public var queue: String?
        public var status: JobStatus?
        public var limit = 50
        public init() {}
    }

    /// The newest first.
    public func list(_ filter: Filter = Filter()) throws(StoreError) -> [Job] {
        var (conditions, values) = ([String](), [SQLValue]())
        if let queue = filter.queue {
            conditions.append("queue = ?")
            values.append(.text(queue))
        }
        if let status = filter.status {
            conditions.append("status = ?")
            values.append(.text(status.rawValue))
            // Once more in the words of the partial index.
            if status == .queued || status == .running { conditions.append("finished_at IS NULL") }
        }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try database.read { connection in
            try connection.rows(
                "SELECT \(Job.columns) FROM jobs \(condition) ORDER BY job DESC LIMIT ?",
                values + [.int(Int64(filter.limit))], Job.init)
        }
    }

    public func find(_ number: Int64) throws(StoreError) -> Job? {
        try database.read { connection in
            try connection.first("SELECT \(Job.columns) FROM jobs WHERE job = ?", [.int(number)], Job.init)
        }
    }

    static func firstOpen(of schedule: String, _ connection: any Connection) throws -> Job? {
        try connection.first(
            "SELECT \(Job.columns) FROM jobs WHERE finished_at IS NULL AND schedule = ? ORDER BY job",
            [.text(schedule)], Job.init)
    }

    /// What the last job of a schedule that is done came to.
    public func lastResult(of schedule: String) throws(StoreError) -> JSONObject? {
        try database.read { connection in
            try connection.first(
                """
                SELECT j.result FROM schedule_firings f JOIN jobs j ON j.job = f.job
                WHERE f.schedule = ? AND j.status = 'done' ORDER BY f.firing DESC LIMIT 1
                """, [.text(schedule)]
            ) { try $0.json(0)?.objectValue ?? [:] }
        }
    }

    // MARK: - Forgetting

    /// Forgets jobs and firings that ended so long ago that nobody asks. A schedule's last ten firings stay.
    public func prune(_ settings: ScheduleSettings, at now: Timestamp) throws(StoreError) {
        let before = now + -settings.retentionDays * 86_400_000
        try database.write { connection in
            try connection.transaction {
                try connection.run(
                    "DELETE FROM jobs WHERE finished_at IS NOT NULL AND finished_at < ?", [.moment(before)])
                try connection.run(
                    """
                    DELETE FROM schedule_firings AS f WHERE fired_at < ? AND firing <= (
                        SELECT firing FROM schedule_firings k WHERE k.schedule = f.schedule
                        ORDER BY firing DESC LIMIT 1 OFFSET 10)
                    """, [.moment(before)])
            }
        }
    }
}
