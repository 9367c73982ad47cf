internal import Glibc
internal import SagaCore

/// What a typed function returned, as JSON.
struct TypedResult {
    let value: JSONValue

    /// - Parameter word: as libffi gives it; of a type that is narrower only the low bytes count.
    init(
        _ word: UInt64, _ type: TypedType, name: String, release: TypedFunction.Release?
    ) throws(TypedMistake) {
        value =
            switch type {
            case .bool: .bool(UInt8(truncatingIfNeeded: word) != 0)
            case .int8: .int(Int64(Int8(truncatingIfNeeded: word)))
            case .int16: .int(Int64(Int16(truncatingIfNeeded: word)))
            case .int32: .int(Int64(Int32(truncatingIfNeeded: word)))
            case .int64: .int(Int64(bitPattern: word))
            case .uint8: .int(Int64(UInt8(truncatingIfNeeded: word)))
            case .uint16: .int(Int64(UInt16(truncatingIfNeeded: word)))
            case .uint32: .int(Int64(UInt32(truncatingIfNeeded: word)))
            case .uint64: JSONValue(whole: word)
            case .float: try Self.number(Float(bitPattern: UInt32(truncatingIfNeeded: word)), name)
            case .double: try Self.number(Double(bitPattern: word), name)
            case .cstr, .bytes: try Self.text(UnsafeMutablePointer(bitPattern: UInt(word)), name, release)
            }
    }

    /// 3 rather than 3.0; else the shortest text that reads back as the same number of the same type.
    private static func number<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ number: Number, _ name: String
    ) throws(TypedMistake) -> JSONValue {
        guard number.isFinite else { throw .notFinite(name, Double(number)) }
        if number.isZero, number.sign == .minus { return .number("-0.0") }
        // All that an argument would take only exactly is exact.
        if let whole = Int64(exactly: number) { return .int(whole) }
        if let whole = UInt64(exactly: number) { return JSONValue(whole: whole) }
        return .number("\(number)")
    }

    private static func text(
        _ pointer: UnsafeMutablePointer<CChar>?, _ name: String, _ release: TypedFunction.Release?
    ) throws(TypedMistake) -> JSONValue {
        guard let pointer else { return .null }
        defer { release?(pointer) }
        let length = strnlen(pointer, PluginCall.documentLimit + 1)
        guard length <= PluginCall.documentLimit else { throw .tooLong(name, limit: PluginCall.documentLimit) }
        let text = pointer.withMemoryRebound(to: UInt8.self, capacity: length) {
            String(validating: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
        }
        guard let text else { throw .notUTF8(name) }
        return .string(text)
    }
}
