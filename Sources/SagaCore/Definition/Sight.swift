/// What a step can see of the run when its turn comes.
struct Sight {
    let inputs: JSONSchema
    /// The outermost list first, the one at hand last. A list within adds to a layer of its own, so that going into
    /// it does not copy what can be seen there.
    private var layers = [Layer()]
    /// What was put into the context, the latest last; each operation once.
    private(set) var context: [Output] = []
    /// Names of the items around it.
    var items: Set<String> = []

    /// What one list of steps adds.
    struct Layer {
        fileprivate var seen: [String: Seen] = [:]
        fileprivate var order: [String] = []
        fileprivate var context: [Output] = []

        fileprivate mutating func add(_ id: String, _ found: Seen) {
            if seen.updateValue(found, forKey: id) == nil { order.append(id) }
        }
    }

    struct Seen {
        let output: Output
        /// False: it may have been left out.
        let isCertain: Bool
    }

    /// What a step puts out, as far as that is known.
    enum Output {
        case schema(Operation)
        case anything
        /// Another saga's `output`.
        case saga(JSONSchema)
        /// `{"items": […]}`
        case items
        case nothing

        /// What puts it out.
        var name: OperationName {
            switch self {
            case .schema(let operation): operation.name
            case .saga: DefinitionReader.saga
            case .items: OperationName(plugin: "host", operation: "for_each")
            case .anything, .nothing: OperationName(plugin: "host", operation: "step")
            }
        }

        func types(at path: [String]) -> SchemaPathAnswer {
            switch self {
            case .schema(let operation):
                path.isEmpty ? .known(.object, alwaysThere: true) : operation.output.types(at: path)
            case .anything: path.isEmpty ? .known(.object, alwaysThere: true) : .unknown
            case .saga(let schema): path.isEmpty ? .known(.object, alwaysThere: true) : schema.types(at: path)
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

    /// Steps that are done by then, in order.
    var order: [String] { layers.flatMap(\.order) }

    /// Nil: it cannot be seen.
    func seen(_ id: String) -> Seen? {
        for layer in layers.reversed() {
            if let found = layer.seen[id] { return found }
        }
        return nil
    }

    /// The same, for a list within.
    var inner: Sight {
        var inner = self
        inner.layers.append(Layer())
        return inner
    }

    /// What the list at hand has added.
    var added: Layer {
        var layer = layers[layers.count - 1]
        layer.context = context
        return layer
    }

    mutating func add(_ step: StepDefinition, _ output: Output, _ isCertain: Bool) {
        layers[layers.count - 1].add(step.id, Seen(output: output, isCertain: isCertain))
        if case .nothing = output { return }
        context.removeAll { $0.name == output.name }
        context.append(output)
    }

    /// What was seen at the end of a list within.
    mutating func join(_ inner: Layer, isCertain: Bool) {
        for id in inner.order where seen(id) == nil {
            guard let found = inner.seen[id] else { continue }
            layers[layers.count - 1].add(
                id, Seen(output: found.output, isCertain: found.isCertain && isCertain))
        }
        for output in inner.context where !context.contains(where: { $0.name == output.name }) {
            context.append(output)
        }
    }
}
