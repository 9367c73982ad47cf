/// Makes the tree of a saga's steps, with what is known of each before a run.
struct PlanTree {
    private let saga: Saga

    init(_ saga: Saga) { self.saga = saga }

    func nodes(inputs: PlanScope) -> [PlanNode] { list(saga.body, inputs) }

    /// Those within others too, each before what it holds; what is left out as well.
    func every(inputs: PlanScope) -> [PlanNode] { nodes(inputs: inputs).flatMap(\.withAllWithin) }

    private func list(_ places: [Int], _ inputs: PlanScope) -> [PlanNode] { places.map { node($0, inputs) } }

    private func node(_ place: Int, _ inputs: PlanScope) -> PlanNode {
        let step = saga.steps[place]
        let when = step.when.map { condition($0, inputs) }
        return PlanNode(
            step, label: saga.labels.patterns[place], form: form(step, inputs), inputs: inputs,
            condition: when?.text, isLeftOut: when?.isLeftOut ?? false)
    }

    /// No text: it is known to hold.
    private func condition(_ when: Template, _ inputs: PlanScope) -> (text: String?, isLeftOut: Bool) {
        switch when.known(in: inputs) {
        case true?: (nil, false)
        case false?: (Self.text(when.written), true)
        default: (Self.text(when.shown(in: inputs)), false)
        }
    }

    private func form(_ step: Step, _ inputs: PlanScope) -> PlanNode.Form {
        switch step.form {
        case .call: .call
        case .parallel(let branches, _): .parallel(branches.map { list($0, inputs) })
        case .forEach(let each):
            .forEach(
                items: Self.text(each.items.shown(in: inputs)),
                count: each.items.known(in: inputs)?.arrayValue?.count, atOnce: each.maxConcurrency,
                list(each.body, inputs))
        case .saga(let inner):
            .saga(name: inner.name, version: inner.version, list(inner.body, Self.inputs(of: inner, step, inputs)))
        case .scope(let body, let onFailure, let otherwise):
            .scope(Self.end(onFailure), list(body, inputs), otherwise: otherwise.map { list($0, inputs) })
        }
    }

    /// What a saga within begins with, as far as that is known; a default is none where something is given.
    private static func inputs(of saga: SubSaga, _ step: Step, _ inputs: PlanScope) -> PlanScope {
        let (known, leftOut) = step.with.knownMembers(in: inputs)
        var filled = saga.inputs.fillingDefaults(in: known).objectValue ?? [:]
        for name in leftOut { filled[name] = nil }
        return inputs.with(.object(filled))
    }

    private static func end(_ onFailure: ScopeFailure) -> PlanNode.ScopeEnd {
        switch onFailure {
        case .compensateAll: .everythingBack
        case .compensateScope: .scopeBack
        case .retry(let retry): .again(retry)
        }
    }

    private static func text(_ value: JSONValue) -> String {
        (value.stringValue ?? value.text).cut(to: 200)
    }
}
