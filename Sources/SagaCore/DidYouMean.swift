/// The one of the candidates that `word` is most likely a slip for; nil when none is near.
///
/// Near is one edit for words up to 3 characters, two up to 7 and three beyond; an edit is a character too many, too
/// few, wrong, or swapped with its neighbour. Upper and lower case count as the same. The first of equals wins.
public func closest(to word: String, among candidates: [String]) -> String? {
    let letters = Array(word.lowercased())
    let reach = letters.count <= 3 ? 1 : letters.count <= 7 ? 2 : 3
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where candidate != word {
        let other = Array(candidate.lowercased())
        guard abs(other.count - letters.count) <= reach else { continue }
        let distance = edits(from: letters, to: other)
        if distance <= reach, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

/// The distance of Damerau and Levenshtein in which no text between two swapped letters is edited again.
private func edits(from left: [Character], to right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var fewest = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
            if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                fewest = min(fewest, beforeLast[column - 1] + 1)
            }
            current.append(fewest)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}
