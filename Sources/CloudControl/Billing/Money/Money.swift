/// An amount of US dollars, exact to the millionth: whole micro-dollars, from about -9.2 to 9.2 million million dollars.
public struct Money: Sendable, Hashable {
    /// eg: 12_340_000 for $12.34
    public let micros: Int64

    public static let zero = Money(micros: 0)
    static let microsInDollar: Int64 = 1_000_000
    static let microsInCent: Int64 = 10_000

    public init(micros: Int64) { self.micros = micros }

    /// Reads `12.34`, `$1,234.56`, `-$1,779.55`, `$-12.34`, `($12.34)` and `0.000123`; spaces around it do not count.
    ///
    /// Commas, where there are any, stand before each group of three digits. More than six decimals are refused unless
    /// they are zeros: nothing is rounded away.
    public init(_ text: String) throws(MoneyError) {
        var text = text
        let result = text.withUTF8 { bytes in Result { () throws(MoneyError) in try Money(bytes: bytes) } }
        self = try result.get()
    }

    /// The same, of bytes; they are not kept.
    init(bytes: UnsafeBufferPointer<UInt8>) throws(MoneyError) {
        var parser = MoneyParser(bytes)
        self.init(micros: try parser.micros())
    }

    public func adding(_ other: Money) throws(MoneyError) -> Money {
        let (sum, overflowed) = micros.addingReportingOverflow(other.micros)
        guard !overflowed else { throw MoneyError(fact: .sumTooLarge, text: "\(self) + \(other)") }
        return Money(micros: sum)
    }

    public func subtracting(_ other: Money) throws(MoneyError) -> Money {
        let (difference, overflowed) = micros.subtractingReportingOverflow(other.micros)
        guard !overflowed else { throw MoneyError(fact: .sumTooLarge, text: "\(self) - \(other)") }
        return Money(micros: difference)
    }

    /// Less than half a cent: nobody can be charged for it.
    public var isNothingToTheCent: Bool { micros.magnitude < UInt64(Self.microsInCent / 2) }
}

extension Money {
    /// What a person reads: rounded to the cent, half to even, always two decimals. eg: "1234.56", "-0.50"; never "-0.00"
    public var inCents: String {
        let unit = UInt64(Self.microsInCent)
        let (whole, rest) = micros.magnitude.quotientAndRemainder(dividingBy: unit)
        let cents = rest * 2 > unit || (rest * 2 == unit && whole % 2 == 1) ? whole + 1 : whole
        let decimals = String(cents % 100 + 100).dropFirst()
        return (micros < 0 && cents > 0 ? "-" : "") + String(cents / 100) + "." + decimals
    }
}

extension Money: Comparable {
    public static func < (left: Money, right: Money) -> Bool { left.micros < right.micros }
}

extension Money: CustomStringConvertible {
    /// Decimal text, at least two places and no more than it takes: `1234.56`, `-0.50`, `0.000123`.
    public var description: String {
        let dollars = micros.magnitude / UInt64(Self.microsInDollar)
        var decimals = String(micros.magnitude % UInt64(Self.microsInDollar) + UInt64(Self.microsInDollar)).dropFirst()
        while decimals.count > 2, decimals.last == "0" { decimals.removeLast() }
        return (micros < 0 ? "-" : "") + String(dollars) + "." + decimals
    }
}
