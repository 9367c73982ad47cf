public import SagaCore
internal import Storage

/// An invoice the history names.
public struct DiscoveredInvoice: Sendable, Hashable {
    public let invoiceUUID: String
    public let invoiceID: String?
    public let description: String
    public let amount: Money
}

extension Billing {
    /// Reads the billing history page by page and writes down the invoices that were not known. Each page is kept as soon
    /// as it is there.
    ///
    /// An entry of type Invoice without a uuid cannot be fetched: it is kept as a note.
    /// - Returns: the new ones, in the order of the history.
    @discardableResult
    public func discoverInvoices(at now: Timestamp) throws(BillingError) -> [DiscoveredInvoice] {
        var new: [DiscoveredInvoice] = []
        var occurrences: [InvoiceNote: Int64] = [:]
        var seen: Set<String> = []
        var cursor = ""
        while true {
            guard seen.insert(cursor).inserted else { throw BillingError(.cursorRepeated(cursor)) }
            let page = try ProviderAnswer(adapter, "billing.history", ["cursor": .string(cursor)])
            let entries = try invoiceEntries(page)
            new += try database.billingTransaction { connection in
                try entries.compactMap { try write($0, &occurrences, at: now, connection) }
            }
            guard let next = page.optionalText("next") else { return new }
            cursor = next
        }
    }

    private func invoiceEntries(_ page: ProviderAnswer) throws(BillingError) -> [HistoryEntry] {
        guard let items = page.object["entries"]?.arrayValue else { throw page.lack("entries", "a list") }
        var entries: [HistoryEntry] = []
        for item in items {
            guard let object = item.objectValue else { throw page.lack("entries", "a list of objects") }
            // Payments, credits and what the provider thinks of next are not ours to keep.
            guard object["type"]?.stringValue?.lowercased() == "invoice" else { continue }
            entries.append(try HistoryEntry(ProviderAnswer(operation: page.operation, object)))
        }
        return entries
    }

    /// nil: it was known.
    private func write(
        _ entry: HistoryEntry, _ occurrences: inout [InvoiceNote: Int64], at now: Timestamp,
        _ connection: any Connection
    ) throws -> DiscoveredInvoice? {
        guard let uuid = entry.invoiceUUID else {
            let note = InvoiceNote(date: entry.date, description: entry.description, amount: entry.amount)
            occurrences[note, default: 0] += 1
            try write(note, occurrences[note] ?? 1, entry, at: now, connection)
            return nil
        }
        try connection.run(
            """
            INSERT INTO cloud_invoices (provider, invoice_uuid, invoice_id, description, billed_at, amount_micros, status,
                discovered_at) VALUES (?, ?, ?, ?, ?, ?, 'discovered', ?)
            ON CONFLICT (provider, invoice_uuid) DO NOTHING
            """,
            [
                .text(provider), .text(uuid), .text(orNull: entry.invoiceID), .text(entry.description),
                .moment(CalendarTime.moment(entry.date)), .money(entry.amount), .moment(now),
            ])
        guard connection.changes == 1 else { return nil }
        return DiscoveredInvoice(
            invoiceUUID: uuid, invoiceID: entry.invoiceID, description: entry.description, amount: entry.amount)
    }

    private func write(
        _ note: InvoiceNote, _ occurrence: Int64, _ entry: HistoryEntry, at now: Timestamp,
        _ connection: any Connection
    ) throws {
        try connection.run(
            """
            INSERT INTO cloud_invoice_notes (provider, billed_at, description, amount_micros, occurrence, invoice_id, note,
                noted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            [
                .text(provider), .text(note.date), .text(note.description), .money(note.amount), .int(occurrence),
                .text(orNull: entry.invoiceID),
                .text("the history has no invoice_uuid for this invoice, so its lines cannot be fetched"), .moment(now),
            ])
    }
}

/// An entry of the history that is an invoice.
private struct HistoryEntry {
    let description: String
    let amount: Money
    let date: String
    let invoiceID: String?
    let invoiceUUID: String?

    init(_ answer: ProviderAnswer) throws(BillingError) {
        description = answer.optionalText("description") ?? ""
        amount = try answer.money("amount")
        date = answer.optionalText("date") ?? ""
        invoiceID = answer.optionalText("invoice_id")
        invoiceUUID = answer.optionalText("invoice_uuid")
    }
}

/// What makes two notes alike.
private struct InvoiceNote: Hashable {
    let date: String
    let description: String
    let amount: Money
}
