/// The difference of two lists of lines, as `diff -u` writes it.
struct UnifiedDiff {
    private enum Line {
        case kept(Substring)
        case removed(Substring)
        case added(Substring)
    }

    private static let context = 3
    private var lines: [Line] = []

    init(_ old: [Substring], _ new: [Substring]) {
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map(\.place))
        let added = Set(difference.insertions.map(\.place))
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if removed.contains(left) {
                lines.append(.removed(old[left]))
                left += 1
            } else if added.contains(right) {
                lines.append(.added(new[right]))
                right += 1
            } else {
                lines.append(.kept(old[left]))
                (left, right) = (left + 1, right + 1)
            }
        }
    }

    /// Empty where there is none.
    func lines(from: String, to: String) -> [String] {
        let hunks = hunks()
        return hunks.isEmpty ? [] : ["--- \(from)", "+++ \(to)"] + hunks.flatMap(text)
    }

    /// What changed with the lines around it; where these meet, it is one.
    private func hunks() -> [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (place, line) in lines.enumerated() {
            if case .kept = line { continue }
            let around = max(0, place - Self.context)..<min(lines.count, place + Self.context + 1)
            if let last = hunks.last, last.upperBound >= around.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<around.upperBound
            } else {
                hunks.append(around)
            }
        }
        return hunks
    }

    private func text(of hunk: Range<Int>) -> [String] {
        let before = count(lines[..<hunk.lowerBound])
        let within = count(lines[hunk])
        let old = Self.range(after: before.old, within.old)
        return ["@@ -\(old) +\(Self.range(after: before.new, within.new)) @@"]
            + lines[hunk].map { line in
                switch line {
                case .kept(let text): " " + text
                case .removed(let text): "-" + text
                case .added(let text): "+" + text
                }
            }
    }

    private func count(_ lines: ArraySlice<Line>) -> (old: Int, new: Int) {
        lines.reduce(into: (old: 0, new: 0)) { count, line in
            if case .added = line {} else { count.old += 1 }
            if case .removed = line {} else { count.new += 1 }
        }
    }

    /// The first line and how many; of none, the line before.
    private static func range(after before: Int, _ count: Int) -> String {
        count == 1 ? "\(before + 1)" : "\(count == 0 ? before : before + 1),\(count)"
    }
}

extension CollectionDifference.Change {
    fileprivate var place: Int {
        switch self {
        case .insert(let place, _, _), .remove(let place, _, _): place
        }
    }
}
