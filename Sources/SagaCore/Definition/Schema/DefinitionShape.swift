/// The objects of a definition, as tables of their keys.
enum DefinitionShape {
    static let definition = ObjectShape(
        name: "definition", title: "A definition", meaning: "Steps that are all done, or all taken back.",
        keys: [
            Key("saga", "What it is called: up to 64 of a-z, 0-9, _ and -, a letter first.", name, isRequired: true),
            Key("version", "Of this text, for those who store it. A stored version never changes.", text),
            Key("description", "What it does, for people.", text),
            Key("inputs", "What a run is given: a JSON Schema of an object, closed unless it says otherwise.", inputs),
            Key("steps", "Done in this order, and taken back in reverse.", ["$ref": "#/$defs/steps"], isRequired: true),
        ])

    static let retry = ObjectShape(
        name: "retry", title: "Trying again", meaning: "How often, and after how long.",
        keys: [
            Key("max_attempts", "With the first one. Default: 3; of a compensation 10.", between(1, 1000, "integer")),
            Key("initial_seconds", "Before the second attempt. Default: 1.", between(0, 86_400)),
            Key("multiplier", "How many times longer each wait is than the one before. Default: 2.", between(1, 100)),
            Key("max_seconds", "No wait is longer. Default: 60; of a compensation 300.", between(0, 86_400)),
            Key("jitter", "The share of a wait that is random, 0 to 1. Default: 0.2.", between(0, 1)),
        ])

    static let compensation = ObjectShape(
        name: "compensation", title: "Taking it back", meaning: "How the step is taken back.",
        keys: [
            Key("retry", "How often taking back is tried.", ["$ref": "#/$defs/retry"]),
            Key("timeout_seconds", "One attempt may take this long.", seconds),
            Key(
                "on_failure",
                "When it cannot be taken back: `continue` notes it and takes back the others, `halt` waits for a person.",
                ["enum": ["continue", "halt"]]),
            Key("skip", "Leave what the step did.", ["type": "boolean"]),
        ])

    static let text: JSONValue = ["type": "string"]
    static let seconds: JSONValue = ["type": "number", "exclusiveMinimum": 0, "maximum": 604_800]
    private static let name: JSONValue = ["type": "string", "pattern": "^[a-z][a-z0-9_-]{0,63}$"]

    private static let inputs: JSONValue = [
        "type": "object",
        "properties": [
            "type": ["const": "object"],
            "properties": ["description": "Each input by its name, with its schema."],
            "required": ["description": "The names of those that must be given."],
            "additionalProperties": ["description": "Whether there may be others. Default: false."],
        ],
    ]

    static func between(_ least: Int64, _ most: Int64, _ type: String = "number") -> JSONValue {
        ["type": .string(type), "minimum": .int(least), "maximum": .int(most)]
    }
}

/// The forms a step can have.
enum StepShape {
    private static let id = Key(
        "id", "What expressions and operators call it: up to 64 of A-Z, a-z, 0-9, _ and -, a letter first.",
        ["type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$"])
    private static let description = Key("description", "What it is for, for people.", DefinitionShape.text)

    static let call = ObjectShape(
        name: "call", title: "A step that uses an operation", meaning: "eg: { \"id\": \"a\", \"uses\": \"core.echo\" }",
        keys: [
            id,
            Key("uses", "The operation. eg: core.echo", ["type": "string"], isRequired: true),
            description,
            Key("with", "What the operation is given; values may be expressions.", ["type": "object"]),
            Key("retry", "How often it is tried when it fails and may be tried again.", ["$ref": "#/$defs/retry"]),
            Key("timeout_seconds", "One attempt may take this long.", DefinitionShape.seconds),
            Key("compensation", "How it is taken back.", ["$ref": "#/$defs/compensation"]),
        ])

    /// The others.
    static let forms: [ObjectShape] = []
}

/// One key of an object of a definition.
struct Key: Sendable {
    let name: String
    /// A sentence, for whoever is about to write it.
    let meaning: String
    let value: JSONValue
    let isRequired: Bool

    init(_ name: String, _ meaning: String, _ value: JSONValue, isRequired: Bool = false) {
        self.name = name
        self.meaning = meaning
        self.value = value
        self.isRequired = isRequired
    }

    fileprivate var schema: JSONValue {
        var schema: JSONObject = ["description": .string(meaning)]
        schema.merge(value.objectValue ?? [:])
        return .object(schema)
    }
}

/// A closed object.
struct ObjectShape: Sendable {
    /// In `$defs`.
    let name: String
    let title: String
    let meaning: String
    let keys: [Key]

    var schema: JSONValue {
        var properties: JSONObject = ["$schema": ["description": "Where an editor finds this schema."]]
        for key in keys { properties[key.name] = key.schema }
        return [
            "title": .string(title), "description": .string(meaning), "type": "object",
            "properties": .object(properties),
            "required": .array(keys.filter(\.isRequired).map { .string($0.name) }),
            "additionalProperties": false,
        ]
    }
}
