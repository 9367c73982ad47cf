internal import CPluginHost
internal import SagaCore

/// What a typed function takes and gives, as plugin.json and the library both write it:
/// `uint32 checksum = crc32(uint32 start, bytes data)`.
struct TypedSignature: Sendable, Hashable {
    struct Argument: Sendable, Hashable {
        let type: TypedType
        let name: String
    }

    enum Result: Sendable, Hashable {
        case void
        /// The function says how it went, and puts what it puts.
        case status
        case value(TypedType, name: String)
    }

    let operation: String
    let result: Result
    /// The handle of the call comes before the arguments.
    let takesCall: Bool
    let arguments: [Argument]

    /// The name of a result that the signature gives none.
    static let unnamed = "value"
    static let mostArguments = 32

    init(parsing text: String) throws(SignatureMistake) {
        var parser = try SignatureParser(text)
        self = try parser.signature()
    }

    init(operation: String, result: Result, takesCall: Bool, arguments: [Argument]) {
        (self.operation, self.result, self.takesCall, self.arguments) = (operation, result, takesCall, arguments)
    }

    /// The signature as it is best written.
    var text: String {
        let start =
            switch result {
            case .void: "void "
            case .status: "status "
            case .value(let type, Self.unnamed): "\(type) "
            case .value(let type, let name): "\(type) \(name) = "
            }
        let words = (takesCall ? ["call"] : []) + arguments.map { "\($0.type) \($0.name)" }
        return start + operation + "(" + words.joined(separator: ", ") + ")"
    }

    /// Its type for libffi; lives as long as the process.
    func makeShape() -> OpaquePointer {
        let result =
            switch self.result {
            case .void: Int32(ARCADIA_SHAPE_VOID)
            case .status: TypedType.int32.shapes[0]
            case .value(let type, _): type.shapes[0]
            }
        let arguments = (takesCall ? TypedType.cstr.shapes : []) + self.arguments.flatMap(\.type.shapes)
        return arcadia_shape_make(result, arguments, UInt32(arguments.count))
    }
}

// MARK: - Schemas

extension TypedSignature {
    /// JSON Schema of `with`: every argument by its name, and nothing else.
    var input: JSONValue {
        Self.object(arguments.map { ($0.name, $0.type.schema) })
    }

    /// JSON Schema of what is put out.
    var output: JSONValue {
        switch result {
        case .void: Self.object([])
        case .status: ["type": "object"]
        // A pointer may be NULL.
        case .value(.cstr, let name): Self.object([(name, ["type": ["string", "null"]])])
        case .value(let type, let name): Self.object([(name, type.schema)])
        }
    }

    private static func object(_ properties: [(name: String, schema: JSONValue)]) -> JSONValue {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = schema }
        return [
            "type": "object", "additionalProperties": false,
            "required": .array(properties.map { .string($0.name) }), "properties": .object(members),
        ]
    }
}
