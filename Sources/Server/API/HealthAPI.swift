internal import HTTPTypes
internal import PluginHost
internal import SagaCore
internal import Storage

/// Is it alive, can it work, what does it count; and the document itself.
struct HealthAPI: Sendable {
    let context: ServerContext
    let page: Page
    let metrics: Metrics
    let hub: StreamHub
    let version: String

    var handlers: [String: API.Handler] {
        [
            "getHealth": { [version] _ in
                .json(["status": "ok", "service": "arcadia", "version": .string(version)])
            },
            "getReady": ready, "getMetrics": printMetrics,
            "getOpenAPI": { [page] _ in APIAnswer(.bytes(page.document, type: "application/json")) },
            "getDocs": { [page] call in
                guard let docs = page.docs else { throw APIProblem(500, "server.bug", "the reference is missing") }
                return page.answer(docs, [:])
            },
        ]
    }

    @Sendable private func ready(_ call: APICall) -> APIAnswer {
        let checks = [check("database", databaseTrouble), check("plugins", pluginTrouble)]
        let isReady = checks.allSatisfy { $0["ok"] == true }
        return .json(["ready": .bool(isReady), "checks": .array(checks)], status: isReady ? 200 : 503)
    }

    private func check(_ name: String, _ trouble: String?) -> JSONValue {
        ["name": .string(name), "ok": .bool(trouble == nil), "message": .string(trouble ?? "fine")]
    }

    private var databaseTrouble: String? {
        do throws(StoreError) {
            try context.database.read { _ = try $0.first("SELECT 1 FROM saga_runs LIMIT 1") { _ in true } }
            return nil
        } catch {
            return error.message
        }
    }

    /// A refused plugin keeps its own runs waiting; a host without any does nothing.
    private var pluginTrouble: String? {
        context.catalog.entries().contains { $0.state == .loaded } ? nil : "no plugin is let in"
    }

    @Sendable private func printMetrics(_ call: APICall) throws -> APIAnswer {
        let text = metrics.text(
            gauges: try Gauges(context).all + [
                Gauge("arcadia_event_streams", "Clients that follow events now.", [([], Double(hub.count))])
            ])
        return APIAnswer(.bytes(Array(text.utf8), type: "text/plain; version=0.0.4; charset=utf-8"))
    }
}
