/// Dollars in whole cents.
struct Money: Sendable, Equatable {
    var cents: Int

    static let zero = Money(cents: 0)

    static func + (left: Money, right: Money) -> Money { Money(cents: left.cents + right.cents) }

    static func sum(_ amounts: some Sequence<Money>) -> Money { amounts.reduce(.zero, +) }

    /// The part `numerator / denominator` of the amount, to the nearest cent.
    func share(_ numerator: Int, of denominator: Int) -> Money {
        Money(cents: (2 * cents * numerator + denominator) / (2 * denominator))
    }

    private var sign: String { cents < 0 ? "-" : "" }
    private var fraction: String { (abs(cents) % 100).twoDigits }

    /// As in JSON: `-1779.55`.
    var text: String { "\(sign)\(abs(cents) / 100).\(fraction)" }

    /// As in an invoice's CSV: `-$1,779.55`.
    var csvText: String {
        let digits = String(abs(cents) / 100)
        let grouped = digits.enumerated().map { index, digit in
            index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
        }
        return "\(sign)$\(grouped.joined()).\(fraction)"
    }

    var json: JSON { .string(text) }
}
