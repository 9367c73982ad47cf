internal import SagaCore
internal import Storage

/// By what costs are summed.
public enum CostGrouping: String, Sendable, Hashable, CaseIterable {
    /// As billed.
    case project
    /// Of the project that is billed; where no project of that name is known, of the resource's project.
    case tenant
    /// Of the resource that is billed.
    case kind
    case product
    case resource
    case period
}

/// A sum of costs.
public struct CostGroup: Sendable, Hashable {
    /// What they have in common, such as the tenant's name; nil: they have none.
    public let key: String?
    /// Of a resource, its name.
    public let name: String?
    public let amount: Money
    public let lineCount: Int
}

extension BillingReports {
    /// The costs of ingested invoices, the greatest first.
    ///
    /// - Parameter periods: of these months only, both ends counted; nil: of all.
    public func costs(by grouping: CostGrouping, periods: ClosedRange<BillingPeriod>? = nil) throws(BillingError)
        -> [CostGroup]
    {
        var condition = "i.provider = ?"
        var values: [SQLValue] = [.text(provider)]
        if let periods {
            condition += " AND i.period >= ? AND i.period <= ?"
            values += [.text(periods.lowerBound.description), .text(periods.upperBound.description)]
        }
        let sql = """
            SELECT \(Self.key(grouping)) AS cost_key, \(grouping == .resource ? "max(r.name)" : "NULL"),
                sum(t.amount_micros) AS cost, sum(t.line_count)
            FROM cloud_invoices i JOIN cloud_cost_totals t ON t.invoice = i.invoice
                LEFT JOIN cloud_resources r ON r.resource = t.resource
            WHERE \(condition) GROUP BY cost_key ORDER BY cost DESC, cost_key
            """
        return try read { connection in
            try connection.rows(sql, values) { row in
                CostGroup(
                    key: row.text(0), name: row.text(1), amount: row.money(2) ?? .zero,
                    lineCount: Int(row.int(3) ?? 0))
            }
        }
    }

    private static func key(_ grouping: CostGrouping) -> String {
        switch grouping {
        case .project: "t.project_name"
        case .tenant: tenant
        case .kind: "t.kind"
        case .product: "t.product"
        case .resource: "r.resource_id"
        case .period: "i.period"
        }
    }

    /// Two projects may have one name: then it says whose the line is only if both are the same tenant's.
    private static let tenant = """
        coalesce((SELECT CASE WHEN count(DISTINCT p.tenant) = 1 THEN max(p.tenant) END FROM cloud_projects p
            WHERE p.provider = i.provider AND p.name = t.project_name),
            (SELECT p.tenant FROM cloud_projects p WHERE p.project = r.project))
        """
}
