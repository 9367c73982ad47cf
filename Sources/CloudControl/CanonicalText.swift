internal import SagaCore

extension JSONValue {
    /// One text for all values that mean the same here, whichever way they were written.
    ///
    /// Scalars are their `scalarText`; lists are sets, at every level; members of objects are in the order of their
    /// keys; null, `""`, `[]`, `{}` and a member that is one of these are empty.
    var canonicalText: String {
        switch self {
        case .null: ""
        case .bool, .int, .number, .string: scalarText ?? ""
        case .array(let items): items.isEmpty ? "" : Self.container("[", Set(items.map(\.canonicalText)).sorted())
        case .object(let object): Self.canonicalText(of: object)
        }
    }

    func means(_ other: JSONValue) -> Bool { self == other || canonicalText == other.canonicalText }

    private static func canonicalText(of object: JSONObject) -> String {
        let members = object.map { ($0.key, $0.value.canonicalText) }.filter { !$0.1.isEmpty }.sorted { $0.0 < $1.0 }
        return members.isEmpty ? "" : container("{", members.flatMap { [$0.0, $0.1] })
    }

    /// Parts with their lengths before them, so that no two different lists read alike; the first character stands in
    /// no text that people write.
    private static func container(_ bracket: String, _ parts: [String]) -> String {
        parts.reduce(into: "\u{1}" + bracket) { $0 += "\($1.utf8.count):\($1)" }
    }
}
