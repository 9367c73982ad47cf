/// The bytes that mean something in JSON.
enum Byte {
    static let tab: UInt8 = 0x09
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let minus: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let zero: UInt8 = 0x30
    static let nine: UInt8 = 0x39
    static let colon: UInt8 = 0x3A
    static let openBracket: UInt8 = 0x5B
    static let backslash: UInt8 = 0x5C
    static let closeBracket: UInt8 = 0x5D
    static let openBrace: UInt8 = 0x7B
    static let closeBrace: UInt8 = 0x7D

    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero <= 9 }
    static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

    static func hexDigit(_ byte: UInt8) -> UInt16? {
        switch byte {
        case zero...nine: UInt16(byte - zero)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    static func needsEscape(_ byte: UInt8) -> Bool { byte < space || byte == quote || byte == backslash }

    /// What a bare word or a badly written number is made of.
    static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
    }
}

/// Learns where every value and key stands while a text is parsed.
protocol JSONRecorder {
    /// The next value belongs to the key that starts at this byte.
    mutating func key(at offset: Int)
    mutating func valueStarts(at offset: Int)
    /// - Parameter offset: of the byte after its last.
    mutating func valueEnds(at offset: Int)
}

/// For those who want the value only; costs nothing.
struct NoRecorder: JSONRecorder {
    func key(at offset: Int) {}
    func valueStarts(at offset: Int) {}
    func valueEnds(at offset: Int) {}
}

/// How many objects and arrays may stand inside each other.
private let nestingLimit = 128

/// Turns bytes into a value: RFC 8259 to the letter, and every key of an object once.
struct JSONParser<Recorder: JSONRecorder> {
    let bytes: UnsafeBufferPointer<UInt8>
    let start: UnsafePointer<UInt8>
    let count: Int
    var at = 0
    var recorder: Recorder
    private var depth = 0
    /// The string being put together, when it has escapes.
    private var scratch: [UInt8] = []

    /// The value of the whole text. The buffer must outlive the call only.
    static func parse(_ bytes: UnsafeRawBufferPointer, _ recorder: inout Recorder) throws(JSONError) -> JSONValue {
        let bytes = bytes.assumingMemoryBound(to: UInt8.self)
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            throw JSONError(fact: .empty, position: JSONPosition(line: 1, column: 1))
        }
        var parser = JSONParser(bytes, start, recorder)
        let value = try parser.document()
        recorder = parser.recorder
        return value
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ start: UnsafePointer<UInt8>, _ recorder: Recorder) {
        self.bytes = bytes
        self.start = start
        count = bytes.count
        self.recorder = recorder
    }

    mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        guard at < count else { throw error(.empty) }
        let value = try value(expected: .value)
        skipSpace()
        guard at == count else { throw misfit(expected: nil) }
        return value
    }

    mutating func value(expected: JSONError.Expected) throws(JSONError) -> JSONValue {
        guard at < count else { throw misfit(expected: expected) }
        recorder.valueStarts(at: at)
        let value: JSONValue
        switch start[at] {
        case Byte.quote: value = .string(try string())
        case Byte.openBrace: value = .object(try object())
        case Byte.openBracket: value = .array(try array())
        case Byte.minus, Byte.zero...Byte.nine: value = try number()
        case UInt8(ascii: "t") where take(word: "true"): value = .bool(true)
        case UInt8(ascii: "f") where take(word: "false"): value = .bool(false)
        case UInt8(ascii: "n") where take(word: "null"): value = .null
        default: throw misfit(expected: expected)
        }
        recorder.valueEnds(at: at)
        return value
    }

    mutating func object() throws(JSONError) -> JSONObject {
        let opening = at
        try enter()
        var object = JSONObject()
        skipSpace()
        if take(Byte.closeBrace) { return leave(object) }
        while true {
            let keyStart = at
            let key = try key(expected: object.isEmpty ? .keyOrBrace : .key)
            let value = try value(expected: .value)
            guard object.appendIfNew(key, value) else { throw repeated(key, at: keyStart, inObjectAt: opening) }
            skipSpace()
            if take(Byte.closeBrace) { return leave(object) }
            guard take(Byte.comma) else { throw missingComma(in: .object, expected: .commaOrBrace) }
            skipSpace()
            if at < count, start[at] == Byte.closeBrace { throw trailingComma() }
        }
    }

    mutating func array() throws(JSONError) -> [JSONValue] {
        try enter()
        var items: [JSONValue] = []
        skipSpace()
        if take(Byte.closeBracket) { return leave(items) }
        while true {
            items.append(try value(expected: items.isEmpty ? .valueOrBracket : .value))
            skipSpace()
            if take(Byte.closeBracket) { return leave(items) }
            guard take(Byte.comma) else { throw missingComma(in: .array, expected: .commaOrBracket) }
            skipSpace()
            if at < count, start[at] == Byte.closeBracket { throw trailingComma() }
        }
    }

    /// The key, its colon, and the space around them.
    mutating func key(expected: JSONError.Expected) throws(JSONError) -> String {
        guard at < count, start[at] == Byte.quote else { throw misfit(expected: expected) }
        recorder.key(at: at)
        let key = try string()
        skipSpace()
        guard take(Byte.colon) else { throw misfit(expected: .colon) }
        skipSpace()
        return key
    }

    mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= nestingLimit else { throw error(.tooDeep(limit: nestingLimit)) }
        at += 1
    }

    mutating func leave<Container>(_ container: Container) -> Container {
        depth -= 1
        return container
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard at < count, start[at] == byte else { return false }
        at += 1
        return true
    }

    mutating func take(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard count - at >= length else { return false }
        for offset in 0..<length where start[at + offset] != word.utf8Start[offset] { return false }
        guard at + length == count || !Byte.isWord(start[at + length]) else { return false }
        at += length
        return true
    }

    mutating func skipSpace() {
        while at < count {
            switch start[at] {
            case Byte.space, Byte.newline, Byte.carriageReturn, Byte.tab: at += 1
            default: return
            }
        }
    }
}

// MARK: - Strings

extension JSONParser {
    mutating func string() throws(JSONError) -> String {
        at += 1
        let first = at
        let isASCII = skipPlain()
        guard at < count, start[at] == Byte.quote else { return try stringInPieces(from: first) }
        let text = UnsafeBufferPointer(start: start + first, count: at - first)
        defer { at += 1 }
        if isASCII { return String(decoding: text, as: UTF8.self) }
        guard let string = String(validating: text, as: UTF8.self) else { throw notUTF8(from: first) }
        return string
    }

    /// Goes to the next quote, backslash or control character, and answers whether all before it was ASCII.
    mutating func skipPlain() -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var seen: UInt64 = 0
        // Eight bytes at a time; the tests for "a byte is zero" and "a byte is less than n" are those of
        // https://graphics.stanford.edu/~seander/bithacks.html
        while count - at >= 8 {
            let word = UnsafeRawPointer(start + at).loadUnaligned(as: UInt64.self)
            let quote = word ^ (ones &* UInt64(Byte.quote))
            let backslash = word ^ (ones &* UInt64(Byte.backslash))
            let control = (word &- ones &* UInt64(Byte.space)) & ~word
            let stops = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | control) & highs
            guard stops == 0 else { break }
            seen |= word
            at += 8
        }
        while at < count {
            let byte = start[at]
            if Byte.needsEscape(byte) { break }
            seen |= UInt64(byte)
            at += 1
        }
        return seen & highs == 0
    }

    mutating func stringInPieces(from first: Int) throws(JSONError) -> String {
        scratch.removeAll(keepingCapacity: true)
        var piece = first
        while true {
            scratch.append(contentsOf: UnsafeBufferPointer(start: start + piece, count: at - piece))
            guard at < count else { throw error(.endsInside(.string, expected: .quote)) }
            switch start[at] {
            case Byte.quote:
                at += 1
                guard let string = String(validating: scratch, as: UTF8.self) else { throw notUTF8(from: first) }
                return string
            case Byte.backslash: try escape()
            case Byte.newline, Byte.carriageReturn: throw error(.lineBreakInString)
            case let byte: throw error(.controlCharacter(byte))
            }
            piece = at
            _ = skipPlain()
        }
    }

    mutating func escape() throws(JSONError) {
        guard at + 1 < count else {
            at = count
            throw error(.endsInside(.string, expected: .quote))
        }
        let plain: UInt8
        switch start[at + 1] {
        case Byte.quote, Byte.backslash, Byte.slash: plain = start[at + 1]
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = Byte.newline
        case UInt8(ascii: "r"): plain = Byte.carriageReturn
        case UInt8(ascii: "t"): plain = Byte.tab
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw unknownEscape()
        }
        scratch.append(plain)
        at += 2
    }

    mutating func unicodeEscape() throws(JSONError) {
        let first = try hexUnit(at: at)
        guard 0xD800...0xDFFF ~= first else { return append(UInt32(first), length: 6) }
        guard first < 0xDC00, at + 7 < count, start[at + 6] == Byte.backslash, start[at + 7] == UInt8(ascii: "u") else {
            throw error(.loneSurrogate(text(from: at, to: at + 6), isFirstHalf: first < 0xDC00))
        }
        let second = try hexUnit(at: at + 6)
        guard 0xDC00...0xDFFF ~= second else {
            throw error(.loneSurrogate(text(from: at, to: at + 6), isFirstHalf: true))
        }
        append(0x10000 + UInt32(first & 0x3FF) << 10 + UInt32(second & 0x3FF), length: 12)
    }

    mutating func append(_ scalar: UInt32, length: Int) {
        guard let scalar = Unicode.Scalar(scalar) else { preconditionFailure("Surrogates are told apart before this.") }
        scratch.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
        at += length
    }

    /// The number behind a "\u".
    mutating func hexUnit(at escape: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for offset in 2..<6 {
            guard escape + offset < count, let digit = Byte.hexDigit(start[escape + offset]) else {
                at = escape
                throw error(.shortUnicodeEscape(text(from: escape, to: escape + offset)))
            }
            unit = unit << 4 | digit
        }
        return unit
    }
}

// MARK: - Numbers

extension JSONParser {
    mutating func number() throws(JSONError) -> JSONValue {
        let first = at
        let isNegative = take(Byte.minus)
        guard at < count, Byte.isDigit(start[at]) else { throw numberMisfit(from: first) }
        let integer = at
        var magnitude: UInt64 = 0
        var fits = true
        while at < count, Byte.isDigit(start[at]) {
            let (tenfold, carries) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tenfold.addingReportingOverflow(UInt64(start[at] - Byte.zero))
            magnitude = sum
            fits = fits && !carries && !overflows
            at += 1
        }
        if start[integer] == Byte.zero, at - integer > 1 || at < count && start[at] | 0x20 == UInt8(ascii: "x") {
            throw numberMisfit(from: first)
        }
        if at < count, start[at] == Byte.dot || start[at] | 0x20 == UInt8(ascii: "e") {
            try fractionAndExponent(from: first)
            fits = false
        }
        if fits, !isNegative, let value = Int64(exactly: magnitude) { return .int(value) }
        if fits, isNegative, 1...Int64.min.magnitude ~= magnitude {
            return .int(0 &- Int64(truncatingIfNeeded: magnitude))
        }
        return .number(text(from: first, to: at))
    }

    mutating func fractionAndExponent(from first: Int) throws(JSONError) {
        if take(Byte.dot) { try digits(from: first) }
        if at < count, start[at] | 0x20 == UInt8(ascii: "e") {
            at += 1
            if !take(Byte.plus) { _ = take(Byte.minus) }
            try digits(from: first)
        }
    }

    mutating func digits(from first: Int) throws(JSONError) {
        let start = at
        while at < count, Byte.isDigit(self.start[at]) { at += 1 }
        guard at > start else { throw numberMisfit(from: first) }
    }
}
