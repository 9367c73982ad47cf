/// Where what is marked as secret may go: into inputs of operations and of sagas that are marked, too, and nowhere else.
extension DefinitionProof {
    mutating func proveSecrets(_ saga: CheckedSaga) {
        let secrets = Secrets(saga)
        guard secrets.areAny else { return }
        proveSecrets(saga.steps, secrets)
        for place in saga.ownExpressions {
            proveSecrets(place, secrets, to: place.place == .output ? .output : .concurrencyKey)
        }
        if saga.written.output == nil { notePutOut(saga.steps, by: .output) }
    }

    private mutating func proveSecrets(_ list: [CheckedStep], _ secrets: Secrets) {
        for step in list {
            var inner = secrets
            if case .forEach(let each) = step.step.form { inner.add(each, loop: step.id) }
            for place in step.expressions {
                let seen = if case .itemOutput = place.place { inner } else { secrets }
                if let listener = step.listener(at: place) { proveSecrets(place, seen, to: listener) }
            }
            if case .forEach(let each) = step.step.form, each.output == nil, let last = step.lists.joined().last {
                notePutOut([last], by: .itemOutput(step: step.id))
            }
            for list in step.lists { proveSecrets(list, inner) }
        }
    }

    private mutating func proveSecrets(
        _ place: PlacedExpression, _ secrets: Secrets, to listener: ProofFinding.SecretListener
    ) {
        for reference in place.expression.references {
            guard let source = secrets.source(of: reference) else { continue }
            return note(.secretTold(source, expression: place.expression.source, to: listener), at: place.at)
        }
    }

    /// What goes into the context is put out where nothing else is.
    private mutating func notePutOut(_ list: [CheckedStep], by listener: ProofFinding.SecretListener) {
        for step in list {
            if let operation = step.step.operation, let source = operation.secretOutput(step: step.id) {
                note(.secretPutOut(source, by: listener), at: step.written.at)
            }
            if case .forEach = step.step.form { continue }
            for list in step.lists { notePutOut(list, by: listener) }
        }
    }
}

extension CheckedStep {
    /// Who hears what an expression comes to; nil: it is somebody who keeps secrets, or nobody knows.
    fileprivate func listener(at place: PlacedExpression) -> ProofFinding.SecretListener? {
        switch place.place {
        case .when: return .condition(step: id)
        case .itemOutput: return .itemOutput(step: id)
        case .with:
            let member = place.at.tokens.dropFirst(written.withAt.tokens.count)
            if let saga {
                return saga.written.inputs.keepsSecret(member)
                    ? nil : .saga(saga.written.name, member: member.first ?? "with", step: id)
            }
            return step.operation.flatMap { listener($0, member) }
        case .compensation:
            let member = place.at.tokens.dropFirst(written.at.tokens.count + 2)
            return (step.compensator ?? step.operation).flatMap { listener($0, member) }
        case .items, .output, .concurrencyKey: return nil
        }
    }

    private func listener(_ operation: Operation, _ member: ArraySlice<String>) -> ProofFinding.SecretListener? {
        operation.input.keepsSecret(member)
            ? nil : .operation(operation.name, member: member.first ?? "with", step: id)
    }
}

extension JSONSchema {
    fileprivate func keepsSecret(_ tokens: ArraySlice<String>) -> Bool {
        tokens.reduce(SchemaView(self)) { view, token in
            let member = view.descending(.member(token))
            guard !member.isSecret, let index = JSONPointer.item(token) else { return member }
            return view.descending(.index(index))
        }.isSecret
    }
}

extension Operation {
    /// The first of its outputs that is secret.
    fileprivate func secretOutput(step: String) -> ProofFinding.SecretSource? {
        let view = SchemaView(output)
        guard view.holdsSecret else { return nil }
        let name = output.propertyNames.first { view.descending(.member($0)).holdsSecret }
        return .output(name ?? "output", step: step, operation: self.name)
    }
}

/// What is secret of all that an expression of a saga can read.
private struct Secrets {
    private let inputs: JSONSchema
    /// In the order of the steps.
    private let outputs: [(step: String, operation: Operation)]
    /// What is secret of the items around, by their names.
    private var items: [String: (loop: String, view: SchemaView)] = [:]

    init(_ saga: CheckedSaga) {
        inputs = saga.written.inputs
        outputs = saga.everyStep.compactMap { step in
            step.step.operation.flatMap { SchemaView($0.output).holdsSecret ? (step.id, $0) : nil }
        }
    }

    var areAny: Bool { !outputs.isEmpty || SchemaView(inputs).holdsSecret }

    /// Inside a loop its items can be read.
    mutating func add(_ each: ForEach, loop: String) {
        let view = view(of: each.items)
        for name in ["item", each.name].compactMap({ $0 }) { items[name] = view.map { (loop, $0) } }
    }

    private func view(of items: Template) -> SchemaView? {
        if case .expression(let expression) = items, let path = expression.path, case .member("inputs")? = path.first {
            return SchemaView(inputs).descending(path.dropFirst()).items
        }
        let references = items.expressions(at: "").flatMap(\.expression.references)
        return references.contains { source(of: $0) != nil } ? .secret : nil
    }

    /// The secret that is read there; nil: none is.
    func source(of reference: Reference) -> ProofFinding.SecretSource? {
        let rest = reference.path.dropFirst()
        switch reference.root {
        case nil: return input([]) ?? outputs.first.flatMap { $0.operation.secretOutput(step: $0.step) } ?? item()
        case "inputs"?: return input(rest)
        case "context"?: return outputs.lazy.compactMap { output($0.step, $0.operation, rest) }.first
        case "steps"?: return step(rest)
        case let name?:
            guard let (loop, view) = items[name], view.descending(rest).holdsSecret else { return nil }
            return .item(loop: loop)
        }
    }

    private func input(_ path: ArraySlice<Expression.Token>) -> ProofFinding.SecretSource? {
        let view = SchemaView(inputs)
        guard view.descending(path).holdsSecret else { return nil }
        let first = path.first.flatMap { if case .member(let name) = $0 { name } else { nil } }
        let name = first ?? inputs.propertyNames.first { view.descending(.member($0)).holdsSecret }
        return .input(name ?? "")
    }

    private func item() -> ProofFinding.SecretSource? {
        items.values.first { $0.view.holdsSecret }.map { .item(loop: $0.loop) }
    }

    /// `.steps`, `.steps.id`, `.steps.id.output` and what is below.
    private func step(_ path: ArraySlice<Expression.Token>) -> ProofFinding.SecretSource? {
        guard case .member(let id)? = path.first else {
            return outputs.first.flatMap { $0.operation.secretOutput(step: $0.step) }
        }
        return outputs.first { $0.step == id }.flatMap { output(id, $0.operation, path.dropFirst(2)) }
    }

    private func output(
        _ step: String, _ operation: Operation, _ path: ArraySlice<Expression.Token>
    ) -> ProofFinding.SecretSource? {
        guard SchemaView(operation.output).descending(path).holdsSecret else { return nil }
        guard case .member(let name)? = path.first else { return operation.secretOutput(step: step) }
        return .output(name, step: step, operation: operation.name)
    }
}
