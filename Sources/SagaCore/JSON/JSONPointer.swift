/// A place in a JSON document (RFC 6901).
public struct JSONPointer: Sendable, Hashable {
    /// The way from the root: member keys, and item numbers as text.
    public private(set) var tokens: [String]

    public init(tokens: [String]) { self.tokens = tokens }

    /// Reads "/steps/2/uses"; nil when the text neither is empty nor starts with "/", or has a "~" not of "~0" or "~1".
    public init?(_ text: String) {
        var text = text
        guard let pointer = text.withUTF8({ JSONPointer(utf8: $0) }) else { return nil }
        self = pointer
    }

    /// From bytes that are UTF-8 already: what a plugin hands over, many times a step.
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.isEmpty || bytes[0] == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        var start = 1
        while start <= bytes.count, !bytes.isEmpty {
            var end = start
            var isEscaped = false
            while end < bytes.count, bytes[end] != UInt8(ascii: "/") {
                isEscaped = isEscaped || bytes[end] == UInt8(ascii: "~")
                end += 1
            }
            let part = UnsafeBufferPointer(rebasing: bytes[start..<end])
            guard let token = isEscaped ? Self.unescape(part) : String(decoding: part, as: UTF8.self) else {
                return nil
            }
            tokens.append(token)
            start = end + 1
        }
        self.init(tokens: tokens)
    }

    public func appending(_ token: String) -> JSONPointer {
        var longer = self
        longer.push(token)
        return longer
    }

    public func appending(_ index: Int) -> JSONPointer { appending(String(index)) }

    mutating func push(_ token: String) { tokens.append(token) }
    mutating func pop() { tokens.removeLast() }

    /// The item a token names: "0", "1", "12", and not "01", "+1" or "-".
    static func item(_ token: String) -> Int? {
        guard token == "0" || token.utf8.first != UInt8(ascii: "0"),
            token.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { return nil }
        return Int(token)
    }

    private static func unescape(_ part: UnsafeBufferPointer<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = part[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else { bytes.append(byte); continue }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONPointer: CustomStringConvertible {
    /// The text of RFC 6901, "/steps/2/uses"; the root is "".
    public var description: String {
        var bytes: [UInt8] = []
        for token in tokens {
            bytes.append(UInt8(ascii: "/"))
            for byte in token.utf8 {
                switch byte {
                case UInt8(ascii: "~"): bytes += [byte, UInt8(ascii: "0")]
                case UInt8(ascii: "/"): bytes += [UInt8(ascii: "~"), UInt8(ascii: "1")]
                default: bytes.append(byte)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONPointer: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        guard let pointer = JSONPointer(text) else {
            preconditionFailure("A JSON pointer is empty or starts with \"/\"; this one is \"\(text)\".")
        }
        self = pointer
    }
}

extension JSONValue {
    /// The value at this place; nil when the way does not exist.
    public subscript(_ pointer: JSONPointer) -> JSONValue? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let object):
                guard let member = object[token] else { return nil }
                value = member
            case .array(let items):
                guard let item = JSONPointer.item(token), item < items.count else { return nil }
                value = items[item]
            default: return nil
            }
        }
        return value
    }

    /// Puts a value at this place, making objects on the way, and answers whether it could.
    ///
    /// False, with nothing changed, when the way leads through something that is no object, or to an array item
    /// that is not there.
    public mutating func set(_ value: JSONValue, at pointer: JSONPointer) -> Bool {
        set(value, at: pointer.tokens[...])
    }

    private mutating func set(_ value: JSONValue, at tokens: ArraySlice<String>) -> Bool {
        guard let token = tokens.first else {
            self = value
            return true
        }
        switch self {
        case .object(var object):
            // Let go of our own reference first, so that the object is changed in place and not copied.
            self = .null
            defer { self = .object(object) }
            return object.modify(token) { $0.set(value, at: tokens.dropFirst()) }
        case .array(var items):
            guard let item = JSONPointer.item(token), item < items.count else { return false }
            self = .null
            defer { self = .array(items) }
            return items[item].set(value, at: tokens.dropFirst())
        default:
            return false
        }
    }
}
