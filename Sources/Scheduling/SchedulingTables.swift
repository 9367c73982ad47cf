public import Storage

/// The tables of schedules and jobs. Nobody else writes them.
public enum SchedulingTables {
    public static let migrations = [
        Migration(name: "0006 schedules") { dialect in
            """
            -- What is done again and again, and when next. Moving next_at on and queueing the job is one transaction.
            CREATE TABLE schedules (
                schedule        INTEGER PRIMARY KEY,
                name            TEXT NOT NULL UNIQUE,
                cron            TEXT NOT NULL,             -- five fields, UTC
                kind            TEXT NOT NULL,             -- what a job of it does
                input           TEXT NOT NULL,             -- JSON, for the job
                queue           TEXT NOT NULL,
                missed          TEXT NOT NULL,             -- what becomes of times that passed while nobody was there
                overlap         TEXT NOT NULL,             -- what becomes of a time while the last job is not done
                jitter_seconds  INTEGER NOT NULL,
                is_own          INTEGER NOT NULL,          -- 1: an operator made it; 0: it comes with arcadia
                paused_at       INTEGER,
                paused_by       TEXT,
                pause_reason    TEXT,
                timed_by        TEXT NOT NULL,             -- the expression that next_at follows from
                next_at         INTEGER,                   -- without jitter; NULL: never
                last_due_at     INTEGER,
                last_fired_at   INTEGER,
                last_result     TEXT,                      -- how the last job ended
                last_error      TEXT,
                created_at      INTEGER NOT NULL,
                CONSTRAINT missed_is_known CHECK (missed = 'once' OR missed = 'skip'),
                CONSTRAINT overlap_is_known CHECK (overlap = 'skip' OR overlap = 'queue_one' OR overlap = 'allow'),
                CONSTRAINT a_pause_has_a_reason CHECK ((paused_at IS NULL) = (pause_reason IS NULL))
            ) \(dialect.strict);

            -- Append-only: what became of each time.
            CREATE TABLE schedule_firings (
                firing    INTEGER PRIMARY KEY,
                schedule  TEXT NOT NULL,
                due_at    INTEGER NOT NULL,
                fired_at  INTEGER NOT NULL,
                why       TEXT NOT NULL,
                outcome   TEXT NOT NULL,
                passed    INTEGER NOT NULL,                -- earlier times that it stands for, too
                job       INTEGER,
                CONSTRAINT why_is_known CHECK (why = 'due' OR why = 'missed' OR why = 'by_hand'),
                CONSTRAINT outcome_is_known CHECK (
                    outcome = 'queued' OR outcome = 'skipped_overlap' OR outcome = 'skipped_missed')
            ) \(dialect.strict);
            -- No time fires twice, whoever tries.
            CREATE UNIQUE INDEX schedule_firings_once ON schedule_firings (schedule, due_at) WHERE why <> 'by_hand';
            CREATE INDEX schedule_firings_of ON schedule_firings (schedule, firing);

            -- Something to do once, by whichever host takes it first.
            CREATE TABLE jobs (
                job          INTEGER PRIMARY KEY,
                queue        TEXT NOT NULL,
                kind         TEXT NOT NULL,
                input        TEXT NOT NULL,                -- JSON
                dedup_key    TEXT NOT NULL UNIQUE,         -- the same thing asked for twice is one job
                schedule     TEXT,
                due_at       INTEGER,
                is_alone     INTEGER NOT NULL,             -- 1: not beside another job of its schedule
                status       TEXT NOT NULL,
                host         TEXT,                         -- who does it, or did
                attempts     INTEGER NOT NULL,
                run_at       INTEGER NOT NULL,             -- not before
                result       TEXT,                         -- JSON
                error        TEXT,
                created_at   INTEGER NOT NULL,
                started_at   INTEGER,
                finished_at  INTEGER,
                CONSTRAINT ended_jobs_have_a_time CHECK (CASE WHEN finished_at IS NULL
                    THEN status = 'queued' OR status = 'running' ELSE status = 'done' OR status = 'failed' END)
            ) \(dialect.strict);
            CREATE INDEX jobs_open ON jobs (queue, status, job) WHERE finished_at IS NULL;
            CREATE INDEX jobs_open_of ON jobs (schedule) WHERE finished_at IS NULL;
            CREATE INDEX jobs_ended ON jobs (finished_at) WHERE finished_at IS NOT NULL;
            """
        }
    ]
}
