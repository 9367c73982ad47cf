/// One of the five fields of a cron expression, in the order they are written.
public enum CronField: String, Sendable, Hashable, CaseIterable {
    case minute, hour
    case dayOfMonth = "day of month"
    case month
    case dayOfWeek = "day of week"

    /// What may stand in it. Sunday is 0, and 7.
    var range: ClosedRange<Int> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 0...7
        }
    }

    /// Names that stand for numbers, from `range.lowerBound` on.
    var names: [String] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .dayOfWeek: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    /// What `*` means, as the words of an error say it too.
    var whole: ClosedRange<Int> { self == .dayOfWeek ? 0...6 : range }
}
