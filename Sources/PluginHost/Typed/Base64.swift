extension [UInt8] {
    /// As RFC 4648 writes it, with its padding.
    var base64: String {
        let alphabet = Array<Character>("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: count, by: 3) {
            let group = self[start..<Swift.min(start + 3, count)]
            let number = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0..<4 {
                text.append(position <= group.count ? alphabet[number >> (18 - 6 * position) & 63] : "=")
            }
        }
        return text
    }

    /// Reads base64 as RFC 4648 writes it, with its padding and nothing besides; nil for anything else.
    init?(base64 text: String) {
        let digits = Array(text.utf8)
        guard digits.count % 4 == 0 else { return nil }
        let padding = digits.suffix(2).filter { $0 == UInt8(ascii: "=") }.count
        var (bytes, bits): ([UInt8], UInt32) = ([], 0)
        bytes.reserveCapacity(digits.count / 4 * 3)
        for (index, digit) in digits.dropLast(padding).enumerated() {
            guard let value = Self.value(digit) else { return nil }
            bits = bits << 6 | value
            // Every digit but the first of four completes a byte.
            if index % 4 != 0 { bytes.append(UInt8(truncatingIfNeeded: bits >> (6 - 2 * UInt32(index % 4)))) }
        }
        // What the last digit has beyond the last byte is zero, so that bytes have one spelling.
        guard padding == 0 || bits & (1 << (2 * UInt32(padding)) - 1) == 0 else { return nil }
        self = bytes
    }

    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(digit - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(digit - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
