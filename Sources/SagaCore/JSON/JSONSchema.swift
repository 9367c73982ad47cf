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
        var found = graph[schema][keyPath: names]
        for companion in graph[schema].companions {
            found += collected(from: companion, names).filter { !found.contains($0) }
        }
        return found
    }

    private func property(_ name: String, of schema: Int) -> Int? {
        graph[schema].properties[name] ?? graph[schema].companions.lazy.compactMap { property(name, of: $0) }.first
    }

    private func allowsOtherProperties(_ schema: Int) -> Bool {
        let node = graph[schema]
        let isClosed = node.otherProperties.map { graph[$0].forbidsAll } ?? false
        return (!isClosed || !node.patternProperties.isEmpty) && node.companions.allSatisfy(allowsOtherProperties)
    }
}

// MARK: - Defaults

extension JSONSchema {
    /// The value with the defaults of missing properties put in, at every depth of objects within objects.
    public func fillingDefaults(in value: JSONValue) -> JSONValue {
        filling(value, by: root, within: [])
    }

    /// `within` are the schemas whose defaults are being filled in: a default that leads back to its own schema is put
    /// in as written, or it would grow for ever.
    private func filling(_ value: JSONValue, by schema: Int, within: Set<Int>) -> JSONValue {
        guard case .object(var object) = value else { return value }
        let node = graph[schema]
        for name in node.propertyNames {
            guard let property = node.properties[name] else { continue }
            if let given = object[name] {
                object[name] = filling(given, by: property, within: within)
            } else if let standard = graph.defaultValue(property) {
                let isCircle = within.contains(property)
                object[name] = isCircle ? standard : filling(standard, by: property, within: within.union([property]))
            }
        }
        return node.companions.reduce(.object(object)) { filling($0, by: $1, within: within) }
    }
}
