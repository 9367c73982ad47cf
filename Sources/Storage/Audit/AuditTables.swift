extension Migration {
    /// The table of who did what.
    public static let audit = [Migration(name: "0007 audit", sql: auditSQL)]

    private static func auditSQL(_ dialect: Dialect) -> String {
        """
        -- Who did what. Only ever added to; each row's hash covers the row and the hash before it.
        CREATE TABLE audit_events (
            event        INTEGER PRIMARY KEY,          -- from 1, without gaps
            at           INTEGER NOT NULL,
            actor        TEXT NOT NULL,
            role         TEXT,                         -- NULL: the operator of this machine
            tenant       TEXT,
            origin       TEXT NOT NULL,
            address      TEXT,                         -- of the caller, where origin is not cli
            action       TEXT NOT NULL,                -- thing.verb
            target       TEXT,
            request_id   TEXT,
            outcome      TEXT NOT NULL,
            reason       TEXT,
            before_hash  TEXT,                         -- SHA-256 of what was there, hex
            after_hash   TEXT,
            hash         TEXT NOT NULL,                -- SHA-256 of the hash before and this row, hex
            CONSTRAINT origin_is_known CHECK (origin = 'cli' OR origin = 'api' OR origin = 'page'),
            CONSTRAINT outcome_is_known CHECK (outcome = 'done' OR outcome = 'denied' OR outcome = 'failed')
        ) \(dialect.strict);
        CREATE INDEX audit_events_target ON audit_events (target) WHERE target IS NOT NULL;
        CREATE INDEX audit_events_actor ON audit_events (actor);
        CREATE INDEX audit_events_tenant ON audit_events (tenant) WHERE tenant IS NOT NULL;
        \(dialect.refusing("UPDATE", on: "audit_events", as: "audit_events_never_change"))
        \(dialect.refusing("DELETE", on: "audit_events", as: "audit_events_are_never_removed"))

        -- The last event, told a second time: rows cut off at the end leave a gap to it.
        CREATE TABLE audit_head (
            head   INTEGER PRIMARY KEY,
            event  INTEGER NOT NULL,                   -- 0: none yet
            hash   TEXT NOT NULL,                      -- empty: none yet
            CONSTRAINT there_is_one_head CHECK (head = 1)
        ) \(dialect.strict);
        INSERT INTO audit_head VALUES (1, 0, '');
        \(dialect.refusing("DELETE", on: "audit_head", as: "audit_head_is_never_removed"))
        """
    }
}
