/// What a key of a definition means: `arcadia explain for_each`.
public struct KeyExplanation: Sendable, Hashable {
    public struct Meaning: Sendable, Hashable {
        /// Whose key it is. eg: "a definition", "a step with `uses`", "`retry`"
        public let place: String
        public let meaning: String
    }

    public struct Member: Sendable, Hashable {
        public let key: String
        public let meaning: String
        public let isRequired: Bool
    }

    public let key: String
    public let meanings: [Meaning]
    /// What stands beside it or in it, as far as it makes that what it is.
    public let members: [Member]
    /// A step with it; nil: none is needed.
    public let example: String?

    /// Nil: definitions have no such key.
    public static func find(_ key: String) -> KeyExplanation? {
        guard key != DefinitionBundle.key else { return nil }
        let found = placed.compactMap { shape, place in
            shape.keys.first { $0.name == key }.map { (place: place, meaning: $0.meaning) }
        }
        var meanings: [Meaning] = []
        for meaning in found.map(\.meaning) where !meanings.contains(where: { $0.meaning == meaning }) {
            let places = found.filter { $0.meaning == meaning }.map(\.place)
            let isEverywhere = common.contains(key) && places.count > 1
            meanings.append(
                Meaning(place: isEverywhere ? "every step" : places.joined(separator: " and "), meaning: meaning))
        }
        guard !meanings.isEmpty else { return nil }
        let entries = DefinitionGuide.forms + DefinitionGuide.besides
        return KeyExplanation(
            key: key, meanings: meanings, members: members(of: key),
            example: entries.first { $0.key == key }?.example)
    }

    /// Every key there is.
    public static var keys: [String] {
        Set(placed.flatMap { $0.shape.keys.map(\.name) }).subtracting([DefinitionBundle.key]).sorted()
    }

    public var json: JSONValue {
        [
            "key": .string(key),
            "meanings": .array(meanings.map { ["place": .string($0.place), "meaning": .string($0.meaning)] }),
            "members": .array(
                members.map {
                    ["key": .string($0.key), "meaning": .string($0.meaning), "required": .bool($0.isRequired)]
                }),
            "example": example.map(JSONValue.string) ?? .null,
        ]
    }

    private static let placed: [(shape: ObjectShape, place: String)] =
        [(DefinitionShape.definition, "a definition"), (StepShape.call, "a step with `uses`")]
        + StepShape.forms.map { ($0, "a step with `\($0.name)`") }
        + [(DefinitionShape.retry, "`retry`"), (DefinitionShape.compensation, "`compensation`")]

    /// Told once, and not with each form.
    private static let common = ["id", "description", "when"]

    private static func members(of key: String) -> [Member] {
        switch key {
        case "signal": operands(of: SignalOperations.waitSignal)
        case "wait": operands(of: SignalOperations.wait)
        case "retry": members(of: DefinitionShape.retry, besides: key)
        case "compensation": members(of: DefinitionShape.compensation, besides: key)
        case "uses": members(of: StepShape.call, besides: key)
        default: StepShape.forms.first { $0.name == key }.map { members(of: $0, besides: key) } ?? []
        }
    }

    private static func members(of shape: ObjectShape, besides key: String) -> [Member] {
        shape.keys.filter { $0.name != key && !common.contains($0.name) }.map {
            Member(key: $0.name, meaning: $0.meaning, isRequired: $0.isRequired)
        }
    }

    private static func operands(of name: OperationName) -> [Member] {
        let manifest = try? JSONValue(parsing: SignalOperations.manifest)
        let input = manifest?["operations"]?.arrayValue?.first { $0["name"] == .string(name.operation) }?["input"]
        let required = input?["required"]?.arrayValue ?? []
        return (input?["properties"]?.objectValue ?? [:]).map {
            Member(
                key: $0.key, meaning: $0.value["description"]?.stringValue ?? "",
                isRequired: required.contains(.string($0.key)))
        }
    }
}
