/// What is known of one thing: labels in a column, and beside them what they stand for, folded to 80 columns.
struct FactSheet {
    private var facts: [(label: String, text: String)] = []
    private static let width = 80

    mutating func add(_ label: String, _ text: String?) {
        if let text { facts.append((label, text)) }
    }

    /// - Parameter given: where the texts begin; nil: behind the longest label.
    func lines(column given: Int? = nil) -> [String] {
        let column = given ?? (facts.map(\.label.count).max() ?? 0) + 4
        return facts.flatMap { fact in
            let label = "  " + fact.label
            // A label that leaves no room stands on a line of its own.
            let isAlone = label.count >= column
            let folded = Self.fold(fact.text, Self.width - column).enumerated().map { number, line in
                let head = number == 0 && !isAlone ? label : ""
                return head + String(repeating: " ", count: column - head.count) + line
            }
            return isAlone ? [label] + folded : folded
        }
    }

    /// At spaces where there are any. A word that is too long is broken, a path behind one of its slashes.
    static func fold(_ text: String, _ width: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            var (lines, rest) = ([String](), line)
            while rest.count > width {
                let most = rest.prefix(width + 1)
                let space = most.lastIndex(of: " ").flatMap { $0 > most.startIndex ? $0 : nil }
                let slash = most.dropLast().lastIndex(of: "/").flatMap { $0 > most.startIndex ? $0 : nil }
                let end =
                    space ?? slash.map(rest.index(after:)) ?? rest.index(rest.startIndex, offsetBy: max(width, 1))
                lines.append(String(rest[..<end]))
                rest = rest[end...].drop { $0 == " " }
            }
            return lines + [String(rest)]
        }
    }
}
