/// What becomes of the steps when a new run takes up an ended one: facts for who is about to ask for it.
public struct RetryPreview: Sendable, Hashable {
    /// Steps whose work the new run takes over.
    public let reused: [String]
    /// Steps before the one it is to go on from that it executes all the same: what they did does not stand.
    public let again: [String]
    /// Steps that it executes although the old run did them: what that did stays its own.
    public let left: [String]
    /// Nil: from the first one on.
    public let from: String?

    init(_ successor: RunRetry.Successor) {
        let saga = successor.saga
        let earlier = saga.body.prefix { $0 < successor.from }.map { saga.steps[$0].id }
        reused = Array(earlier.prefix(successor.reused))
        again = Array(earlier.dropFirst(successor.reused))
        left = successor.left.sorted().map { saga.steps[$0].id }
        from = successor.from == 0 ? nil : saga.steps[successor.from].id
    }

    /// One sentence.
    public var message: String {
        guard !left.isEmpty else { return way }
        return "\(way); what the old run did at \(Self.list(left)) stays as it is"
    }

    private var way: String {
        guard let from else { return "the new run reuses nothing and executes every step" }
        let kept = reused.isEmpty ? "nothing" : Self.list(reused)
        guard !again.isEmpty else { return "the new run reuses \(kept) and executes from \"\(from)\" on" }
        return "the new run reuses \(kept), executes \(Self.list(again)) again, and goes on with \"\(from)\""
    }

    private static let mostNamed = 5

    /// eg: "a", "b" and 3 others
    private static func list(_ ids: [String]) -> String {
        var words = ids.prefix(mostNamed).map { "\"\($0)\"" }
        let rest = ids.count - words.count
        if rest > 0 { words.append("\(rest) \(rest == 1 ? "other" : "others")") }
        guard let last = words.popLast() else { return "" }
        return words.isEmpty ? last : words.joined(separator: ", ") + " and " + last
    }
}
