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
            is_default     INTEGER NOT NULL DEFAULT 0,
            first_seen_at  INTEGER NOT NULL,           -- milliseconds since 1970, UTC, like every time here
            last_seen_at   INTEGER NOT NULL,
            UNIQUE (provider, provider_id)
        ) \(dialect.strict);

        -- What the account holds, of every kind. Written through one place: ResourceUpsert.
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
            tags                TEXT NOT NULL,         -- JSON list, sorted
            attrs               TEXT NOT NULL,         -- JSON object: what only this kind has
            project             INTEGER,
            created_at          TEXT,                  -- as the provider says
            first_seen_at       INTEGER NOT NULL,
            last_seen_at        INTEGER NOT NULL,
            stale_strike_count  INTEGER NOT NULL DEFAULT 0,
            deleted_at          INTEGER                -- a tombstone: gone, and kept for its history
        ) \(dialect.strict);
        CREATE INDEX cloud_resources_live ON cloud_resources (provider, kind, last_seen_at) WHERE deleted_at IS NULL;
        CREATE INDEX cloud_resources_by_name ON cloud_resources (kind, name COLLATE NOCASE);

        -- What happened to them. Append-only.
        CREATE TABLE cloud_resource_events (
            event     INTEGER PRIMARY KEY,
            resource  INTEGER NOT NULL,
            kind      TEXT NOT NULL,
            before    TEXT,                            -- JSON: the fields that changed, as they were
            after     TEXT,                            -- JSON: as they are
            source    TEXT NOT NULL,                   -- sync, saga:<run id>, drift, operator:<name>
            at        INTEGER NOT NULL,
            CONSTRAINT kind_of_event_is_known CHECK (kind = 'discovered' OR kind = 'updated' OR kind = 'deleted'
                OR kind = 'drift_detected' OR kind = 'tagged' OR kind = 'restored')
        ) \(dialect.strict);
        CREATE INDEX cloud_resource_events_of ON cloud_resource_events (resource, event);
        """
    }
}
