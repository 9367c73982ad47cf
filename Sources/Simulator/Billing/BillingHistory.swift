/// What was invoiced, paid and credited.
struct BillingEntry: Sendable {
    let description: String
    /// Payments and credits are negative.
    let amount: Money
    let date: Moment
    let type: String
    var invoice: Invoice?

    var json: JSON {
        let entry: JSON = [
            "description": .string(description), "amount": amount.json, "date": date.json, "type": .string(type),
        ]
        guard let invoice else { return entry }
        return entry.with([
            .init(key: "invoice_id", value: .string(invoice.number)),
            .init(key: "invoice_uuid", value: .string(invoice.uuid)),
        ])
    }
}

extension Billing {
    /// All entries by now, newest first.
    mutating func entries(at now: Moment) -> [BillingEntry] {
        var entries: [BillingEntry] = []
        var owed = Money.zero
        for invoice in invoices(at: now).reversed() {
            let due = invoice.month.next.start
            entries.append(Self.entry(for: invoice, at: due))
            owed = owed + invoice.amount
            if owed.cents > 0 {
                entries.append(Self.payment(of: owed, at: due + 2 * 86_400))
                owed = .zero
            }
            if invoice.month.number % 11 == 5 {
                entries.append(Self.credit(at: due + 14 * 86_400))
                owed = owed + Money(cents: -2500)
            }
        }
        return entries.filter { $0.date <= now }.reversed()
    }

    private static func entry(for invoice: Invoice, at due: Moment) -> BillingEntry {
        BillingEntry(
            description: "Invoice for \(invoice.month.title)", amount: invoice.amount, date: due + 31_478,
            type: "Invoice", invoice: invoice)
    }

    private static func payment(of owed: Money, at date: Moment) -> BillingEntry {
        BillingEntry(
            description: "Payment (MC 2018)", amount: Money(cents: -owed.cents), date: date + 31_480, type: "Payment")
    }

    private static func credit(at date: Moment) -> BillingEntry {
        BillingEntry(description: "Referral credit", amount: Money(cents: -2500), date: date, type: "Credit")
    }

    /// What is owed, and what the running month adds to it.
    mutating func balance(at now: Moment) -> JSON {
        let owed = Money.sum(entries(at: now).map(\.amount))
        let usage = preview(at: now).amount
        return [
            "month_to_date_balance": (owed + usage).json, "account_balance": owed.json,
            "month_to_date_usage": usage.json, "generated_at": now.json,
        ]
    }
}
