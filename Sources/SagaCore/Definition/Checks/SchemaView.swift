/// A place in a schema: whether what stands there is secret (`"writeOnly": true` there, or around it), and how much of it
/// there can be.
struct SchemaView {
    private let graph: SchemaGraph
    /// The schemas that a value there has to do with; empty: nothing is said of it.
    private let schemas: [Int]
    /// What stands there is secret as a whole.
    let isSecret: Bool

    init(_ schema: JSONSchema) {
        self.init(graph: schema.graph, schemas: [schema.root], isSecret: false)
    }

    private init(graph: SchemaGraph, schemas: [Int], isSecret: Bool) {
        self.graph = graph
        self.schemas = graph.withAlternatives(schemas)
        self.isSecret = isSecret || self.schemas.contains { graph[$0].isSecret }
    }

    /// What is secret as a whole, whatever it is.
    static let secret = SchemaView(graph: SchemaGraph(nodes: []), schemas: [], isSecret: true)

    func descending(_ token: Expression.Token) -> SchemaView {
        let inner = schemas.flatMap { schema -> [Int] in
            switch token {
            case .member(let name): graph[schema].schemas(of: name)
            case .index(let index): graph[schema].schemas(of: index)
            }
        }
        return SchemaView(graph: graph, schemas: inner, isSecret: isSecret)
    }

    func descending(_ path: some Sequence<Expression.Token>) -> SchemaView {
        path.reduce(self) { $0.descending($1) }
    }

    /// Of any item of a list.
    var items: SchemaView {
        let inner = schemas.flatMap { graph[$0].firstItems + (graph[$0].items.map { [$0] } ?? []) }
        return SchemaView(graph: graph, schemas: inner, isSecret: isSecret)
    }

    /// The most items that a list there has; nil: nothing is said of it, here or anywhere around it.
    var mostItems: Int? {
        let limits = schemas.flatMap { graph[$0].sizeLimits }.filter { $0.unit == .items && !$0.isMinimum }
        let listed = schemas.flatMap { (graph[$0].constant.map { [$0] } ?? graph[$0].choices) ?? [] }
        // Several forms may each have a limit of their own.
        return (limits.map(\.count) + listed.map { $0.arrayValue?.count ?? 0 }).max()
    }

    /// It is said to be a list, and not how long a list.
    var isUnboundedList: Bool { mostItems == nil && schemas.contains { graph[$0].types == .array } }

    /// Whether it is secret, or anything in it.
    var holdsSecret: Bool {
        if isSecret { return true }
        var seen: Set<Int> = []
        var left = schemas
        while let next = left.popLast() {
            guard seen.insert(next).inserted else { continue }
            if graph[next].isSecret { return true }
            left += graph[next].everythingWithin
        }
        return false
    }
}

extension SchemaGraph {
    /// With those that apply to the same value.
    fileprivate func withAlternatives(_ schemas: [Int]) -> [Int] {
        var all: [Int] = []
        var left = schemas
        while let next = left.popLast() {
            guard !all.contains(next) else { continue }
            all.append(next)
            left += self[next].companions + self[next].anyOf + self[next].oneOf
        }
        return all
    }
}

extension SchemaNode {
    fileprivate var isSecret: Bool { source["writeOnly"] == true }

    fileprivate func schemas(of name: String) -> [Int] {
        let named =
            (properties[name].map { [$0] } ?? []) + patternProperties.filter { $0.pattern.matches(name) }.map(\.schema)
        return named.isEmpty ? otherProperties.map { [$0] } ?? [] : named
    }

    fileprivate func schemas(of index: Int) -> [Int] {
        index < firstItems.count ? [firstItems[index]] : items.map { [$0] } ?? []
    }

    fileprivate var everythingWithin: [Int] {
        let others = [otherProperties, items].compactMap { $0 }
        return Array(properties.values) + patternProperties.map(\.schema) + others + firstItems + companions + anyOf
            + oneOf
    }
}

extension JSONSchema {
    /// Whether a member of the value is secret, or anything in it: nobody is shown it.
    func hides(_ member: String) -> Bool { SchemaView(self).descending(.member(member)).holdsSecret }
}
