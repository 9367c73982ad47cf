internal import SagaCore

extension CronError {
    /// One line without its full stop: what is, then what was expected.
    public var message: String {
        switch fact {
        case .empty: "the cron expression is empty; expected \(Self.fields)"
        case .fieldCount(let count):
            "the cron expression has \(count) \(count == 1 ? "field" : "fields"); expected five: \(Self.fields)"
        case .notAValue(let field, let found):
            "\"\(found)\" at character \(position) is no \(field.rawValue); expected \(Self.expected(field))"
        case .outOfRange(let field, let found):
            "\"\(found)\" at character \(position) is no \(field.rawValue); expected \(Self.expected(field))"
        case .backwards(let field, let found):
            "the range \"\(found)\" at character \(position) goes backwards; expected the earlier \(field.rawValue) first"
        case .step(let field, let found):
            "\"\(found)\" at character \(position) is no step of a \(field.rawValue); expected 1 to \(field.whole.upperBound)"
        case .unknownWord(let found):
            "\"\(found)\" is no word for a time; expected one of \(CronExpression.words.map(\.word).joined(separator: ", "))"
        case .neverComes: "the cron expression names a day that is in no calendar, so its time never comes"
        }
    }

    public var hint: String? {
        switch fact {
        case .empty, .fieldCount: "`*/15 * * * *` is every quarter of an hour, `23 2 * * *` every day at 02:23 UTC"
        case .unknownWord(let found):
            closest(to: found, among: CronExpression.words.map(\.word)).map { "did you mean \"\($0)\"?" }
        case .backwards(_, let found): "two ranges with a comma between them, instead of \"\(found)\""
        case .notAValue, .outOfRange, .step, .neverComes: nil
        }
    }

    private static let fields = "minute, hour, day of month, month, day of week"

    private static func expected(_ field: CronField) -> String {
        let numbers = "\(field.range.lowerBound) to \(field.range.upperBound)"
        guard let first = field.names.first, let last = field.names.last else { return numbers }
        return "\(numbers), or \(first) to \(last)"
    }
}
