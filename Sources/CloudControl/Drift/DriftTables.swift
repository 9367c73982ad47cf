internal import Storage

enum DriftTables {
    /// What is being reverted is looked at again and again, and is little of what is open.
    static let revertsMigration = Migration(name: "0010 reverts") { _ in
        """
        CREATE INDEX cloud_drift_reverting ON cloud_drift (reverting_run)
            WHERE status = 'open' AND reverting_run IS NOT NULL;
        """
    }

    static let migration = Migration(name: "0004 drift") { dialect in
        """
        -- Where a resource is not what it was asked to be: a row a field, from when it was noticed until it was dealt with.
        CREATE TABLE cloud_drift (
            drift            INTEGER PRIMARY KEY,
            resource         INTEGER NOT NULL,
            kind             TEXT NOT NULL,            -- field: it differs; missing: the resource is gone
            field            TEXT NOT NULL,            -- of the spec; of a missing resource, (resource)
            expected         TEXT NOT NULL,            -- JSON
            actual           TEXT NOT NULL,            -- JSON, as last seen
            status           TEXT NOT NULL,
            spec_version     INTEGER NOT NULL,         -- that it was noticed against
            detected_at      INTEGER NOT NULL,
            reverting_run    TEXT,                     -- the run that puts it right
            closed_at        INTEGER,
            closed_by        TEXT,                     -- drift, operator:<name>, saga:<run id>
            reason           TEXT,
            CONSTRAINT kind_of_drift_is_known CHECK (kind = 'field' OR kind = 'missing'),
            CONSTRAINT status_of_drift_is_known CHECK (status = 'open' OR status = 'accepted' OR status = 'reverted'
                OR status = 'stale' OR status = 'ignored'),
            CONSTRAINT closed_drift_has_a_time CHECK ((status = 'open') = (closed_at IS NULL))
        ) \(dialect.strict);
        CREATE UNIQUE INDEX cloud_drift_open ON cloud_drift (resource, field) WHERE status = 'open';
        CREATE INDEX cloud_drift_of ON cloud_drift (resource);

        -- Fields that nobody wants to hear of for a while.
        CREATE TABLE cloud_drift_ignores (
            ignore      INTEGER PRIMARY KEY,
            resource    INTEGER,                       -- NULL: of every resource
            field       TEXT NOT NULL,                 -- a pattern with * and ?
            reason      TEXT NOT NULL,
            ignored_by  TEXT NOT NULL,
            created_at  INTEGER NOT NULL,
            expires_at  INTEGER NOT NULL
        ) \(dialect.strict);
        CREATE INDEX cloud_drift_ignores_until ON cloud_drift_ignores (expires_at);
        """
    }
}
