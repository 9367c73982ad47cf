/// Conditions that come out alike in every run.
extension DefinitionProof {
    mutating func proveConditions(_ saga: CheckedSaga) {
        let conditions = ConditionTruth { path in saga.range(at: path) }
        for step in saga.everyStep {
            guard let when = step.step.when else { continue }
            note(conditions.truth(of: when), of: when, step, conditions)
        }
    }

    private mutating func note(_ truth: Truth, of when: Template, _ step: CheckedStep, _ conditions: ConditionTruth) {
        let at = step.written.at.appending("when")
        switch truth {
        case .canFail:
            note(.neverHolds(step: step.id, condition: when.words, reason: conditions.reason(against: when)), at: at)
        case .canHold: note(.alwaysHolds(step: step.id, condition: when.words), at: at)
        default: break
        }
    }
}

extension ConditionTruth {
    fileprivate func truth(of when: Template) -> Truth {
        switch when {
        case .literal(let value): ValueRange(value).truth
        case .expression(let expression): truth(of: expression)
        default: .any
        }
    }

    /// What the value that decides can be, where it is one.
    fileprivate func reason(against when: Template) -> ProofFinding.ConditionReason? {
        guard case .expression(let expression) = when, let node = expression.node,
            let (path, range) = comparison(decidingAgainst: node)
        else { return nil }
        let text = path.map(\.text).joined()
        if let values = range.values, values.count <= 12 { return .oneOf(values, path: text) }
        if range.least != nil || range.most != nil, range.types.isSubset(of: .number) {
            return .bounds(least: range.least, most: range.most, path: text)
        }
        return range.types == .any ? nil : .types(range.types.names, path: text)
    }
}

extension Template {
    /// As it is written, without the braces.
    fileprivate var words: String {
        switch self {
        case .literal(let value): value.text
        case .expression(let expression): expression.source
        default: ""
        }
    }
}

extension CheckedSaga {
    /// What a value of the run can be. Inputs are held against their schema before a run; what a step puts out is taken
    /// to be of the types that its operation says.
    func range(at path: [Expression.Token]) -> ValueRange {
        let names = path.compactMap { if case .member(let name) = $0 { name } else { nil } }
        guard names.count == path.count, let root = names.first else { return .anything }
        switch root {
        case "inputs": return written.inputs.range(at: Array(names.dropFirst()))
        case "run": return names == ["run", "id"] ? ValueRange(types: .string) : .anything
        case "steps" where names.count > 3 && names[2] == "output":
            guard let operation = operations[names[1]] else { return .anything }
            guard case .known(let types, _) = operation.output.types(at: Array(path.dropFirst(3))) else {
                return .anything
            }
            return ValueRange(types: types.union(.null))
        default: return .anything
        }
    }
}
