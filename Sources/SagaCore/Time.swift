/// A moment: milliseconds since 1970, UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
    public static func + (left: Timestamp, milliseconds: Int64) -> Timestamp {
        // A plugin may ask for any number: the end of time is late enough.
        let (sum, overflowed) = left.milliseconds.addingReportingOverflow(milliseconds)
        return Timestamp(milliseconds: overflowed ? (milliseconds > 0 ? .max : .min) : sum)
    }
    public static func - (left: Timestamp, right: Timestamp) -> Int64 { left.milliseconds - right.milliseconds }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-21T04:05:06.789Z`.
    public var description: String {
        let (days, inDay) = milliseconds.floored(by: 86_400_000)
        let date = Self.civil(daysSince1970: days)
        let seconds = inDay / 1000
        // One piece of memory: a page of a list has hundreds of these.
        return String(unsafeUninitializedCapacity: 48) { text in
            var end = 0
            func add(_ number: Int64, _ width: Int, _ after: Unicode.Scalar) {
                end = Self.write(number, width, in: text, at: end)
                text[end] = UInt8(ascii: after)
                end += 1
            }
            add(date.year, 4, "-")
            add(date.month, 2, "-")
            add(date.day, 2, "T")
            add(seconds / 3600, 2, ":")
            add(seconds / 60 % 60, 2, ":")
            add(seconds % 60, 2, ".")
            add(inDay % 1000, 3, "Z")
            return end
        }
    }

    /// Howard Hinnant's `civil_from_days` (chrono-Compatible Low-Level Date Algorithms): exact over the whole range,
    /// and it spares the process Foundation's calendars.
    private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (daysSince1970 + 719_468).floored(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// The digits, with zeros before them up to the width.
    ///
    /// - Returns: where they end.
    private static func write(
        _ number: Int64, _ width: Int, in text: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) -> Int {
        var rest = number.magnitude
        var digits = 0
        repeat {
            digits += 1
            rest /= 10
        } while rest > 0
        let length = max(width, digits + (number < 0 ? 1 : 0))
        for place in start..<start + length { text[place] = UInt8(ascii: "0") }
        rest = number.magnitude
        for place in (start + length - digits..<start + length).reversed() {
            text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        if number < 0 { text[start + length - digits - 1] = UInt8(ascii: "-") }
        return start + length
    }
}

extension Int64 {
    /// Quotient towards minus infinity and the remainder that goes with it.
    fileprivate func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = ((self % divisor) + divisor) % divisor
        return ((self - remainder) / divisor, remainder)
    }
}
