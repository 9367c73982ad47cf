public import SagaCore
internal import Storage

/// Which lines are asked for. What is nil does not matter.
public struct CostLineFilter: Sendable, Hashable {
    public enum Match: String, Sendable, Hashable, CaseIterable { case all, matched, unmatched }

    public var invoiceUUID: String?
    public var period: BillingPeriod?
    /// Of the resource that is billed. eg: "droplet"
    public var kind: String?
    public var product: String?
    public var match: Match
    /// The `cursor` of the last line that was had.
    public var after: Int64?
    public var limit: Int?

    public init(
        invoiceUUID: String? = nil, period: BillingPeriod? = nil, kind: String? = nil, product: String? = nil,
        match: Match = .all, after: Int64? = nil, limit: Int? = nil
    ) {
        self.invoiceUUID = invoiceUUID
        self.period = period
        self.kind = kind
        self.product = product
        self.match = match
        self.after = after
        self.limit = limit
    }
}

/// A line of an invoice.
public struct CostLine: Sendable, Hashable {
    /// Where a list goes on that ended here.
    public let cursor: Int64
    public let invoiceUUID: String
    public let period: BillingPeriod
    /// From 1.
    public let ordinal: Int
    public let product: String
    /// Of the resource that is billed; nil: none is.
    public let kind: String?
    /// The resource's name as the line has it.
    public let name: String?
    /// The resource as the inventory has it; nil: none matches.
    public let resource: BilledResource?
    public let groupDescription: String?
    public let description: String
    public let hours: String?
    public let startsAt: Timestamp
    /// As the provider writes it: for some products the last second, for others the first instant after.
    public let endsAt: Timestamp
    public let amount: Money
    public let projectName: String?
    public let category: String?
    /// The columns of the file that are not among these.
    public let extra: JSONObject
}

/// A resource of the inventory that lines are billed for.
public struct BilledResource: Sendable, Hashable {
    /// provider:kind:provider_id
    public let resourceID: String
    public let kind: String
    public let name: String
    public let region: String?
    /// nil: it is still there.
    public let deletedAt: Timestamp?
}

/// A page of lines, by invoice and in its order.
public struct CostLinePage: Sendable, Hashable {
    public let lines: [CostLine]
    /// What to ask on with; nil: these are the last.
    public let next: String?
}

extension BillingReports {
    /// Lines by invoice and in its order. With a limit, go on `after` the last one's cursor.
    public func lines(_ filter: CostLineFilter = CostLineFilter()) throws(BillingError) -> [CostLine] {
        var lines: [CostLine] = []
        try forEachLine(filter) { lines.append($0) }
        return lines
    }

    /// A page of them.
    ///
    /// - Parameter cursor: `next` of the page before.
    public func linePage(_ filter: CostLineFilter, cursor: String?) throws(BillingError) -> CostLinePage {
        let limit = max(filter.limit ?? 100, 1)
        var filter = filter
        filter.limit = limit + 1
        if let cursor { filter.after = try Self.keys(of: cursor, in: .costLines, count: 1)[0] }
        let page = ListPage(try lines(filter), limit: limit) { ListPlace(in: .costLines, $0.cursor) }
        return CostLinePage(lines: page.items, next: page.next)
    }

    /// The same, one after another: memory does not grow with their number.
    public func forEachLine(_ filter: CostLineFilter, _ body: (CostLine) throws -> Void) throws(BillingError) {
        var thrown: (any Error)?
        do throws(BillingError) {
            try read { connection in
                var rest = Int64(filter.limit ?? .max)
                for (invoice, period) in try invoices(filter, connection) where rest > 0 {
                    let (sql, values) = Self.query(filter, invoice, limit: rest)
                    try connection.statement(sql).forEachRow(values) { row in
                        rest -= 1
                        do { try body(try Self.line(row, period)) } catch {
                            thrown = error
                            throw error
                        }
                    }
                }
            }
        } catch {
            throw thrown as? BillingError ?? error
        }
    }

    /// By their numbers, which is the order of the lines: an invoice's lines are then one stretch of the table.
    private func invoices(_ filter: CostLineFilter, _ connection: any Connection) throws -> [(Int64, BillingPeriod)] {
        var conditions = ["provider = ?", "period IS NOT NULL"]
        var values: [SQLValue] = [.text(provider)]
        if let period = filter.period {
            conditions.append("period = ?")
            values.append(.text(period.description))
        }
        if let uuid = filter.invoiceUUID {
            conditions.append("invoice_uuid = ?")
            values.append(.text(uuid))
        }
        if let after = filter.after {
            conditions.append("invoice >= ?")
            values.append(.int(after / BillingTables.linesInInvoice))
        }
        let sql =
            "SELECT invoice, period FROM cloud_invoices WHERE \(conditions.joined(separator: " AND ")) ORDER BY invoice"
        return try connection.rows(sql, values) { ($0.int(0) ?? 0, try BillingPeriod($0.text(1) ?? "")) }
    }

    private static func query(_ filter: CostLineFilter, _ invoice: Int64, limit: Int64) -> (String, [SQLValue]) {
        let first = invoice * BillingTables.linesInInvoice
        var conditions = ["l.line > ?", "l.line < ?", "i.invoice = ?"]
        var values: [SQLValue] = [
            .int(max(first, filter.after ?? 0)), .int(first + BillingTables.linesInInvoice), .int(invoice),
        ]
        if let kind = filter.kind {
            conditions.append("l.kind = ?")
            values.append(.text(kind))
        }
        if let product = filter.product {
            conditions.append("l.product = ?")
            values.append(.text(product))
        }
        switch filter.match {
        case .all: break
        case .matched: conditions.append("l.resource IS NOT NULL")
        case .unmatched: conditions.append("l.resource IS NULL")
        }
        let sql = """
            SELECT l.line, i.invoice_uuid, l.product, l.kind, l.name, l.group_description, l.description, l.hours,
                l.starts_at, l.ends_at, l.amount_micros, l.project_name, l.category, l.extra, r.resource_id, r.kind,
                r.name, r.region, r.deleted_at
            FROM cloud_invoices i, cloud_cost_lines l LEFT JOIN cloud_resources r ON r.resource = l.resource
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY l.line LIMIT ?
            """
        return (sql, values + [.int(limit)])
    }

    private static func line(_ row: any Row, _ period: BillingPeriod) throws -> CostLine {
        let key = row.int(0) ?? 0
        return CostLine(
            cursor: key, invoiceUUID: row.text(1) ?? "", period: period,
            ordinal: Int(key % BillingTables.linesInInvoice), product: row.text(2) ?? "", kind: row.text(3),
            name: row.text(4), resource: resource(row, from: 14), groupDescription: row.text(5),
            description: row.text(6) ?? "", hours: row.text(7),
            startsAt: Timestamp(milliseconds: row.int(8) ?? 0), endsAt: Timestamp(milliseconds: row.int(9) ?? 0),
            amount: row.money(10) ?? .zero, projectName: row.text(11), category: row.text(12),
            extra: try row.json(13)?.objectValue ?? [:])
    }

    /// resource_id, kind, name, region, deleted_at; nil: no resource is there.
    static func resource(_ row: any Row, from column: Int) -> BilledResource? {
        row.text(column).map {
            BilledResource(
                resourceID: $0, kind: row.text(column + 1) ?? "", name: row.text(column + 2) ?? "",
                region: row.text(column + 3), deletedAt: row.moment(column + 4))
        }
    }
}
