/// The columns of a file that nobody here knows, as a JSON object a line: their bytes lie here until the lines are in.
final class ExtraTexts {
    /// `{"name":`, then `,"name":`.
    private let keys: [[UInt8]]
    private let places: [Int]
    private let keyBytes: Int
    private var buffer: UnsafeMutableBufferPointer<UInt8>
    private var used = 0

    init(_ columns: [(name: String, place: Int)]) {
        keys = columns.enumerated().map { index, column in
            Array((index == 0 ? "{" : ",").utf8) + Self.quoted(column.name) + [ASCII.colon]
        }
        places = columns.map(\.place)
        keyBytes = keys.reduce(8) { $0 + $1.count }
        buffer = .allocate(capacity: columns.isEmpty ? 0 : 1 << 18)
    }

    deinit { buffer.deallocate() }

    var isEmpty: Bool { places.isEmpty }

    /// Forgets every object: their lines are in.
    func clear() { used = 0 }

    /// The object of the current line; nil: there is no room left, so flush and `clear`, which always makes some.
    func object(of csv: borrowing InvoiceCSV) -> UnsafeBufferPointer<UInt8>? {
        // A byte takes six at most, as \u0001.
        let most = places.reduce(keyBytes) { $0 + csv.field($1).count * 6 + 2 }
        guard used + most <= buffer.count else {
            if used == 0 { grow(to: most) }
            return used == 0 ? object(of: csv) : nil
        }
        let start = used
        for (key, place) in zip(keys, places) {
            for byte in key { put(byte) }
            put(ASCII.quote)
            for byte in csv.field(place) { putEscaped(byte) }
            put(ASCII.quote)
        }
        put(UInt8(ascii: "}"))
        return UnsafeBufferPointer(rebasing: buffer[start..<used])
    }

    private func grow(to count: Int) {
        buffer.deallocate()
        buffer = .allocate(capacity: count)
    }

    private func put(_ byte: UInt8) {
        buffer[used] = byte
        used += 1
    }

    private func putEscaped(_ byte: UInt8) {
        guard byte < ASCII.space || byte == ASCII.quote || byte == UInt8(ascii: "\\") else { return put(byte) }
        for escaped in Self.escape(byte) { put(escaped) }
    }

    private static func quoted(_ text: String) -> [UInt8] {
        [ASCII.quote]
            + text.utf8.flatMap {
                $0 < ASCII.space || $0 == ASCII.quote || $0 == UInt8(ascii: "\\") ? escape($0) : [$0]
            } + [ASCII.quote]
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        if byte >= ASCII.space { return [UInt8(ascii: "\\"), byte] }
        let digits = Array("0123456789abcdef".utf8)
        return Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
