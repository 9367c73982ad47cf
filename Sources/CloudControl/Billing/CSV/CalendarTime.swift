internal import SagaCore

/// Reads the times of providers: `2020-07-22 18:14:39 +0000` of invoices and RFC 3339, `2020-07-22T18:14:39.5Z`.
struct CalendarTime {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0

    /// The moment; nil when the text is no such time.
    static func moment(_ text: String) -> Timestamp? {
        var text = text
        return text.withUTF8 { milliseconds($0) }.map { Timestamp(milliseconds: $0) }
    }

    /// Milliseconds since 1970, UTC; nil when the bytes are no such time, or one that no calendar has.
    static func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        if let seconds = secondsOfInvoice(bytes) { return seconds * 1000 }
        var parser = CalendarTime(bytes)
        return parser.milliseconds()
    }

    /// The one form that invoices use, in UTC, read straight on; nil: it is another, or no time.
    @inline(__always)
    private static func secondsOfInvoice(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        let raw = UnsafeRawBufferPointer(bytes)
        guard raw.count == 25, raw[4] == ASCII.minus, raw[7] == ASCII.minus, raw[10] == ASCII.space,
            raw[13] == ASCII.colon, raw[16] == ASCII.colon,
            // " +0000" after the 19 bytes of date and time, with the last two bytes of those before it.
            raw.loadUnaligned(fromByteOffset: 17, as: UInt64.self) >> 16 == 0x3030_3030_2B20
        else { return nil }
        var worst: UInt8 = 0
        func two(_ place: Int) -> Int64 {
            let (tens, ones) = (raw[place] &- ASCII.zero, raw[place + 1] &- ASCII.zero)
            worst = max(worst, max(tens, ones))
            return Int64(tens) &* 10 &+ Int64(ones)
        }
        let (year, month, day) = (two(0) &* 100 &+ two(2), two(5), two(8))
        let (hour, minute, second) = (two(11), two(14), two(17))
        guard worst <= 9, 1...12 ~= month, 1...daysIn(month, year) ~= day, hour < 24, minute < 60, second < 60 else {
            return nil
        }
        return days(year, month, day) &* 86_400 &+ hour &* 3600 &+ minute &* 60 &+ second
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func milliseconds() -> Int64? {
        guard let year = digits(4), take(ASCII.minus), let month = digits(2), take(ASCII.minus), let day = digits(2),
            1...12 ~= month, 1...Self.daysIn(month, year) ~= day,
            take(ASCII.space) || take(UInt8(ascii: "T")),
            let hour = digits(2), take(ASCII.colon), let minute = digits(2), take(ASCII.colon), let second = digits(2),
            hour < 24, minute < 60, second < 60, let fraction = fraction(), let offset = offset(), at == bytes.count
        else { return nil }
        let seconds = Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        return seconds * 1000 + fraction
    }

    private mutating func digits(_ count: Int) -> Int64? {
        guard at + count <= bytes.count else { return nil }
        var number: Int64 = 0
        for place in at..<at + count {
            guard ASCII.isDigit(bytes[place]) else { return nil }
            number = number &* 10 &+ Int64(bytes[place] &- ASCII.zero)
        }
        at += count
        return number
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// Milliseconds; what is smaller is dropped.
    private mutating func fraction() -> Int64? {
        guard take(ASCII.dot) else { return 0 }
        var (number, count): (Int64, Int) = (0, 0)
        while at < bytes.count, ASCII.isDigit(bytes[at]) {
            if count < 3 { number = number * 10 + Int64(bytes[at] - ASCII.zero) }
            count += 1
            at += 1
        }
        guard count > 0 else { return nil }
        return count == 1 ? number * 100 : count == 2 ? number * 10 : number
    }

    /// Minutes east of Greenwich: `Z`, `UTC`, `+0000`, `-05:30`.
    private mutating func offset() -> Int64? {
        let hasSpace = take(ASCII.space)
        if take(UInt8(ascii: "Z")) { return 0 }
        if hasSpace, take(UInt8(ascii: "U")) { return take(UInt8(ascii: "T")) && take(UInt8(ascii: "C")) ? 0 : nil }
        let isWest = take(ASCII.minus)
        guard isWest || take(ASCII.plus), let hours = digits(2) else { return nil }
        _ = take(ASCII.colon)
        guard let minutes = digits(2), hours < 24, minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }

    private static func daysIn(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Howard Hinnant's `days_from_civil`, the way back of `Timestamp`'s; years from 0 to 9999 come in.
    static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
