/// Reads an amount, byte by byte: sign or brackets, `$`, digits in groups, decimals.
struct MoneyParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at: Int
    private var end: Int
    private var isNegative = false
    private var magnitude: UInt64 = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        at = 0
        end = bytes.count
    }

    mutating func micros() throws(MoneyError) -> Int64 {
        trim()
        guard at < end else { throw error(.empty) }
        try readSign()
        try readDollars()
        try readDecimals()
        guard at == end else { throw error(.notAnAmount) }
        return try signed()
    }

    private mutating func trim() {
        while at < end, bytes[at] == ASCII.space { at += 1 }
        while end > at, bytes[end - 1] == ASCII.space { end -= 1 }
    }

    /// A sign before the `$` or after it, or brackets around both.
    private mutating func readSign() throws(MoneyError) {
        if bytes[at] == ASCII.openParenthesis, bytes[end - 1] == ASCII.closeParenthesis {
            at += 1
            end -= 1
            isNegative = true
            take(ASCII.dollar)
            return
        }
        let before = takeSign()
        let hasDollar = take(ASCII.dollar)
        if hasDollar, takeSign(), before { throw error(.notAnAmount) }
    }

    private mutating func takeSign() -> Bool {
        if take(ASCII.minus) {
            isNegative = true
            return true
        }
        return take(ASCII.plus)
    }

    @discardableResult
    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < end, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func readDollars() throws(MoneyError) {
        let first = at
        while at < end, ASCII.isDigit(bytes[at]) { try append(bytes[at]) }
        guard at > first else { throw error(.notAnAmount) }
        guard at < end, bytes[at] == ASCII.comma else { return }
        guard at - first <= 3 else { throw error(.commas) }
        while take(ASCII.comma) { try readGroup() }
    }

    private mutating func readGroup() throws(MoneyError) {
        let first = at
        while at < end, ASCII.isDigit(bytes[at]) { try append(bytes[at]) }
        guard at - first == 3 else { throw error(.commas) }
    }

    /// The decimals, brought to six.
    private mutating func readDecimals() throws(MoneyError) {
        var count = 0
        if take(ASCII.dot) {
            while at < end, ASCII.isDigit(bytes[at]) {
                if count < 6 {
                    try append(bytes[at])
                } else {
                    guard bytes[at] == ASCII.zero else { throw error(.tooManyDecimals) }
                    at += 1
                }
                count += 1
            }
            guard count > 0 else { throw error(.notAnAmount) }
        }
        while count < 6 {
            try shift(adding: 0)
            count += 1
        }
    }

    private mutating func append(_ digit: UInt8) throws(MoneyError) {
        at += 1
        try shift(adding: UInt64(digit &- ASCII.zero))
    }

    private mutating func shift(adding digit: UInt64) throws(MoneyError) {
        // 2^63 / 10 is the most that one more digit leaves inside, but for the last: `signed` looks at that.
        guard magnitude <= 922_337_203_685_477_580 else { throw error(.tooLarge) }
        magnitude = magnitude * 10 + digit
    }

    private func signed() throws(MoneyError) -> Int64 {
        if isNegative {
            guard magnitude <= Int64.min.magnitude else { throw error(.tooLarge) }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        guard magnitude <= UInt64(Int64.max) else { throw error(.tooLarge) }
        return Int64(magnitude)
    }

    private func error(_ fact: MoneyError.Fact) -> MoneyError {
        MoneyError(fact: fact, text: String(decoding: bytes.prefix(80), as: UTF8.self))
    }
}
