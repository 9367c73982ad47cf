public import SagaCore

extension NearDefinition {
    /// With a summary that names it.
    public static func operation(_ name: String, _ input: JSONValue) throws -> Operation {
        Operation(name: OperationName(name)!, summary: "what \(name) does", input: try JSONSchema(input))
    }

    /// What the definitions use. Inputs as plugins write them: closed and open, nested, by reference, with choices.
    public static let catalog = try! KnownOperations(
        host + [
            operation(
                "core.echo",
                [
                    "type": "object", "additionalProperties": false,
                    "properties": ["message": ["type": "string", "default": "hello"]],
                ]),
            operation("core.set", ["type": "object", "properties": ["values": ["type": "object"]]]),
            operation("core.any", true),
            operation(
                "cloud.create",
                [
                    "type": "object", "additionalProperties": false, "required": ["name"],
                    "properties": [
                        "name": ["type": "string", "pattern": "^[a-z]+$", "maxLength": 5, "description": "its name"],
                        "size": ["enum": ["s-1", "s-2"]], "count": ["type": "integer", "minimum": 1, "maximum": 3],
                        "image": ["anyOf": [["type": "string", "minLength": 1], ["type": "integer"]]],
                        "keys": [
                            "type": "array", "items": ["$ref": "#/$defs/key"], "maxItems": 2, "uniqueItems": true,
                        ],
                        "tags": ["type": "object", "additionalProperties": ["type": "string"]],
                        "spec": [
                            "type": "object", "additionalProperties": false, "required": ["on"],
                            "properties": ["on": ["type": "boolean"], "of": ["$ref": "#/properties/size"]],
                        ],
                    ],
                    "$defs": [
                        "key": [
                            "oneOf": [
                                ["type": "integer"],
                                ["type": "object", "required": ["id"], "properties": ["id": true]],
                            ]
                        ]
                    ],
                ]),
        ])

    /// What a host offers: the forms `wait` and `signal` are calls of these.
    public static let host: [Operation] = {
        let manifest = try! JSONValue(parsing: SignalOperations.manifest)
        return (manifest["operations"]?.arrayValue ?? []).map {
            try! operation("host." + ($0["name"]?.stringValue ?? ""), $0["input"] ?? true)
        }
    }()
}
