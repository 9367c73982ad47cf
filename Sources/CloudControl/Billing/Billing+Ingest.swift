internal import Glibc
public import SagaCore
internal import Storage

/// How an ingest ended well.
public enum IngestOutcome: Sendable, Hashable {
    case ingested(IngestedInvoice)
    /// It had its lines, and was not asked for again.
    case alreadyIngested
}

extension Billing {
    /// Fetches an invoice's summary and CSV and puts its lines in, once.
    ///
    /// - Parameter again: also when it has its lines; they are replaced.
    /// - Throws: whatever stood in the way. The invoice keeps the lines it had and says why.
    @discardableResult
    public func ingest(_ invoiceUUID: String, at now: Timestamp, again: Bool = false) throws(BillingError)
        -> IngestOutcome
    {
        guard let status = try status(of: invoiceUUID) else { throw BillingError(.invoiceUnknown(invoiceUUID)) }
        if status == InvoiceStatus.ingested, !again { return .alreadyIngested }
        let summary: InvoiceSummary
        let csv: String
        // No transaction is open while the provider is asked.
        do throws(BillingError) {
            summary = try fetchSummary(of: invoiceUUID)
            csv = try fetchCSV(of: invoiceUUID)
        } catch {
            try invoiceImport.recordFailure(error, of: invoiceUUID, at: now)
            throw error
        }
        return .ingested(try replaceLines(of: summary, csv, at: now))
    }

    private func status(of invoiceUUID: String) throws(BillingError) -> InvoiceStatus? {
        try database.billingRead { connection in
            try connection.first(
                "SELECT status FROM cloud_invoices WHERE provider = ? AND invoice_uuid = ?",
                [.text(provider), .text(invoiceUUID)]
            ) { InvoiceStatus(rawValue: $0.text(0) ?? "") ?? .discovered }
        }
    }

    private func fetchSummary(of invoiceUUID: String) throws(BillingError) -> InvoiceSummary {
        let answer = try ProviderAnswer(adapter, "billing.invoice_summary", ["invoice_uuid": .string(invoiceUUID)])
        try check(answer, isOf: invoiceUUID)
        let period = try answer.text("billing_period", expected: "a month, like \"2020-01\"")
        return InvoiceSummary(
            invoiceUUID: invoiceUUID, invoiceID: answer.optionalText("invoice_id"),
            period: try BillingPeriod(period), amount: try answer.money("amount"),
            productCharges: try answer.charge("product_charges"), overages: try answer.charge("overages"),
            taxes: try answer.charge("taxes"), creditsAndAdjustments: try answer.charge("credits_and_adjustments"))
    }

    private func fetchCSV(of invoiceUUID: String) throws(BillingError) -> String {
        let answer = try ProviderAnswer(adapter, "billing.invoice_csv", ["invoice_uuid": .string(invoiceUUID)])
        try check(answer, isOf: invoiceUUID)
        guard let csv = answer.object["csv"]?.stringValue else { throw answer.lack("csv", "the text of the file") }
        return csv
    }

    private func check(_ answer: ProviderAnswer, isOf invoiceUUID: String) throws(BillingError) {
        let answered = answer.optionalText("invoice_uuid") ?? invoiceUUID
        guard answered == invoiceUUID else {
            throw BillingError(.otherInvoice(asked: invoiceUUID, answered: answered))
        }
    }

    private func replaceLines(of summary: InvoiceSummary, _ csv: String, at now: Timestamp) throws(BillingError)
        -> IngestedInvoice
    {
        var bytes = csv.utf8[...]
        return try invoiceImport.replaceLines(of: summary, from: { $0.fill(from: &bytes) }, at: now)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Takes as many bytes as fit from the front.
    fileprivate func fill(from bytes: inout Substring.UTF8View) -> Int {
        let piece = bytes.prefix(count)
        bytes = bytes.dropFirst(piece.count)
        copyBytes(from: piece)
        return piece.count
    }
}
