/// What may be shown on a terminal of what others wrote: nothing that moves the cursor, renames the window or turns
/// letters around.
enum TerminalText {
    /// The text with every control character but tabs and ends of lines, and every mark that changes the direction of
    /// writing, as U+FFFD; the colours of `Style` stay.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var harmless = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            let length = scalar == "\u{1B}" ? lengthOfColour(rest) : 0
            if length > 0 {
                harmless.append(contentsOf: rest.prefix(length))
            } else {
                harmless.append(isHarmful(scalar) ? "\u{FFFD}" : scalar)
            }
            rest = rest.dropFirst(max(1, length))
        }
        return String(harmless)
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F..<0xA0: true
        // Embeddings, overrides and isolates of the direction of writing, and ends of lines that are none.
        case 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029: true
        default: false
        }
    }

    /// How many scalars a colour of ours takes at the beginning of this; 0: there is none.
    private static func lengthOfColour(_ text: Substring.UnicodeScalarView) -> Int {
        guard text.dropFirst().first == "[" else { return 0 }
        let codes = text.dropFirst(2).prefix { ("0"..."9").contains($0) || $0 == ";" }
        guard text.dropFirst(2 + codes.count).first == "m" else { return 0 }
        let isOurs = String(codes).split(separator: ";").allSatisfy { Style.codes.contains(String($0)) }
        return isOurs ? 3 + codes.count : 0
    }
}
