public import SagaCore
internal import Storage

/// What the resources of a run cost so far, by the invoices that are here.
public struct RunCost: Sendable, Hashable {
    public let runID: String
    /// The run as this database knows it; nil: it does not.
    public let saga: String?
    public let status: RunStatus?
    public let amount: Money
    public let resources: [RunResource]

    /// It ended, and its resources should not be there: everything was taken back, or could not be.
    public var shouldHaveLeftNothing: Bool { status == .rolledBack || status == .failed }
}

/// A resource that a run made.
public struct RunResource: Sendable, Hashable {
    public let resource: BilledResource
    public let amount: Money
    public let lineCount: Int

    public var isAlive: Bool { resource.deletedAt == nil }
}

extension BillingReports {
    /// Costs per run, the youngest run first. A resource is a run's when its desired state says so, or when it carries the
    /// tag `arcadia-run-<id>` that plugins give it: a run that took itself back has no desired state any more.
    ///
    /// - Parameter run: of this one only.
    public func costs(ofRun run: String? = nil) throws(BillingError) -> [RunCost] {
        try read { connection in
            let links = try runLinks(run, connection)
            return try Set(links.map(\.run)).sorted(by: >).map { run in
                try cost(of: run, links.filter { $0.run == run }.map(\.resource), connection)
            }
        }
    }

    /// What is still alive of runs that ended `rolled_back` or `failed`, with what it cost so far: somebody pays for it, and
    /// nobody wants it.
    public func leftovers() throws(BillingError) -> [RunCost] {
        try costs().compactMap { cost in
            let alive = cost.resources.filter(\.isAlive)
            guard cost.shouldHaveLeftNothing, !alive.isEmpty else { return nil }
            return RunCost(
                runID: cost.runID, saga: cost.saga, status: cost.status,
                amount: alive.reduce(.zero) { Money(micros: $0.micros &+ $1.amount.micros) }, resources: alive)
        }
    }

    private struct RunLink: Hashable {
        let run: String
        let resource: Int64
    }

    private func runLinks(_ run: String?, _ connection: any Connection) throws -> Set<RunLink> {
        try desiredStateLinks(run, connection).union(tagLinks(run, connection))
    }

    private func desiredStateLinks(_ run: String?, _ connection: any Connection) throws -> Set<RunLink> {
        let sql = """
            SELECT d.run_id, d.resource FROM cloud_provisioned d JOIN cloud_resources r ON r.resource = d.resource
            WHERE r.provider = ? AND \(run == nil ? "d.run_id IS NOT NULL" : "d.run_id = ?")
            """
        let values = [.text(provider)] + (run.map { [SQLValue.text($0)] } ?? [])
        return Set(
            try connection.rows(sql, values) { RunLink(run: $0.text(0) ?? "", resource: $0.int(1) ?? 0) })
    }

    private func tagLinks(_ run: String?, _ connection: any Connection) throws -> Set<RunLink> {
        let tag = "arcadia-run-"
        var links: Set<RunLink> = []
        let sql = "SELECT resource, tags FROM cloud_resources WHERE provider = ? AND tags LIKE ?"
        let pattern = "%\"\(tag)\(run.flatMap { RunID($0)?.description } ?? "")%"
        try connection.statement(sql).forEachRow([.text(provider), .text(pattern)]) { row in
            for case .string(let text) in try row.json(1)?.arrayValue ?? [] where text.hasPrefix(tag) {
                let found = String(text.dropFirst(tag.count))
                if run == nil || run == found { links.insert(RunLink(run: found, resource: row.int(0) ?? 0)) }
            }
        }
        return links
    }

    private func cost(of run: String, _ resources: [Int64], _ connection: any Connection) throws -> RunCost {
        let known = try connection.first("SELECT saga, status FROM saga_runs WHERE run_id = ?", [.text(run)]) {
            ($0.text(0), RunStatus(rawValue: $0.text(1) ?? ""))
        }
        let costs = try resources.sorted().compactMap { try cost(of: $0, connection) }
        return RunCost(
            runID: run, saga: known?.0, status: known?.1,
            amount: costs.reduce(.zero) { Money(micros: $0.micros &+ $1.amount.micros) }, resources: costs)
    }

    private func cost(of resource: Int64, _ connection: any Connection) throws -> RunResource? {
        let sql = """
            SELECT r.resource_id, r.kind, r.name, r.region, r.deleted_at,
                (SELECT sum(t.amount_micros) FROM cloud_cost_totals t WHERE t.resource = r.resource),
                (SELECT sum(t.line_count) FROM cloud_cost_totals t WHERE t.resource = r.resource)
            FROM cloud_resources r WHERE r.resource = ?
            """
        return try connection.first(sql, [.int(resource)]) { row in
            Self.resource(row, from: 0).map {
                RunResource(resource: $0, amount: row.money(5) ?? .zero, lineCount: Int(row.int(6) ?? 0))
            }
        } ?? nil
    }
}
