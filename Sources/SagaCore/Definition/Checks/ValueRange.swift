/// What a value can be, as far as it is told before a run: never less than that.
struct ValueRange: Sendable {
    var types = SchemaTypes.any
    /// All that it can be; nil: whatever has the types and lies within the bounds.
    var values: [JSONValue]?
    /// Of numbers.
    var least: Double?
    var most: Double?

    static let anything = ValueRange()

    init() {}

    init(_ value: JSONValue) {
        types = SchemaTypes(of: value)
        values = [value]
    }

    init(types: SchemaTypes) { self.types = types }

    /// One of the two.
    func or(_ other: ValueRange) -> ValueRange {
        var range = ValueRange(types: types.union(other.types))
        if let values, let others = other.values { range.values = values + others }
        // A bound holds only where both have one, or the other is no number.
        range.least = wider(least, other.least, than: other, min)
        range.most = wider(most, other.most, than: other, max)
        return range
    }

    private func wider(
        _ mine: Double?, _ its: Double?, than other: ValueRange, _ wider: (Double, Double) -> Double
    ) -> Double? {
        if let mine, let its { return wider(mine, its) }
        if other.types.isDisjoint(with: .number) { return mine }
        return types.isDisjoint(with: .number) ? its : nil
    }

    /// What is neither null nor false.
    var truthy: ValueRange {
        var range = self
        range.types.subtract(.null)
        range.values = values?.filter { $0 != .null && $0 != .bool(false) }
        return range
    }

    /// Whether a condition with this value can hold, and whether it can fail to.
    var truth: Truth {
        if let values {
            return values.reduce([]) { $0.union($1 == .bool(true) ? .canHold : $1 == .bool(false) ? .canFail : .any) }
        }
        return .any
    }
}

/// How a condition can come out.
struct Truth: OptionSet, Sendable {
    let rawValue: Int
    static let canHold = Truth(rawValue: 1)
    static let canFail = Truth(rawValue: 2)
    static let any: Truth = [.canHold, .canFail]

    var inverted: Truth {
        switch self {
        case .canHold: .canFail
        case .canFail: .canHold
        default: self
        }
    }
}

extension JSONSchema {
    /// What a value that fits can be at the path; where nothing stands it is null.
    func range(at names: [String]) -> ValueRange {
        guard case .known(let types, let isAlwaysThere) = types(at: names.map(Expression.Token.member)) else {
            return .anything
        }
        var schema = self
        for name in names {
            guard let next = schema.property(name) else { return ValueRange(types: types).orNull(!isAlwaysThere) }
            schema = next
        }
        var range = schema.graph.range(schema.root, within: 0)
        range.types.formIntersection(types)
        // What stands for a missing value was not held against the schema that it stands in.
        if let standard = schema.graph.defaultValue(schema.root) { range = range.or(ValueRange(standard)) }
        return range.orNull(!isAlwaysThere)
    }
}

extension SchemaGraph {
    fileprivate func range(_ schema: Int, within depth: Int) -> ValueRange {
        let node = self[schema]
        var range = ValueRange(types: node.ownTypes)
        range.values = node.constant.map { [$0] } ?? node.choices
        for limit in node.numberLimits where range.types.isSubset(of: .number) {
            guard let bound = limit.value.doubleValue else { continue }
            switch limit.kind {
            case .atLeast, .moreThan: range.least = max(range.least ?? bound, bound)
            case .atMost, .lessThan: range.most = min(range.most ?? bound, bound)
            case .multipleOf: break
            }
        }
        guard depth < 16 else { return range }
        for companion in node.companions where range.values == nil {
            let other = self.range(companion, within: depth + 1)
            range.types.formIntersection(other.types)
            range.values = other.values
            range.least = range.least ?? other.least
            range.most = range.most ?? other.most
        }
        return range
    }
}

extension ValueRange {
    func orNull(_ mayBeMissing: Bool) -> ValueRange { mayBeMissing ? or(ValueRange(.null)) : self }
}
