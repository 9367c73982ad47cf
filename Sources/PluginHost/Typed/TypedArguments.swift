internal import SagaCore

/// The arguments of one call as C takes them: a word for each, and the bytes that some of them point to.
struct TypedArguments {
    private var words: [UInt64] = []
    private var bytes: [UInt8] = []
    /// The words that are pointers, and where in `bytes` each points.
    private var pointers: [(word: Int, offset: Int)] = []

    /// Converts `with`, every argument exactly, or says which one is wrong.
    ///
    /// - Parameter leading: a word that comes before them.
    init(_ signature: TypedSignature, leading: UInt64?, with: JSONValue) throws(TypedMistake) {
        guard let given = with.objectValue else { throw .noObject(found: with) }
        if let leading { words.append(leading) }
        for argument in signature.arguments {
            guard let value = given[argument.name] else { throw .missing(argument.name, argument.type) }
            try add(value, argument)
        }
        if given.count > signature.arguments.count {
            let known = signature.arguments.map(\.name)
            throw .unknown(given.keys.first { !known.contains($0) } ?? "", known: known)
        }
    }

    /// The words, for as long as `body` runs.
    func withWords<Result>(_ body: (UnsafePointer<UInt64>?) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { buffer in
            var words = words
            for (word, offset) in pointers {
                words[word] = UInt64(UInt(bitPattern: buffer.baseAddress.map { $0 + offset }))
            }
            return words.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }

    // MARK: - One argument

    private mutating func add(_ value: JSONValue, _ argument: TypedSignature.Argument) throws(TypedMistake) {
        switch argument.type {
        case .bool:
            guard let flag = value.boolValue else { throw .wrongType(argument.name, found: value, .bool) }
            words.append(flag ? 1 : 0)
        case .int8: try addWhole(value, argument, Int8.self)
        case .int16: try addWhole(value, argument, Int16.self)
        case .int32: try addWhole(value, argument, Int32.self)
        case .int64: try addWhole(value, argument, Int64.self)
        case .uint8: try addWhole(value, argument, UInt8.self)
        case .uint16: try addWhole(value, argument, UInt16.self)
        case .uint32: try addWhole(value, argument, UInt32.self)
        case .uint64: try addWhole(value, argument, UInt64.self)
        case .float: words.append(UInt64(try Self.fraction(value, argument, as: Float.self).bitPattern))
        case .double: words.append(try Self.fraction(value, argument, as: Double.self).bitPattern)
        case .cstr: try addText(value, argument)
        case .bytes: try addBytes(value, argument)
        }
    }

    private mutating func addWhole<Integer: FixedWidthInteger>(
        _ value: JSONValue, _ argument: TypedSignature.Argument, _: Integer.Type
    ) throws(TypedMistake) {
        let number =
            value.intValue.flatMap { Integer(exactly: $0) } ?? value.unsignedValue.flatMap { Integer(exactly: $0) }
        guard let number else { throw .wrongType(argument.name, found: value, argument.type) }
        words.append(UInt64(truncatingIfNeeded: number))
    }

    /// The nearest number of the type; a whole number of up to 64 bits is that very number, or it is refused.
    private static func fraction<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ value: JSONValue, _ argument: TypedSignature.Argument, as _: Number.Type
    ) throws(TypedMistake) -> Number {
        let isExact =
            value.intValue.map { Number(exactly: $0) != nil }
            ?? value.unsignedValue.map { Number(exactly: $0) != nil }
        if isExact == false { throw .notExact(argument.name, found: value, argument.type) }
        let number: Number? =
            switch value {
            case .int(let whole): Number(whole)
            case .number(let text): Number(text)
            default: nil
            }
        guard let number, number.isFinite else { throw .wrongType(argument.name, found: value, argument.type) }
        return number
    }

    private mutating func addText(_ value: JSONValue, _ argument: TypedSignature.Argument) throws(TypedMistake) {
        guard let text = value.stringValue else { throw .wrongType(argument.name, found: value, .cstr) }
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        if let position = bytes[start...].firstIndex(of: 0) { throw .nulInText(argument.name, at: position - start) }
        point(to: start)
    }

    private mutating func addBytes(_ value: JSONValue, _ argument: TypedSignature.Argument) throws(TypedMistake) {
        let start = bytes.count
        if let text = value.stringValue {
            bytes.append(contentsOf: text.utf8)
        } else if let object = value.objectValue, object.count == 1, let text = object["base64"]?.stringValue {
            guard let decoded = [UInt8](base64: text) else { throw .notBase64(argument.name) }
            bytes.append(contentsOf: decoded)
        } else {
            throw .wrongType(argument.name, found: value, .bytes)
        }
        let length = bytes.count - start
        point(to: start)
        words.append(UInt64(length))
    }

    /// A word that points to what was added to `bytes` last. A NUL comes after it in any case, so that nothing points
    /// past the end.
    private mutating func point(to offset: Int) {
        bytes.append(0)
        pointers.append((words.count, offset))
        words.append(0)
    }
}
