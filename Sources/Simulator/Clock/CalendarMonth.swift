/// A month of the calendar, in UTC.
struct CalendarMonth: Comparable, Hashable, Sendable {
    /// Months since year 0.
    let number: Int

    init(number: Int) { self.number = number }

    init(year: Int, month: Int) { number = year * 12 + month - 1 }

    init(of moment: Moment) { self.init(year: moment.date.year, month: moment.date.month) }

    var year: Int { number / 12 }
    var month: Int { number % 12 + 1 }
    var next: CalendarMonth { CalendarMonth(number: number + 1) }
    var previous: CalendarMonth { CalendarMonth(number: number - 1) }
    var start: Moment { Moment(year: year, month: month, day: 1) }
    var hours: Int { (next.start.seconds - start.seconds) / 3600 }

    /// `2026-01`
    var text: String { "\(year)-\(month.twoDigits)" }

    /// `2026 Jan`
    var title: String {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(year) \(names[month - 1])"
    }

    static func < (left: CalendarMonth, right: CalendarMonth) -> Bool { left.number < right.number }
}
