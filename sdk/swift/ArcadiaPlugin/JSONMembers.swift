internal import FoundationEssentials

/// The members of a JSON object as they are written, values untouched. For text that an encoder made: it is well formed.
enum JSONMembers {
    static func split(_ object: Data) -> [(name: String, value: Data)] {
        var scanner = Scanner(bytes: [UInt8](object))
        return scanner.members().map { (name($0.name, in: object), object[range($0.value, in: object)]) }
    }

    /// A member's name as part of a JSON pointer (RFC 6901).
    static func pointerToken(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        return name.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
    }

    private static func range(_ offsets: Range<Int>, in object: Data) -> Range<Data.Index> {
        object.startIndex + offsets.lowerBound..<object.startIndex + offsets.upperBound
    }

    /// Without the quotes and escapes.
    private static func name(_ offsets: Range<Int>, in object: Data) -> String {
        let quoted = object[range(offsets, in: object)]
        if let name = try? JSON.decoder.decode(String.self, from: Data(quoted)) { return name }
        return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func members() -> [(name: Range<Int>, value: Range<Int>)] {
            var members: [(name: Range<Int>, value: Range<Int>)] = []
            position = 1
            while position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
                let name = string()
                position += 1
                members.append((name, value()))
                position += 1
            }
            return members
        }

        /// From quote to quote.
        private mutating func string() -> Range<Int> {
            let start = position
            position += 1
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
            }
            position += 1
            return start..<min(position, bytes.count)
        }

        /// Up to the comma or bracket that ends it.
        private mutating func value() -> Range<Int> {
            let start = position
            var depth = 0
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "\""):
                    _ = string()
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return start..<position }
                    depth -= 1
                case UInt8(ascii: ","):
                    if depth == 0 { return start..<position }
                default: break
                }
                position += 1
            }
            return start..<min(position, bytes.count)
        }
    }
}
