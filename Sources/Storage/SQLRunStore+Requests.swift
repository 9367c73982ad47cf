public import SagaCore

/// Wishes noted in a run's row: whichever host drives the run hears of them.
extension SQLRunStore {
    /// As `requestCancel`. A run that ended `failed` is opened again, for its compensations to be taken up.
    ///
    /// - Parameter witness: sees the change, if there is one.
    public func requestRetry(
        _ key: RunKey, reason: String, at now: Timestamp, witness: Witness? = nil
    ) throws(StoreError) {
        try note("retry_request = ?", .text(reason), openingAgain: key, at: now, witness)
    }

    private func note(
        _ assignment: String, _ value: SQLValue, openingAgain key: RunKey, at now: Timestamp, _ witness: Witness?
    ) throws(StoreError) {
        try transact { connection in
            try witnessed(key, witness, connection) {
                try connection.run(
                    "UPDATE saga_runs SET \(assignment) WHERE run = ? AND finished_at IS NULL",
                    [value, .int(key.number)])
                try connection.run(
                    """
                    UPDATE saga_runs SET \(assignment), status = 'compensating', finished_at = NULL, host = NULL
                    WHERE run = ? AND status = 'failed'
                    """,
                    [value, .int(key.number)])
                if connection.changes > 0 { try connection.noteLateChange(key, at: now) }
            }
        }
    }

    /// A step was taken back by hand, while the run waits to try that again.
    public func requestMark(_ key: RunKey, _ mark: RunWishes.Mark, witness: Witness? = nil) throws(StoreError) {
        try note("mark_request = ?", .json(mark.json), key, witness)
    }

    public func requestAbandon(_ key: RunKey, reason: String, witness: Witness? = nil) throws(StoreError) {
        try note("abandon_request = ?, \(RunRequests.endingPause)", .text(reason), key, witness)
    }

    /// Nothing of the run is to be begun, until a resume. Takes a resume back that was not heard yet.
    public func requestPause(_ key: RunKey, reason: String, witness: Witness? = nil) throws(StoreError) {
        try note("pause_request = ?, resume_request = NULL", .text(reason), key, witness)
    }

    /// The other way round.
    public func requestResume(_ key: RunKey, reason: String, witness: Witness? = nil) throws(StoreError) {
        try note("resume_request = ?, pause_request = NULL, \(RunRequests.endingPause)", .text(reason), key, witness)
    }

    /// A step that waits is to be left out.
    public func requestSkip(_ key: RunKey, _ skip: RunWishes.Mark, witness: Witness? = nil) throws(StoreError) {
        try note("skip_request = ?", .json(skip.json), key, witness)
    }

    /// The same of a run that ended `failed` with that step past its pivot: it is opened again, to go on without it.
    public func requestSkip(
        _ key: RunKey, ofEnded skip: RunWishes.Mark, at now: Timestamp, witness: Witness? = nil
    ) throws(StoreError) {
        try note("skip_request = ?", .json(skip.json), openingAgain: key, at: now, witness)
    }

    /// Keeps a signal for the run, and wakes the step that waits for it.
    ///
    /// - Parameter witness: sees the signal.
    public func send(
        _ signal: Signal, to key: RunKey, at now: Timestamp, witness: Witness? = nil
    ) throws(StoreError) {
        try transact { connection in
            let told: JSONValue = ["signal": .string(signal.name), "data": signal.data ?? .null]
            let run = try RunQueries.wishes(of: key, connection)?.id ?? ""
            try witness?(Change(target: run, before: nil, after: told), connection)
            try connection.run(
                "INSERT INTO saga_signals (run, name, data, by, role, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    .int(key.number), .text(signal.name), .json(signal.data), .text(signal.by),
                    .text(orNull: signal.role), .text(signal.reason), .int(now.milliseconds),
                ])
            try connection.run(
                "UPDATE saga_runs SET signalled = ? WHERE run = ? AND finished_at IS NULL",
                [.text(signal.name), .int(key.number)])
        }
    }

    private func note(
        _ assignments: String, _ value: SQLValue, _ key: RunKey, _ witness: Witness?
    ) throws(StoreError) {
        try transact { connection in
            try witnessed(key, witness, connection) {
                try connection.run(
                    "UPDATE saga_runs SET \(assignments) WHERE run = ? AND finished_at IS NULL",
                    [value, .int(key.number)])
            }
        }
    }

    public func forget(_ requests: RunRequests, of key: RunKey) throws(StoreError) {
        try transact {
            try $0.run(
                "UPDATE saga_runs SET \(RunRequests.clearing(by: "?1")) WHERE run = ?2",
                [.int(Int64(requests.rawValue)), .int(key.number)])
        }
    }

    /// Wishes for runs that this host drives.
    public func requests() throws(StoreError) -> [(key: RunKey, cancel: String?, wishes: RunWishes)] {
        try database.read {
            try $0.rows(
                """
                SELECT run, CASE status WHEN 'running' THEN cancel_request END, retry_request, mark_request,
                    abandon_request, signalled, pause_request, resume_request, skip_request
                FROM saga_runs INDEXED BY saga_runs_requests
                WHERE host = ? AND finished_at IS NULL AND \(RunRequests.isAny)
                """, [.text(host.description)]
            ) { row in
                let mark = try row.json(3).flatMap(RunWishes.Mark.init(json:))
                let wishes = RunWishes(
                    retry: row.text(2), mark: mark, abandon: row.text(4), signal: row.text(5), pause: row.text(6),
                    resume: row.text(7), skip: try row.json(8).flatMap(RunWishes.Mark.init(json:)))
                return (RunKey(number: row.int(0) ?? 0), row.text(1), wishes)
            }
        }
    }
}

extension SQLRunStore: SignalBox {
    public func take(
        _ name: String, run: RunID, step: String, rule: SignalRule
    ) throws(StoreError) -> Signal? {
        // Looked for before it is taken: a step that waits must not write each time it looks.
        guard let key = try find(run), try hasSignal(name, for: step, of: key) else { return nil }
        return try transact { connection in
            let place: [SQLValue] = [.int(key.number), .text(step)]
            func taken() throws -> Signal? {
                let taken = "JOIN saga_signal_uses u ON u.signal = s.signal WHERE u.run = ? AND u.step = ?"
                return try Self.signals(taken, place, connection).first?.signal
            }
            if let taken = try taken() { return taken }
            let free = try Self.signals(
                """
                WHERE s.run = ? AND s.name = ?
                    AND NOT EXISTS (SELECT 1 FROM saga_signal_uses u WHERE u.signal = s.signal) ORDER BY s.signal
                """, [.int(key.number), .text(name)], connection)
            let starter = try connection.first(
                "SELECT submitted_by FROM saga_runs WHERE run = ?", [.int(key.number)]
            ) { $0.text(0) }
            guard let first = free.first(where: { rule.lets($0.signal, startedBy: starter ?? nil) }) else { return nil }
            try connection.run(
                "INSERT INTO saga_signal_uses (signal, run, step) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [.int(first.number)] + place)
            // Where transactions overlap another step may have been faster.
            return try taken()
        }
    }

    /// - Parameter condition: what comes after `FROM saga_signals s`.
    private static func signals(
        _ condition: String, _ values: [SQLValue], _ connection: any Connection
    ) throws -> [(number: Int64, signal: Signal)] {
        try connection.rows(
            "SELECT s.signal, s.name, s.data, s.by, s.role, s.reason FROM saga_signals s " + condition, values
        ) {
            let signal = Signal(
                name: $0.text(1) ?? "", data: try $0.json(2), by: $0.text(3) ?? "", role: $0.text(4),
                reason: $0.text(5) ?? "")
            return ($0.int(0) ?? 0, signal)
        }
    }

    private func hasSignal(_ name: String, for step: String, of key: RunKey) throws(StoreError) -> Bool {
        try database.read { connection in
            try connection.first(
                """
                SELECT 1 FROM saga_signals s LEFT JOIN saga_signal_uses u ON u.signal = s.signal
                WHERE s.run = ? AND s.name = ? AND (u.signal IS NULL OR u.step = ?)
                """, [.int(key.number), .text(name), .text(step)]
            ) { _ in true } ?? false
        }
    }
}
