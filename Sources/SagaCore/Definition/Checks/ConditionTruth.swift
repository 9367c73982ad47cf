/// How a condition can come out, going by what it says and by what the values it reads can be.
///
/// Never less than the truth: what is not understood can come out either way.
struct ConditionTruth {
    /// What the value at a path from the root can be.
    let range: ([Expression.Token]) -> ValueRange

    func truth(of expression: Expression) -> Truth {
        if let path = expression.path { return range(path).truth }
        return expression.node.map(truth) ?? .any
    }

    /// The part that decides, the first of several in an `and`; nil: it takes the whole.
    func comparison(decidingAgainst node: JQNode) -> (path: [Expression.Token], range: ValueRange)? {
        if case .binary(.and, let left, let right) = node.jq {
            return comparison(decidingAgainst: left) ?? comparison(decidingAgainst: right)
        }
        guard truth(node) == .canFail, let claim = Claim(node) else { return nil }
        return (claim.path, range(claim.path))
    }

    // MARK: - Conditions

    private func truth(_ node: JQNode) -> Truth {
        switch node.jq {
        case .binary(.and, let left, let right): return both(node, truth(left), truth(right))
        case .binary(.or, let left, let right): return either(node, truth(left), truth(right))
        case .binary(let sign, let left, let right) where sign.isComparison:
            guard let left = value(left), let right = value(right) else { return .any }
            return ValueOrder.truth(sign, left, right)
        case .pipe(let left, let right):
            if case .call("not", let arguments) = right.jq, arguments.isEmpty { return truth(left).inverted }
            return .any
        default: return value(node)?.truth ?? .any
        }
    }

    private func both(_ node: JQNode, _ left: Truth, _ right: Truth) -> Truth {
        if left == .canFail || right == .canFail { return .canFail }
        if left == .canHold, right == .canHold { return .canHold }
        return contradict(parts(of: node, .and).compactMap { Claim($0) }) ? .canFail : .any
    }

    private func either(_ node: JQNode, _ left: Truth, _ right: Truth) -> Truth {
        if left == .canHold || right == .canHold { return .canHold }
        if left == .canFail, right == .canFail { return .canFail }
        // One of them holds always, when not all can fail at once.
        return contradict(parts(of: node, .or).compactMap { Claim($0)?.opposite }) ? .canHold : .any
    }

    private func parts(of node: JQNode, _ sign: JQOperator) -> [JQNode] {
        guard case .binary(sign, let left, let right) = node.jq else { return [node] }
        return parts(of: left, sign) + parts(of: right, sign)
    }

    // MARK: - Claims

    /// A comparison of a value of the run with a constant.
    private struct Claim {
        let path: [Expression.Token]
        var sign: JQOperator
        let constant: JSONValue

        init?(_ node: JQNode) {
            guard case .binary(let sign, let left, let right) = node.jq, sign.isComparison else { return nil }
            if let path = left.path, let constant = right.constant {
                (self.path, self.sign, self.constant) = (path, sign, constant)
            } else if let path = right.path, let constant = left.constant {
                (self.path, self.sign, self.constant) = (path, sign.mirrored, constant)
            } else {
                return nil
            }
        }

        var opposite: Claim {
            var claim = self
            claim.sign = sign.opposite
            return claim
        }

        /// Nil: it cannot be told.
        func holds(for value: JSONValue) -> Bool? {
            let truth = ValueOrder.truth(sign, ValueRange(value), ValueRange(constant))
            return truth == .any ? nil : truth == .canHold
        }
    }

    /// No value can be all that is said of it.
    private func contradict(_ claims: [Claim]) -> Bool {
        let byPath = Dictionary(grouping: claims, by: \.path)
        return byPath.contains { path, claims in claims.count > 1 && contradict(claims, range(path)) }
    }

    private func contradict(_ claims: [Claim], _ range: ValueRange) -> Bool {
        if let values = range.values, !values.isEmpty {
            return values.allSatisfy { value in claims.contains { $0.holds(for: value) == false } }
        }
        return claims.indices.contains { first in
            claims.indices.contains { $0 != first && contradict(claims[first], claims[$0]) }
        }
    }

    /// Where one holds the other cannot.
    private func contradict(_ one: Claim, _ other: Claim) -> Bool {
        guard let order = ValueOrder.compare(one.constant, other.constant) else { return false }
        switch (one.sign, other.sign) {
        case (.equal, _): return other.holds(for: one.constant) == false
        case (.less, .more), (.less, .atLeast), (.atMost, .more): return order <= 0
        case (.atMost, .atLeast): return order < 0
        default: return false
        }
    }

    // MARK: - Values

    /// Nil: it may be anything, none and several, too.
    private func value(_ node: JQNode) -> ValueRange? {
        if let constant = node.constant { return ValueRange(constant) }
        if let path = node.path { return path.isEmpty ? nil : range(path) }
        switch node.jq {
        case .binary(.alternative, let left, let right):
            guard left.path != nil, let left = value(left), let right = value(right) else { return nil }
            return left.truthy.or(right)
        case .text: return ValueRange(types: .string)
        case .array: return ValueRange(types: .array)
        default: return nil
        }
    }
}
