/// Definitions as a JSON Schema (draft 2020-12), for editors: it completes keys, operations and their inputs, and marks
/// what is wrong while one writes. It finds what `DefinitionError.isShape` says; the rest only the check can.
public struct DefinitionSchema: Sendable {
    public let json: JSONValue

    /// - Parameter operations: what a step can use.
    public init(operations: [Operation]) {
        let operations = operations.sorted { $0.name.description < $1.name.description }
        var definitions = Self.shared
        definitions["short_step"] = Self.shortStep(operations)
        definitions["call"] = Self.call(operations)
        for form in StepShape.forms { definitions[form.name] = form.schema }
        definitions["compensation_uses"] = Self.anyOf(operations.map(Self.compensationUse))
        // What the host offers has forms of its own; where it is missing, these fit nothing.
        for name in [SignalOperations.wait, SignalOperations.waitSignal] { definitions[name.description] = false }
        for operation in operations {
            let name = operation.name.description
            let base = JSONPointer(tokens: ["$defs", name])
            definitions[name] = OperationInput(operation.input, at: base).schema
        }
        json = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "A definition",
            "description": "What `arcadia run` takes: an object with `saga` and `steps`, or a bare list of steps.",
            "anyOf": [["$ref": "#/$defs/definition"], ["$ref": "#/$defs/steps"]],
            "$defs": .object(definitions),
        ]
    }

    /// `"core.echo"`: a step that uses it with nothing else said.
    private static func shortStep(_ operations: [Operation]) -> JSONValue {
        let names = operations.filter(\.takesNothing).map { JSONValue.string($0.name.description) }
        return [
            "description": "Short for a step that uses this operation.",
            "enum": .array(names.isEmpty ? [.null] : names),
        ]
    }

    /// A step that uses an operation: the keys, and for each operation what it takes.
    private static func call(_ operations: [Operation]) -> JSONValue {
        var call = StepShape.call.schema.objectValue ?? [:]
        call["anyOf"] = anyOf(operations.map(use))["anyOf"]
        return .object(call)
    }

    private static func anyOf(_ schemas: [JSONValue]) -> JSONValue {
        ["anyOf": schemas.isEmpty ? [false] : .array(schemas)]
    }

    private static func use(of operation: Operation) -> JSONValue {
        let with: JSONValue = ["$ref": .string("#/$defs/\(operation.name)")]
        // Taking back with nothing else said is given to the same operation.
        let compensation: JSONValue = [
            "anyOf": [
                ["$ref": "#/$defs/compensation_uses"], ["not": ["required": ["uses"]], "properties": ["with": with]],
            ]
        ]
        return [
            "properties": ["uses": name(of: operation), "with": with, "compensation": compensation],
            "required": operation.takesNothing ? ["uses"] : ["uses", "with"],
        ]
    }

    /// Another operation that takes a step back, and what that is given.
    private static func compensationUse(of operation: Operation) -> JSONValue {
        [
            "properties": ["uses": name(of: operation), "with": ["$ref": .string("#/$defs/\(operation.name)")]],
            "required": ["uses"],
        ]
    }

    private static func name(of operation: Operation) -> JSONValue {
        var uses: JSONObject = ["const": .string(operation.name.description)]
        if !operation.summary.isEmpty { uses["description"] = .string(operation.summary) }
        return .object(uses)
    }

    /// What is referred to from several places.
    private static let shared: JSONObject = [
        "definition": DefinitionShape.definition.schema,
        "steps": [
            "description": "Done in this order, and taken back in reverse.", "type": "array", "minItems": 1,
            "items": ["$ref": "#/$defs/step"],
        ],
        "step": [
            "anyOf": .array(
                (["short_step", "call"] + StepShape.forms.map(\.name)).map { ["$ref": .string("#/$defs/\($0)")] })
        ],
        "retry": DefinitionShape.retry.schema,
        "compensation": DefinitionShape.compensation.schema,
        // Where the check only asks whether there is an expression: what is wrong with it is another finding.
        "value_to_come": ["type": "string", "pattern": #"\$\{"#],
        "expression": [
            "title": "An expression", "description": "eg: ${ .inputs.name }, ${ .steps.droplet.output.ip }",
            "type": "string", "pattern": #"^\$\{[\s\S]*\}$"#,
        ],
        "text_with_expression": [
            "title": "A text with expressions", "description": "eg: web-${ .inputs.name }", "type": "string",
            "pattern": #"\$\{[\s\S]*\}"#,
        ],
    ]
}

extension Operation {
    /// A step can use it without `with`.
    fileprivate var takesNothing: Bool { input.violations(of: [:]).isEmpty }
}
