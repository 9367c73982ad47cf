public import SagaCore
internal import Storage

/// What the running month used so far, and what it comes to if it goes on like this.
public struct Forecast: Sendable, Hashable {
    public let period: BillingPeriod
    public let monthToDate: Money
    public let forecast: Money
    /// When the month to date was counted.
    public let countedAt: Timestamp
    /// Of the month, in milliseconds.
    public let elapsed: Int64
    public let length: Int64

    /// How the forecast was computed, a sentence.
    public var explanation: String {
        "\(monthToDate.inCents) used in \(Self.days(elapsed)) of \(Self.days(length)) days of \(period); the rest of the month is taken to cost the same by the hour"
    }

    /// Milliseconds as days with one decimal. eg: "10.5"
    private static func days(_ milliseconds: Int64) -> String {
        let tenths = (milliseconds + 4_320_000) / 8_640_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension BillingReports {
    /// The forecast for the month `now` lies in: month-to-date usage of its latest balance, times the length of the month,
    /// by the time that had passed when it was counted. In whole numbers, rounded to the micro-dollar below.
    ///
    /// - Returns: nil where no balance of this month is here, or the month had not begun when it was counted.
    public func forecast(at now: Timestamp) throws(BillingError) -> Forecast? {
        let period = BillingPeriod(containing: now)
        let counted = "coalesce(generated_at, taken_at)"
        let latest = try snapshots(
            "provider = ? AND \(counted) > ? AND \(counted) < ? AND taken_at <= ?",
            [.text(provider), .moment(period.start), .moment(period.end), .moment(now)], limit: 1)
        guard let latest = latest.first else { return nil }
        let countedAt = latest.generatedAt ?? latest.takenAt
        let elapsed = countedAt - period.start
        let length = period.end - period.start
        guard let forecast = Self.scaled(latest.monthToDateUsage, by: length, over: elapsed) else { return nil }
        return Forecast(
            period: period, monthToDate: latest.monthToDateUsage, forecast: forecast, countedAt: countedAt,
            elapsed: elapsed, length: length)
    }

    /// amount * length / elapsed without loss; nil where it does not fit.
    static func scaled(_ amount: Money, by length: Int64, over elapsed: Int64) -> Money? {
        let divisor = UInt64(elapsed)
        let product = amount.micros.magnitude.multipliedFullWidth(by: UInt64(length))
        guard product.high < divisor else { return nil }
        guard let scaled = Int64(exactly: divisor.dividingFullWidth(product).quotient) else { return nil }
        return Money(micros: amount.micros < 0 ? -scaled : scaled)
    }
}
