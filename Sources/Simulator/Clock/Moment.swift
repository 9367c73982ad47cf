/// An instant, in milliseconds since 1970 in UTC. The API shows whole seconds.
struct Moment: Comparable, Hashable, Sendable {
    var milliseconds: Int

    init(milliseconds: Int) { self.milliseconds = milliseconds }

    init(seconds: Int) { milliseconds = seconds * 1000 }

    /// Midnight, UTC.
    init(year: Int, month: Int, day: Int) {
        self.init(seconds: Self.days(year: year, month: month, day: day) * 86_400)
    }

    var seconds: Int { Int((Double(milliseconds) / 1000).rounded(.down)) }

    static func < (left: Moment, right: Moment) -> Bool { left.milliseconds < right.milliseconds }

    static func + (moment: Moment, seconds: Double) -> Moment {
        Moment(milliseconds: moment.milliseconds + Int((seconds * 1000).rounded()))
    }

    /// Days since 1970-01-01 of a date in the Gregorian calendar.
    static func days(year: Int, month: Int, day: Int) -> Int {
        // Years that begin in March put the leap day at their end.
        let year = month > 2 ? year : year - 1
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Year, month and day of this instant in UTC.
    var date: (year: Int, month: Int, day: Int) {
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private var dateText: String {
        let (year, month, day) = date
        return "\(year)-\(month.twoDigits)-\(day.twoDigits)"
    }

    private var timeText: String {
        let second = seconds % 86_400
        return "\((second / 3600).twoDigits):\((second / 60 % 60).twoDigits):\((second % 60).twoDigits)"
    }

    /// As in JSON: `2026-01-15T12:00:00Z`.
    var text: String { dateText + "T" + timeText + "Z" }

    /// As in an invoice's CSV: `2026-01-15 12:00:00 +0000`.
    var csvText: String { dateText + " " + timeText + " +0000" }

    var json: JSON { .string(text) }
}

extension Int {
    var twoDigits: String { self < 10 ? "0\(self)" : String(self) }
}
