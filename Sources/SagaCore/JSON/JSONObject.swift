/// The members of a JSON object, in the order written.
///
/// Two objects with the same members are equal, and hash alike, whatever the order. A key stands at most once.
public struct JSONObject: Sendable, Sequence {
    public typealias Element = (key: String, value: JSONValue)

    private var members: [Element] = []
    /// Where each key stands in `members`; kept only for objects of more than `linear` members.
    private var index: [String: Int]?

    // Comparing a handful of short keys is quicker than hashing one.
    private static let linear = 16

    public init() {}

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    public var keys: [String] { members.map(\.key) }

    public func makeIterator() -> Array<Element>.Iterator { members.makeIterator() }
    public var underestimatedCount: Int { members.count }

    /// The value of the member. Setting a new key puts it last, an old one keeps its place, and nil removes.
    public subscript(_ key: String) -> JSONValue? {
        get { place(of: key).map { members[$0].value } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): remove(at: place)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Takes over the members of the other object; where both have a key, the other's value stands.
    public mutating func merge(_ other: JSONObject) {
        for (key, value) in other { self[key] = value }
    }
}

extension JSONObject {
    /// Which member, counted from 0, has this key.
    func place(of key: String) -> Int? {
        if let index { return index[key] }
        for place in members.indices where members[place].key == key { return place }
        return nil
    }

    /// Adds the member at the end, and answers whether it could: not when the key is there already.
    mutating func appendIfNew(_ key: String, _ value: JSONValue) -> Bool {
        guard place(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    /// Changes the member's value in place; a missing one starts as an empty object and stays only if `body` is true.
    mutating func modify(_ key: String, _ body: (inout JSONValue) -> Bool) -> Bool {
        if let place = place(of: key) { return body(&members[place].value) }
        var value = JSONValue.object([:])
        guard body(&value) else { return false }
        append(key, value)
        return true
    }

    init(_ members: [(String, JSONValue)]) {
        for (key, value) in members {
            precondition(appendIfNew(key, value), "A key stands once in an object; \"\(key)\" stands twice.")
        }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if index != nil {
            index?[key] = members.count - 1
        } else if members.count > Self.linear {
            reindex()
        }
    }

    private mutating func remove(at place: Int) {
        members.remove(at: place)
        reindex()
    }

    private mutating func reindex() {
        guard members.count > Self.linear else { return index = nil }
        index = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($0.element.key, $0.offset) })
    }
}

extension JSONObject: Hashable {
    public static func == (ours: JSONObject, theirs: JSONObject) -> Bool {
        guard ours.count == theirs.count else { return false }
        return ours.members.allSatisfy { theirs[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // Exclusive or does not know order, which is what makes equal objects hash alike.
        var combined = 0
        for (key, value) in members {
            var own = Hasher()
            own.combine(key)
            own.combine(value)
            combined ^= own.finalize()
        }
        hasher.combine(combined)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
