extension InvoiceProblem {
    /// One line without its full stop: where, what is, then what was expected.
    public var message: String { "line \(line), column \(column): " + sentence }

    private var sentence: String {
        switch fact {
        case .empty: "there is no header; expected \(Self.requiredColumns)"
        case .openQuote: "this quote is never closed; expected another one at the end of the field"
        case .textAfterQuote:
            "text follows the closing quote; expected a comma or the end of the line, and quotes inside a field doubled"
        case .quoteInPlainField: "a quote stands inside a field without quotes; expected the whole field in quotes"
        case .zeroByte: "there is a byte 0; expected text"
        case .notUTF8: "the bytes here are not UTF-8; expected text in UTF-8"
        case .tooLong(let limit): "the line is longer than \(limit) bytes; expected the lines of an invoice"
        case .tooManyFields(let limit): "the line has more than \(limit) fields; expected the lines of an invoice"
        case .columnsMissing, .columnTwice: headerSentence
        default: lineSentence
        }
    }

    private var headerSentence: String {
        switch fact {
        case .columnsMissing(let missing, let found):
            "the header has no \(Self.list(missing)); expected \(Self.requiredColumns), found \(Self.list(found))"
        case .columnTwice(let name, let first, let second):
            "the header has `\(name)` twice, as field \(first) and as field \(second); expected each column once"
        default: ""
        }
    }

    private var lineSentence: String {
        switch fact {
        case .fieldCount(let count, let expected):
            "the line has \(count) \(count == 1 ? "field" : "fields"); expected \(expected), as the header has"
        case .cutOff(let count, let expected):
            "the file ends in the middle of a line, after \(count) of \(expected) fields; expected a whole line, so fetch it again"
        case .amount(let error): "in `usd`, \(error.message)"
        case .time(let column, let text):
            "in `\(column)`, \"\(text)\" is no time; expected one like 2020-07-01 00:00:00 +0000"
        case .productMissing: "`product` is empty; expected what is billed, such as Droplets"
        case .sumTooLarge: "the sum of the lines so far is larger than 9,223,372,036,854.775808 dollars"
        case .tooManyLines(let limit): "there are more than \(limit) lines; expected an invoice"
        default: ""
        }
    }

    private static let requiredColumns = list(InvoiceColumns.required)
    private static func list(_ names: [String]) -> String { names.map { "`\($0)`" }.joined(separator: ", ") }
}
