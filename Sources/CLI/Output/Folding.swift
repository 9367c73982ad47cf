/// Sentences for a person at a terminal, folded between words: a terminal breaks inside them.
enum Folding {
    /// - Returns: the text in lines of at most `width` characters; what follows a line stands below its beginning, right
    ///   of a label such as `hint:`. A word, and a `command` in backticks, is longer than that rather than broken.
    static func fold(_ text: String, to width: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { length($0) > width ? fold(line: $0, to: width) : String($0) }
            .joined(separator: "\n")
    }

    private static func fold(line: Substring, to width: Int) -> String {
        let words = words(of: line)
        let indent = indent(of: words, in: width)
        var (folded, column) = ("", 0)
        for word in words {
            let wordLength = length(word.text)
            if column > indent, column + word.gap + wordLength > width {
                folded += "\n" + String(repeating: " ", count: indent)
                column = indent
            } else {
                folded += String(repeating: " ", count: word.gap)
                column += word.gap
            }
            folded += word.text
            column += wordLength
        }
        return folded
    }

    private struct Word {
        /// Spaces before it.
        var gap = 0
        var text = ""
    }

    /// What stands between spaces; a `command` is one word.
    private static func words(of line: Substring) -> [Word] {
        var words = [Word()]
        var isCommand = false
        var rest = line
        while let character = rest.popFirst() {
            if character == "`" { isCommand = !isCommand && rest.contains("`") }
            if character != " " || isCommand {
                words[words.count - 1].text.append(character)
            } else if words[words.count - 1].text.isEmpty {
                words[words.count - 1].gap += 1
            } else {
                words.append(Word(gap: 1))
            }
        }
        return words.filter { !$0.text.isEmpty }
    }

    /// Where the lines after the first begin.
    private static func indent(of words: [Word], in width: Int) -> Int {
        guard let first = words.first else { return 0 }
        let label = seen(first.text)
        let isLabel = label.hasSuffix(":") && label.count <= "warning:".count
        let indent = first.gap + (isLabel ? label.count + 1 : 0)
        return indent <= width / 3 ? indent : 0
    }

    /// What one sees of it: colours take no room.
    private static func seen(_ text: some StringProtocol) -> String {
        var (seen, isColour) = ("", false)
        for character in text {
            if character == "\u{1B}" { isColour = true }
            if !isColour { seen.append(character) }
            if isColour, character == "m" { isColour = false }
        }
        return seen
    }

    private static func length(_ text: some StringProtocol) -> Int { seen(text).count }
}
