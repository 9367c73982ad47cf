internal import SagaCore

extension Migration {
    /// What operators need besides cancel and retry.
    static func operatorsSQL(_ dialect: Dialect) -> String {
        """
        ALTER TABLE saga_runs ADD COLUMN tenant TEXT;           -- whose run it is; NULL: the platform's
        ALTER TABLE saga_runs ADD COLUMN submitted_by TEXT;
        ALTER TABLE saga_runs ADD COLUMN retry_of TEXT;         -- the run_id of the run that this one takes up
        ALTER TABLE saga_runs ADD COLUMN mark_request TEXT;     -- JSON: the step taken back by hand, and why
        ALTER TABLE saga_runs ADD COLUMN abandon_request TEXT;  -- the operator's reason
        ALTER TABLE saga_runs ADD COLUMN signalled TEXT;        -- the name of a signal that came

        CREATE INDEX saga_runs_tenant ON saga_runs (tenant, run) WHERE tenant IS NOT NULL;
        CREATE INDEX saga_runs_retry_of ON saga_runs (retry_of) WHERE retry_of IS NOT NULL;
        DROP INDEX saga_runs_requests;
        CREATE INDEX saga_runs_requests ON saga_runs (host) WHERE \(RunRequests.isAnyOfOperators);

        -- The journal learns new kinds. A CHECK cannot be changed, so the rows move into a new table.
        DROP VIEW saga_step_results;
        CREATE TABLE saga_journal_new (
            run      INTEGER NOT NULL,
            seq      INTEGER NOT NULL,                 -- from 1
            kind     TEXT NOT NULL,
            step     INTEGER,                          -- its number in the definition, from 1
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
                OR kind = 'signalled')
        ) \(dialect.strictClustered);
        INSERT INTO saga_journal_new SELECT run, seq, kind, step, attempt, data, image, at FROM saga_journal
            ORDER BY run, seq;
        DROP TABLE saga_journal;
        ALTER TABLE saga_journal_new RENAME TO saga_journal;

        \(ledgerSQL(dialect))

        -- Signals as they came; each is for one step.
        CREATE TABLE saga_signals (
            signal  INTEGER PRIMARY KEY,
            run     INTEGER NOT NULL,
            name    TEXT NOT NULL,
            data    TEXT,                              -- JSON
            by      TEXT NOT NULL,
            reason  TEXT NOT NULL,
            at      INTEGER NOT NULL
        ) \(dialect.strict);
        CREATE INDEX saga_signals_run ON saga_signals (run, name);

        -- Which step took which signal.
        CREATE TABLE saga_signal_uses (
            signal  INTEGER PRIMARY KEY,
            run     INTEGER NOT NULL,
            step    INTEGER NOT NULL,                  -- its number in the definition
            CONSTRAINT a_step_takes_one_signal UNIQUE (run, step)
        ) \(dialect.strict);

        -- What happened to runs after their end, for those who follow them: the end is where others stop looking.
        CREATE TABLE saga_late_changes (
            change  INTEGER PRIMARY KEY,
            run     INTEGER NOT NULL,
            at      INTEGER NOT NULL
        ) \(dialect.strict);

        -- Definitions that operators stored. A version never changes.
        CREATE TABLE saga_stored_definitions (
            definition  INTEGER PRIMARY KEY,           -- the newest of a name has the greatest
            name        TEXT NOT NULL,
            version     TEXT,
            hash        TEXT NOT NULL,                 -- SHA-256 of the text, hex
            text        TEXT NOT NULL,
            stored_by   TEXT NOT NULL,
            tenant      TEXT,                          -- NULL: of the platform, and everybody's to use
            stored_at   INTEGER NOT NULL
        ) \(dialect.strict);
        CREATE UNIQUE INDEX saga_stored_definitions_version
            ON saga_stored_definitions (coalesce(tenant, ''), name, coalesce(version, ''));
        """
    }

    /// The ledger: the last word of the journal on each step.
    private static func ledgerSQL(_ dialect: Dialect) -> String {
        """
        CREATE VIEW saga_step_results AS
        SELECT r.run_id, r.saga, s.number AS step_number, s.step_id, s.uses,
            CASE j.kind
                WHEN 'step_completed' THEN 'completed'
                WHEN 'step_adopted' THEN 'completed'
                WHEN 'step_suspended' THEN 'suspended'
                WHEN 'step_failed' THEN
                    CASE \(dialect.member("then.do", of: "j.data")) WHEN 'compensate' THEN 'failed' ELSE 'suspended' END
                WHEN 'step_probed' THEN
                    CASE \(dialect.member("then.do", of: "j.data"))
                        WHEN 'adopt' THEN 'completed' WHEN 'compensate' THEN 'failed' ELSE 'suspended' END
                WHEN 'compensation_completed' THEN
                    CASE WHEN \(dialect.member("how", of: "j.data")) = 'kept' THEN 'completed' ELSE 'compensated' END
                WHEN 'compensation_marked' THEN 'compensated'
                WHEN 'compensation_failed' THEN
                    CASE \(dialect.member("then.do", of: "j.data"))
                        WHEN 'compensate' THEN 'compensating' ELSE 'compensation_failed' END
                ELSE 'compensating'
            END AS status,
            (SELECT max(a.attempt) FROM saga_journal a
                WHERE a.run = j.run AND a.step = j.step AND a.kind LIKE 'step_%') AS attempt,
            (SELECT CASE o.kind WHEN 'step_adopted' THEN \(dialect.member("output", of: "o.data")) ELSE o.data END
                FROM saga_journal o WHERE o.run = j.run AND o.step = j.step
                AND (o.kind = 'step_completed' OR o.kind = 'step_adopted')) AS output,
            (SELECT \(dialect.member("error.message", of: "e.data")) FROM saga_journal e
                WHERE e.run = j.run AND e.step = j.step AND e.kind IN ('step_failed', 'compensation_failed')
                ORDER BY e.seq DESC LIMIT 1) AS error,
            p.plugin, p.version AS plugin_version, p.hash AS plugin_hash, j.at AS changed_at
        FROM saga_journal j
        JOIN saga_runs r ON r.run = j.run
        JOIN saga_definition_steps s ON s.definition = r.definition AND s.number = j.step
        LEFT JOIN plugin_images p ON p.image = j.image
        WHERE j.kind <> 'checkpointed' AND j.seq = (SELECT max(l.seq) FROM saga_journal l
            WHERE l.run = j.run AND l.step = j.step AND l.kind <> 'checkpointed');
        """
    }
}
