extension Fault {
    /// What becomes of the answer of an operation that happened.
    func spoil(_ answer: Answer) -> Outcome {
        switch self {
        case .resetAfter: Outcome(answer: answer, delivery: .reset)
        case .lostReply: Outcome(answer: answer, delivery: .lost)
        case .slow(let seconds): Outcome(answer: answer, delivery: .late(seconds: seconds))
        case .truncatedPage(let closesEarly): Outcome(answer: answer, delivery: .cut(closesEarly: closesEarly))
        case .emptyList: Outcome(answer: Self.changing(answer, Self.emptied))
        case .malformedJSON: Outcome(answer: Self.changing(answer, Self.malformed))
        default: Outcome(answer: answer)
        }
    }

    private static func changing(_ answer: Answer, _ change: (JSON) -> JSON) -> Answer {
        guard case .json(let value) = answer.body else { return answer }
        var answer = answer
        answer.body = .json(change(value))
        return answer
    }

    /// A list that claims to be empty. What is no list stays as it is.
    private static func emptied(_ value: JSON) -> JSON {
        guard let key = value.members?.first(where: { $0.value.array != nil })?.key, value["meta"] != nil else {
            return value
        }
        return [key: [], "links": [:], "meta": ["total": 0]]
    }

    /// As long as before, and without its first colon.
    private static func malformed(_ value: JSON) -> JSON {
        var bytes = value.bytes
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) { bytes[colon] = UInt8(ascii: " ") }
        return .raw(bytes)
    }
}
