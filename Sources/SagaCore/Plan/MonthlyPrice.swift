/// What something costs a month, and when that was so.
public struct MonthlyPrice: Sendable, Hashable {
    public let amount: PlannedMoney
    /// eg: "USD"
    public let currency: String
    /// The day: eg: "2026-11-20"
    public let asOf: String

    public init(amount: PlannedMoney, currency: String, asOf: String) {
        self.amount = amount
        self.currency = currency
        self.asOf = asOf
    }

    /// Nil: the resource has no price.
    init?(_ json: JSONValue, place: String) throws(ForecastMistake) {
        guard let monthly = json["monthly"] else { return nil }
        guard let amount = monthly.stringValue.flatMap(PlannedMoney.init) else {
            throw ForecastMistake("`\(place).monthly` is no amount as decimal text, such as \"6.00\"")
        }
        guard let currency = json["currency"]?.stringValue, currency.utf8.count == 3 else {
            throw ForecastMistake("`\(place).currency` is none, such as \"USD\"")
        }
        guard let asOf = json["as_of"]?.stringValue, Self.day(asOf) != nil else {
            throw ForecastMistake("`\(place).as_of` is no day, such as \"2026-11-20\"")
        }
        self.init(amount: amount, currency: currency, asOf: asOf)
    }

    /// The moment a day begins, UTC; nil: it is none.
    public static func day(_ text: String) -> Timestamp? {
        text.utf8.count == 10 ? Timestamp(rfc3339: text + "T00:00:00Z") : nil
    }
}
