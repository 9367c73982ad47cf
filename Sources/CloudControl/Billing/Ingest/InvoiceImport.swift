public import SagaCore
public import Storage

/// Puts invoices into the database, whole or not at all, from wherever their bytes come.
public struct InvoiceImport: Sendable {
    /// Puts the next bytes into the space given and answers how many; 0: there are no more.
    ///
    /// Called on a thread of the import's own, once at a time, and never after the import has returned.
    public typealias Source = (UnsafeMutableRawBufferPointer) throws -> Int

    let database: any Database
    let provider: String

    /// - Parameter provider: the plugin's id. eg: "digitalocean"
    public init(database: any Database, provider: String) {
        self.database = database
        self.provider = provider
    }

    /// Replaces the lines of the invoice by those of the CSV, in one transaction with the invoice itself. An invoice that
    /// is not known yet becomes so.
    ///
    /// - Parameter source: the file's bytes, in pieces of any size; one that throws replaces nothing.
    /// - Throws: what stands in the CSV's way, with line and column. The lines are as they were, the invoice has the
    ///   sentence.
    public func replaceLines(of summary: InvoiceSummary, from source: @escaping Source, at now: Timestamp)
        throws(BillingError) -> IngestedInvoice
    {
        do throws(BillingError) {
            return try database.billingTransaction { connection in
                try replaceLines(of: summary, from: source, at: now, connection)
            }
        } catch {
            let error = BillingError(error.fact, ofInvoice: summary.invoiceUUID)
            try recordFailure(error, of: summary.invoiceUUID, at: now)
            throw error
        }
    }

    private func replaceLines(
        of summary: InvoiceSummary, from source: @escaping Source, at now: Timestamp, _ connection: any Connection
    ) throws -> IngestedInvoice {
        let invoice = try number(of: summary, at: now, connection)
        let resources = try ResourceIndex(provider: provider, from: connection)
        let loader = InvoiceLoader(invoice: invoice, resources: resources, connection: connection)
        try loader.clear()
        let lines = try loader.load { space in
            do { return try source(space) } catch { throw SourceFailure(reason: "\(error)") }
        }
        let ingested = IngestedInvoice(
            invoiceUUID: summary.invoiceUUID, period: summary.period, lineCount: Int(lines.lineCount),
            matchedLineCount: Int(lines.matchedCount), amount: summary.amount,
            linesTotal: Money(micros: lines.micros))
        try complete(invoice, summary, ingested, at: now, connection)
        return ingested
    }

    private func number(of summary: InvoiceSummary, at now: Timestamp, _ connection: any Connection) throws -> Int64 {
        try connection.run(
            """
            INSERT INTO cloud_invoices (provider, invoice_uuid, invoice_id, description, status, discovered_at)
            VALUES (?, ?, ?, ?, 'discovered', ?) ON CONFLICT (provider, invoice_uuid) DO NOTHING
            """,
            [
                .text(provider), .text(summary.invoiceUUID), .text(orNull: summary.invoiceID),
                .text("Invoice for \(summary.period)"), .moment(now),
            ])
        return try connection.first(
            "SELECT invoice FROM cloud_invoices WHERE provider = ? AND invoice_uuid = ?",
            [.text(provider), .text(summary.invoiceUUID)]
        ) { $0.int(0) ?? 0 } ?? 0
    }

    private func complete(
        _ invoice: Int64, _ summary: InvoiceSummary, _ ingested: IngestedInvoice, at now: Timestamp,
        _ connection: any Connection
    ) throws {
        do throws(MoneyError) {
            _ = try ingested.linesTotal.subtracting(ingested.amount)
        } catch {
            throw BillingError(.amount(operation: "billing.invoice_summary", field: "amount", error))
        }
        try connection.run(
            """
            UPDATE cloud_invoices SET invoice_id = coalesce(?, invoice_id), period = ?, amount_micros = ?,
                product_charges_micros = ?, overages_micros = ?, taxes_micros = ?, credits_and_adjustments_micros = ?,
                status = 'ingested', line_count = ?, matched_line_count = ?, lines_micros = ?, difference_micros = ?,
                error = NULL, failed_at = NULL, ingested_at = ?
            WHERE invoice = ?
            """,
            [
                .text(orNull: summary.invoiceID), .text(summary.period.description), .money(summary.amount),
                .money(summary.productCharges), .money(summary.overages), .money(summary.taxes),
                .money(summary.creditsAndAdjustments), .int(Int64(ingested.lineCount)),
                .int(Int64(ingested.matchedLineCount)), .money(ingested.linesTotal), .money(ingested.difference),
                .moment(now), .int(invoice),
            ])
    }

    /// An invoice that has its lines stays `ingested`, and says why it was not renewed.
    func recordFailure(_ error: BillingError, of invoiceUUID: String, at now: Timestamp) throws(BillingError) {
        // What the store could not write, it cannot note either.
        if case .store = error.fact { return }
        try database.billingTransaction { connection in
            try connection.run(
                """
                UPDATE cloud_invoices SET status = CASE WHEN status = 'ingested' THEN status ELSE 'failed' END,
                    error = ?, failed_at = ?
                WHERE provider = ? AND invoice_uuid = ?
                """,
                [.text(error.message), .moment(now), .text(provider), .text(invoiceUUID)])
        }
    }
}

/// What a source of bytes threw.
private struct SourceFailure: Error {
    let reason: String
}

extension BillingError {
    /// The same, said of an invoice where that was not known.
    fileprivate init(_ fact: Fact, ofInvoice invoice: String) {
        switch fact {
        case .csv(_, let problem): self.init(.csv(invoice: invoice, problem))
        case .source(_, let reason): self.init(.source(invoice: invoice, reason: reason))
        default: self.init(fact)
        }
    }

    /// What went wrong inside a transaction.
    fileprivate init(_ error: any Error) {
        switch error {
        case let error as BillingError: self = error
        case let error as InvoiceProblem: self.init(.csv(invoice: "", error))
        case let error as SourceFailure: self.init(.source(invoice: "", reason: error.reason))
        case let error as StoreError: self.init(.store(error))
        default: self.init(.store(StoreError(code: "other", message: "\(error)")))
        }
    }
}

extension Database {
    /// All or nothing. Errors of billing come out as they are, those of the database in its own words.
    func billingTransaction<Result>(_ body: (any Connection) throws -> Result) throws(BillingError) -> Result {
        var ours: BillingError?
        do throws(StoreError) {
            return try write { connection in
                try connection.transaction {
                    do {
                        return try body(connection)
                    } catch let error where error is BillingError || error is InvoiceProblem || error is SourceFailure {
                        ours = BillingError(error)
                        throw error
                    }
                }
            }
        } catch {
            throw ours ?? BillingError(.store(error))
        }
    }

    /// One snapshot, for a question.
    func billingRead<Result>(_ body: (any Connection) throws -> Result) throws(BillingError) -> Result {
        do throws(StoreError) {
            return try read(body)
        } catch {
            throw BillingError(.store(error))
        }
    }
}

extension SQLValue {
    static func money(_ money: Money?) -> SQLValue { int(orNull: money?.micros) }
}

extension Row {
    func money(_ column: Int) -> Money? { int(column).map { Money(micros: $0) } }
}
