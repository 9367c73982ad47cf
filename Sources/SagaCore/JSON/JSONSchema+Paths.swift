/// What a schema says about the value at the end of a path.
public enum SchemaPathAnswer: Sendable, Equatable {
    /// The path is declared. `alwaysThere` when each property on the way is required or has a default.
    case known(SchemaTypes, alwaysThere: Bool)
    /// The schema is open on the way: the path may exist.
    case unknown
    /// The token of this index cannot exist; these names could stand in its place.
    case impossible(at: Int, known: [String])
}

extension JSONSchema {
    /// What a value that fits can have at the path, going by the schema alone.
    ///
    /// A schema that has `properties` but no `type` is taken to mean objects, and likewise for arrays.
    public func types(at path: [Expression.Token]) -> SchemaPathAnswer {
        var way = SchemaWay(graph)
        return switch way.reach(root, path[...]) {
        case .nowhere(let left, let known): .impossible(at: max(path.count - left, 0), known: known)
        case .there(let types, isDeclared: true, let always): .known(types, alwaysThere: always)
        case .there: .unknown
        }
    }
}

/// One walk along a path through schemas.
private struct SchemaWay {
    private struct Place: Hashable {
        let schema: Int
        /// How much of the path is left.
        let left: Int
    }

    private let graph: SchemaGraph
    /// Many ways may lead to one place, and more so the longer the path is.
    private var known: [Place: Reach] = [:]

    init(_ graph: SchemaGraph) { self.graph = graph }

    mutating func reach(_ schema: Int, _ path: ArraySlice<Expression.Token>) -> Reach {
        let place = Place(schema: schema, left: path.count)
        if let known = known[place] { return known }
        let found = find(schema, path)
        known[place] = found
        return found
    }

    private mutating func find(_ schema: Int, _ path: ArraySlice<Expression.Token>) -> Reach {
        let node = graph[schema]
        if node.forbidsAll { return .nowhere(left: path.count + 1, known: []) }
        var found = path.isEmpty ? .there(node.ownTypes, isDeclared: true, always: true) : step(node, path)
        for companion in node.companions { found = found.and(reach(companion, path)) }
        for branches in [node.anyOf, node.oneOf] {
            let reaches = branches.map { reach($0, path) }
            if let first = reaches.first { found = found.and(reaches.dropFirst().reduce(first) { $0.or($1) }) }
        }
        return found
    }

    private mutating func step(_ node: SchemaNode, _ path: ArraySlice<Expression.Token>) -> Reach {
        guard let types = node.containers else { return .open }
        var reaches: [Reach] = []
        if types.contains(.object) { reaches.append(property(node, path)) }
        if types.contains(.array) { reaches.append(item(node, path)) }
        if !types.subtracting([.object, .array]).isEmpty || reaches.isEmpty {
            reaches.append(.nowhere(left: path.count, known: []))
        }
        return reaches.dropFirst().reduce(reaches[0]) { $0.or($1) }
    }

    private mutating func property(_ node: SchemaNode, _ path: ArraySlice<Expression.Token>) -> Reach {
        guard case .member(let name)? = path.first else { return .nowhere(left: path.count, known: node.propertyNames) }
        let own = node.properties[name].map { [$0] } ?? []
        var schemas = own + node.patternProperties.filter { $0.pattern.matches(name) }.map(\.schema)
        if schemas.isEmpty, let others = node.otherProperties {
            if graph[others].forbidsAll { return .nowhere(left: path.count, known: node.propertyNames) }
            schemas = [others]
        }
        let isThere = node.required.contains(name) || own.contains { graph.defaultValue($0) != nil }
        return schemas.reduce(Reach.open) { $0.and(reach($1, path.dropFirst())) }.when(isThere)
    }

    private mutating func item(_ node: SchemaNode, _ path: ArraySlice<Expression.Token>) -> Reach {
        guard case .index(let place)? = path.first else { return .nowhere(left: path.count, known: []) }
        guard let schema = place < node.firstItems.count ? node.firstItems[place] : node.items else { return .open }
        let isThere = node.sizeLimits.contains { $0.unit == .items && $0.isMinimum && $0.count > place }
        return reach(schema, path.dropFirst()).when(isThere)
    }
}

extension SchemaNode {
    /// The types a step into the value goes by; nil when the schema says nothing about them.
    fileprivate var containers: SchemaTypes? {
        if let types { return types }
        let isAboutObjects =
            !properties.isEmpty || !patternProperties.isEmpty || otherProperties != nil || !required.isEmpty
        if isAboutObjects { return .object }
        return firstItems.isEmpty && items == nil ? nil : .array
    }
}

/// How far a path leads.
private enum Reach {
    /// There are `left` tokens from the impossible one to the end of the path.
    case nowhere(left: Int, known: [String])
    case there(SchemaTypes, isDeclared: Bool, always: Bool)

    static var open: Reach { .there(.any, isDeclared: false, always: false) }

    /// Both schemas hold.
    func and(_ other: Reach) -> Reach {
        switch (self, other) {
        case (.nowhere, _): self
        case (_, .nowhere): other
        case (.there(let ours, let isOurs, let weAlways), .there(let theirs, let isTheirs, let theyAlways)):
            .there(ours.intersection(theirs), isDeclared: isOurs || isTheirs, always: weAlways || theyAlways)
        }
    }

    /// One of the schemas holds.
    func or(_ other: Reach) -> Reach {
        switch (self, other) {
        case (.nowhere(let left, let known), .nowhere(let otherLeft, let otherKnown)):
            left == otherLeft
                ? .nowhere(left: left, known: known + otherKnown.filter { !known.contains($0) })
                : left < otherLeft ? self : other
        case (.nowhere, _): other.when(false)
        case (_, .nowhere): when(false)
        case (.there(let ours, let isOurs, let weAlways), .there(let theirs, let isTheirs, let theyAlways)):
            .there(ours.union(theirs), isDeclared: isOurs && isTheirs, always: weAlways && theyAlways)
        }
    }

    /// The step that led here is sure only on this condition.
    func when(_ isThere: Bool) -> Reach {
        guard case .there(let types, let isDeclared, let always) = self else { return self }
        return .there(types, isDeclared: isDeclared, always: always && isThere)
    }
}
