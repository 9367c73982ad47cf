/// What a step can see of the run when its turn comes.
struct Sight {
    let inputs: JSONSchema
    /// Steps that are done by then, by their ids.
    private(set) var seen: [String: Seen] = [:]
    /// Their ids, in order.
    private(set) var order: [String] = []
    /// What was put into the context, the latest last; each operation once.
    private(set) var context: [Output] = []
    /// Names of the items around it.
    var items: Set<String> = []

    struct Seen {
        let output: Output
        /// False: it may have been left out.
        let isCertain: Bool
    }

    /// What a step puts out, as far as that is known.
    enum Output {
        case schema(Operation)
        case anything
        /// `{"items": […]}`
        case items
        case nothing

        /// What puts it out.
        var name: OperationName {
            switch self {
            case .schema(let operation): operation.name
            case .items: OperationName(plugin: "host", operation: "for_each")
            case .anything, .nothing: OperationName(plugin: "host", operation: "step")
            }
        }

        func types(at path: [String]) -> SchemaPathAnswer {
            switch self {
            case .schema(let operation):
                path.isEmpty ? .known(.object, alwaysThere: true) : operation.output.types(at: path)
            case .anything: path.isEmpty ? .known(.object, alwaysThere: true) : .unknown
            case .items: Self.loop.types(at: path)
            case .nothing: Self.none.types(at: path)
            }
        }

        private static let loop = try! JSONSchema([
            "type": "object", "required": ["items"], "additionalProperties": false,
            "properties": ["items": ["type": "array"]],
        ])
        private static let none = try! JSONSchema(["type": "object", "additionalProperties": false])
    }

    init(inputs: JSONSchema) { self.inputs = inputs }

    mutating func add(_ step: StepDefinition, _ output: Output, _ isCertain: Bool) {
        if seen.updateValue(Seen(output: output, isCertain: isCertain), forKey: step.id) == nil {
            order.append(step.id)
        }
        if case .nothing = output { return }
        context.removeAll { $0.name == output.name }
        context.append(output)
    }

    /// What was seen at the end of a list within.
    mutating func join(_ inner: Sight, isCertain: Bool) {
        for id in inner.order where seen[id] == nil {
            guard let found = inner.seen[id] else { continue }
            seen[id] = Seen(output: found.output, isCertain: found.isCertain && isCertain)
            order.append(id)
        }
        for output in inner.context where !context.contains(where: { $0.name == output.name }) {
            context.append(output)
        }
    }
}
