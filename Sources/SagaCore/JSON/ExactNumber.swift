/// A decimal number of any size and precision, for comparing without rounding.
///
/// Its value is 0.d₁d₂d₃… × 10^scale. An exponent beyond a quadrillion counts as a quadrillion.
struct ExactNumber: Hashable {
    private var isNegative = false
    /// From 0 to 9, with no zero at either end; empty for zero.
    private var digits: [UInt8] = []
    private var scale = 0

    private static let largestExponent = 1_000_000_000_000_000

    init(_ value: Int64) { self.init(String(value)) }

    /// Nil when the value is no number.
    init?(_ value: JSONValue) {
        switch value {
        case .int(let value): self.init(value)
        case .number(let text): self.init(text)
        default: return nil
        }
    }

    /// Reads a text of JSON's number grammar.
    init(_ text: String) {
        var exponent: Substring.UTF8View?
        var pointSeen = false
        var place = text.utf8.startIndex
        while place < text.utf8.endIndex, exponent == nil {
            switch text.utf8[place] {
            case Byte.minus: isNegative = true
            case Byte.dot: pointSeen = true
            case let byte where Byte.isDigit(byte): append(byte - Byte.zero, afterPoint: pointSeen)
            default: exponent = text[text.utf8.index(after: place)...].utf8
            }
            place = text.utf8.index(after: place)
        }
        if let exponent { scale += Self.integer(exponent) }
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { self.zero() }
    }

    private mutating func append(_ digit: UInt8, afterPoint: Bool) {
        if digits.isEmpty, digit == 0 {
            scale -= afterPoint ? 1 : 0
        } else {
            digits.append(digit)
            scale += afterPoint ? 0 : 1
        }
    }

    private mutating func zero() {
        isNegative = false
        scale = 0
    }

    private static func integer(_ text: Substring.UTF8View) -> Int {
        var value = 0
        for byte in text where Byte.isDigit(byte) {
            value = min(value * 10 + Int(byte - Byte.zero), largestExponent)
        }
        return text.first == Byte.minus ? -value : value
    }

    /// Whether it has no fraction.
    var isInteger: Bool { digits.count <= scale || digits.isEmpty }

    /// The integer; nil when it has a fraction or does not fit.
    var int64: Int64? { integer() }

    /// The same from 0 to 2⁶⁴ - 1.
    var uint64: UInt64? { integer() }

    private func integer<Integer: FixedWidthInteger>() -> Integer? {
        guard isInteger, scale <= 20 else { return nil }
        var value: Integer = 0
        for place in 0..<scale {
            let digit = Integer(place < digits.count ? digits[place] : 0)
            let (tenfold, carries) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) =
                isNegative ? tenfold.subtractingReportingOverflow(digit) : tenfold.addingReportingOverflow(digit)
            guard !carries, !overflows else { return nil }
            value = sum
        }
        return value
    }

    /// One spelling for each number: the integer where it fits, else `0.digits` and an exponent.
    var canonical: JSONValue {
        if let int64 { return .int(int64) }
        let text = String(decoding: digits.map { $0 + Byte.zero }, as: UTF8.self)
        return .number("\(isNegative ? "-" : "")0.\(text)e\(scale)")
    }

    /// Digits and a dot, as short as they can be; beyond 40 places before or after the dot, as `canonical` has it.
    var plainText: String {
        if digits.isEmpty { return "0" }
        guard abs(scale) <= 40, digits.count <= 40 + max(scale, 0) else { return canonical.text }
        let sign = isNegative ? "-" : ""
        let places = digits.map { $0 + Byte.zero }
        func text(_ places: some Sequence<UInt8>) -> String { String(decoding: Array(places), as: UTF8.self) }
        func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
        if scale <= 0 { return sign + "0." + zeros(-scale) + text(places) }
        let whole = text(places.prefix(scale)) + zeros(max(0, scale - places.count))
        return sign + whole + (places.count > scale ? "." + text(places.dropFirst(scale)) : "")
    }

    /// Whether it can be the divisor of `isMultiple`: above zero, and at most 18 digits but for zeros at either end.
    var isDivisor: Bool { !isNegative && !digits.isEmpty && digits.count <= 18 }

    /// Whether it is a whole number of times the divisor, which must be one. Exact, also for fractions.
    func isMultiple(of divisor: ExactNumber) -> Bool {
        precondition(divisor.isDivisor, "A divisor is above zero and has at most 18 digits.")
        if digits.isEmpty { return true }
        // In units of the divisor's last place; a digit below that place leaves a rest whatever the divisor is.
        var power = (scale - digits.count) - (divisor.scale - divisor.digits.count)
        guard power >= 0 else { return false }
        let modulus = divisor.digits.reduce(0) { $0 * 10 + UInt64($1) }
        var rest = digits.reduce(0) { Self.times($0, 10, plus: UInt64($1), modulo: modulus) }
        var base = 10 % modulus
        while power > 0, rest > 0 {
            if power & 1 == 1 { rest = Self.times(rest, base, plus: 0, modulo: modulus) }
            base = Self.times(base, base, plus: 0, modulo: modulus)
            power >>= 1
        }
        return rest == 0
    }

    private static func times(_ left: UInt64, _ right: UInt64, plus: UInt64, modulo: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        let (low, carries) = product.low.addingReportingOverflow(plus)
        let high = product.high + (carries ? 1 : 0)
        return modulo.dividingFullWidth((high % modulo, low)).remainder
    }
}

extension ExactNumber: Comparable {
    static func < (left: ExactNumber, right: ExactNumber) -> Bool {
        guard left.isNegative == right.isNegative else { return left.isNegative }
        return left.isNegative ? right.isCloserToZero(than: left) : left.isCloserToZero(than: right)
    }

    private func isCloserToZero(than other: ExactNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        return scale == other.scale ? digits.lexicographicallyPrecedes(other.digits) : scale < other.scale
    }
}
