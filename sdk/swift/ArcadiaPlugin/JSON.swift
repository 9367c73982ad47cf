internal import CArcadiaPlugin
internal import FoundationEssentials

/// JSON in and out. Keys stay as they are written: a strategy that converts them loses what it cannot convert back.
enum JSON {
    /// Shared by all threads: never changed after it was made.
    static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }()

    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    /// A value of this type in a document that the host lends; `place` is the document's name in messages.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from text: arcadia_str, place: String
    ) throws(UnreadableJSON) -> Value {
        try decode(type, from: text.bytes, place: place)
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: UnsafeRawBufferPointer, place: String
    ) throws(UnreadableJSON) -> Value {
        guard !bytes.isEmpty, let base = bytes.baseAddress else {
            throw UnreadableJSON(message: "`\(place)` is missing")
        }
        let data = Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: base), count: bytes.count, deallocator: .none)
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw UnreadableJSON(error, place: place)
        }
    }

    /// The text of a JSON object; throws when the value is something else, or cannot be written.
    static func encodeObject(_ value: some Encodable, place: String) throws(UnwritableJSON) -> Data {
        let data: Data
        do {
            data = try encoder.encode(value)
        } catch {
            throw UnwritableJSON(error, place: place)
        }
        guard data.first == UInt8(ascii: "{") else {
            throw UnwritableJSON(message: "\(place) must be a JSON object, and \(type(of: value)) is none")
        }
        return data
    }
}

/// JSON that is not what a type expects.
struct UnreadableJSON: Error {
    /// Names the key. eg: "`with.name` is missing"
    var message: String
}

/// A value that JSON cannot hold.
struct UnwritableJSON: Error {
    var message: String
}

/// Wraps a value whose type is not known.
struct AnyEncodable: Encodable {
    let value: any Encodable

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}
