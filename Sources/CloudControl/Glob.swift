/// A pattern for names: `*` stands for any characters, `?` for one; everything else is itself.
struct Glob: Sendable, Hashable {
    let pattern: String

    init(_ pattern: String) { self.pattern = pattern }

    func matches(_ text: String) -> Bool {
        let (pattern, text) = (Array(pattern), Array(text))
        var (place, at) = (0, 0)
        // Where the last star stands, and how much of the text it took so far: it takes one more when the rest fails.
        var star: (place: Int, at: Int)?
        while at < text.count {
            if place < pattern.count, pattern[place] == "*" {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == "?" || pattern[place] == text[at] {
                place += 1
                at += 1
            } else if let last = star {
                star = (last.place, last.at + 1)
                (place, at) = (last.place + 1, last.at + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == "*" }
    }

    /// The same for `LIKE … ESCAPE '\'`, which takes upper and lower case of ASCII as equal.
    var like: String {
        pattern.reduce(into: "") { text, character in
            switch character {
            case "*": text += "%"
            case "?": text += "_"
            case "%", "_", "\\": text += "\\\(character)"
            default: text.append(character)
            }
        }
    }
}
