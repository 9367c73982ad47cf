/// What is wrong with an invoice's CSV, and where. The words are in `InvoiceProblem+Words.swift`.
public struct InvoiceProblem: Error, Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        // The bytes.
        case empty
        case openQuote
        case textAfterQuote
        case quoteInPlainField
        case zeroByte
        case notUTF8
        case tooLong(limit: Int)
        case tooManyFields(limit: Int)
        // The header.
        case columnsMissing([String], found: [String])
        case columnTwice(String, first: Int, second: Int)
        // A line.
        case fieldCount(Int, expected: Int)
        case cutOff(fields: Int, expected: Int)
        case amount(MoneyError)
        case time(column: String, text: String)
        case productMissing
        case sumTooLarge
        case tooManyLines(limit: Int)
    }

    public let fact: Fact
    /// From 1, counting line ends inside quotes.
    public let line: Int
    /// From 1, in characters.
    public let column: Int

    public init(fact: Fact, line: Int, column: Int) {
        self.fact = fact
        self.line = line
        self.column = column
    }
}
