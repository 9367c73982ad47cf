/// A place in a text; lines and columns count from 1, columns count Unicode scalars.
public struct JSONPosition: Sendable, Hashable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Where the byte at `offset` stands.
    init(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
        let before = bytes[..<offset]
        let start = before.lastIndex(of: Byte.newline).map { $0 + 1 } ?? 0
        line = before.count { $0 == Byte.newline } + 1
        column = before[start...].count { !Byte.isContinuation($0) } + 1
    }
}

/// What is wrong with a text that should be JSON, and where.
public struct JSONError: Error, Sendable, Hashable {
    /// What the text has that JSON does not; the words are in `message`.
    public enum Fact: Sendable, Hashable {
        case empty
        case byteOrderMark
        case notUTF8(byte: UInt8)
        case endsInside(Part, expected: Expected)
        case unexpected(String, expected: Expected)
        case afterTheEnd(String)
        case tooDeep(limit: Int)

        case duplicateKey(String, first: JSONPosition)
        case unquotedKey(String)
        case trailingComma(before: String)
        case doubleComma
        case missingComma(in: Part)

        case comment
        case singleQuotes
        case notAValue(String, meant: String?)

        case lineBreakInString
        case controlCharacter(UInt8)
        case unknownEscape(String)
        case shortUnicodeEscape(String)
        case loneSurrogate(String, isFirstHalf: Bool)

        case leadingZero(String, meant: String)
        case leadingPlus(String)
        case leadingDot(String)
        case missingDigit(after: String)
        case hexadecimal(String)
        case notANumber(String)
    }

    /// What the text can end inside of.
    public enum Part: Sendable, Hashable { case object, array, string }

    /// What could have stood there instead.
    public enum Expected: Sendable, Hashable {
        case value, valueOrBracket, key, keyOrBrace, colon, commaOrBrace, commaOrBracket, quote
    }

    public let fact: Fact
    public let position: JSONPosition

    public init(fact: Fact, position: JSONPosition) {
        self.fact = fact
        self.position = position
    }
}
