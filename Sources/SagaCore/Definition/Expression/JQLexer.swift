/// The words of jq 1.6.
enum JQToken: Sendable, Hashable {
    /// An operator, a bracket, `.`, `..`, `?`, `?//`, `$`, `;`, `:`
    case symbol(String)
    case keyword(String)
    case name(String)
    /// `.name`
    case field(String)
    /// `@base64`
    case format(String)
    case number(JSONValue)
    /// The quote that opens a string; what is in it is read by `text`.
    case quote
    case end
}

/// The bytes of an expression, taken word by word as jq's own lexer does: the longest match, and of two the first.
struct JQLexer {
    let bytes: [UInt8]
    private(set) var place: Int
    /// Where the word that was taken last stands.
    private(set) var start = 0

    static let keywords: Set<String> = [
        "as", "import", "include", "module", "def", "if", "then", "else", "elif", "and", "or", "end", "reduce",
        "foreach", "try", "catch", "label", "break", "__loc__",
    ]
    private static let symbols = [
        "?//", "//=", "!=", "==", "//", "|=", "+=", "-=", "*=", "/=", "%=", "<=", ">=", "..", ".", "?", "=", ";", ",",
        ":", "|", "+", "-", "*", "/", "%", "$", "<", ">", "[", "]", "{", "}", "(", ")",
    ].map { Array($0.utf8) }

    init(_ bytes: [UInt8], at place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    private func byte(_ offset: Int = 0) -> UInt8 { place + offset < bytes.count ? bytes[place + offset] : 0 }

    mutating func next() throws(JQMistake) -> JQToken {
        skipBlanks()
        start = place
        guard place < bytes.count else { return .end }
        let first = byte()
        if first == UInt8(ascii: "\"") {
            place += 1
            return .quote
        }
        if first.isNumberPart, let number = try takeNumber() { return number }
        if first == UInt8(ascii: "."), byte(1).isNameStart {
            place += 1
            return .field(takeWord())
        }
        if first == UInt8(ascii: "@"), byte(1).isNamePart {
            place += 1
            return .format(takeWord())
        }
        if first.isNameStart { return takeName() }
        return try takeSymbol()
    }

    private mutating func skipBlanks() {
        while true {
            while [0x20, 0x0A, 0x09].contains(byte()), place < bytes.count { place += 1 }
            guard byte() == UInt8(ascii: "#") else { return }
            while place < bytes.count, byte() != 0x0A, byte() != 0x0D { place += 1 }
        }
    }

    private mutating func takeWord() -> String {
        let begin = place
        while byte().isNamePart { place += 1 }
        return String(decoding: bytes[begin..<place], as: UTF8.self)
    }

    /// `a::b` is one name: that of a function of a module.
    private mutating func takeName() -> JQToken {
        var word = takeWord()
        while byte() == UInt8(ascii: ":"), byte(1) == UInt8(ascii: ":"), byte(2).isNameStart {
            place += 2
            word += "::" + takeWord()
        }
        return Self.keywords.contains(word) ? .keyword(word) : .name(word)
    }

    /// `[0-9.]+([eE][+-]?[0-9]+)?`, which `.` and `..` are not; nil: something else matches more.
    private mutating func takeNumber() throws(JQMistake) -> JQToken? {
        var end = place
        while end < bytes.count, bytes[end].isNumberPart { end += 1 }
        let mantissa = bytes[place..<end]
        if end < bytes.count, bytes[end] == UInt8(ascii: "e") || bytes[end] == UInt8(ascii: "E") {
            var exponent = end + 1
            if exponent < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[exponent]) {
                exponent += 1
            }
            let digits = exponent
            while exponent < bytes.count, bytes[exponent].isDigit { exponent += 1 }
            if exponent > digits { end = exponent }
        }
        let text = bytes[place..<end]
        if text.allSatisfy({ $0 == UInt8(ascii: ".") }), text.count < 3 { return nil }
        if mantissa == [UInt8(ascii: ".")], fieldLength > text.count { return nil }
        guard let value = JQLiteral.number(String(decoding: text, as: UTF8.self)) else {
            throw JQMistake(.syntax(found: String(decoding: text, as: UTF8.self)), at: place)
        }
        place = end
        return .number(value)
    }

    /// Of `.name` from here.
    private var fieldLength: Int {
        guard byte(1).isNameStart else { return 0 }
        var end = place + 1
        while end < bytes.count, bytes[end].isNamePart { end += 1 }
        return end - place
    }

    private mutating func takeSymbol() throws(JQMistake) -> JQToken {
        for symbol in Self.symbols where bytes[place...].starts(with: symbol) {
            place += symbol.count
            return .symbol(String(decoding: symbol, as: UTF8.self))
        }
        let rest = String(decoding: bytes[place...], as: UTF8.self)
        throw JQMistake(.syntax(found: String(rest.prefix(1))), at: place)
    }

    // MARK: - Strings

    enum TextEnd { case quote, interpolation }

    /// What stands in a string from here to its end or to the next `\(`, which is taken, too.
    mutating func text() throws(JQMistake) -> (String, TextEnd) {
        let begin = place
        var escaped: [UInt8] = []
        while place < bytes.count {
            switch byte() {
            case UInt8(ascii: "\""):
                place += 1
                return (try Self.unescaped(escaped, at: begin), .quote)
            case UInt8(ascii: "\\") where byte(1) == UInt8(ascii: "("):
                place += 2
                return (try Self.unescaped(escaped, at: begin), .interpolation)
            case UInt8(ascii: "\\"):
                escaped += [byte(), byte(1)]
                place += 2
            case let byte where byte < 0x20:
                // jq takes line breaks as they are; JSON wants them escaped.
                escaped += Array(JQLiteral.escape(byte).utf8)
                place += 1
            default:
                escaped.append(byte())
                place += 1
            }
        }
        throw JQMistake(.openString, at: max(0, begin - 1))
    }

    private static func unescaped(_ bytes: [UInt8], at place: Int) throws(JQMistake) -> String {
        let text = "\"" + String(decoding: bytes, as: UTF8.self) + "\""
        guard case .string(let value)? = try? JSONValue(parsing: text) else {
            throw JQMistake(.syntax(found: text), at: place)
        }
        return value
    }

    // MARK: - Where it ends

    /// Where the `}` stands that ends an expression which begins here; nil: nowhere.
    static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var lexer = JQLexer(bytes, at: start)
        return lexer.skip(to: UInt8(ascii: "}"), opening: UInt8(ascii: "{"))
    }

    /// Goes to the bracket that closes what is open here, over strings and comments.
    private mutating func skip(to closing: UInt8, opening: UInt8) -> Int? {
        var depth = 0
        while place < bytes.count {
            let here = byte()
            place += 1
            switch here {
            case opening: depth += 1
            case closing where depth == 0: return place - 1
            case closing: depth -= 1
            case UInt8(ascii: "\""): guard skipString() else { return nil }
            case UInt8(ascii: "#"): while place < bytes.count, byte() != 0x0A, byte() != 0x0D { place += 1 }
            default: break
            }
        }
        return nil
    }

    private mutating func skipString() -> Bool {
        while place < bytes.count {
            let here = byte()
            place += 1
            if here == UInt8(ascii: "\"") { return true }
            guard here == UInt8(ascii: "\\") else { continue }
            let next = byte()
            place += 1
            if next == UInt8(ascii: "("), skip(to: UInt8(ascii: ")"), opening: UInt8(ascii: "(")) == nil {
                return false
            }
        }
        return false
    }
}

/// What stands where no expression can go on.
struct JQMistake: Error, Sendable {
    enum Fact: Sendable {
        case syntax(found: String)
        case openString
        case divisionByZero
        case tooDeep
        case roundedNumber(String)
        case refused(String)
    }
    let fact: Fact
    let place: Int

    init(_ fact: Fact, at place: Int) {
        self.fact = fact
        self.place = place
    }
}

enum JQLiteral {
    /// A number as jq writes it, which may begin or end with a point; nil: it is none.
    static func number(_ text: String) -> JSONValue? {
        var text = text
        guard text.first?.isNumber == true || text.dropFirst().first?.isNumber == true else { return nil }
        if text.first == "." { text = "0" + text }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, parts[1].first?.isNumber != true { text = String(parts[0] + parts[1]) }
        while text.count > 1, text.first == "0", text.dropFirst().first?.isNumber == true { text.removeFirst() }
        guard let value = try? JSONValue(parsing: text), value.doubleValue != nil else { return nil }
        return value
    }

    static func escape(_ byte: UInt8) -> String { "\\u00" + (byte < 16 ? "0" : "1") + String(byte & 15, radix: 16) }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self &- 0x30 < 10 }
    fileprivate var isNumberPart: Bool { isDigit || self == UInt8(ascii: ".") }
    fileprivate var isNameStart: Bool { (self | 0x20) &- 0x61 < 26 || self == UInt8(ascii: "_") }
    fileprivate var isNamePart: Bool { isNameStart || isDigit }
}
