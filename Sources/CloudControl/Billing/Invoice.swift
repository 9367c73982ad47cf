public import SagaCore

/// What a provider says an invoice comes to.
public struct InvoiceSummary: Sendable, Hashable {
    public let invoiceUUID: String
    public let invoiceID: String?
    public let period: BillingPeriod
    public let amount: Money
    public let productCharges: Money?
    public let overages: Money?
    public let taxes: Money?
    public let creditsAndAdjustments: Money?

    public init(
        invoiceUUID: String, invoiceID: String? = nil, period: BillingPeriod, amount: Money,
        productCharges: Money? = nil, overages: Money? = nil, taxes: Money? = nil, creditsAndAdjustments: Money? = nil
    ) {
        self.invoiceUUID = invoiceUUID
        self.invoiceID = invoiceID
        self.period = period
        self.amount = amount
        self.productCharges = productCharges
        self.overages = overages
        self.taxes = taxes
        self.creditsAndAdjustments = creditsAndAdjustments
    }
}

/// What became of an invoice's lines.
public struct IngestedInvoice: Sendable, Hashable {
    public let invoiceUUID: String
    public let period: BillingPeriod
    public let lineCount: Int
    /// Lines whose resource is known here.
    public let matchedLineCount: Int
    public let amount: Money
    public let linesTotal: Money

    /// The sum of the lines less the amount; zero: reconciled exactly.
    public var difference: Money { Money(micros: linesTotal.micros &- amount.micros) }
    /// To the cent.
    public var isReconciled: Bool { difference.isNothingToTheCent }
}

/// A month that is billed, as UTC has it.
public struct BillingPeriod: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let year: Int
    /// 1 to 12
    public let month: Int

    /// - Parameter text: `2026-04`, or a day in the month: `2026-04-01`.
    public init(_ text: String) throws(BillingError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
            part.utf8.allSatisfy(ASCII.isDigit) ? (part.utf8.count, Int(part) ?? 0) : (0, 0)
        }
        guard 2...3 ~= parts.count, parts[0].0 == 4, parts.dropFirst().allSatisfy({ $0.0 == 2 }),
            1...12 ~= parts[1].1, parts.count == 2 || CalendarTime.moment(text + "T00:00:00Z") != nil
        else { throw BillingError(.period(text)) }
        (year, month) = (parts[0].1, parts[1].1)
    }

    /// The month the moment lies in.
    public init(containing moment: Timestamp) {
        let text = moment.description.split(separator: "-")
        (year, month) = (Int(text[0]) ?? 1970, Int(text[1]) ?? 1)
    }

    public var start: Timestamp {
        Timestamp(milliseconds: CalendarTime.days(Int64(year), Int64(month), 1) * 86_400_000)
    }

    /// The first instant after it.
    public var end: Timestamp {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return Timestamp(milliseconds: CalendarTime.days(Int64(next.0), Int64(next.1), 1) * 86_400_000)
    }

    /// eg: "2026-04"
    public var description: String {
        let digits = String(year)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits + (month < 10 ? "-0" : "-")
            + String(month)
    }

    public static func < (left: BillingPeriod, right: BillingPeriod) -> Bool {
        (left.year, left.month) < (right.year, right.month)
    }
}
