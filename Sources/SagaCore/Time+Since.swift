extension Timestamp {
    /// Reads what a list is asked to begin with: a while ago (`90m`, `2d`; s m h d w), a day (`2026-11-21`), or a moment
    /// (`2026-11-21T10:14:00Z`). Nil when the text is none of them.
    public init?(since text: String, now: Timestamp) {
        if let ago = Self.while(text) {
            self = now + -ago
            return
        }
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard let day = Self.day(parts[0]), parts.count <= 2 else { return nil }
        guard parts.count == 2 else {
            self.init(milliseconds: day)
            return
        }
        guard let inDay = Self.timeOfDay(parts[1]) else { return nil }
        self.init(milliseconds: day + inDay)
    }

    /// The way back of `description`. eg: "2026-11-21T04:05:06.789Z"
    public init?(rfc3339 text: String) {
        guard text.contains("T") else { return nil }
        self.init(since: text, now: Timestamp(milliseconds: 0))
    }

    private static func `while`(_ text: String) -> Int64? {
        let units: [Character: Int64] = [
            "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
        ]
        guard let unit = text.last.flatMap({ units[$0] }), text.count <= 6, let number = number(text.dropLast()),
            number > 0
        else { return nil }
        return number * unit
    }

    private static func day(_ text: Substring) -> Int64? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.count) == [4, 2, 2], let year = number(parts[0]),
            let month = number(parts[1]), let day = number(parts[2]), (1...12).contains(month), day >= 1
        else { return nil }
        // The way back of `description`: what no calendar has does not come out as it went in.
        let moment = Timestamp(milliseconds: days(year, month, day) * 86_400_000)
        return moment.description.hasPrefix(text) ? moment.milliseconds : nil
    }

    /// `10:14:00Z` or `10:14:00.25Z`.
    private static func timeOfDay(_ text: Substring) -> Int64? {
        guard text.last == "Z" else { return nil }
        let parts = text.dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 2, parts[1].count == 2, let hour = number(parts[0]), hour < 24,
            let minute = number(parts[1]), minute < 60, let seconds = milliseconds(parts[2])
        else { return nil }
        return (hour * 60 + minute) * 60_000 + seconds
    }

    private static func milliseconds(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts[0].count == 2, let seconds = number(parts[0]), seconds < 60 else { return nil }
        guard parts.count == 2 else { return seconds * 1000 }
        guard (1...3).contains(parts[1].count) else { return nil }
        return number(parts[1] + String(repeating: "0", count: 3 - parts[1].count)).map { seconds * 1000 + $0 }
    }

    private static func number(_ text: some StringProtocol) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// Howard Hinnant's `days_from_civil`, for years from 0 on.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
