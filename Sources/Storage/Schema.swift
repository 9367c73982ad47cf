internal import SagaCore

/// The tables, as named migrations: a name never changes and never goes.
public struct Migration: Sendable {
    public let name: String
    public let sql: @Sendable (Dialect) -> String

    /// - Parameter sql: statements that make what the migration is named after.
    public init(name: String, sql: @escaping @Sendable (Dialect) -> String) {
        self.name = name
        self.sql = sql
    }

    /// The tables of runs and their journal.
    public static let runs = [
        Migration(name: "0001 runs", sql: runsSQL), Migration(name: "0008 operators", sql: operatorsSQL),
        Migration(name: "0011 versions", sql: versionsSQL),
        Migration(name: "0012 disabled plugins", sql: disabledPluginsSQL),
        Migration(name: "0013 control flow", sql: controlFlowSQL),
        Migration(name: "0014 verbs", sql: verbsSQL), Migration(name: "0015 what runs wait for", sql: waitsSQL),
    ]

    private static func runsSQL(_ dialect: Dialect) -> String {
        """
        -- Definitions by content: many runs follow the same text.
        CREATE TABLE saga_definitions (
            definition  INTEGER PRIMARY KEY,
            hash        TEXT NOT NULL UNIQUE,          -- SHA-256 of the text, hex
            text        TEXT NOT NULL
        ) \(dialect.strict);

        -- The steps of a definition, so that a journal row need only name a number.
        CREATE TABLE saga_definition_steps (
            definition  INTEGER NOT NULL,
            number      INTEGER NOT NULL,              -- from 1
            step_id     TEXT NOT NULL,
            uses        TEXT NOT NULL,
            PRIMARY KEY (definition, number)
        ) \(dialect.strictClustered);

        -- The plugin images that have done work here.
        CREATE TABLE plugin_images (
            image       INTEGER PRIMARY KEY,
            plugin      TEXT NOT NULL,
            version     TEXT NOT NULL,
            hash        TEXT NOT NULL,                 -- SHA-256 of the library, hex
            UNIQUE (plugin, version, hash)
        ) \(dialect.strict);

        -- One row a run. It changes only when the status does, a timer is set, or an operator asks for something.
        CREATE TABLE saga_runs (
            run              INTEGER PRIMARY KEY,      -- short, and good in this database only
            run_id           TEXT NOT NULL UNIQUE,     -- UUIDv7: by id is by age
            saga             TEXT NOT NULL,
            status           TEXT NOT NULL,
            inputs           TEXT NOT NULL,            -- JSON
            definition       INTEGER NOT NULL,
            idempotency_key  TEXT,
            host             TEXT,                     -- who drives it; NULL: nobody yet
            error            TEXT,                     -- JSON
            blocked          TEXT,                     -- why it does not go on, a sentence
            wake_at          INTEGER,                  -- milliseconds since 1970, UTC, like every time here
            cancel_request   TEXT,                     -- the operator's reason
            retry_request    TEXT,
            created_at       INTEGER NOT NULL,
            finished_at      INTEGER,
            -- OR, not IN: SQLite 3.40 builds a table of the list anew for every row, which halves the speed of a commit.
            CONSTRAINT ended_runs_have_a_time CHECK (CASE WHEN finished_at IS NULL
                THEN status = 'running' OR status = 'compensating' OR status = 'pending'
                ELSE status = 'completed' OR status = 'rolled_back' OR status = 'failed' END)
        ) \(dialect.strict);

        -- Partial, so that ten million ended runs cost a running one nothing.
        CREATE INDEX saga_runs_open ON saga_runs (host) WHERE finished_at IS NULL;
        CREATE INDEX saga_runs_requests ON saga_runs (host)
            WHERE cancel_request IS NOT NULL OR retry_request IS NOT NULL;
        CREATE INDEX saga_runs_failed ON saga_runs (run) WHERE status = 'failed';
        CREATE UNIQUE INDEX saga_runs_idempotency_key ON saga_runs (idempotency_key)
            WHERE idempotency_key IS NOT NULL;

        -- The truth: append-only, replayed in the order of seq. Each row licenses the call that follows from it.
        CREATE TABLE saga_journal (
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
                OR kind = 'compensation_suspended' OR kind = 'compensation_failed' OR kind = 'retry_requested')
        ) \(dialect.strictClustered);

        -- The ledger: the last word of the journal on each step.
        CREATE VIEW saga_step_results AS
        SELECT r.run_id, r.saga, s.number AS step_number, s.step_id, s.uses,
            CASE j.kind
                WHEN 'step_completed' THEN 'completed'
                WHEN 'step_suspended' THEN 'suspended'
                WHEN 'step_failed' THEN
                    CASE \(dialect.member("then.do", of: "j.data")) WHEN 'compensate' THEN 'failed' ELSE 'suspended' END
                WHEN 'step_probed' THEN
                    CASE \(dialect.member("then.do", of: "j.data"))
                        WHEN 'adopt' THEN 'completed' WHEN 'compensate' THEN 'failed' ELSE 'suspended' END
                WHEN 'compensation_completed' THEN
                    CASE WHEN \(dialect.member("how", of: "j.data")) = 'kept' THEN 'completed' ELSE 'compensated' END
                WHEN 'compensation_failed' THEN
                    CASE \(dialect.member("then.do", of: "j.data"))
                        WHEN 'compensate' THEN 'compensating' ELSE 'compensation_failed' END
                ELSE 'compensating'
            END AS status,
            (SELECT max(a.attempt) FROM saga_journal a
                WHERE a.run = j.run AND a.step = j.step AND a.kind LIKE 'step_%') AS attempt,
            (SELECT o.data FROM saga_journal o
                WHERE o.run = j.run AND o.step = j.step AND o.kind = 'step_completed') AS output,
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

        -- What plugins did to the process; three times, and the image is not let in again.
        CREATE TABLE plugin_crashes (
            crash      INTEGER PRIMARY KEY,
            plugin     TEXT NOT NULL,
            version    TEXT NOT NULL,
            hash       TEXT NOT NULL,
            operation  TEXT NOT NULL,
            run_id     TEXT,
            cause      TEXT NOT NULL,
            licence    INTEGER NOT NULL,               -- the journal's event that the call followed
            at         INTEGER NOT NULL,
            UNIQUE (run_id, licence, hash)
        ) \(dialect.strict);
        CREATE INDEX plugin_crashes_hash ON plugin_crashes (hash);
        """
    }
}

extension Connection {
    /// Brings the schema up to date, each migration whole or not at all.
    ///
    /// A name that this version does not know comes from a newer one: then nothing is touched.
    public func migrate(_ migrations: [Migration], at now: Int64) throws {
        let isNew = try first("SELECT 1 FROM sqlite_master WHERE name = 'arcadia_migrations'") { _ in true } == nil
        let applied = isNew ? [] : try rows("SELECT name FROM arcadia_migrations ORDER BY name") { $0.text(0) ?? "" }
        if let unknown = applied.first(where: { name in !migrations.contains { $0.name == name } }) {
            throw StoreError(
                code: "newer_schema",
                message:
                    "the database was made by a newer arcadia: it has \"\(unknown)\", and this one knows up to \"\(migrations.map(\.name).max() ?? "")\"",
                hint: "use the newer arcadia, or another folder with `--data`")
        }
        let missing = migrations.filter { !applied.contains($0.name) }
        guard !missing.isEmpty else { return }
        try transaction {
            if isNew {
                try executeScript(
                    "CREATE TABLE IF NOT EXISTS arcadia_migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) \(dialect.strict)"
                )
            }
            for migration in missing {
                // Two processes may open a new database at once: the second finds the work done.
                let isDone = try first("SELECT 1 FROM arcadia_migrations WHERE name = ?", [.text(migration.name)]) {
                    _ in true
                }
                guard isDone == nil else { continue }
                try executeScript(migration.sql(dialect))
                try run("INSERT INTO arcadia_migrations VALUES (?, ?)", [.text(migration.name), .int(now)])
            }
        }
    }
}
