public import SagaCore
internal import Storage

/// What a sync does, while it does it.
public enum BillingProgress: Sendable, Hashable {
    case balance(BalanceSnapshot)
    case discovered(count: Int, toIngest: Int)
    case ingested(IngestedInvoice, done: Int, of: Int)
    case failed(invoice: String, BillingError, done: Int, of: Int)
}

/// What a sync came to.
public struct BillingSyncReport: Sendable, Hashable {
    public internal(set) var balance: BalanceSnapshot?
    public internal(set) var discovered: [DiscoveredInvoice] = []
    public internal(set) var ingested: [IngestedInvoice] = []
    /// Each stands in the way of one thing only; the next sync tries it again.
    public internal(set) var problems: [BillingError] = []
}

extension Billing {
    /// Snapshots the balance, discovers invoices, and ingests each that has not its lines yet, oldest first.
    ///
    /// An invoice that cannot be taken does not keep the others from being so.
    /// - Throws: what would be said of every invoice alike: the store's errors, a missing permission, a used-up rate.
    ///   What was done until then stays done.
    @discardableResult
    public func sync(at now: Timestamp, progress: (BillingProgress) -> Void = { _ in }) throws(BillingError)
        -> BillingSyncReport
    {
        var report = BillingSyncReport()
        do throws(BillingError) {
            let balance = try snapshotBalance(at: now)
            report.balance = balance
            progress(.balance(balance))
        } catch {
            try report.note(error)
        }
        do throws(BillingError) {
            report.discovered = try discoverInvoices(at: now)
        } catch {
            try report.note(error)
        }
        try ingestMissing(at: now, &report, progress)
        return report
    }

    private func ingestMissing(
        at now: Timestamp, _ report: inout BillingSyncReport, _ progress: (BillingProgress) -> Void
    ) throws(BillingError) {
        let missing = try missingInvoices()
        progress(.discovered(count: report.discovered.count, toIngest: missing.count))
        for (place, invoice) in missing.enumerated() {
            do throws(BillingError) {
                guard case .ingested(let ingested) = try ingest(invoice, at: now) else { continue }
                report.ingested.append(ingested)
                progress(.ingested(ingested, done: place + 1, of: missing.count))
            } catch {
                progress(.failed(invoice: invoice, error, done: place + 1, of: missing.count))
                try report.note(error)
            }
        }
    }

    /// The uuids of invoices without lines, oldest first.
    public func missingInvoices() throws(BillingError) -> [String] {
        try database.billingRead { connection in
            try connection.rows(
                """
                SELECT invoice_uuid FROM cloud_invoices WHERE provider = ? AND status <> 'ingested'
                ORDER BY coalesce(billed_at, discovered_at), invoice
                """, [.text(provider)]
            ) { $0.text(0) ?? "" }
        }
    }
}

extension BillingSyncReport {
    fileprivate mutating func note(_ error: BillingError) throws(BillingError) {
        if error.concernsEveryInvoice { throw error }
        problems.append(error)
    }
}
