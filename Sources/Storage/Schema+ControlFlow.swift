internal import SagaCore

extension Migration {
    /// Steps within steps, and items of a `for_each`.
    static func controlFlowSQL(_ dialect: Dialect) -> String {
        """
        -- The journal learns of items, and new kinds. A CHECK cannot be changed, so the rows move into a new table.
        DROP VIEW saga_step_results;
        CREATE TABLE saga_journal_new (
            run      INTEGER NOT NULL,
            seq      INTEGER NOT NULL,                 -- from 1
            kind     TEXT NOT NULL,
            step     INTEGER,                          -- its number in the definition, from 1
            item     TEXT,                             -- within a for_each, of which item: 3, or 3.0 within two
            attempt  INTEGER,
            data     TEXT,                             -- JSON; of a completed step, its output
            image    INTEGER,                          -- the plugin image that did it
            at       INTEGER NOT NULL,
            PRIMARY KEY (run, seq),
            CONSTRAINT kind_is_known CHECK (
                kind = 'step_completed' OR kind = 'step_suspended' OR kind = 'step_failed' OR kind = 'step_probed'
                OR kind = 'checkpointed' OR kind = 'cancel_requested' OR kind = 'compensation_completed'
                OR kind = 'compensation_suspended' OR kind = 'compensation_failed' OR kind = 'retry_requested'
                OR kind = 'step_adopted' OR kind = 'retried_as' OR kind = 'compensation_marked' OR kind = 'abandoned'
                OR kind = 'signalled' OR kind = 'step_begun' OR kind = 'step_skipped' OR kind = 'items_listed'
                OR kind = 'saga_entered' OR kind = 'step_stopped' OR kind = 'scope_settled' OR kind = 'put_out'
                OR kind = 'deadline_passed' OR kind = 'paused' OR kind = 'resumed')
        ) \(dialect.strictClustered);
        INSERT INTO saga_journal_new SELECT run, seq, kind, step, NULL, attempt, data, image, at FROM saga_journal
            ORDER BY run, seq;
        DROP TABLE saga_journal;
        ALTER TABLE saga_journal_new RENAME TO saga_journal;

        \(ledgerByItemSQL(dialect))

        -- Runs of one concurrency key, in the order in which they asked: the first has its turn.
        CREATE TABLE saga_turns (
            turn             INTEGER PRIMARY KEY,
            concurrency_key  TEXT NOT NULL,
            run              INTEGER NOT NULL UNIQUE
        ) \(dialect.strict);
        CREATE INDEX saga_turns_key ON saga_turns (concurrency_key, turn);

        -- A step that is done for many items, or again, takes a signal each time: what tells them apart is its key.
        CREATE TABLE saga_signal_uses_new (
            signal  INTEGER PRIMARY KEY,
            run     INTEGER NOT NULL,
            step    TEXT NOT NULL,                     -- what stands for it in keys
            CONSTRAINT a_step_takes_one_signal UNIQUE (run, step)
        ) \(dialect.strict);
        INSERT INTO saga_signal_uses_new
            SELECT u.signal, u.run, s.step_id FROM saga_signal_uses u
            JOIN saga_runs r ON r.run = u.run
            JOIN saga_definition_steps s ON s.definition = r.definition AND s.number = u.step;
        DROP TABLE saga_signal_uses;
        ALTER TABLE saga_signal_uses_new RENAME TO saga_signal_uses;
        """
    }

    /// The ledger: the last word of the journal on each step, and on each item.
    ///
    /// - Parameter leftAlone: an expression of what a step counts as that nobody was asked to take back; it is given what
    ///   such a step counted as at first.
    static func ledgerByItemSQL(
        _ dialect: Dialect, leftAlone: (_ status: String) -> String = { $0 }
    ) -> String {
        """
        CREATE VIEW saga_step_results AS
        SELECT r.run_id, r.saga, s.number AS step_number, s.step_id, j.item, s.uses,
            CASE j.kind
                WHEN 'step_completed' THEN 'completed'
                WHEN 'step_adopted' THEN 'completed'
                WHEN 'step_skipped' THEN 'skipped'
                WHEN 'step_begun' THEN 'running'
                WHEN 'items_listed' THEN 'running'
                WHEN 'saga_entered' THEN 'running'
                WHEN 'step_stopped' THEN 'failed'
                WHEN 'scope_settled' THEN 'running'
                WHEN 'step_suspended' THEN 'suspended'
                WHEN 'step_failed' THEN
                    CASE \(dialect.member("then.do", of: "j.data")) WHEN 'compensate' THEN 'failed' ELSE 'suspended' END
                WHEN 'step_probed' THEN
                    CASE \(dialect.member("then.do", of: "j.data"))
                        WHEN 'adopt' THEN 'completed' WHEN 'compensate' THEN 'failed' ELSE 'suspended' END
                WHEN 'compensation_completed' THEN
                    CASE \(dialect.member("how", of: "j.data"))
                        WHEN 'kept' THEN \(leftAlone("'completed'"))
                        WHEN 'nothing_to_do' THEN \(leftAlone("'compensated'")) ELSE 'compensated' END
                WHEN 'compensation_marked' THEN 'compensated'
                WHEN 'compensation_failed' THEN
                    CASE \(dialect.member("then.do", of: "j.data"))
                        WHEN 'compensate' THEN 'compensating' ELSE 'compensation_failed' END
                ELSE 'compensating'
            END AS status,
            (SELECT max(a.attempt) FROM saga_journal a
                WHERE a.run = j.run AND a.step = j.step
                AND coalesce(a.item, '') = coalesce(j.item, '') AND a.kind LIKE 'step_%') AS attempt,
            (SELECT CASE o.kind WHEN 'step_adopted' THEN \(dialect.member("output", of: "o.data")) ELSE o.data END
                FROM saga_journal o WHERE o.run = j.run AND o.step = j.step
                AND coalesce(o.item, '') = coalesce(j.item, '')
                AND (o.kind = 'step_completed' OR o.kind = 'step_adopted')) AS output,
            (SELECT \(dialect.member("error.message", of: "e.data")) FROM saga_journal e
                WHERE e.run = j.run AND e.step = j.step
                AND coalesce(e.item, '') = coalesce(j.item, '') AND e.kind IN ('step_failed', 'compensation_failed')
                ORDER BY e.seq DESC LIMIT 1) AS error,
            p.plugin, p.version AS plugin_version, p.hash AS plugin_hash, j.at AS changed_at
        FROM saga_journal j
        JOIN saga_runs r ON r.run = j.run
        JOIN saga_definition_steps s ON s.definition = r.definition AND s.number = j.step
        LEFT JOIN plugin_images p ON p.image = j.image
        WHERE j.kind <> 'checkpointed' AND j.seq = (SELECT max(l.seq) FROM saga_journal l
            WHERE l.run = j.run AND l.step = j.step AND coalesce(l.item, '') = coalesce(j.item, '')
            AND l.kind <> 'checkpointed');
        """
    }
}
