/// A JSON value. Integers that fit are exact, every other number keeps the text it was written with: nothing is lost.
///
/// `==` compares what was written: `1` and `1.0` differ, and so do `0` and `-0`; `sameJSON(as:)` compares what is
/// meant. Strings compare as Swift's do: two spellings of a text that Unicode calls canonically equivalent are equal.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    /// The text is a number of the JSON grammar; it is written out as it stands.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue {
    /// A number that reads back as exactly this double; nil for infinity and for what is not a number.
    public init?(_ double: Double) {
        guard double.isFinite else { return nil }
        self = .number(double.description)
    }

    /// The word JSON Schema has for the type: `null`, `boolean`, `integer`, `number`, `string`, `array` or `object`.
    ///
    /// Goes by how the value was written: `1.0` and `1e3` are a `number` here.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    public var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also when it was written as `1.0` or `1e3`; nil when it has a fraction or does not fit.
    public var intValue: Int64? {
        switch self {
        case .int(let value): value
        case .number(let text): ExactNumber(text).int64
        default: nil
        }
    }

    /// The integer from 0 to 2⁶⁴ - 1, written in any way; nil when it has a fraction or does not fit.
    public var unsignedValue: UInt64? {
        switch self {
        case .int(let value): UInt64(exactly: value)
        case .number(let text): ExactNumber(text).uint64
        default: nil
        }
    }

    /// The double nearest to the number; nil when it lies beyond the range of a double.
    public var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .number(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        default: nil
        }
    }

    public var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    public var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member of an object; nil when there is none, or when this is no object.
    public subscript(_ key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// Equality as JSON Schema means it: `1` is `1.0`, and objects are equal whatever the order of their members.
    public func sameJSON(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.int, .number), (.number, .int), (.number, .number):
            ExactNumber(self) == ExactNumber(other)
        case (.array(let ours), .array(let theirs)):
            ours.count == theirs.count && zip(ours, theirs).allSatisfy { $0.sameJSON(as: $1) }
        case (.object(let ours), .object(let theirs)):
            ours.count == theirs.count
                && ours.allSatisfy { key, value in theirs[key].map { value.sameJSON(as: $0) } ?? false }
        default:
            self == other
        }
    }

    /// The value with every number in one spelling, so that `==` of two of these is `sameJSON`.
    var canonical: JSONValue {
        switch self {
        case .null, .bool, .int, .string: self
        case .number(let text): ExactNumber(text).canonical
        case .array(let items): .array(items.map(\.canonical))
        case .object(let object): .object(JSONObject(object.map { ($0.key, $0.value.canonical) }))
        }
    }
}
