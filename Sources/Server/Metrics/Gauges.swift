internal import PluginHost
internal import SagaCore
internal import Storage

/// What is counted in the database when somebody asks for the metrics.
struct Gauges {
    let all: [Gauge]

    init(_ context: ServerContext) throws {
        let (open, drift, resources, jobs) = try context.database.read { connection in
            (
                try Self.counts(
                    "SELECT status, count(*) FROM saga_runs WHERE finished_at IS NULL GROUP BY status", "status",
                    connection),
                try Self.counts("SELECT status, count(*) FROM cloud_drift GROUP BY status", "status", connection),
                try Self.counts(
                    "SELECT kind, count(*) FROM cloud_resources WHERE deleted_at IS NULL GROUP BY kind", "kind",
                    connection),
                try Self.jobs(connection)
            )
        }
        let entries = context.catalog.entries()
        let plugins = entries.map { entry -> (Metrics.Labels, Double) in
            ([("plugin", entry.id), ("state", entry.state.rawValue)], 1)
        }
        let calls = entries.compactMap { entry -> (Metrics.Labels, Double)? in
            entry.statistics?["calls"]?.intValue.map { ([("plugin", entry.id)], Double($0)) }
        }
        all = [
            Gauge("arcadia_runs_open", "Runs that have not ended, by status.", open),
            Gauge("arcadia_plugins", "Plugins by state.", plugins),
            Gauge("arcadia_plugin_calls_total", "Calls into plugins of this process.", isCounter: true, calls),
            Gauge("arcadia_drift", "Drift by status.", drift),
            Gauge("arcadia_resources", "Live resources of the inventory, by kind.", resources),
            Gauge("arcadia_jobs", "Jobs by queue and status.", jobs),
        ]
    }

    private static func counts(
        _ sql: String, _ label: String, _ connection: any Connection
    ) throws -> [(Metrics.Labels, Double)] {
        try connection.rows(sql) { ([(label, $0.text(0) ?? "")], Double($0.int(1) ?? 0)) }
    }

    private static func jobs(_ connection: any Connection) throws -> [(Metrics.Labels, Double)] {
        try connection.rows("SELECT queue, status, count(*) FROM jobs GROUP BY queue, status") {
            ([("queue", $0.text(0) ?? ""), ("status", $0.text(1) ?? "")], Double($0.int(2) ?? 0))
        }
    }
}
