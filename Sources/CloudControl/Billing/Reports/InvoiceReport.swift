public import SagaCore
internal import Storage

/// Where an invoice stands.
public enum InvoiceStatus: String, Sendable, Hashable, CaseIterable {
    /// Known by the history; its lines are not here.
    case discovered
    /// It has its lines.
    case ingested
    /// It has none, and says why.
    case failed
}

/// An invoice as it stands here.
public struct InvoiceRow: Sendable, Hashable {
    public let invoiceUUID: String
    public let invoiceID: String?
    public let description: String
    /// nil before it is ingested: only the summary says it.
    public let period: BillingPeriod?
    public let billedAt: Timestamp?
    /// As the summary says; before that, as the history does.
    public let amount: Money?
    public let status: InvoiceStatus
    public let lineCount: Int?
    public let matchedLineCount: Int?
    public let linesTotal: Money?
    /// The sum of the lines less the amount.
    public let difference: Money?
    /// Why the last attempt brought nothing. An `ingested` invoice may have one: then it has the lines it had before.
    public let error: String?
    public let discoveredAt: Timestamp
    public let ingestedAt: Timestamp?
    public let failedAt: Timestamp?

    /// To the cent; nil before it is ingested.
    public var isReconciled: Bool? { difference?.isNothingToTheCent }
}

/// An entry of the history that calls itself an invoice and cannot be fetched.
public struct InvoiceNoteRow: Sendable, Hashable {
    /// As the provider says.
    public let billedAt: String
    public let description: String
    public let amount: Money
    public let invoiceID: String?
    public let note: String
}

/// Which invoices to list a page of; what is nil does not matter.
public struct InvoiceFilter: Sendable, Hashable {
    /// Only those of this month, which only ingested ones have.
    public var period: BillingPeriod?
    public var limit = 100
    /// `next` of the page before.
    public var cursor: String?

    public init() {}
}

/// A page of invoices, the newest first.
public struct InvoicePage: Sendable, Hashable {
    public let invoices: [InvoiceRow]
    /// What to ask on with; nil: these are the last.
    public let next: String?
}

extension BillingReports {
    /// The latest balance; nil: none was asked yet.
    public func balance() throws(BillingError) -> BalanceSnapshot? { try balanceHistory(limit: 1).first }

    /// Balances, newest first.
    public func balanceHistory(limit: Int = 100) throws(BillingError) -> [BalanceSnapshot] {
        try snapshots("provider = ?", [.text(provider)], limit: limit)
    }

    func snapshots(_ condition: String, _ values: [SQLValue], limit: Int) throws(BillingError) -> [BalanceSnapshot] {
        let sql = """
            SELECT month_to_date_balance_micros, account_balance_micros, month_to_date_usage_micros, generated_at, taken_at
            FROM cloud_balance_snapshots WHERE \(condition) ORDER BY taken_at DESC, snapshot DESC LIMIT ?
            """
        return try read { connection in
            try connection.rows(sql, values + [.int(Int64(limit))]) { row in
                BalanceSnapshot(
                    monthToDateBalance: row.money(0) ?? .zero, accountBalance: row.money(1) ?? .zero,
                    monthToDateUsage: row.money(2) ?? .zero, generatedAt: row.moment(3),
                    takenAt: row.moment(4) ?? Timestamp(milliseconds: 0))
            }
        }
    }

    /// Invoices, newest first.
    ///
    /// - Parameters:
    ///   - period: only those of this month, which only ingested ones have.
    ///   - status: only those that stand so.
    public func invoices(period: BillingPeriod? = nil, status: InvoiceStatus? = nil) throws(BillingError)
        -> [InvoiceRow]
    {
        var conditions = ["provider = ?"]
        var values: [SQLValue] = [.text(provider)]
        if let period {
            conditions.append("period = ?")
            values.append(.text(period.description))
        }
        if let status {
            conditions.append("status = ?")
            values.append(.text(status.rawValue))
        }
        let sql = """
            SELECT \(Self.invoiceColumns) FROM cloud_invoices WHERE \(conditions.joined(separator: " AND "))
            ORDER BY coalesce(billed_at, discovered_at) DESC, invoice DESC
            """
        return try read { try $0.rows(sql, values, Self.invoice) }
    }

    private static let invoiceColumns = """
        invoice_uuid, invoice_id, description, period, billed_at, amount_micros, status, line_count, matched_line_count,
        lines_micros, difference_micros, error, discovered_at, ingested_at, failed_at
        """

    private static func invoice(_ row: any Row) -> InvoiceRow {
        InvoiceRow(
            invoiceUUID: row.text(0) ?? "", invoiceID: row.text(1), description: row.text(2) ?? "",
            period: row.text(3).flatMap { try? BillingPeriod($0) }, billedAt: row.moment(4), amount: row.money(5),
            status: InvoiceStatus(rawValue: row.text(6) ?? "") ?? .discovered, lineCount: row.int(7).map(Int.init),
            matchedLineCount: row.int(8).map(Int.init), linesTotal: row.money(9), difference: row.money(10),
            error: row.text(11), discoveredAt: row.moment(12) ?? Timestamp(milliseconds: 0), ingestedAt: row.moment(13),
            failedAt: row.moment(14))
    }

    /// A page of invoices, newest first.
    public func invoicePage(_ filter: InvoiceFilter) throws(BillingError) -> InvoicePage {
        var conditions = ["provider = ?"]
        var values: [SQLValue] = [.text(provider)]
        if let period = filter.period {
            conditions.append("period = ?")
            values.append(.text(period.description))
        }
        if let cursor = filter.cursor {
            conditions.append("(coalesce(billed_at, discovered_at), invoice) < (?, ?)")
            values += try Self.keys(of: cursor, in: .invoices, count: 2).map(SQLValue.int)
        }
        let limit = max(filter.limit, 1)
        let sql = """
            SELECT \(Self.invoiceColumns), invoice, coalesce(billed_at, discovered_at) FROM cloud_invoices
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY coalesce(billed_at, discovered_at) DESC, invoice DESC LIMIT ?
            """
        let rows = try read { connection in
            try connection.rows(sql, values + [.int(Int64(limit) + 1)]) { row in
                (Self.invoice(row), ListPlace(in: .invoices, row.int(16) ?? 0, row.int(15) ?? 0))
            }
        }
        let page = ListPage(rows, limit: limit) { $0.1 }
        return InvoicePage(invoices: page.items.map(\.0), next: page.next)
    }

    static func keys(of cursor: String, in list: ListPlace.List, count: Int) throws(BillingError) -> [Int64] {
        do throws(CursorRefusal) {
            return try ListPlace.keys(of: cursor, in: list, count: count)
        } catch {
            throw BillingError(.cursor(error))
        }
    }

    /// Entries of the history that call themselves invoices and have no uuid, newest first.
    public func invoiceNotes() throws(BillingError) -> [InvoiceNoteRow] {
        let sql = """
            SELECT billed_at, description, amount_micros, invoice_id, note FROM cloud_invoice_notes WHERE provider = ?
            ORDER BY billed_at DESC, description, occurrence
            """
        return try read { connection in
            try connection.rows(sql, [.text(provider)]) { row in
                InvoiceNoteRow(
                    billedAt: row.text(0) ?? "", description: row.text(1) ?? "", amount: row.money(2) ?? .zero,
                    invoiceID: row.text(3), note: row.text(4) ?? "")
            }
        }
    }
}
