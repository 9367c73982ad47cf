/// Why a text is no cron expression.
public struct CronError: Error, Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        case empty
        case fieldCount(Int)
        case notAValue(CronField, found: String)
        case outOfRange(CronField, found: String)
        /// eg: `5-2`
        case backwards(CronField, found: String)
        case step(CronField, found: String)
        case unknownWord(String)
        /// It is well formed, and its day is in no calendar. eg: `0 0 30 2 *`
        case neverComes
    }

    public let fact: Fact
    /// Where in the text, in characters from 1.
    public let position: Int

    init(_ fact: Fact, at position: Int = 1) {
        self.fact = fact
        self.position = position
    }
}
