/// Names of the context that steps set at the same time: which of them is there afterwards depends on who was last.
extension DefinitionProof {
    mutating func proveContext(_ saga: CheckedSaga) {
        var contested: [String: [String]] = [:]
        proveContext(saga.steps, &contested)
        for place in saga.ownExpressions { note(place, contested) }
    }

    private mutating func proveContext(_ list: [CheckedStep], _ contested: inout [String: [String]]) {
        for step in list {
            for place in step.expressions { note(place, contested) }
            switch step.step.form {
            case .call: step.settle(&contested)
            case .saga: contested = [:]
            case .scope: for list in step.lists { proveContext(list, &contested) }
            case .forEach:
                var inner = contested
                for list in step.lists { proveContext(list, &inner) }
                contested["items"] = nil
            case .parallel:
                for list in step.lists {
                    var inner = contested
                    proveContext(list, &inner)
                }
                step.contest(&contested)
            }
        }
    }

    private mutating func note(_ place: PlacedExpression, _ contested: [String: [String]]) {
        guard !contested.isEmpty else { return }
        for reference in place.expression.references where reference.root == "context" {
            guard let name = reference.names.first, let steps = contested[name] else { continue }
            return note(.setAtOnce(name, by: steps, expression: place.expression.source), at: place.at)
        }
    }
}

extension CheckedStep {
    /// What it sets, it alone has set.
    fileprivate func settle(_ contested: inout [String: [String]]) {
        guard let operation = step.operation, !operation.output.allowsOtherProperties else {
            // Nobody knows what it sets.
            contested = [:]
            return
        }
        for name in operation.output.propertyNames { contested[name] = nil }
    }

    /// After branches: what more than one of them has set for certain is contested.
    fileprivate func contest(_ contested: inout [String: [String]]) {
        let branches = lists.map { list in
            list.reduce(into: [String: String]()) { names, step in
                for name in step.namesSet { names[name] = step.id }
            }
        }
        for step in lists.joined().flatMap(\.withInner) where step.step.isCall { step.settle(&contested) }
        guard step.when == nil else { return }
        for name in Set(branches.flatMap(\.keys)) {
            let steps = branches.compactMap { $0[name] }
            if steps.count > 1 { contested[name] = steps }
        }
    }

    /// The names that it is certain to set.
    private var namesSet: [String] {
        guard step.isCall, step.when == nil, let operation = step.operation else { return [] }
        return operation.output.requiredNames
    }
}
