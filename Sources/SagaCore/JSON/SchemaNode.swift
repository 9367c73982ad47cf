/// One schema, compiled: each keyword in the form that is quick to apply. Schemas within it are named by their place in
/// the graph.
struct SchemaNode: Sendable {
    let source: JSONValue
    /// The schema is `false`.
    var forbidsAll = false
    var types: SchemaTypes?
    var choices: [JSONValue]?
    var constant: JSONValue?

    var numberLimits: [NumberLimit] = []
    var sizeLimits: [SizeLimit] = []
    var pattern: SchemaPattern?
    /// What its author says of it.
    var meaning: String?

    var propertyNames: [String] = []
    var properties: [String: Int] = [:]
    var patternProperties: [(pattern: SchemaPattern, schema: Int)] = []
    var otherProperties: Int?
    var required: [String] = []
    var everyName: Int?

    var firstItems: [Int] = []
    var items: Int?
    var hasUniqueItems = false

    var reference: Int?
    var allOf: [Int] = []
    var anyOf: [Int] = []
    var oneOf: [Int] = []
    var not: Int?

    var defaultValue: JSONValue?

    init(source: JSONValue) { self.source = source }

    /// The schemas that must all fit the same value as this one.
    var companions: [Int] { (reference.map { [$0] } ?? []) + allOf }

    /// The schemas that are applied to the value that this one is applied to.
    var ofSameValue: [Int] { companions + anyOf + oneOf + (not.map { [$0] } ?? []) }
}

/// A keyword that limits a number, and its value.
struct NumberLimit: Sendable {
    enum Kind: Sendable, Hashable { case atLeast, moreThan, atMost, lessThan, multipleOf }

    let kind: Kind
    let value: JSONValue
    let exact: ExactNumber

    func holds(for number: ExactNumber) -> Bool {
        switch kind {
        case .atLeast: number >= exact
        case .moreThan: number > exact
        case .atMost: number <= exact
        case .lessThan: number < exact
        case .multipleOf: number.isMultiple(of: exact)
        }
    }
}

/// A keyword that limits how many there may be of something, and its value.
struct SizeLimit: Sendable {
    enum Unit: Sendable, Hashable { case characters, items, properties }

    let unit: Unit
    let isMinimum: Bool
    let count: Int

    func holds(for size: Int) -> Bool { isMinimum ? size >= count : size <= count }
}

/// All schemas within a schema, which may refer to each other in circles.
struct SchemaGraph: Sendable {
    let nodes: [SchemaNode]

    subscript(_ schema: Int) -> SchemaNode { nodes[schema] }

    /// The types a value can have to fit, as far as the keywords tell without looking at a value.
    func possibleTypes(_ schema: Int) -> SchemaTypes {
        let node = self[schema]
        if node.forbidsAll { return [] }
        var types = node.ownTypes
        for companion in node.companions { types.formIntersection(possibleTypes(companion)) }
        for branches in [node.anyOf, node.oneOf] where !branches.isEmpty {
            types.formIntersection(branches.reduce([]) { $0.union(possibleTypes($1)) })
        }
        return types
    }

    /// These and all that must fit the same value, each once, however many ways lead to it; in the order written.
    func together(with schemas: [Int]) -> [Int] {
        if let only = schemas.first, schemas.count == 1, nodes[only].companions.isEmpty { return schemas }
        var (found, known) = ([Int](), Set<Int>())
        var next = Array(schemas.reversed())
        while let schema = next.popLast() {
            guard known.insert(schema).inserted else { continue }
            found.append(schema)
            next += nodes[schema].companions.reversed()
        }
        return found
    }

    /// What stands for a value that is missing.
    func defaultValue(_ schema: Int) -> JSONValue? {
        together(with: [schema]).lazy.compactMap { nodes[$0].defaultValue }.first
    }
}

extension SchemaNode {
    /// What `type`, `enum` and `const` leave.
    var ownTypes: SchemaTypes {
        var own = types ?? .any
        if let choices { own.formIntersection(choices.reduce([]) { $0.union(SchemaTypes(of: $1)) }) }
        if let constant { own.formIntersection(SchemaTypes(of: constant)) }
        return own
    }
}
