/// Writes compact JSON piece by piece, the same bytes as `JSONValue.write(into:)`: for long lists, where making a value of
/// each row first costs several times what writing it does.
///
/// Whoever uses it sees to it that objects and arrays are closed, and that a key stands before each value of an object.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() {}

    public mutating func beginObject() { begin(Byte.openBrace) }
    public mutating func endObject() { end(Byte.closeBrace) }
    public mutating func beginArray() { begin(Byte.openBracket) }
    public mutating func endArray() { end(Byte.closeBracket) }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(Byte.comma) }
        needsComma = true
    }

    /// - Parameter key: plain: nothing in it is escaped.
    public mutating func key(_ key: StaticString) {
        separate()
        bytes.append(Byte.quote)
        bytes.append(contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        bytes.append(Byte.quote)
        bytes.append(Byte.colon)
        needsComma = false
    }

    /// - Parameter text: UTF-8; nil: null.
    public mutating func text(_ text: UnsafeRawBufferPointer?) {
        guard let text else { return null() }
        separate()
        bytes.append(quoted: text)
    }

    /// - Parameter text: nil: null.
    public mutating func text(_ text: String?) {
        guard var text else { return null() }
        text.withUTF8 { self.text(UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter moment: nil: null.
    public mutating func moment(_ moment: Timestamp?) { text(moment?.description) }

    public mutating func number(_ number: Int64) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
    }

    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
    }

    /// What `JSONValue.write(into:)` wrote before, as it is; nil: null.
    public mutating func written(_ json: UnsafeRawBufferPointer?) {
        guard let json else { return null() }
        separate()
        bytes.append(contentsOf: json)
    }
}
