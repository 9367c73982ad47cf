extension Migration {
    /// Which plugin images a run keeps.
    static func versionsSQL(_ dialect: Dialect) -> String {
        """
        -- Sets of images, shared: many runs begin with the same. A set never changes.
        CREATE TABLE plugin_sets (
            plugin_set  INTEGER PRIMARY KEY,
            images      TEXT NOT NULL UNIQUE           -- those used, a bar, those kept besides. eg: "1 4|2"
        ) \(dialect.strict);

        CREATE TABLE plugin_set_images (
            plugin_set  INTEGER NOT NULL,
            image       INTEGER NOT NULL,
            role        TEXT NOT NULL,
            PRIMARY KEY (plugin_set, image),
            CONSTRAINT role_is_known CHECK (role = 'uses' OR role = 'keeps')
        ) \(dialect.strictClustered);

        -- NULL: the run has not begun, or is older than this column; then its journal tells.
        ALTER TABLE saga_runs ADD COLUMN plugin_set INTEGER;

        -- Written once a minute at most, so right to the minute.
        ALTER TABLE plugin_images ADD COLUMN first_used_at INTEGER;
        ALTER TABLE plugin_images ADD COLUMN last_used_at INTEGER;
        UPDATE plugin_images SET first_used_at = used.first, last_used_at = used.last
            FROM (SELECT image, min(at) AS first, max(at) AS last FROM saga_journal
                WHERE image IS NOT NULL GROUP BY image) AS used
            WHERE used.image = plugin_images.image;
        """
    }
}
