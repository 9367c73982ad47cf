internal import CPluginHost
internal import SagaCore

/// A type that a typed function takes or gives, by the word that a signature has for it.
enum TypedType: String, CaseIterable, Sendable {
    case bool
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float, double
    /// Text that ends with a NUL.
    case cstr
    /// A pointer and a length, two arguments of C.
    case bytes

    /// What C passes for it, in libffi's types.
    var shapes: [Int32] {
        switch self {
        case .bool, .uint8: [Int32(ARCADIA_SHAPE_UINT8)]
        case .int8: [Int32(ARCADIA_SHAPE_INT8)]
        case .int16: [Int32(ARCADIA_SHAPE_INT16)]
        case .int32: [Int32(ARCADIA_SHAPE_INT32)]
        case .int64: [Int32(ARCADIA_SHAPE_INT64)]
        case .uint16: [Int32(ARCADIA_SHAPE_UINT16)]
        case .uint32: [Int32(ARCADIA_SHAPE_UINT32)]
        case .uint64: [Int32(ARCADIA_SHAPE_UINT64)]
        case .float: [Int32(ARCADIA_SHAPE_FLOAT)]
        case .double: [Int32(ARCADIA_SHAPE_DOUBLE)]
        case .cstr: [Int32(ARCADIA_SHAPE_POINTER)]
        case .bytes: [Int32(ARCADIA_SHAPE_POINTER), Int32(ARCADIA_SHAPE_UINT64)]
        }
    }

    /// The least and the greatest number; nil: it is no number.
    var range: (least: JSONValue, greatest: JSONValue)? {
        switch self {
        case .int8: Self.range(Int8.self)
        case .int16: Self.range(Int16.self)
        case .int32: Self.range(Int32.self)
        case .int64: Self.range(Int64.self)
        case .uint8: Self.range(UInt8.self)
        case .uint16: Self.range(UInt16.self)
        case .uint32: Self.range(UInt32.self)
        case .uint64: Self.range(UInt64.self)
        case .float: Self.range("\(Float.greatestFiniteMagnitude)")
        case .double: Self.range("\(Double.greatestFiniteMagnitude)")
        case .bool, .cstr, .bytes: nil
        }
    }

    private static func range<Integer: FixedWidthInteger>(_: Integer.Type) -> (JSONValue, JSONValue) {
        (JSONValue(whole: Integer.min), JSONValue(whole: Integer.max))
    }

    private static func range(_ greatest: String) -> (JSONValue, JSONValue) {
        (.number("-" + greatest), .number(greatest))
    }

    /// JSON Schema of what is given for it.
    var schema: JSONValue {
        switch self {
        case .bool: ["type": "boolean"]
        case .cstr: ["type": "string"]
        case .bytes:
            [
                "type": ["string", "object"], "additionalProperties": false, "required": ["base64"],
                "properties": ["base64": ["type": "string"]],
            ]
        case .float, .double: numberSchema("number")
        default: numberSchema("integer")
        }
    }

    private func numberSchema(_ type: JSONValue) -> JSONValue {
        guard let range else { return ["type": type] }
        return ["type": type, "minimum": range.least, "maximum": range.greatest]
    }
}

extension JSONValue {
    /// An integer of any width up to 64 bits, exactly.
    init(whole value: some FixedWidthInteger) {
        self = Int64(exactly: value).map(JSONValue.int) ?? .number("\(value)")
    }
}
