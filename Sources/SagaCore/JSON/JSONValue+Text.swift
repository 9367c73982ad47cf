extension JSONValue {
    /// Reads JSON (RFC 8259): nothing more and nothing less, every key of an object once, at most 128 levels deep.
    public init(parsing text: String) throws(JSONError) {
        var recorder = NoRecorder()
        self = try JSONValue(parsing: text, &recorder)
    }

    /// Reads JSON from bytes, which must be UTF-8. The buffer is not kept.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(JSONError) {
        var recorder = NoRecorder()
        self = try JSONParser.parse(bytes, &recorder)
    }

    init<Recorder: JSONRecorder>(parsing text: String, _ recorder: inout Recorder) throws(JSONError) {
        var text = text
        // `withUTF8` rethrows any error, and would lose the type of ours.
        let result = text.withUTF8 { bytes in
            Result { () throws(JSONError) in try JSONParser.parse(UnsafeRawBufferPointer(bytes), &recorder) }
        }
        self = try result.get()
    }

    /// Compact JSON: no space, only the escapes JSON requires, everything else as UTF-8.
    public var text: String {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// JSON for people when pretty: two spaces a level, members in their order, empty containers on one line.
    public func text(pretty: Bool) -> String {
        guard pretty else { return text }
        var bytes: [UInt8] = []
        writePretty(into: &bytes, level: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Adds the compact JSON at the end.
    public func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append("null")
        case .bool(true): bytes.append("true")
        case .bool(false): bytes.append("false")
        case .int(let value): bytes.append(String(value))
        case .number(let text): bytes.append(text)
        case .string(let text): bytes.append(quoted: text)
        case .array(let items): Self.write(items, into: &bytes)
        case .object(let object): Self.write(object, into: &bytes)
        }
    }

    private static func write(_ items: [JSONValue], into bytes: inout [UInt8]) {
        bytes.append(Byte.openBracket)
        var isFirst = true
        for item in items {
            if !isFirst { bytes.append(Byte.comma) }
            isFirst = false
            item.write(into: &bytes)
        }
        bytes.append(Byte.closeBracket)
    }

    private static func write(_ object: JSONObject, into bytes: inout [UInt8]) {
        bytes.append(Byte.openBrace)
        var isFirst = true
        for (key, value) in object {
            if !isFirst { bytes.append(Byte.comma) }
            isFirst = false
            bytes.append(quoted: key)
            bytes.append(Byte.colon)
            value.write(into: &bytes)
        }
        bytes.append(Byte.closeBrace)
    }

    private func writePretty(into bytes: inout [UInt8], level: Int) {
        switch self {
        case .array(let items) where !items.isEmpty:
            bytes.append(Byte.openBracket)
            for (place, item) in items.enumerated() {
                bytes.startLine(isFirst: place == 0, level: level + 1)
                item.writePretty(into: &bytes, level: level + 1)
            }
            bytes.startLine(isFirst: true, level: level)
            bytes.append(Byte.closeBracket)
        case .object(let object) where !object.isEmpty:
            bytes.append(Byte.openBrace)
            for (place, member) in object.enumerated() {
                bytes.startLine(isFirst: place == 0, level: level + 1)
                bytes.append(quoted: member.key)
                bytes.append(": ")
                member.value.writePretty(into: &bytes, level: level + 1)
            }
            bytes.startLine(isFirst: true, level: level)
            bytes.append(Byte.closeBrace)
        default:
            write(into: &bytes)
        }
    }
}

extension JSONValue: CustomStringConvertible {
    /// The compact JSON.
    public var description: String { text }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    fileprivate mutating func startLine(isFirst: Bool, level: Int) {
        if !isFirst { append(Byte.comma) }
        append(Byte.newline)
        append(contentsOf: repeatElement(Byte.space, count: level * 2))
    }

    fileprivate mutating func append(quoted text: String) {
        var text = text
        text.withUTF8 { append(quoted: UnsafeRawBufferPointer($0)) }
    }

    mutating func append(quoted text: UnsafeRawBufferPointer) {
        append(Byte.quote)
        var piece = 0
        while let place = text.firstEscape(from: piece) {
            append(contentsOf: text[piece..<place])
            append(escaping: text[place])
            piece = place + 1
        }
        append(contentsOf: text[piece...])
        append(Byte.quote)
    }

    private mutating func append(escaping byte: UInt8) {
        append(Byte.backslash)
        switch byte {
        case 0x08: append(UInt8(ascii: "b"))
        case Byte.tab: append(UInt8(ascii: "t"))
        case Byte.newline: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case Byte.carriageReturn: append(UInt8(ascii: "r"))
        case Byte.quote, Byte.backslash: append(byte)
        default:
            append(byte < 0x10 ? "u000" : "u00")
            append(String(byte, radix: 16))
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The first byte that cannot stand in a text as it is, looked for eight at a time.
    fileprivate func firstEscape(from start: Int) -> Int? {
        var place = start
        while place + 8 <= count, !Self.needsEscape(loadUnaligned(fromByteOffset: place, as: UInt64.self)) {
            place += 8
        }
        while place < count {
            if Byte.needsEscape(self[place]) { return place }
            place += 1
        }
        return nil
    }

    /// True where one of the eight bytes is below a space, a quote or a backslash; the high bit of a byte that matches is
    /// set ("Bit Twiddling Hacks", `hasless` and `haszero`).
    private static func needsEscape(_ eight: UInt64) -> Bool {
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        func hasLess(_ word: UInt64, _ bound: UInt8) -> UInt64 { (word &- ones &* UInt64(bound)) & ~word & highs }
        let found =
            hasLess(eight, Byte.space) | hasLess(eight ^ ones &* UInt64(Byte.quote), 1)
            | hasLess(eight ^ ones &* UInt64(Byte.backslash), 1)
        return found != 0
    }
}
