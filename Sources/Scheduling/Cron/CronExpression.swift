public import SagaCore

/// When something is to happen: five fields, as in crontab(5), in UTC.
///
/// Lists `1,2`, ranges `1-5`, steps `*/15`, `10-50/20` and `5/15` (from 5 to the end), names `JAN` and `MON`, and words
/// such as `@hourly`. Where day of month and day of week are both given, either is enough; one that begins with `*` counts as
/// not given, and then both must fit.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    let minutes: UInt64
    let hours: UInt64
    let daysOfMonth: UInt64
    let months: UInt64
    let daysOfWeek: UInt64
    /// Either of the two days is enough.
    let eitherDay: Bool

    /// Words for whole expressions.
    static let words: [(word: String, fields: String)] = [
        ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
    ]

    public init(_ text: String) throws(CronError) {
        let fields = try CronParser.fields(of: text)
        description = text
        minutes = try CronParser.set(.minute, fields[0])
        hours = try CronParser.set(.hour, fields[1])
        daysOfMonth = try CronParser.set(.dayOfMonth, fields[2])
        months = try CronParser.set(.month, fields[3])
        // Sunday is 0 and 7.
        let days = try CronParser.set(.dayOfWeek, fields[4])
        daysOfWeek = (days | days >> 7) & 0x7F
        eitherDay = !fields[2].text.hasPrefix("*") && !fields[4].text.hasPrefix("*")
    }

    /// The first time after that moment, a whole minute; nil: it never comes.
    public func next(after moment: Timestamp) -> Timestamp? {
        let minute = Self.floored(moment.milliseconds, by: Self.minute) + 1
        let number = Self.floored(minute, by: Self.minutesADay)
        var day = CalendarDay(number: number)
        if includes(day), let inDay = firstTime(from: Int(minute - number * Self.minutesADay)) {
            return Self.moment(day, inDay)
        }
        day.advance()
        // The calendar repeats itself after so many days: what did not come until then never does.
        let end = number + Self.calendarCycle
        while day.number <= end {
            guard Self.contains(months, day.month) else {
                day.advanceToNextMonth()
                continue
            }
            if includes(day), let inDay = firstTime(from: 0) { return Self.moment(day, inDay) }
            day.advance()
        }
        return nil
    }

    /// The next times, the earliest first.
    public func times(after moment: Timestamp, count: Int) -> [Timestamp] {
        var times: [Timestamp] = []
        var last = moment
        while times.count < count, let next = next(after: last) {
            times.append(next)
            last = next
        }
        return times
    }

    private static let minute: Int64 = 60_000
    private static let minutesADay: Int64 = 1440
    /// 400 years, which is a whole number of weeks.
    private static let calendarCycle: Int64 = 146_097

    private func includes(_ day: CalendarDay) -> Bool {
        guard Self.contains(months, day.month) else { return false }
        let fitsMonth = Self.contains(daysOfMonth, day.day)
        let fitsWeek = Self.contains(daysOfWeek, day.weekday)
        return eitherDay ? fitsMonth || fitsWeek : fitsMonth && fitsWeek
    }

    /// The first minute of a day, from this one on, that hours and minutes allow.
    private func firstTime(from start: Int) -> Int? {
        let (firstHour, firstMinute) = (start / 60, start % 60)
        if Self.contains(hours, firstHour), let minute = Self.first(in: minutes, from: firstMinute) {
            return firstHour * 60 + minute
        }
        guard let hour = Self.first(in: hours, from: firstHour + 1) else { return nil }
        return Self.first(in: minutes, from: 0).map { hour * 60 + $0 }
    }

    private static func contains(_ set: UInt64, _ number: Int) -> Bool { set >> UInt64(number) & 1 == 1 }

    private static func first(in set: UInt64, from start: Int) -> Int? {
        let rest = set >> UInt64(start)
        return rest == 0 ? nil : start + rest.trailingZeroBitCount
    }

    private static func moment(_ day: CalendarDay, _ inDay: Int) -> Timestamp {
        Timestamp(milliseconds: (day.number * minutesADay + Int64(inDay)) * minute)
    }

    private static func floored(_ number: Int64, by divisor: Int64) -> Int64 {
        (number - ((number % divisor) + divisor) % divisor) / divisor
    }
}
