/// What the expressions of a step can see of its run.
struct RunScope: ExpressionScope {
    let saga: Saga
    let machine: RunMachine
    /// The step that asks; nil: the run itself, at its end.
    let ref: StepRef?
    /// The run that executes the step, or executed it.
    let run: RunID
    /// That run's inputs.
    let inputs: JSONValue
    /// The step's list is done, and the step with it.
    var isAtEnd = false

    var atEnd: RunScope {
        var scope = self
        scope.isAtEnd = true
        return scope
    }

    func value(at path: ArraySlice<Expression.Token>, of root: String) -> JSONValue? {
        switch root {
        case "inputs": return ownInputs.descend(path)
        case "context": return follow(path, in: context)
        case "run":
            return JSONValue.object(["id": .string(run.description), "saga": .string(saga.name)]).descend(path)
        case "steps":
            guard case .member(let id)? = path.first, case .member("output")? = path.dropFirst().first,
                let output = output(of: id)
            else { return nil }
            return follow(path.dropFirst(2), in: output)
        default: return item(root)?.descend(path)
        }
    }

    private func follow(_ path: ArraySlice<Expression.Token>, in object: JSONObject) -> JSONValue? {
        guard let first = path.first else { return .object(object) }
        guard case .member(let name) = first else { return nil }
        return object[name]?.descend(path.dropFirst())
    }

    // MARK: - Where the step stands

    private var level: Int { ref.map { saga.levels.level[$0.index] } ?? 0 }

    /// The saga within the saga that the step is in; nil: it is in none.
    private var owner: StepRef? {
        guard let ref, let owner = saga.levels.owners[level] else { return nil }
        return at(owner, from: ref)
    }

    /// A step around `ref`, or beside one around it: in the same items.
    private func at(_ index: Int, from ref: StepRef) -> StepRef {
        StepRef(index, item: Array(ref.item.prefix(saga.shape.nodes[index].depth)))
    }

    var ownInputs: JSONValue { owner.flatMap { machine.inputs(of: $0) } ?? inputs }

    private func output(of id: String) -> JSONObject? {
        guard let index = saga.levels.index(of: id, level: level) else { return nil }
        let there = ref.map { at(index, from: $0) } ?? StepRef(index)
        return there == ref && !isAtEnd && machine[there].status == .running ? nil : machine[there].output
    }

    /// `item`, or what the `for_each` around the step calls it.
    private func item(_ name: String) -> JSONValue? {
        var at = ref
        while let step = at, let parent = saga.shape.parent(of: step) {
            if case .forEach(let each) = saga.steps[parent.index].form, name == "item" || name == each.name,
                let place = step.item.last
            {
                let items = machine.items(of: parent)
                return items.indices.contains(place) ? items[place] : nil
            }
            at = parent
        }
        return nil
    }

    // MARK: - Context

    /// What was put out so far where the step stands: in its item and its saga, over what is around the item.
    var context: JSONObject {
        guard let ref, !ref.item.isEmpty || level > 0 else { return machine.context }
        return context(around: ref)
    }

    private func context(around ref: StepRef) -> JSONObject {
        // Outwards to the nearest item or saga: what is done within it counts, and for an item what is around it, too.
        var at = ref
        while let parent = saga.shape.parent(of: at) {
            switch saga.steps[parent.index].form {
            case .saga(let sub): return outputs(of: sub.body, from: at)
            case .forEach(let each):
                let around =
                    parent.item.isEmpty && saga.levels.level[parent.index] == 0
                    ? machine.context : context(around: parent)
                return around.merged(with: outputs(of: each.body, from: at))
            case .call, .parallel, .scope: at = parent
            }
        }
        return outputs(of: saga.body, from: at)
    }

    private func outputs(of list: [Int], from ref: StepRef) -> JSONObject {
        var merged = JSONObject()
        for index in list {
            let step = StepRef(index, item: ref.item)
            if let output = machine[step].output { merged.merge(output) }
            switch saga.steps[index].form {
            case .parallel(let branches, _):
                for branch in branches { merged.merge(outputs(of: branch, from: ref)) }
            case .scope(let body, _, let otherwise):
                merged.merge(outputs(of: body, from: ref))
                if let otherwise { merged.merge(outputs(of: otherwise, from: ref)) }
            case .call, .forEach, .saga: break
            }
        }
        return merged
    }
}

extension JSONObject {
    fileprivate func merged(with other: JSONObject) -> JSONObject {
        var merged = self
        merged.merge(other)
        return merged
    }
}
