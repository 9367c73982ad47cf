/// A day of the Gregorian calendar, in UTC.
struct CalendarDay: Hashable {
    /// Days since 1970-01-01.
    private(set) var number: Int64
    private(set) var year: Int64
    /// From 1.
    private(set) var month: Int
    /// From 1.
    private(set) var day: Int

    /// Howard Hinnant's `civil_from_days` (chrono-Compatible Low-Level Date Algorithms).
    init(number: Int64) {
        self.number = number
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let place = (5 * dayOfYear + 2) / 153
        month = Int(place < 10 ? place + 3 : place - 9)
        day = Int(dayOfYear - (153 * place + 2) / 5 + 1)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// 0 is Sunday. 1970-01-01 was a Thursday.
    var weekday: Int { Int(((number + 4) % 7 + 7) % 7) }

    var daysInMonth: Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeapYear ? 29 : 28
        default: 31
        }
    }

    private var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    mutating func advance() {
        number += 1
        day += 1
        guard day > daysInMonth else { return }
        (day, month) = (1, month + 1)
        if month > 12 { (month, year) = (1, year + 1) }
    }

    mutating func advanceToNextMonth() {
        number += Int64(daysInMonth - day + 1)
        (day, month) = (1, month + 1)
        if month > 12 { (month, year) = (1, year + 1) }
    }
}
