/// The columns of a file that nobody here knows, as a JSON object a line.
struct ExtraTexts {
    /// `{"name":`, then `,"name":`.
    private let keys: [[UInt8]]
    private let places: [Int]

    init(_ columns: [(name: String, place: Int)]) {
        keys = columns.enumerated().map { index, column in
            var key = Array((index == 0 ? "{" : ",").utf8)
            Array(column.name.utf8).withUnsafeBufferPointer { Self.append($0, to: &key) }
            return key + [ASCII.colon]
        }
        places = columns.map(\.place)
    }

    var isEmpty: Bool { places.isEmpty }

    /// The object of the current line.
    func object(of csv: borrowing InvoiceCSV) -> [UInt8] {
        var bytes: [UInt8] = []
        for (key, place) in zip(keys, places) {
            bytes += key
            Self.append(csv.field(place), to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static func append(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(ASCII.quote)
        for byte in text {
            switch byte {
            case ASCII.quote, UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case ..<ASCII.space:
                bytes += Array((byte < 16 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(ASCII.quote)
    }
}
