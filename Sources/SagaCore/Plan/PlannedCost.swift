/// What resources cost a month, added up by currency.
struct PlannedCost: Sendable, Hashable {
    /// In one currency.
    struct Sum: Sendable, Hashable {
        var creates = PlannedMoney(micros: 0)
        var deletes = PlannedMoney(micros: 0)
        var changesTo = PlannedMoney(micros: 0)
        /// The day of the oldest price in it.
        var asOf: String
    }

    private(set) var sums: [String: Sum] = [:]
    /// Resources without a price, or of a number that only a run knows.
    private(set) var unpriced = 0

    /// - Parameter times: how often it is done; nil: only a run knows.
    mutating func add(_ resource: PlannedResource, times: Int?) {
        guard let price = resource.price, let times else {
            if resource.action != .delete { unpriced += 1 }
            return
        }
        var sum = sums[price.currency] ?? Sum(asOf: price.asOf)
        sum.asOf = min(sum.asOf, price.asOf)
        let place: WritableKeyPath<Sum, PlannedMoney> =
            switch resource.action {
            case .create: \.creates
            case .delete: \.deletes
            case .change: \.changesTo
            }
        guard let micros = Self.sum(sum[keyPath: place].micros, price.amount.micros, times: Int64(times)) else {
            return unpriced += 1
        }
        sum[keyPath: place].micros = micros
        sums[price.currency] = sum
    }

    /// Nil: more than can be counted.
    private static func sum(_ sum: Int64, _ amount: Int64, times: Int64) -> Int64? {
        let (all, isTooMuch) = amount.multipliedReportingOverflow(by: times)
        let (result, isStillTooMuch) = sum.addingReportingOverflow(all)
        return isTooMuch || isStillTooMuch ? nil : result
    }

    /// `{"monthly": [{"currency", "creates", "deletes", "changes_to", "as_of", "age_days"}], "unpriced"}`
    func json(at now: Timestamp) -> JSONValue {
        let rows = sums.sorted { $0.key < $1.key }.map { currency, sum -> JSONValue in
            let day = MonthlyPrice.day(sum.asOf) ?? now
            return [
                "currency": .string(currency), "creates": .string(sum.creates.text),
                "deletes": .string(sum.deletes.text), "changes_to": .string(sum.changesTo.text),
                "as_of": .string(sum.asOf), "age_days": .int(max(0, (now - day) / 86_400_000)),
            ]
        }
        return ["monthly": .array(rows), "unpriced": .int(Int64(unpriced))]
    }
}
