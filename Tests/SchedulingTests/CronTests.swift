import SagaCore
import Testing

@testable import Scheduling

@Suite struct CronTests {
    /// Milliseconds since 1970 of a time written as a Timestamp writes it, found by walking the days.
    private func moment(_ text: String) -> Timestamp {
        let parts = text.split { !$0.isNumber }.map { Int64($0)! }
        let days = (0...).lazy.first { (number: Int) in
            let day = CalendarDay(number: Int64(number))
            return day.year == parts[0] && day.month == parts[1] && day.day == parts[2]
        }!
        return Timestamp(milliseconds: ((Int64(days) * 24 + parts[3]) * 60 + parts[4]) * 60_000)
    }

    private func short(_ moment: Timestamp?) -> String { String((moment?.description ?? "never").prefix(16)) }

    /// What the tables of crontab(5), Wikipedia and the tests of robfig/cron and croniter agree on.
    @Test(arguments: [
        ("* * * * *", "2012-07-09T14:45", "2012-07-09T14:46"),
        ("0/15 * * * *", "2012-07-09T14:45", "2012-07-09T15:00"),
        ("*/15 * * * *", "2012-07-09T14:45", "2012-07-09T15:00"),
        ("*/15 * * * *", "2012-07-09T14:59", "2012-07-09T15:00"),
        ("20-35/15 * * * *", "2012-07-09T14:45", "2012-07-09T15:20"),
        ("*/15 * * * *", "2012-07-09T23:46", "2012-07-10T00:00"),
        ("20-35/15 * * * *", "2012-07-31T23:45", "2012-08-01T00:20"),
        ("0 0 9 APR-OCT *", "2012-12-31T23:59", "2013-04-09T00:00"),
        ("0 0 1 1 *", "2012-12-31T23:59", "2013-01-01T00:00"),
        ("0 0 29 2 *", "2013-01-01T00:00", "2016-02-29T00:00"),
        ("0 0 29 FEB *", "2096-02-29T00:00", "2104-02-29T00:00"),
        ("0 0 29 FEB *", "1996-02-29T00:00", "2000-02-29T00:00"),
        ("5 0 * 8 *", "2026-01-01T00:00", "2026-08-01T00:05"),
        ("15 14 1 * *", "2026-11-21T10:00", "2026-12-01T14:15"),
        ("0 22 * * 1-5", "2026-11-20T22:00", "2026-11-23T22:00"),
        ("23 0-20/2 * * *", "2026-11-21T20:23", "2026-11-22T00:23"),
        ("5 4 * * SUN", "2026-11-21T00:00", "2026-11-22T04:05"),
        ("0 0 * * 7", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("0 0 * * FRI-SUN", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("0 0 13 * FRI", "2026-11-01T00:00", "2026-11-06T00:00"),
        ("0 0 13 * FRI", "2026-11-06T00:00", "2026-11-13T00:00"),
        ("0 0 1,15 * WED", "2026-11-12T00:00", "2026-11-15T00:00"),
        ("0 0 */2 * TUE", "2026-11-02T00:00", "2026-11-03T00:00"),
        ("0 0 */2 * TUE", "2026-11-03T00:00", "2026-11-17T00:00"),
        ("30 4 1,15 * 5", "2026-11-15T04:30", "2026-11-20T04:30"),
        ("@hourly", "2026-11-21T10:00", "2026-11-21T11:00"),
        ("@daily", "2026-11-21T10:00", "2026-11-22T00:00"),
        ("@weekly", "2026-11-21T10:00", "2026-11-22T00:00"),
        ("@monthly", "2026-11-21T10:00", "2026-12-01T00:00"),
        ("@yearly", "2026-11-21T10:00", "2027-01-01T00:00"),
        ("  23   2 * *  * ", "2026-11-21T02:23", "2026-11-22T02:23"),
        ("0 0 30 2 *", "2026-01-01T00:00", "never"),
        ("0 0 31 2,4,6,9,11 *", "2026-01-01T00:00", "never"),
        ("0 0 31 4 MON", "2026-01-01T00:00", "2026-04-06T00:00"),
    ])
    func `the next time is the one that everybody expects`(_ cron: String, _ after: String, _ next: String) throws {
        #expect(short(try CronExpression(cron).next(after: moment(after))) == next)
    }

    @Test func `the time after a moment is after it, also within a minute and before 1970`() throws {
        let everyMinute = try CronExpression("* * * * *")
        #expect(everyMinute.next(after: Timestamp(milliseconds: 59_999)) == Timestamp(milliseconds: 60_000))
        #expect(everyMinute.next(after: Timestamp(milliseconds: 60_000)) == Timestamp(milliseconds: 120_000))
        #expect(everyMinute.next(after: Timestamp(milliseconds: -1)) == Timestamp(milliseconds: 0))
        #expect(
            try CronExpression("0 0 * * *").next(after: Timestamp(milliseconds: -86_400_001))?.milliseconds
                == -86_400_000)
    }

    @Test(arguments: [
        ("", "the cron expression is empty; expected minute, hour, day of month, month, day of week"),
        ("* * * *", "the cron expression has 4 fields; expected five: minute, hour, day of month, month, day of week"),
        ("61 * * * *", "\"61\" at character 1 is no minute; expected 0 to 59"),
        ("* 5,24 * * *", "\"24\" at character 5 is no hour; expected 0 to 23"),
        ("* * 0 * *", "\"0\" at character 5 is no day of month; expected 1 to 31"),
        ("* * * JANUARY *", "\"JANUARY\" at character 7 is no month; expected 1 to 12, or JAN to DEC"),
        ("* * * * 8", "\"8\" at character 9 is no day of week; expected 0 to 7, or SUN to SAT"),
        ("* * * * MON-", "\"\" at character 13 is no day of week; expected 0 to 7, or SUN to SAT"),
        ("5,,6 * * * *", "\"\" at character 3 is no minute; expected 0 to 59"),
        ("-5 * * * *", "\"\" at character 1 is no minute; expected 0 to 59"),
        ("+5 * * * *", "\"+5\" at character 1 is no minute; expected 0 to 59"),
        ("1-2-3 * * * *", "\"1-2-3\" at character 1 is no minute; expected 0 to 59"),
        ("*/5/5 * * * *", "\"*/5/5\" at character 1 is no minute; expected 0 to 59"),
        ("* * L * *", "\"L\" at character 5 is no day of month; expected 1 to 31"),
        ("*/0 * * * *", "\"0\" at character 3 is no step of a minute; expected 1 to 59"),
        ("*/90 * * * *", "\"90\" at character 3 is no step of a minute; expected 1 to 59"),
        ("0 22-6 * * *", "the range \"22-6\" at character 3 goes backwards; expected the earlier hour first"),
        (
            "@reboot",
            "\"@reboot\" is no word for a time; expected one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly"
        ),
    ])
    func `what is wrong with an expression is told with its place`(_ text: String, _ message: String) {
        #expect(throws: CronError.self) { try CronExpression(text) }
        do { _ = try CronExpression(text) } catch { #expect(error.message == message) }
    }

    @Test func `a slip in a word is answered with the word`() {
        do { _ = try CronExpression("@dayly") } catch { #expect(error.hint == "did you mean \"@daily\"?") }
    }

    // MARK: - Against a model that walks every minute

    /// Fields as sets of numbers, and the text that says the same.
    private struct Model {
        var text = ""
        var sets: [Set<Int>] = []
        var starred: [Bool] = []

        init(_ random: inout Seeded) {
            let ranges = [0...59, 0...23, 1...31, 1...12, 0...6]
            var words: [String] = []
            for range in ranges {
                let (word, set, isStarred) = Self.field(range, &random)
                words.append(word)
                sets.append(set)
                starred.append(isStarred)
            }
            text = words.joined(separator: " ")
        }

        private static func field(_ range: ClosedRange<Int>, _ random: inout Seeded) -> (String, Set<Int>, Bool) {
            if random.below(3) == 0 { return ("*", Set(range), true) }
            if random.below(6) == 0 {
                let step = 1 + random.below(range.upperBound)
                return ("*/\(step)", Set(stride(from: range.lowerBound, through: range.upperBound, by: step)), true)
            }
            var (words, set) = ([String](), Set<Int>())
            for _ in 0...random.below(3) {
                let first = range.lowerBound + random.below(range.count)
                switch random.below(4) {
                case 0:
                    let last = first + random.below(range.upperBound - first + 1)
                    let step = 1 + random.below(range.upperBound)
                    words.append("\(first)-\(last)/\(step)")
                    set.formUnion(stride(from: first, through: last, by: step))
                case 1:
                    let last = first + random.below(range.upperBound - first + 1)
                    words.append("\(first)-\(last)")
                    set.formUnion(first...last)
                default:
                    words.append("\(first)")
                    set.insert(first)
                }
            }
            return (words.joined(separator: ","), set, false)
        }

        func includes(minute: Int64) -> Bool {
            let day = CalendarDay(number: minute / 1440)
            let (month, week) = (sets[2].contains(day.day), sets[4].contains(day.weekday))
            let fitsDay = starred[2] || starred[4] ? month && week : month || week
            return fitsDay && sets[3].contains(day.month) && sets[1].contains(Int(minute / 60 % 24))
                && sets[0].contains(Int(minute % 60))
        }
    }

    @Test func `a hundred random expressions fire in the minutes that a walk over every minute finds`() throws {
        var random = Seeded(state: 20_261_121)
        for _ in 0..<100 {
            let model = Model(&random)
            let cron = try CronExpression(model.text)
            // Around the ends of Februaries and years, from 1996 to 2104.
            let start = Int64([9555, 11_015, 14_940, 20_878, 21_915, 46_076, 47_540][random.below(7)]) * 1440
            let minutes = (start..<start + 40 * 1440).filter { model.includes(minute: $0) }
            var found: [Int64] = []
            var last = Timestamp(milliseconds: start * 60_000 - 1)
            while let next = cron.next(after: last), next.milliseconds < (start + 40 * 1440) * 60_000 {
                found.append(next.milliseconds / 60_000)
                last = next
            }
            #expect(found == minutes, "\(model.text) from \(Timestamp(milliseconds: start * 60_000))")
        }
    }

    @Test func `the calendar agrees with the one that writes times, over 400 years`() {
        var day = CalendarDay(number: -25_567)
        for number in Int64(-25_567)..<120_530 {
            #expect(day == CalendarDay(number: number))
            let text = Timestamp(milliseconds: number * 86_400_000).description
            let parts = text.split { !$0.isNumber }.prefix(3).map { Int64($0)! }
            if parts != [day.year, Int64(day.month), Int64(day.day)] { Issue.record("\(text)") }
            day.advance()
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct Seeded {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
