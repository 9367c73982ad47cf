internal import FoundationEssentials

/// JSON as far as a test needs it.
enum TestJSON {
    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(text.utf8))
    }

    /// A member's member's item …, as JSON; nil: absent.
    static func part(of document: String, at path: some Sequence<String>) -> String? {
        guard var value = try? decode(Value.self, document) else { return nil }
        for name in path {
            let name = name.replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = value[name] else { return nil }
            value = next
        }
        return (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) }
    }

    private indirect enum Value: Codable {
        case null
        case flag(Bool)
        case whole(Int64)
        case number(Double)
        case string(String)
        case array([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let whole = try? container.decode(Int64.self) {
                self = .whole(whole)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let string = try? container.decode(String.self) {
                self = .string(string)
            } else if let array = try? container.decode([Value].self) {
                self = .array(array)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .null: try container.encodeNil()
            case .flag(let flag): try container.encode(flag)
            case .whole(let whole): try container.encode(whole)
            case .number(let number): try container.encode(number)
            case .string(let string): try container.encode(string)
            case .array(let array): try container.encode(array)
            case .object(let object): try container.encode(object)
            }
        }

        subscript(name: String) -> Value? {
            switch self {
            case .object(let members): members[name]
            case .array(let items): Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil }
            default: nil
            }
        }
    }
}
