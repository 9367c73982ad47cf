/// The objects of a definition, as tables of their keys.
enum DefinitionShape {
    static let definition = ObjectShape(
        name: "definition", title: "A definition", meaning: "Steps that are all done, or all taken back.",
        keys: [
            Key("saga", "What it is called: up to 64 of a-z, 0-9, _ and -, a letter first.", name, isRequired: true),
            Key("version", "Of this text, for those who store it. A stored version never changes.", text),
            Key("description", "What it does, for people.", text),
            Key("inputs", "What a run is given: a JSON Schema of an object, closed unless it says otherwise.", inputs),
            Key("timeout_seconds", "The whole run may take this long; then it is taken back.", seconds),
            Key(
                "concurrency_key", "Of runs with the same text here, one goes on at a time. May have expressions.", text
            ),
            Key("steps", "Done in this order, and taken back in reverse.", ["$ref": "#/$defs/steps"], isRequired: true),
            Key("output", "What the run puts out; values may be expressions.", orToCome(["type": "object"])),
            Key(
                "definitions", "Sagas that steps of this one can be, by their names.",
                ["type": "object", "additionalProperties": ["$ref": "#/$defs/definition"]]),
            Key(DefinitionBundle.key, "What was brought along for a run; nobody writes this.", [:]),
        ])

    static let retry = ObjectShape(
        name: "retry", title: "Trying again", meaning: "How often, and after how long.",
        keys: [
            Key("max_attempts", "With the first one. Default: 3; of a compensation 10.", between(1, 1000, "integer")),
            Key("initial_seconds", "Before the second attempt. Default: 1.", between(0, 86_400)),
            Key("multiplier", "How many times longer each wait is than the one before. Default: 2.", between(1, 100)),
            Key("max_seconds", "No wait is longer. Default: 60; of a compensation 300.", between(0, 86_400)),
            Key("jitter", "The share of a wait that is random, 0 to 1. Default: 0.2.", between(0, 1)),
            Key(
                "on", "Only failures with one of these codes are tried again. Default: all that may be.",
                ["type": "array", "minItems": 1, "items": ["type": "string"]]),
        ])

    static let compensation = ObjectShape(
        name: "compensation", title: "Taking it back", meaning: "How the step is taken back.",
        keys: [
            Key("uses", "Another operation that takes it back. Default: the step's own.", text),
            Key("with", "What that is given; values may be expressions.", ["type": "object"]),
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

    /// Such a value, or a text with an expression that may come to one.
    static func orToCome(_ value: JSONValue) -> JSONValue {
        ["anyOf": [value, ["$ref": "#/$defs/value_to_come"]]]
    }

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

    private static let when = Key(
        "when", "The step is left out where this is false: true, false or one expression.",
        DefinitionShape.orToCome(["type": "boolean"]))
    private static let with = Key("with", "What it is given; values may be expressions.", ["type": "object"])
    private static let steps: JSONValue = ["$ref": "#/$defs/steps"]
    private static let branchFailure = Key(
        "on_failure", "When one fails: `cancel` stops the others, `wait` lets them end. Default: cancel.",
        ["enum": ["cancel", "wait"]])

    static let call = ObjectShape(
        name: "call", title: "A step that uses an operation", meaning: "eg: { \"id\": \"a\", \"uses\": \"core.echo\" }",
        keys: [
            id, Key("uses", "The operation. eg: core.echo", ["type": "string"], isRequired: true), description, when,
            with,
            Key("retry", "How often it is tried when it fails and may be tried again.", ["$ref": "#/$defs/retry"]),
            Key("timeout_seconds", "One attempt may take this long.", DefinitionShape.seconds),
            Key(
                "total_timeout_seconds", "All attempts with the waits between may take this long.",
                DefinitionShape.seconds),
            Key("compensation", "How it is taken back.", ["$ref": "#/$defs/compensation"]),
            Key("pivot", "Once it is done there is only forward: nothing is taken back.", ["type": "boolean"]),
        ])

    /// The others.
    static let forms = [
        ObjectShape(
            name: "parallel", title: "Branches that are done at the same time",
            meaning: "eg: { \"id\": \"both\", \"parallel\": [[\"core.echo\"], [\"core.echo\"]] }",
            keys: [
                id,
                Key(
                    "parallel", "A list of steps for each branch.",
                    ["type": "array", "minItems": 1, "items": steps], isRequired: true),
                description, when, branchFailure,
            ]),
        ObjectShape(
            name: "for_each", title: "The same steps for each of many items",
            meaning: "eg: { \"id\": \"all\", \"for_each\": [1, 2], \"steps\": [\"core.echo\"] }",
            keys: [
                id,
                Key(
                    "for_each",
                    "A list, or one expression that comes to one. Puts out `items`: what each item put out.",
                    DefinitionShape.orToCome(["type": "array"]), isRequired: true),
                description, when,
                Key("as", "What expressions call the item besides `.item`.", itemName),
                Key(
                    "max_concurrency", "So many items at a time. Default: 1.",
                    DefinitionShape.between(1, 1000, "integer")),
                branchFailure, Key("steps", "Done for each item.", steps, isRequired: true),
                Key(
                    "output", "What each item puts out; values may be expressions. Default: that of its last step.", [:]
                ),
            ]),
        ObjectShape(
            name: "saga", title: "A saga as one step, taken back as a whole",
            meaning: "eg: { \"id\": \"stay\", \"saga\": \"hotel\" }",
            keys: [
                id, Key("saga", "Its name under `definitions`.", DefinitionShape.text, isRequired: true),
                Key("version", "The version it must have.", DefinitionShape.text), description, when, with,
            ]),
        ObjectShape(
            name: "scope", title: "Steps whose failure may end with them",
            meaning: "eg: { \"id\": \"try\", \"scope\": [\"core.fail\"], \"on_failure\": \"compensate_scope\" }",
            keys: [
                id, Key("scope", "Done in this order.", steps, isRequired: true), description, when,
                Key(
                    "on_failure",
                    "`compensate_all` takes back the run, `compensate_scope` the scope alone, `retry` begins it again.",
                    ["enum": ["compensate_all", "compensate_scope", "retry"]]),
                Key("retry", "How often it is begun again.", ["$ref": "#/$defs/retry"]),
                Key(
                    "else", "Done instead, once the scope is taken back.",
                    ["type": "array", "items": ["$ref": "#/$defs/step"]]),
            ],
            rules: [
                only("retry", where: "on_failure", is: ["retry"]),
                only("else", where: "on_failure", is: ["compensate_scope", "retry"]),
            ]),
        ObjectShape(
            name: "wait", title: "Wait for a time",
            meaning: "eg: { \"id\": \"night\", \"wait\": { \"seconds\": 3600 } }",
            keys: [
                id, Key("wait", "How long, or until when.", ["$ref": "#/$defs/host.wait"], isRequired: true),
                description,
                when,
            ]),
        ObjectShape(
            name: "signal", title: "Wait for a person or a program",
            meaning: "eg: { \"id\": \"approved\", \"signal\": { \"name\": \"go\" } }",
            keys: [
                id,
                Key(
                    "signal", "What is waited for. Puts out `signal`, `by` and, where something came with it, `data`.",
                    ["$ref": "#/$defs/host.wait_signal"], isRequired: true),
                description, when,
            ]),
    ]

    private static let itemName: JSONValue = [
        "type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$",
        "not": ["enum": .array(Expression.roots.map(JSONValue.string))],
    ]

    /// The key may stand only where the other has one of these values.
    private static func only(_ key: String, where other: String, is values: [JSONValue]) -> JSONValue {
        let fits: JSONValue = [
            "required": [.string(other)], "properties": .object([other: ["enum": .array(values)]]),
        ]
        return ["anyOf": [["not": ["required": [.string(key)]]], fits]]
    }
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
    /// Schemas that it must fit besides.
    var rules: [JSONValue] = []

    var schema: JSONValue {
        var properties: JSONObject = ["$schema": ["description": "Where an editor finds this schema."]]
        for key in keys { properties[key.name] = key.schema }
        var schema: JSONObject = [
            "title": .string(title), "description": .string(meaning), "type": "object",
            "properties": .object(properties),
            "required": .array(keys.filter(\.isRequired).map { .string($0.name) }),
            "additionalProperties": false,
        ]
        if !rules.isEmpty { schema["allOf"] = .array(rules) }
        return .object(schema)
    }
}
