/// A JSON text without its layout: every number, string and key is as it was written, escapes and all.
public indirect enum JSONWritten: Sendable, Hashable {
    /// Anything but an array or an object.
    case scalar(String)
    case array([JSONWritten])
    case object([Member])

    public struct Member: Sendable, Hashable {
        /// The key's text.
        public let name: String
        /// The key as it was written, in its quotes.
        public let key: String
        public var value: JSONWritten
    }

    /// On one line: `{ "a": [1, 2] }`.
    public var line: String {
        switch self {
        case .scalar(let text): text
        case .array(let items): "[" + items.map(\.line).joined(separator: ", ") + "]"
        case .object(let members) where members.isEmpty: "{}"
        case .object(let members): "{ " + members.map(\.line).joined(separator: ", ") + " }"
        }
    }
}

extension JSONWritten.Member {
    fileprivate var line: String { key + ": " + value.line }
}
