/// How jq compares values: null, false, true, numbers, strings, lists, objects.
enum ValueOrder {
    /// Values that are compared alike.
    private enum Kind {
        case value(JSONValue)
        case numbers(least: Double, most: Double)
        /// Any string, list or object.
        case others(rank: Int)

        var rank: Int {
            switch self {
            case .value(let value): ValueOrder.rank(value)
            case .numbers: ValueOrder.rank(.int(0))
            case .others(let rank): rank
            }
        }

        /// Of numbers.
        var bounds: (least: Double, most: Double)? {
            switch self {
            case .numbers(let least, let most): (least, most)
            case .value(let value): value.doubleValue.map { ($0, $0) }
            case .others: nil
            }
        }
    }

    private static let mostPairs = 10_000

    /// How a comparison of two values of these ranges can come out.
    static func truth(_ sign: JQOperator, _ left: ValueRange, _ right: ValueRange) -> Truth {
        let (lefts, rights) = (kinds(left), kinds(right))
        guard !lefts.isEmpty, !rights.isEmpty, lefts.count * rights.count <= mostPairs else { return .any }
        return lefts.reduce([]) { truth, one in rights.reduce(truth) { $0.union(self.truth(sign, one, $1)) } }
    }

    /// Below 0: the first comes first. Nil: it takes more than is looked at here.
    static func compare(_ left: JSONValue, _ right: JSONValue) -> Int? {
        let (first, second) = (rank(left), rank(right))
        guard first == second else { return first - second }
        switch (left, right) {
        case (.string(let left), .string(let right)):
            if left.utf8.elementsEqual(right.utf8) { return 0 }
            return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
        case (.array, _), (.object, _): return nil
        case (.null, _), (.bool, _): return 0
        default:
            guard let left = left.doubleValue, let right = right.doubleValue else { return nil }
            return left < right ? -1 : left > right ? 1 : 0
        }
    }

    private static func rank(_ value: JSONValue) -> Int {
        switch value {
        case .null: 0
        case .bool(let flag): flag ? 2 : 1
        case .int, .number: 3
        case .string: 4
        case .array: 5
        case .object: 6
        }
    }

    private static func kinds(_ range: ValueRange) -> [Kind] {
        if let values = range.values { return values.map(Kind.value) }
        var kinds: [Kind] = []
        if range.types.contains(.null) { kinds.append(.value(.null)) }
        if range.types.contains(.boolean) { kinds += [.value(.bool(false)), .value(.bool(true))] }
        if range.types.canFit(.number) {
            kinds.append(.numbers(least: range.least ?? -.infinity, most: range.most ?? .infinity))
        }
        for (type, rank) in [(SchemaTypes.string, 4), (.array, 5), (.object, 6)] where range.types.contains(type) {
            kinds.append(.others(rank: rank))
        }
        return kinds
    }

    private static func truth(_ sign: JQOperator, _ left: Kind, _ right: Kind) -> Truth {
        if left.rank != right.rank { return holds(sign, left.rank - right.rank) ? .canHold : .canFail }
        if case .value(let left) = left, case .value(let right) = right {
            return compare(left, right).map { holds(sign, $0) ? .canHold : .canFail } ?? .any
        }
        guard let left = left.bounds, let right = right.bounds else { return .any }
        return truth(sign, left, right)
    }

    private static func truth(
        _ sign: JQOperator, _ left: (least: Double, most: Double), _ right: (least: Double, most: Double)
    ) -> Truth {
        switch sign {
        case .equal: left.least > right.most || left.most < right.least ? .canFail : .any
        case .unequal: left.least > right.most || left.most < right.least ? .canHold : .any
        case .less: between(never: left.least >= right.most, always: left.most < right.least)
        case .atMost: between(never: left.least > right.most, always: left.most <= right.least)
        case .more: between(never: left.most <= right.least, always: left.least > right.most)
        default: between(never: left.most < right.least, always: left.least >= right.most)
        }
    }

    private static func between(never: Bool, always: Bool) -> Truth { never ? .canFail : always ? .canHold : .any }

    private static func holds(_ sign: JQOperator, _ order: Int) -> Bool {
        switch sign {
        case .equal: order == 0
        case .unequal: order != 0
        case .less: order < 0
        case .atMost: order <= 0
        case .more: order > 0
        default: order >= 0
        }
    }
}

extension JQOperator {
    var isComparison: Bool { strength == 7 }

    /// What holds where this does not.
    var opposite: JQOperator {
        switch self {
        case .equal: .unequal
        case .unequal: .equal
        case .less: .atLeast
        case .atMost: .more
        case .more: .atMost
        default: .less
        }
    }

    /// The same with the sides changed.
    var mirrored: JQOperator {
        switch self {
        case .less: .more
        case .atMost: .atLeast
        case .more: .less
        case .atLeast: .atMost
        default: self
        }
    }
}
