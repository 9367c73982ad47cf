/// The part of JSON Schema (2020-12) that Arcadia checks: compiled once, then applied many times.
///
/// A keyword outside this part is a problem of the schema and not passed over: a check that is silently not done is
/// worse than none.
public struct JSONSchema: Sendable {
    public let source: JSONValue
    let graph: SchemaGraph
    let root: Int

    /// The schema that fits every value.
    public static let anything = JSONSchema(graph: SchemaGraph(nodes: [SchemaNode(source: true)]), root: 0)

    /// Compiles the schema, which stands at `pointer` of some document. Throws the first problem.
    public init(_ schema: JSONValue, at pointer: JSONPointer = "") throws(JSONSchemaProblem) {
        let (compiled, problems) = Self.compile(schema, at: pointer)
        if let problem = problems.first { throw problem }
        guard let compiled else { preconditionFailure("A schema without problems compiles.") }
        self = compiled
    }

    /// Compiles the schema, or lists everything that is wrong with it.
    public static func compile(
        _ schema: JSONValue, at pointer: JSONPointer = ""
    ) -> (schema: JSONSchema?, problems: [JSONSchemaProblem]) {
        var compiler = SchemaCompiler(base: pointer)
        let root = compiler.compile(schema, at: "")
        compiler.connect()
        guard compiler.problems.isEmpty else { return (nil, compiler.problems) }
        return (JSONSchema(graph: SchemaGraph(nodes: compiler.nodes), root: root), [])
    }

    init(graph: SchemaGraph, root: Int) {
        source = graph[root].source
        self.graph = graph
        self.root = root
    }
}

// MARK: - What it declares

extension JSONSchema {
    /// The declared properties of the value, in the order written.
    public var propertyNames: [String] { collected(from: root, \.propertyNames) }

    /// The properties the value must have, in the order written.
    public var requiredNames: [String] { collected(from: root, \.required) }

    /// The schema of a declared property.
    public func property(_ name: String) -> JSONSchema? {
        property(name, of: root).map { JSONSchema(graph: graph, root: $0) }
    }

    /// Whether the value may have properties that are not declared by name.
    public var allowsOtherProperties: Bool { allowsOtherProperties(root) }

    private func collected(from schema: Int, _ names: KeyPath<SchemaNode, [String]>) -> [String] {
        var known: Set<String> = []
        return graph.together(with: [schema]).flatMap { graph[$0][keyPath: names] }.filter { known.insert($0).inserted }
    }

    private func property(_ name: String, of schema: Int) -> Int? {
        graph.together(with: [schema]).lazy.compactMap { graph[$0].properties[name] }.first
    }

    private func allowsOtherProperties(_ schema: Int) -> Bool {
        graph.together(with: [schema]).allSatisfy {
            let node = graph[$0]
            let isClosed = node.otherProperties.map { graph[$0].forbidsAll } ?? false
            return !isClosed || !node.patternProperties.isEmpty
        }
    }
}

// MARK: - Defaults

extension JSONSchema {
    /// The value with the defaults of missing properties put in, at every depth of objects within objects; ten thousand
    /// of them at most: a schema of a few lines can say more than a memory holds.
    public func fillingDefaults(in value: JSONValue) -> JSONValue {
        var left = 10_000
        return filling(value, by: [root], within: [], &left)
    }

    /// `within` are the schemas whose defaults are being filled in: a default that leads back to its own schema is put
    /// in as written, or it would grow for ever.
    private func filling(_ value: JSONValue, by schemas: [Int], within: Set<Int>, _ left: inout Int) -> JSONValue {
        guard case .object(var object) = value else { return value }
        let all = graph.together(with: schemas)
        var names: Set<String> = []
        for name in all.flatMap({ graph[$0].propertyNames }) where names.insert(name).inserted {
            let properties = all.compactMap { graph[$0].properties[name] }
            if let given = object[name] {
                object[name] = filling(given, by: properties, within: within, &left)
                continue
            }
            guard let source = properties.first(where: { graph.defaultValue($0) != nil }),
                let standard = graph.defaultValue(source), left > 0
            else { continue }
            left -= 1
            object[name] =
                within.contains(source)
                ? standard : filling(standard, by: properties, within: within.union([source]), &left)
        }
        return .object(object)
    }
}
