internal import Storage

enum InventoryTables {
    static let migration = Migration(name: "0002 inventory") { dialect in
        """
        CREATE TABLE cloud_projects (
            project        INTEGER PRIMARY KEY,
            provider       TEXT NOT NULL,              -- the plugin's id
            provider_id    TEXT NOT NULL,
            name           TEXT NOT NULL,
            purpose        TEXT,
            environment    TEXT,
            tenant         TEXT,                       -- whose it is; set here, not at the provider
            is_default     INTEGER NOT NULL DEFAULT 0, -- the provider puts new resources there
            first_seen_at  INTEGER NOT NULL,           -- milliseconds since 1970, UTC, like every time here
            last_seen_at   INTEGER NOT NULL,
            UNIQUE (provider, provider_id)
        ) \(dialect.strict);

        -- What the account holds, of every kind. Written through one place: ResourceUpsert. Rows stay for good.
        CREATE TABLE cloud_resources (
            resource            INTEGER PRIMARY KEY,
            resource_id         TEXT NOT NULL UNIQUE,  -- provider:kind:provider_id, as operators name it
            provider            TEXT NOT NULL,
            kind                TEXT NOT NULL,         -- droplet, snapshot, volume, …
            provider_id         TEXT NOT NULL,
            name                TEXT NOT NULL,
            region              TEXT,
            status              TEXT,
            size_slug           TEXT,
            tags                TEXT NOT NULL,         -- JSON list, sorted, each once
            -- JSON object: what only this kind has. A member that was there once and is gone stays as null.
            attrs               TEXT NOT NULL,
            project             INTEGER,
            created_at          TEXT,                  -- as the provider says
            first_seen_at       INTEGER NOT NULL,
            last_seen_at        INTEGER NOT NULL,      -- no page asked for before this time changes the row
            last_sweep          INTEGER NOT NULL DEFAULT 0,      -- the last of cloud_sweeps that had it; 0: none yet
            stale_strike_count  INTEGER NOT NULL DEFAULT 0,
            deleted_at          INTEGER                -- a tombstone: gone, and kept for its history
        ) \(dialect.strict);
        -- No time is in an index: an unchanged sweep writes the table only.
        CREATE INDEX cloud_resources_live ON cloud_resources (provider, kind) WHERE deleted_at IS NULL;
        CREATE INDEX cloud_resources_by_name ON cloud_resources (kind, name COLLATE NOCASE);
        CREATE INDEX cloud_resources_by_provider_id ON cloud_resources (provider_id);

        -- What happened to them. Append-only.
        CREATE TABLE cloud_resource_events (
            event     INTEGER PRIMARY KEY,
            resource  INTEGER NOT NULL,
            kind      TEXT NOT NULL,
            before    TEXT,                            -- JSON: the fields that changed, as they were
            after     TEXT,                            -- JSON: as they are
            source    TEXT NOT NULL,                   -- sync, drift, saga:<run id>, operator:<name>
            at        INTEGER NOT NULL,
            CONSTRAINT kind_of_event_is_known CHECK (kind = 'discovered' OR kind = 'updated' OR kind = 'deleted'
                OR kind = 'drift_detected' OR kind = 'tagged' OR kind = 'restored')
        ) \(dialect.strict);
        CREATE INDEX cloud_resource_events_of ON cloud_resource_events (resource, event);

        -- One row a sweep over one kind. What a sweep has seen bears its number.
        CREATE TABLE cloud_sweeps (
            sweep       INTEGER PRIMARY KEY,           -- from 1, rising
            provider    TEXT NOT NULL,
            kind        TEXT NOT NULL,
            started_at  INTEGER NOT NULL,
            outcome     TEXT NOT NULL,                 -- running: under way, or its process died
            report      TEXT,                          -- JSON: what it saw, and what it did about it
            CONSTRAINT outcome_is_known CHECK (outcome = 'running' OR outcome = 'complete' OR outcome = 'failed'
                OR outcome = 'cut_short' OR outcome = 'not_as_agreed' OR outcome = 'stopped')
        ) \(dialect.strict);
        """
    }
}
