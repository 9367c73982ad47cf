/// How many values an expression has, where exactly one is needed.
extension DefinitionProof {
    mutating func proveValues(_ saga: CheckedSaga) {
        for place in saga.expressions {
            guard let node = place.expression.node, let finding = finding(node, place.expression.source) else {
                continue
            }
            note(finding, at: place.at)
        }
    }

    private func finding(_ node: JQNode, _ source: String) -> ProofFinding? {
        switch node.count {
        case .exactly(0): .noValue(expression: source)
        case .exactly(1), nil: nil
        case .exactly(let count): .severalValues(count, expression: source)
        case .perItem, .someItems: .valuePerItem(expression: source)
        case .atMostOne: .perhapsNoValue(expression: source)
        }
    }
}

private enum ValueCount: Hashable {
    case exactly(Int)
    /// One, or none: as `select` says.
    case atMostOne
    /// As many as a list has items.
    case perItem
    /// As many as `select` leaves of a list's items.
    case someItems

    /// For each of these so many.
    func times(_ other: ValueCount?) -> ValueCount? {
        switch (self, other) {
        case (.exactly(0), _): .exactly(0)
        case (_, nil): nil
        case (.exactly(let left), .exactly(let right)): .exactly(left.multipliedClamped(right))
        case (_, .exactly(1)): self
        case (.exactly(1), _): other
        case (.atMostOne, .atMostOne): .atMostOne
        case (.perItem, .atMostOne), (.someItems, .atMostOne): .someItems
        default: nil
        }
    }

    /// How many `first(…)` leaves of so many; of a list's items it is taken that there are some.
    var first: ValueCount? {
        switch self {
        case .exactly(let count): .exactly(min(count, 1))
        case .atMostOne, .someItems: .atMostOne
        case .perItem: nil
        }
    }
}

extension JQNode {
    /// How many values it has for one value that comes in; nil: it cannot be told.
    fileprivate var count: ValueCount? {
        switch jq {
        case .literal, .identity, .array: return .exactly(1)
        case .index(let target, let key): return key.count == .exactly(1) ? target.count : nil
        case .each(let target): return target.count == .exactly(1) ? .perItem : nil
        case .attempt(let body, otherwise: nil): return body.count == .perItem ? .perItem : nil
        case .pipe(let left, let right): return left.count.flatMap { $0.times(right.count) }
        case .binary(let sign, let left, let right): return Self.count(sign, left, right)
        case .call("empty", let arguments) where arguments.isEmpty: return .exactly(0)
        case .call("select", let arguments) where arguments.count == 1: return .atMostOne
        case .call("first", let arguments) where arguments.count == 1: return arguments[0].count.flatMap(\.first)
        case .call(let name, let arguments) where arguments.isEmpty:
            return JQBuiltin.find(name, 0)?.yields == .one ? .exactly(1) : nil
        default: return nil
        }
    }

    private static func count(_ sign: JQOperator, _ left: JQNode, _ right: JQNode) -> ValueCount? {
        switch sign {
        case .comma:
            guard case .exactly(let first)? = left.count, case .exactly(let second)? = right.count else { return nil }
            return .exactly(first + second)
        case .alternative, .and, .or: return nil
        case _ where sign.isAssignment: return nil
        default: return left.count.flatMap { $0.times(right.count) }
        }
    }
}
