/// What a step can see of the run when its turn comes.
struct Sight {
    let inputs: JSONSchema
    /// The outermost list first, the one at hand last. A list within adds to a layer of its own, so that going into
    /// it does not copy what can be seen there.
    private var layers = [Layer()]
    /// Names of the items around it.
    var items: Set<String> = []

    /// What one list of steps adds.
    struct Layer {
        fileprivate var seen: [String: Seen] = [:]
        fileprivate var order: [String] = []
        fileprivate var context = ContextSight()

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
    struct Output: Equatable {
        /// What puts it out.
        let name: OperationName
        /// Of all that is put out; nil: nothing is known of it.
        let schema: JSONSchema?
        /// False: nothing of it comes into the context.
        let isTold: Bool
        /// Apart for outputs that are apart: most pairs need not be compared at length.
        private let mark: Int

        private init(_ name: OperationName, _ schema: JSONSchema?, isTold: Bool = true, isOperations: Bool = false) {
            (self.name, self.schema, self.isTold) = (name, schema, isTold)
            var hasher = Hasher()
            hasher.combine(name)
            // An operation has one schema.
            if !isOperations { hasher.combine(schema?.source) }
            mark = hasher.finalize()
        }

        static func operation(_ operation: Operation) -> Output {
            Output(operation.name, operation.output, isOperations: true)
        }

        /// What a signal puts out, where what comes with it has a schema.
        static func signal(_ operation: Operation, data: JSONValue) -> Output {
            let own = operation.output.source
            var properties = own["properties"]?.objectValue ?? [:]
            properties["data"] = data
            var schema = own.objectValue ?? [:]
            schema["properties"] = .object(properties)
            return Output(operation.name, (try? JSONSchema(.object(schema))) ?? operation.output)
        }

        static let anything = Output(step, nil)
        /// `parallel` and `scope` put nothing out.
        static let nothing = Output(step, try! JSONSchema(closed([:])), isTold: false)
        /// Another saga's `output`.
        static func saga(_ schema: JSONSchema) -> Output { Output(DefinitionReader.saga, schema) }
        /// `{"items": […]}`
        static func loop(of item: JSONValue) -> Output {
            let items = closed(["items": ["type": "array", "items": item]])
            // A schema that refers to parts of itself does not stand within another.
            return Output(loop, (try? JSONSchema(items)) ?? (try! JSONSchema(closed(["items": ["type": "array"]]))))
        }

        private static let step = OperationName(plugin: "host", operation: "step")
        private static let loop = OperationName(plugin: "host", operation: "for_each")

        /// A schema of just these members.
        static func closed(_ properties: JSONObject) -> JSONValue {
            [
                "type": "object", "additionalProperties": false, "properties": .object(properties),
                "required": .array(properties.keys.map(JSONValue.string)),
            ]
        }

        static func == (left: Output, right: Output) -> Bool {
            left.mark == right.mark && left.name == right.name && left.schema?.source == right.schema?.source
        }

        func types(at path: [Expression.Token]) -> SchemaPathAnswer {
            if path.isEmpty { return .known(.object, alwaysThere: true) }
            return schema?.types(at: path) ?? .unknown
        }
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
    var added: Layer { layers[layers.count - 1] }

    /// What may have set a name of the context, the latest first, up to one that is sure to have set it. Nil: the name
    /// can be anything.
    func tellers(of name: String) -> [ContextSight.Told]? {
        var tellers: [ContextSight.Told] = []
        for layer in layers.reversed() {
            guard let found = layer.context.tellers(of: name) else { return nil }
            tellers += found.tellers
            if found.isSet { break }
        }
        return tellers
    }

    /// The names of the context that are known, each once, the latest first.
    var contextNames: [String] {
        var known: Set<String> = []
        return layers.reversed().flatMap(\.context.names).filter { known.insert($0).inserted }
    }

    mutating func add(_ step: StepDefinition, _ output: Output, _ isCertain: Bool) {
        layers[layers.count - 1].add(step.id, Seen(output: output, isCertain: isCertain))
        guard output.isTold else { return }
        layers[layers.count - 1].context.add(output, isSure: isCertain)
    }

    /// What was seen at the end of lists within: of one, or of several at the same time.
    mutating func join(_ lists: [Layer], isCertain: Bool) {
        for inner in lists {
            for id in inner.order where seen(id) == nil {
                guard let found = inner.seen[id] else { continue }
                layers[layers.count - 1].add(
                    id, Seen(output: found.output, isCertain: found.isCertain && isCertain))
            }
        }
        layers[layers.count - 1].context.join(lists.map(\.context), isCertain: isCertain)
    }
}
