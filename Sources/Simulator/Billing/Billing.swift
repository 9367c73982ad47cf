/// The account's invoices: one for each month that was used, made from the seed when first asked for.
struct Billing: Sendable {
    /// How many months were billed before the simulator started.
    static let pastInvoices = 137

    private let seed: UInt64
    private let history: BilledHistory
    private let first: CalendarMonth
    /// Months in which the account stood idle, so that a later clock finds as many invoices.
    private let idle: Range<CalendarMonth>
    private var closed: [CalendarMonth: Invoice] = [:]

    init(seed: UInt64, now: Moment) {
        self.seed = seed
        history = BilledHistory(seed: seed)
        let last = CalendarMonth(of: now).previous
        let august = CalendarMonth(year: 2014, month: 8)
        let surplus = last.number - august.number + 1 - Self.pastInvoices
        first = surplus >= 0 ? august : CalendarMonth(number: august.number + surplus)
        let pause = CalendarMonth(year: 2015, month: 3)
        idle = pause..<CalendarMonth(number: pause.number + max(0, surplus))
    }

    /// The invoices of the months that are over, newest first.
    mutating func invoices(at now: Moment) -> [Invoice] {
        months(at: now).reversed().map { invoice(for: $0) }
    }

    /// The invoice with this id; `preview` is the running month's.
    mutating func invoice(_ uuid: String, at now: Moment) throws(ProviderError) -> Invoice {
        let preview = preview(at: now)
        if uuid == "preview" || uuid == preview.uuid { return preview }
        guard let invoice = invoices(at: now).first(where: { $0.uuid == uuid }) else { throw .notFound }
        return invoice
    }

    /// What the running month came to by last midnight.
    func preview(at now: Moment) -> Invoice {
        make(CalendarMonth(of: now), until: Self.midnight(before: now))
    }

    static func midnight(before now: Moment) -> Moment { Moment(seconds: now.seconds / 86_400 * 86_400) }

    /// Oldest first.
    private func months(at now: Moment) -> [CalendarMonth] {
        let last = CalendarMonth(of: now).previous
        guard first <= last else { return [] }
        return (first.number...last.number).map(CalendarMonth.init(number:)).filter { !idle.contains($0) }
    }

    private mutating func invoice(for month: CalendarMonth) -> Invoice {
        if let invoice = closed[month] { return invoice }
        let invoice = make(month, until: month.next.start)
        closed[month] = invoice
        return invoice
    }

    private func make(_ month: CalendarMonth, until end: Moment) -> Invoice {
        var random = SeededRandom(seed: seed, part: "invoice " + month.text)
        let (uuid, number) = (random.uuid(), String(random.number(100_000_000...499_999_999)))
        var items = history.resources.compactMap { $0.item(from: month.start, to: end) }
        let isWhole = end == month.next.start
        items += isWhole ? Self.loadTest(in: month) + Self.overage(in: month, &random) : []
        if isWhole, let credit = Self.credit(in: month, charged: .sum(items.map(\.amount)), &random) {
            items.append(credit)
        }
        if let tax = Self.tax(in: month, until: end, on: .sum(items.map(\.amount))) { items.append(tax) }
        return Invoice(uuid: uuid, number: number, month: month, items: items)
    }

    /// A few months were dear, and had a contract's discount of thousands.
    private static func isDear(_ month: CalendarMonth) -> Bool { month.number % 23 == 7 }

    private static func loadTest(in month: CalendarMonth) -> [InvoiceItem] {
        guard isDear(month) else { return [] }
        return (1...3).map { number in
            InvoiceItem(
                product: "Droplets", description: "load-test-\(number) (c-32)", hours: month.hours, start: month.start,
                end: month.next.start, amount: Money(cents: 67_200), project: "lighthouse",
                resourceID: String(7_000_000 + month.number * 10 + number))
        }
    }

    private static func overage(in month: CalendarMonth, _ random: inout SeededRandom) -> [InvoiceItem] {
        guard random.chance(0.2) else { return [] }
        return [
            InvoiceItem(
                product: "Bandwidth", description: "Bandwidth overage", start: month.start,
                end: month.next.start + -1, amount: Money(cents: random.number(3...900)))
        ]
    }

    private static func credit(in month: CalendarMonth, charged: Money, _ random: inout SeededRandom) -> InvoiceItem? {
        let cents = isDear(month) ? 177_955 : random.chance(0.15) ? min(random.number(100...2500), charged.cents) : 0
        guard cents > 0 else { return nil }
        return InvoiceItem(
            product: "Credits", description: isDear(month) ? "IaaS Contract discount" : "Promotional credit",
            start: month.start, end: month.next.start + -1, amount: Money(cents: -cents), category: "")
    }

    /// No tax at first, then a state's, then GST.
    private static func tax(in month: CalendarMonth, until end: Moment, on amount: Money) -> InvoiceItem? {
        guard amount.cents > 0, month.year >= 2017 else { return nil }
        let (name, rate) = month.year < 2021 ? ("STATE SALES TAX (6.25%)", 625) : ("GST (18%)", 1800)
        return InvoiceItem(
            product: "Taxes", description: name, start: month.start, end: end + -1,
            amount: amount.share(rate, of: 10_000))
    }
}
