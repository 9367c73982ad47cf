public import SagaCore

/// Plugins that operators keep out of this data folder, whatever their build.
extension SQLRunStore {
    /// By id.
    public func disabledPlugins() throws(StoreError) -> [DisabledPlugin] {
        try database.read { connection in
            try connection.rows("SELECT plugin, reason, by, at FROM plugin_disabled ORDER BY plugin") {
                DisabledPlugin(
                    id: $0.text(0) ?? "", reason: $0.text(1) ?? "", by: $0.text(2) ?? "",
                    at: Timestamp(milliseconds: $0.int(3) ?? 0))
            }
        }
    }

    /// Keeps a plugin out. One that is kept out already is from now on for this reason.
    ///
    /// - Parameter witness: sees `{plugin, reason, by}` come, and what was there go.
    public func disable(_ plugin: DisabledPlugin, witness: Witness? = nil) throws(StoreError) {
        try transact { connection in
            let before = try connection.disabled(plugin.id)
            try connection.run(
                """
                INSERT INTO plugin_disabled (plugin, reason, by, at) VALUES (?, ?, ?, ?)
                ON CONFLICT (plugin) DO UPDATE SET reason = excluded.reason, by = excluded.by, at = excluded.at
                """,
                [.text(plugin.id), .text(plugin.reason), .text(plugin.by), .int(plugin.at.milliseconds)])
            try witness?(
                Change(target: plugin.id, before: before, after: try connection.disabled(plugin.id)), connection)
        }
    }

    /// Lets a plugin in again; false: it was not kept out.
    ///
    /// - Parameter witness: sees `{plugin, reason, by}` go.
    public func enable(_ id: String, witness: Witness? = nil) throws(StoreError) -> Bool {
        try transact { connection in
            guard let before = try connection.disabled(id) else { return false }
            try connection.run("DELETE FROM plugin_disabled WHERE plugin = ?", [.text(id)])
            try witness?(Change(target: id, before: before, after: nil), connection)
            return true
        }
    }
}

extension Connection {
    fileprivate func disabled(_ id: String) throws -> JSONValue? {
        try first("SELECT plugin, reason, by FROM plugin_disabled WHERE plugin = ?", [.text(id)]) {
            [
                "plugin": .string($0.text(0) ?? ""), "reason": .string($0.text(1) ?? ""),
                "by": .string($0.text(2) ?? ""),
            ]
        }
    }
}

extension Migration {
    static func disabledPluginsSQL(_ dialect: Dialect) -> String {
        """
        -- Plugins that an operator keeps out, whatever their build.
        CREATE TABLE plugin_disabled (
            plugin  TEXT PRIMARY KEY,
            reason  TEXT NOT NULL,
            by      TEXT NOT NULL,
            at      INTEGER NOT NULL
        ) \(dialect.strict);
        """
    }
}
