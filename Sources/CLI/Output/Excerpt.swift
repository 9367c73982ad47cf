/// One line of a text with a mark under a part of it, as compilers show what they found:
///
///     2 |   "steps": ["core.eco"]
///       |             ^^^^^^^^^^
///
/// Never wider than asked for: of a long line the part around the mark is shown.
struct Excerpt {
    private let number: Int
    /// What a reader sees as one character each; a tab takes the room of one.
    private let characters: [Character]
    /// Which of them are marked; one place after the last may be.
    private let marked: Range<Int>

    /// - Parameters:
    ///   - line: from 1.
    ///   - column: from 1, in Unicode scalars.
    ///   - end: where the marked part has ended; nil: it is one character. Of one that goes on below, the first line is
    ///     marked.
    /// - Returns: nil when the text has no such line.
    init?(of text: String, line: Int, column: Int, end: (line: Int, column: Int)?) {
        let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        guard line > 0, lines.count >= line else { return nil }
        number = line
        let written = lines[line - 1].last == "\r" ? lines[line - 1].dropLast() : lines[line - 1]
        characters = written.map { $0 == "\t" ? " " : $0 }
        let start = Self.place(ofColumn: column, in: written)
        let last = characters.lastIndex { $0 != " " } ?? 0
        let stop = end.map { $0.line > line ? last + 1 : Self.place(ofColumn: $0.column, in: written) }
        marked = start..<max(start + 1, stop ?? 0)
    }

    /// Columns count scalars, and a reader sees characters, which may be of several.
    private static func place(ofColumn column: Int, in line: Substring) -> Int {
        var scalars = 1
        for (place, character) in line.enumerated() {
            scalars += character.unicodeScalars.count
            if scalars > column { return place }
        }
        return line.count
    }

    /// - Parameter mark: gives a mark its colour.
    func lines(width: Int, rule: (String) -> String, mark: (String) -> String) -> [String] {
        let label = String(number)
        let blank = String(repeating: " ", count: label.count)
        let shown = window(of: max(width - label.count - 3, 20))
        let isCut = (start: shown.lowerBound > 0, end: shown.upperBound < characters.count)
        var part = Array(characters[shown])
        if isCut.start { part[0] = "…" }
        if isCut.end { part[part.count - 1] = "…" }
        let from = marked.lowerBound - shown.lowerBound
        let to = min(marked.upperBound, max(shown.upperBound, marked.lowerBound + 1)) - shown.lowerBound
        let gap = part.prefix(from).reduce(0) { $0 + Self.cells($1) }
        let marks = (from..<to).reduce(0) { $0 + ($1 < part.count ? Self.cells(part[$1]) : 1) }
        let under = String(repeating: " ", count: gap) + mark(String(repeating: "^", count: marks))
        return [rule("\(label) |") + " " + String(part), rule("\(blank) |") + " " + under]
    }

    /// The part of the line that is shown: from its start if the mark is near, else from a little before the mark.
    private func window(of width: Int) -> Range<Int> {
        // A character of two cells takes its room from those around it.
        let cells = characters.reduce(0) { $0 + Self.cells($1) }
        guard cells > width else { return 0..<characters.count }
        let room = width * characters.count / cells
        guard marked.upperBound >= room else { return 0..<min(room, characters.count) }
        let before = max(room - marked.count - 1, room / 4)
        let start = max(0, min(marked.lowerBound - 1, marked.lowerBound - before))
        return start..<min(start + room, characters.count)
    }

    /// How many columns of a terminal it takes: emoji and the letters of East Asia take two.
    private static func cells(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        return switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            2
        default: scalar.properties.isEmojiPresentation ? 2 : 1
        }
    }
}
