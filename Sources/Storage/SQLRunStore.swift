public import SagaCore

/// Runs in a database: one function a promise of `RunStore`.
public final class SQLRunStore: RunStore, @unchecked Sendable {
    public let host: HostID
    let database: any Database
    private var committer: GroupCommitter!
    /// Touched by the writer alone.
    private var definitionNumbers: [String: Int64] = [:]
    private var images = ImageTable()
    private var hot: HotStatements?
    /// Of runs that are being made.
    private let witnesses = Monitor([RunID: Witness]())

    /// Opens the store and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - workers: where runs go on when their writes are durable; nil for a store that drives none.
    ///   - migrations: of every table in this database, in order: one that is not among them is a newer version's.
    public init(
        _ database: any Database, host: HostID, now: Timestamp, workers: (any WorkQueue)? = nil,
        migrations: [Migration] = Migration.runs
    ) throws(StoreError) {
        self.database = database
        self.host = host
        committer = GroupCommitter(
            expectsMore: { workers?.hasMoreUnderWay ?? false }, enqueue: { workers?.enqueue($0) },
            commit: { [unowned self] in commit($0) })
        try database.write { try $0.migrate(migrations, at: now.milliseconds) }
    }

    // MARK: - Writing

    /// Makes a run that this host is to drive, together with whatever else is being written.
    ///
    /// - Parameter witness: sees the run made, in its transaction.
    /// - Throws: `duplicate_key` where its idempotency key was used before.
    public func create(_ new: NewRun, witness: @escaping Witness) throws(StoreError) -> RunKey {
        witnesses.withLock { $0[new.id] = witness }
        defer { witnesses.withLock { _ = $0.removeValue(forKey: new.id) } }
        return try writeAndWait(.create(new, drivenByUs: true))
    }

    /// Commits what waits for company; a thread without work calls this before it sleeps.
    public func flush() -> Bool { committer.flush() }

    public func write(_ write: RunWrite, for writer: any RunWriter) -> Result<RunKey, StoreError>? {
        committer.submit(write, for: writer)
    }

    public func writeAndWait(_ write: RunWrite) throws(StoreError) -> RunKey {
        let waiter = WaitingWriter()
        let result = self.write(write, for: waiter) ?? waiter.wait()
        return try result.get()
    }

    /// One transaction for all of them. A write that breaks a rule of its own fails alone; what fails the commit fails
    /// them all, and none of them happened.
    private func commit(_ batch: [RunWrite]) -> [Result<RunKey, StoreError>] {
        var results: [Result<RunKey, StoreError>] = []
        do throws(StoreError) {
            try database.write { connection in
                let hot = try self.hot ?? HotStatements(connection)
                self.hot = hot
                try connection.transaction { results = try apply(batch, hot, connection) }
            }
            return results
        } catch {
            forgetNumbers()
            return batch.map { _ in .failure(error) }
        }
    }

    /// Runs first, then the events of all in statements of many rows, then the rows of runs that change.
    private func apply(
        _ batch: [RunWrite], _ hot: HotStatements, _ connection: any Connection
    ) throws -> [Result<RunKey, StoreError>] {
        var results: [Result<RunKey, StoreError>] = []
        results.reserveCapacity(batch.count)
        var events = EventRows()
        for (index, write) in batch.enumerated() {
            switch write {
            case .create(let new, let drivenByUs):
                results.append(try create(new, drivenByUs: drivenByUs, hot, connection))
            case .append(let key, let stored, _):
                results.append(.success(key))
                for event in stored {
                    events.add(try values(of: event, key, connection), of: index)
                    if events.isFull { try insert(&events, hot, &results) }
                }
            }
        }
        try insert(&events, hot, &results)
        for (index, write) in batch.enumerated() {
            if case .append(let key, _, let change?) = write, case .success = results[index] {
                try hot.updateRow(key, change)
                if let images = change.images { try set(images, of: key, connection) }
            }
        }
        return results
    }

    private func create(
        _ new: NewRun, drivenByUs: Bool, _ hot: HotStatements, _ connection: any Connection
    ) throws -> Result<RunKey, StoreError> {
        try hot.insertRun.run([
            .text(new.id.description), .text(new.saga), .text(drivenByUs ? "running" : "pending"),
            .text(new.inputs.text),
            .int(try definition(of: new, connection)), .text(orNull: new.idempotencyKey),
            drivenByUs ? .text(host.description) : .null, .int(new.createdAt.milliseconds),
            .text(orNull: new.tenant), .text(orNull: new.submittedBy), .text(orNull: new.retryOf?.description),
            .text(orNull: new.forkOf?.description), .int(orNull: try images.number(of: new.images, connection)),
            .text(new.label),
        ])
        guard connection.changes == 1 else {
            return .failure(
                StoreError(code: "duplicate_key", message: "a run with this idempotency key exists already"))
        }
        // Before the witness writes a row of its own.
        let key = RunKey(number: connection.lastInsertedRow)
        if let witness = witnesses.withLock({ $0.isEmpty ? nil : $0.removeValue(forKey: new.id) }) {
            let after: JSONValue = ["saga": .string(new.saga), "definition_hash": .string(new.definitionHash)]
            try witness(Change(target: new.id.description, before: nil, after: after), connection)
        }
        return .success(key)
    }

    /// Makes a run that begins with what it adopts, and tells the run it takes up; in one transaction.
    ///
    /// - Parameter told: the old run's next event.
    /// - Throws: `taken` when the old run went on meanwhile.
    public func succeed(
        _ old: RunKey, by new: NewRun, adopting events: [StoredEvent], told: StoredEvent, witness: Witness? = nil
    ) throws(StoreError) -> RunKey {
        try transact { connection in
            let run = try RunQueries.wishes(of: old, connection)?.id ?? ""
            let after: JSONValue = ["retried_as": .string(new.id.description), "inputs": new.inputs]
            try witness?(Change(target: run, before: nil, after: after), connection)
            let hot = try self.hot ?? HotStatements(connection)
            self.hot = hot
            try appendToEnded(old, told, connection)
            let key = try create(new, drivenByUs: false, hot, connection).get()
            for event in events { try hot.insertEvent.run(try values(of: event, key, connection)) }
            return key
        }
    }

    /// Makes a run that begins with what it knows of an ended one, which is told nothing.
    ///
    /// - Parameter sequence: of the ended run's last event.
    /// - Throws: `taken` when that run went on meanwhile.
    public func fork(
        _ old: RunKey, at sequence: Int, into new: NewRun, knowing events: [StoredEvent], witness: Witness? = nil
    ) throws(StoreError) -> RunKey {
        try transact { connection in
            guard try lastOfEnded(old, connection) == Int64(sequence) else { throw Self.taken }
            let run = try RunQueries.wishes(of: old, connection)?.id ?? ""
            let after: JSONValue = ["forked_as": .string(new.id.description), "inputs": new.inputs]
            try witness?(Change(target: run, before: nil, after: after), connection)
            let hot = try self.hot ?? HotStatements(connection)
            self.hot = hot
            let key = try create(new, drivenByUs: false, hot, connection).get()
            for event in events { try hot.insertEvent.run(try values(of: event, key, connection)) }
            return key
        }
    }

    /// Writes an event of a run that has ended; `change` is what becomes of its row.
    ///
    /// - Throws: `taken` when the run went on meanwhile.
    public func append(
        toEnded key: RunKey, _ event: StoredEvent, _ change: RowChange, witness: Witness? = nil
    ) throws(StoreError) {
        try transact { connection in
            let hot = try self.hot ?? HotStatements(connection)
            self.hot = hot
            try appendToEnded(key, event, connection)
            try hot.updateRow(key, change)
            let run = try RunQueries.wishes(of: key, connection)
            try witness?(Change(target: run?.id ?? "", before: nil, after: event.event.data), connection)
        }
    }

    private func appendToEnded(_ key: RunKey, _ event: StoredEvent, _ connection: any Connection) throws {
        guard let last = try lastOfEnded(key, connection), last + 1 == Int64(event.sequence) else { throw Self.taken }
        try (hot ?? HotStatements(connection)).insertEvent.run(try values(of: event, key, connection))
        try connection.noteLateChange(key, at: event.at)
    }

    /// The number of its last event; nil: it has not ended.
    private func lastOfEnded(_ key: RunKey, _ connection: any Connection) throws -> Int64? {
        let last = try connection.first(
            "SELECT max(j.seq) FROM saga_runs r JOIN saga_journal j ON j.run = r.run WHERE r.run = ? AND r.finished_at IS NOT NULL",
            [.int(key.number)]
        ) { $0.int(0) }
        return last ?? nil
    }

    private static let taken = StoreError(
        code: "taken", message: "another host has written to this run; it goes on there")

    private func values(of stored: StoredEvent, _ key: RunKey, _ connection: any Connection) throws -> [SQLValue] {
        [
            .int(key.number), .int(Int64(stored.sequence)), .text(stored.event.kind.rawValue),
            .int(orNull: stored.event.step.map { Int64($0.index + 1) }), .text(orNull: stored.event.step?.itemText),
            .int(orNull: stored.event.attempt.map(Int64.init)),
            .json(stored.event.data),
            .int(orNull: try stored.image.map { try images.number(of: $0, usedAt: stored.at, connection) }),
            .int(stored.at.milliseconds),
        ]
    }

    /// A full set of rows goes in by one statement. Where one of them is there already, each goes alone, and the run it
    /// belongs to hears that another host has it.
    private func insert(
        _ events: inout EventRows, _ hot: HotStatements, _ results: inout [Result<RunKey, StoreError>]
    ) throws {
        defer { events.removeAll() }
        if events.isFull {
            do {
                return try hot.insertEvents.run(events.values)
            } catch let failure as SQLiteFailure where failure.isConstraint {}
        }
        for (row, owner) in events.owners.enumerated() {
            do {
                try hot.insertEvent.run(Array(events.values[row * EventRows.columns..<(row + 1) * EventRows.columns]))
            } catch let failure as SQLiteFailure where failure.isConstraint {
                results[owner] = .failure(Self.taken)
            }
        }
    }

    private func definition(of new: NewRun, _ connection: any Connection) throws -> Int64 {
        if let known = definitionNumbers[new.definitionHash] { return known }
        let find = "SELECT definition FROM saga_definitions WHERE hash = ?"
        var number = try connection.first(find, [.text(new.definitionHash)]) { $0.int(0) ?? 0 }
        if number == nil {
            try connection.run(
                "INSERT INTO saga_definitions (hash, text) VALUES (?, ?)",
                [.text(new.definitionHash), .text(new.definition)])
            let inserted = connection.lastInsertedRow
            for step in new.steps {
                try connection.run(
                    "INSERT INTO saga_definition_steps VALUES (?, ?, ?, ?)",
                    [
                        .int(inserted), .int(Int64(step.number)), .text(new.labels.patterns[step.number - 1]),
                        .text(step.uses.description),
                    ])
            }
            number = inserted
        }
        definitionNumbers[new.definitionHash] = number
        return number!
    }

    /// Runs one small transaction between the commits of runs.
    func transact<Result>(_ body: (any Connection) throws -> Result) throws(StoreError) -> Result {
        try committer.alone { () throws(StoreError) in
            try database.write { connection in
                do {
                    return try connection.transaction { try body(connection) }
                } catch {
                    forgetNumbers()
                    throw error
                }
            }
        }
    }

    /// After a transaction that was rolled back: what the tables were thought to hold may not be there.
    private func forgetNumbers() {
        definitionNumbers.removeAll()
        images.forget()
    }

    public func setBlocked(_ key: RunKey, reason: String?, unlessCancelled hearsCancel: Bool) throws(StoreError) {
        // A run that cannot go on here is nobody's: nothing of it is in progress, and any host may take it. Where its pause
        // is to end, which was said while it was being set aside, any host should.
        let wishes = ["resume_request", "abandon_request"] + (hearsCancel ? ["cancel_request"] : [])
        let isToGoOn = "paused IS NOT NULL AND coalesce(\(wishes.joined(separator: ", "))) IS NOT NULL"
        let sql =
            reason == nil
            ? "UPDATE saga_runs SET blocked = ? WHERE run = ?"
            : "UPDATE saga_runs SET blocked = CASE WHEN \(isToGoOn) THEN NULL ELSE ? END, host = NULL WHERE run = ?"
        try transact { try $0.run(sql, [.text(orNull: reason), .int(key.number)]) }
    }

    public func setImages(_ key: RunKey, _ images: RunImages) throws(StoreError) {
        try transact { try set(images, of: key, $0) }
    }

    private func set(_ images: RunImages, of key: RunKey, _ connection: any Connection) throws {
        try connection.run(
            "UPDATE saga_runs SET plugin_set = ? WHERE run = ?",
            [.int(orNull: try self.images.number(of: images, connection)), .int(key.number)])
    }

    public func takeTurn(_ key: RunKey, of concurrencyKey: String) throws(StoreError) -> Bool {
        try transact { connection in
            // Of hosts that ended between the end of a run and this.
            try connection.run(
                """
                DELETE FROM saga_turns WHERE concurrency_key = ? AND EXISTS (SELECT 1 FROM saga_runs r
                    WHERE r.run = saga_turns.run AND r.finished_at IS NOT NULL)
                """, [.text(concurrencyKey)])
            try connection.run(
                "INSERT INTO saga_turns (concurrency_key, run) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [.text(concurrencyKey), .int(key.number)])
            return try connection.first(
                "SELECT run FROM saga_turns WHERE concurrency_key = ? ORDER BY turn LIMIT 1", [.text(concurrencyKey)]
            ) { $0.int(0) } == key.number
        }
    }

    public func leaveTurn(_ key: RunKey) throws(StoreError) -> RunKey? {
        try transact { connection in
            let name = try connection.first(
                "SELECT concurrency_key FROM saga_turns WHERE run = ?", [.int(key.number)]
            ) { $0.text(0) }
            guard let name = name ?? nil else { return nil }
            try connection.run("DELETE FROM saga_turns WHERE run = ?", [.int(key.number)])
            return try connection.first(
                "SELECT run FROM saga_turns WHERE concurrency_key = ? ORDER BY turn LIMIT 1", [.text(name)]
            ) { RunKey(number: $0.int(0) ?? 0) }
        }
    }

    public func record(_ crash: PluginCrash) throws(StoreError) {
        try transact {
            try $0.run(
                """
                INSERT INTO plugin_crashes (plugin, version, hash, operation, run_id, cause, licence, at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    .text(crash.image.plugin), .text(crash.image.version), .text(crash.image.hash),
                    .text(crash.operation),
                    .text(orNull: crash.run?.description), .text(crash.cause), .int(Int64(crash.licence)),
                    .int(crash.at.milliseconds),
                ])
        }
    }

    // MARK: - Hosts

    public func openRuns(of host: HostID?) throws(StoreError) -> [OpenRun] {
        try database.read { try Self.openRuns(of: host, $0) }
    }

    public func claimRuns(of host: HostID?) throws(StoreError) -> [OpenRun] {
        try transact { connection in
            let runs = try Self.openRuns(of: host, connection)
            let claim =
                "UPDATE saga_runs SET host = ?, status = CASE status WHEN 'pending' THEN 'running' ELSE status END"
            if let host {
                try connection.run(
                    claim + " WHERE host = ? AND finished_at IS NULL",
                    [.text(self.host.description), .text(host.description)])
            } else {
                try connection.run(
                    claim + " WHERE host IS NULL AND finished_at IS NULL AND \(RunRequests.mayBeTaken)",
                    [.text(self.host.description)])
            }
            return runs
        }
    }

    /// Makes the runs ours that nobody has taken yet, and that are not held up: a host that stays looks for these often.
    public func claimNewRuns() throws(StoreError) -> [OpenRun] {
        let new = try database.read { connection in
            try connection.rows(
                "SELECT run FROM saga_runs WHERE finished_at IS NULL AND host IS NULL AND blocked IS NULL"
            ) { RunKey(number: $0.int(0) ?? 0) }
        }
        var runs: [OpenRun] = []
        for key in new where try claimRun(key, of: nil) {
            if let run = try load(key)?.row { runs.append(OpenRun(key: key, id: run.id, wakeAt: run.wakeAt)) }
        }
        return runs
    }

    /// Gives back what this host drives no more: nothing of it is in progress, and any host may take it.
    public func releaseRuns() throws(StoreError) {
        try transact {
            try $0.run(
                "UPDATE saga_runs SET host = NULL WHERE host = ? AND finished_at IS NULL", [.text(host.description)])
        }
    }

    public func claimRun(_ key: RunKey, of host: HostID?) throws(StoreError) -> Bool {
        try transact { connection in
            try connection.run(
                """
                UPDATE saga_runs SET host = ?, status = CASE status WHEN 'pending' THEN 'running' ELSE status END
                WHERE run = ? AND finished_at IS NULL AND coalesce(host, '') = ?
                """, [.text(self.host.description), .int(key.number), .text(host?.description ?? "")])
            return connection.changes == 1
        }
    }

    /// Who drives the run; nil: nobody.
    public func driver(of key: RunKey) throws(StoreError) -> HostID? {
        try database.read { connection in
            try connection.first("SELECT host FROM saga_runs WHERE run = ?", [.int(key.number)]) { $0.text(0) }?.map(
                HostID.init)
        }
    }

    private static func openRuns(of host: HostID?, _ connection: any Connection) throws -> [OpenRun] {
        let sql = "SELECT run, run_id, wake_at FROM saga_runs WHERE finished_at IS NULL AND host "
        let read: (any Row) throws -> OpenRun = { row in
            OpenRun(
                key: RunKey(number: row.int(0) ?? 0), id: RunID(row.text(1) ?? "") ?? .missing,
                wakeAt: row.int(2).map(Timestamp.init(milliseconds:)))
        }
        guard let host else {
            return try connection.rows(sql + "IS NULL AND \(RunRequests.mayBeTaken) ORDER BY run", [], read)
        }
        return try connection.rows(sql + "= ? ORDER BY run", [.text(host.description)], read)
    }

    /// Hosts that unfinished runs name.
    public func hostsWithOpenRuns() throws(StoreError) -> [HostID] {
        try database.read {
            try $0.rows("SELECT DISTINCT host FROM saga_runs WHERE finished_at IS NULL AND host IS NOT NULL") {
                HostID($0.text(0) ?? "")
            }
        }
    }

    // MARK: - What operators ask for

    /// Notes a wish in the run's row: whichever host drives the run hears of it. Others are in `+Requests`.
    ///
    /// - Parameter witness: sees the change, if there is one.
    public func requestCancel(_ key: RunKey, reason: String, witness: Witness? = nil) throws(StoreError) {
        try transact { connection in
            try witnessed(key, witness, connection) {
                try connection.run(
                    "UPDATE saga_runs SET cancel_request = ?, \(RunRequests.endingPause) WHERE run = ? AND finished_at IS NULL",
                    [.text(reason), .int(key.number)])
            }
        }
    }

    /// Changes a run's row, and has what changed seen.
    func witnessed(
        _ key: RunKey, _ witness: Witness?, _ connection: any Connection, _ change: () throws -> Void
    ) throws {
        guard let witness else { return try change() }
        let before = try RunQueries.wishes(of: key, connection)
        try change()
        guard let after = try RunQueries.wishes(of: key, connection), after != before else { return }
        try witness(Change(target: after.id, before: before?.json, after: after.json), connection)
    }

    // MARK: - Reading

    /// What operators stored to be run by name.
    public var definitions: DefinitionStore { DefinitionStore(database) }

    public func load(_ key: RunKey) throws(StoreError) -> StoredRun? {
        try database.read { connection in
            guard let (row, definition) = try RunQueries.row(key, connection) else { return nil }
            return StoredRun(
                row: row, definition: definition, events: try RunQueries.events(of: key, connection),
                images: try RunQueries.images(of: key, connection))
        }
    }

    /// The run without its journal.
    public func row(_ key: RunKey) throws(StoreError) -> RunRow? {
        try database.read { try RunQueries.row(key, $0)?.0 }
    }

    public func find(_ id: RunID) throws(StoreError) -> RunKey? {
        try database.read { connection in
            try connection.first("SELECT run FROM saga_runs WHERE run_id = ?", [.text(id.description)]) {
                RunKey(number: $0.int(0) ?? 0)
            }
        }
    }

    public func find(idempotencyKey: String) throws(StoreError) -> RunKey? {
        try database.read { connection in
            try connection.first("SELECT run FROM saga_runs WHERE idempotency_key = ?", [.text(idempotencyKey)]) {
                RunKey(number: $0.int(0) ?? 0)
            }
        }
    }

    /// Runs whose id starts with, or ends on, this text; at most `limit`.
    public func find(abbreviation: String, limit: Int = 10) throws(StoreError) -> [(key: RunKey, id: RunID)] {
        guard abbreviation.allSatisfy({ $0.isASCII && ($0.isHexDigit || $0 == "-") }) else { return [] }
        return try database.read { connection in
            try connection.rows(
                "SELECT run, run_id FROM saga_runs WHERE run_id LIKE ? OR run_id LIKE ? ORDER BY run_id DESC LIMIT ?",
                [.text(abbreviation + "%"), .text("%" + abbreviation), .int(Int64(limit))]
            ) { (RunKey(number: $0.int(0) ?? 0), RunID($0.text(1) ?? "") ?? .missing) }
        }
    }

    /// Crashes by library hash, the newest first.
    public func crashes() throws(StoreError) -> [PluginCrash] {
        try database.read { connection in
            try connection.rows(
                "SELECT plugin, version, hash, operation, run_id, cause, licence, at FROM plugin_crashes ORDER BY crash DESC"
            ) { row in
                PluginCrash(
                    image: PluginImage(plugin: row.text(0) ?? "", version: row.text(1) ?? "", hash: row.text(2) ?? ""),
                    operation: row.text(3) ?? "", run: row.text(4).flatMap(RunID.init), cause: row.text(5) ?? "",
                    licence: Int(row.int(6) ?? 0), at: Timestamp(milliseconds: row.int(7) ?? 0))
            }
        }
    }

    /// Lets a quarantined image in again: its crashes are forgotten.
    ///
    /// - Parameter witness: sees `{plugin, version, hash, crashes}` go.
    public func forgetCrashes(of image: PluginImage, witness: Witness? = nil) throws(StoreError) -> Int {
        try transact { connection in
            try connection.run("DELETE FROM plugin_crashes WHERE hash = ?", [.text(image.hash)])
            let count = connection.changes
            guard let witness, count > 0 else { return count }
            let before: JSONValue = [
                "plugin": .string(image.plugin), "version": .string(image.version), "hash": .string(image.hash),
                "crashes": .int(Int64(count)),
            ]
            try witness(Change(target: image.plugin, before: before, after: nil), connection)
            return count
        }
    }
}

/// Rows for the journal on their way into one statement: a third faster than one at a time, when there are many.
private struct EventRows {
    static let columns = 9
    static let size = 16

    private(set) var values: [SQLValue] = []
    /// The place in the batch of the write that each row belongs to.
    private(set) var owners: [Int] = []

    var isFull: Bool { owners.count == Self.size }

    mutating func add(_ row: [SQLValue], of owner: Int) {
        values.append(contentsOf: row)
        owners.append(owner)
    }

    mutating func removeAll() {
        values.removeAll(keepingCapacity: true)
        owners.removeAll(keepingCapacity: true)
    }
}

/// The statements on the way of every run.
private final class HotStatements {
    let insertRun: any Statement
    let insertEvent: any Statement
    let insertEvents: any Statement
    private let updateStatus: any Statement

    init(_ connection: any Connection) throws {
        insertRun = try connection.statement(
            """
            INSERT INTO saga_runs (run_id, saga, status, inputs, definition, idempotency_key, host, created_at,
                tenant, submitted_by, retry_of, fork_of, plugin_set, label)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """)
        let insert = "INSERT INTO saga_journal (run, seq, kind, step, item, attempt, data, image, at) VALUES "
        let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
        insertEvent = try connection.statement(insert + row)
        insertEvents = try connection.statement(
            insert + Array(repeating: row, count: EventRows.size).joined(separator: ", "))
        updateStatus = try connection.statement(
            """
            UPDATE saga_runs SET status = ?1, wake_at = ?2, error = ?3, finished_at = ?4, paused = ?7, waits = ?8,
                \(RunRequests.clearing(by: "?5"))
            WHERE run = ?6
            """)
    }

    func updateRow(_ key: RunKey, _ change: RowChange) throws {
        try updateStatus.run([
            .text(change.status.rawValue), .moment(change.wakeAt), .json(change.error), .moment(change.finishedAt),
            .int(Int64(change.clears.rawValue)), .int(key.number), .text(orNull: change.paused),
            .json(change.waits?.json),
        ])
    }
}

/// A caller that waits for its write.
private final class WaitingWriter: RunWriter {
    private let result = Monitor<Result<RunKey, StoreError>?>(nil)

    func wrote(_ result: Result<RunKey, StoreError>) -> (any Work)? {
        self.result.change { $0 = result }
        return nil
    }

    func wait() -> Result<RunKey, StoreError> { result.wait { $0 } }
}

extension RunID {
    /// Stands where a row's id is not one: shown, never looked up.
    static let missing = RunID("00000000-0000-0000-0000-000000000000")!
}
