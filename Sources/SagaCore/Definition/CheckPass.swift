/// One walk over the steps, in order, knowing what each can see of the others.
struct CheckPass {
    private var reader: DefinitionReader
    private let catalog: any OperationCatalog
    private var steps: [Step?] = []
    /// Where each step of the saga at hand stands, by its id.
    private var places: [String: [Place]] = [:]

    /// One level of where a step stands: the step that holds it, which of its lists, and where in that.
    private struct Place {
        let holder: String?
        let list: Int
        let index: Int
        let isParallel: Bool
    }

    init(_ reader: DefinitionReader, _ catalog: any OperationCatalog) {
        self.reader = reader
        self.catalog = catalog
    }

    /// Without doubles: a saga that is within twice is looked at twice.
    var findings: [DefinitionError] {
        var seen: Set<DefinitionError> = []
        return reader.errors.filter { seen.insert($0).inserted }
    }

    mutating func check(_ definition: SagaDefinition, text: String) -> Saga {
        var sight = Sight(inputs: definition.inputs)
        let (body, output) = check(saga: definition, &sight)
        let key = definition.concurrencyKey.map { value in
            let start = Sight(inputs: definition.inputs)
            return template(value, at: definition.at.appending("concurrency_key"), in: nil, start).template
        }
        return Saga(
            name: definition.name, version: definition.version, definition: text,
            definitionHash: ContentHash.hex(of: text), inputs: definition.inputs, steps: steps.compactMap { $0 },
            body: body, output: output, timeoutSeconds: definition.timeoutSeconds, concurrencyKey: key)
    }

    // MARK: - Lists

    private mutating func check(saga: SagaDefinition, _ sight: inout Sight) -> (body: [Int], output: Template?) {
        let outer = places
        defer { places = outer }
        places = [:]
        notePlaces(of: saga.steps, within: [], holder: nil, list: 0, isParallel: false)
        let body = check(list: saga.steps, &sight, isTop: true)
        let output = saga.output.map { template($0, at: saga.at.appending("output"), in: nil, sight).template }
        return (body, output)
    }

    private mutating func notePlaces(
        of list: [StepDefinition], within: [Place], holder: String?, list number: Int, isParallel: Bool
    ) {
        for (index, step) in list.enumerated() {
            let place = within + [Place(holder: holder, list: number, index: index, isParallel: isParallel)]
            if places[step.id] == nil { places[step.id] = place }
            if case .saga = step.form { continue }
            let holdsBranches = if case .parallel = step.form { true } else { false }
            for (number, inner) in step.form.lists.enumerated() {
                notePlaces(of: inner, within: place, holder: step.id, list: number, isParallel: holdsBranches)
            }
        }
    }

    private mutating func check(list: [StepDefinition], _ sight: inout Sight, isTop: Bool = false) -> [Int] {
        var previous: (step: StepDefinition, operation: Operation?)?
        return list.map { step in
            noteIrreversible(previous, before: step)
            if step.isPivot, !isTop { reader.note(.pivotWithin(step: step.id), at: step.at.appending("pivot")) }
            let place = steps.count
            steps.append(nil)
            let when = step.when.map { condition($0, of: step, sight) }
            let checked = check(step, &sight, isCertain: step.when == nil, when: when)
            steps[place] = checked
            previous = (step, checked.operation)
            return place
        }
    }

    private mutating func check(
        _ step: StepDefinition, _ sight: inout Sight, isCertain: Bool, when: Template?
    ) -> Step {
        switch step.form {
        case .call: return checkCall(step, &sight, isCertain, when)
        case .parallel(let branches, let onFailure):
            var after = sight
            let lists = branches.map { branch in
                var inner = sight
                let list = check(list: branch, &inner)
                after.join(inner, isCertain: isCertain)
                return list
            }
            sight = after
            sight.add(step, .nothing, isCertain)
            return holder(step, "parallel", .parallel(branches: lists, onFailure: onFailure), when)
        case .forEach(let each): return check(each, of: step, &sight, isCertain, when)
        case .saga(let saga): return check(saga, of: step, &sight, isCertain, when)
        case .scope(let body, let onFailure, let otherwise):
            var inner = sight
            let list = check(list: body, &inner)
            var other = sight
            let otherList = otherwise.map { check(list: $0, &other) }
            // Where a failure is dealt with, nobody knows afterwards what of the scope was done.
            if otherwise == nil, onFailure != .compensateScope { sight.join(inner, isCertain: isCertain) }
            sight.add(step, .nothing, isCertain)
            return holder(
                step, "scope", .scope(body: list, onFailure: onFailure, otherwise: otherList), when)
        }
    }

    private func holder(
        _ step: StepDefinition, _ kind: String, _ form: StepForm, _ when: Template?, with: Template = .literal([:])
    ) -> Step {
        Step(
            id: step.id, number: step.number, form: form, uses: OperationName(plugin: "host", operation: kind),
            with: with, when: when, operation: nil)
    }

    private mutating func check(
        _ each: ForEachDefinition, of step: StepDefinition, _ sight: inout Sight, _ isCertain: Bool, _ when: Template?
    ) -> Step {
        let items = template(each.items, at: step.at.appending("for_each"), in: step, sight)
        if let expression = items.whole, !items.types.canFit(.array) {
            noteWrong("for_each", expression, items.types, .array, step, at: step.at.appending("for_each"))
        }
        var inner = sight
        for name in ["item"] + (each.name.map { [$0] } ?? []) { inner.items.insert(name) }
        let body = check(list: each.steps, &inner)
        let output = each.output.map { template($0, at: step.at.appending("output"), in: step, inner).template }
        sight.add(step, .items, isCertain)
        return holder(
            step, "for_each",
            .forEach(
                ForEach(
                    items: items.template, name: each.name, maxConcurrency: each.maxConcurrency,
                    onFailure: each.onFailure, body: body, output: output)), when)
    }

    private mutating func check(
        _ saga: SagaDefinition?, of step: StepDefinition, _ sight: inout Sight, _ isCertain: Bool, _ when: Template?
    ) -> Step {
        guard let saga else { return holder(step, "saga", .call, when) }
        let inputs = saga.inputs
        let uses = OperationName(plugin: "host", operation: "saga")
        let with = checkWith(of: step, schema: inputs, uses: uses, sight)
        var inner = Sight(inputs: inputs)
        let (body, output) = check(saga: saga, &inner)
        sight.add(step, .anything, isCertain)
        let sub = SubSaga(
            name: saga.name, version: saga.version, hash: "", inputs: inputs, body: body, output: output)
        return holder(step, "saga", .saga(sub), when, with: with)
    }

    // MARK: - Calls

    private mutating func checkCall(
        _ step: StepDefinition, _ sight: inout Sight, _ isCertain: Bool, _ when: Template?
    ) -> Step {
        let operation = step.uses.flatMap { findOperation($0, step: step, key: "uses") }
        let with = checkWith(of: step, schema: operation?.input, uses: step.uses, sight)
        sight.add(step, operation.map { .schema($0) } ?? .anything, isCertain)
        var compensation = step.compensation
        let compensator = compensation.uses.flatMap { findOperation($0, step: step, key: "compensation") }
        if let written = step.compensationWith {
            let at = step.at.appending("compensation").appending("with")
            let schema = compensation.uses == nil ? operation?.input : compensator?.input
            compensation.with = checkWith(
                written, at: at, of: step, schema: schema, uses: compensation.uses ?? step.uses, sight)
        }
        return Step(
            id: step.id, number: step.number, uses: step.uses ?? OperationName(plugin: "", operation: ""), with: with,
            when: when, retry: step.retry, timeoutSeconds: step.timeoutSeconds,
            totalTimeoutSeconds: step.totalTimeoutSeconds, compensation: compensation, isPivot: step.isPivot,
            operation: operation, compensator: compensator)
    }

    private mutating func findOperation(_ name: OperationName, step: StepDefinition, key: String) -> Operation? {
        var at = step.at
        if reader.document.value[step.at]?.stringValue == nil {
            at = key == "uses" ? step.at.appending(key) : step.at.appending(key).appending("uses")
        }
        switch catalog.lookUp(name) {
        case .found(let operation): return operation
        case .noPlugin:
            let plugins = Set(catalog.operationNames.map(\.plugin)).sorted()
            reader.note(
                .unknownPlugin(name.plugin, step: step.id, suggestion: closest(to: name.plugin, among: plugins)), at: at
            )
        case .refused(let reason, let operation):
            reader.note(.refusedPlugin(name.plugin, step: step.id, reason: reason), at: at)
            return operation
        case .noOperation(let known): reader.note(.unknownOperation(name, step: step.id, known: known), at: at)
        }
        return nil
    }

    /// A step that cannot be taken back should be the last to fail.
    private mutating func noteIrreversible(
        _ last: (step: StepDefinition, operation: Operation?)?, before step: StepDefinition
    ) {
        guard let last, !last.step.isPivot, let operation = last.operation, operation.isIrreversible else { return }
        reader.note(
            .irreversibleNotLast(step: last.step.id, operation: operation.name, next: step.id), at: last.step.at)
    }

    // MARK: - Values

    private mutating func condition(_ value: JSONValue, of step: StepDefinition, _ sight: Sight) -> Template {
        let at = step.at.appending("when")
        let read = template(value, at: at, in: step, sight)
        if let expression = read.whole {
            if !read.types.canFit(.boolean) { noteWrong("when", expression, read.types, .boolean, step, at: at) }
        } else if value.boolValue == nil {
            reader.note(.conditionIsNoExpression(step: step.id), at: at)
        }
        return read.template
    }

    private mutating func noteWrong(
        _ key: String, _ expression: Expression, _ found: SchemaTypes, _ expected: SchemaTypes, _ step: StepDefinition,
        at: JSONPointer
    ) {
        reader.note(
            .wrongValue(
                key: key, step: step.id, expression: expression.source, found: found.names, expected: expected.names),
            at: at)
    }

    /// A value with expressions, each checked.
    ///
    /// - Returns: `whole` where it is one expression and nothing else; then `types` are what that may be.
    private mutating func template(
        _ value: JSONValue, at pointer: JSONPointer, in step: StepDefinition?, _ sight: Sight
    ) -> (template: Template, whole: Expression?, types: SchemaTypes, holes: [JSONPointer: SchemaTypes]) {
        var problems: [Template.Problem] = []
        let template = Template(value, at: pointer, names: sight.items.sorted(), problems: &problems)
        for problem in problems { reader.note(Self.fact(of: problem, sight), at: problem.at) }
        var holes: [JSONPointer: SchemaTypes] = [:]
        for (at, expression, isWhole) in template.expressions(at: pointer) {
            let types = checkExpression(expression, in: step, sight, at: at)
            holes[at] = isWhole ? types : .string
        }
        for problem in problems { holes[problem.at] = .any }
        let whole: Expression? = if case .expression(let expression) = template { expression } else { nil }
        return (template, whole, holes[pointer] ?? .any, holes)
    }

    private mutating func checkWith(
        of step: StepDefinition, schema: JSONSchema?, uses: OperationName?, _ sight: Sight
    ) -> Template {
        checkWith(step.with, at: step.withAt, of: step, schema: schema, uses: uses, sight)
    }

    private mutating func checkWith(
        _ value: JSONValue, at pointer: JSONPointer, of step: StepDefinition, schema: JSONSchema?,
        uses: OperationName?, _ sight: Sight
    ) -> Template {
        let read = template(value, at: pointer, in: step, sight)
        guard let schema, let uses else { return read.template }
        let whole = Dictionary(
            read.template.expressions(at: pointer).filter(\.isWhole).map { ($0.at, $0.expression) },
            uniquingKeysWith: { a, _ in a })
        for violation in schema.violations(of: value, at: pointer, hole: { read.holes[$0] }) {
            if let expression = whole[violation.at], case .typeMismatch(_, let expected) = violation.fact {
                let found = (read.holes[violation.at] ?? .any).names
                let place = "`\(violation.at.tokens.last ?? "with")` of step \"\(step.id)\""
                reader.note(
                    .wrongReferenceType(
                        expression: expression.source, found: found, place: place, expected: expected.names),
                    at: violation.at)
            } else {
                let isUnknownKey = if case .unknownProperty = violation.fact { true } else { false }
                let exists = reader.document.position(of: violation.at) != nil
                reader.note(
                    .with(violation, step: step.id, operation: uses), at: exists ? violation.at : step.at,
                    key: isUnknownKey && exists)
            }
        }
        return read.template
    }

    private static func fact(of problem: Template.Problem, _ sight: Sight) -> DefinitionError.Fact {
        switch problem.fact {
        case .unterminated(let text): .unterminated(text)
        case .expression(_, .empty): .emptyExpression
        case .expression(let text, .noLeadingDot): .noLeadingDot(trimmed(text))
        case .expression(let text, .unknownRoot(let root)):
            .unknownRoot(trimmed(text), root: root, known: Expression.roots + sight.items.sorted())
        case .expression(let text, let problem): .notAnExpression(trimmed(text), problem)
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    // MARK: - References

    /// Notes what is wrong with what an expression reads; answers the types it can have.
    private mutating func checkExpression(
        _ expression: Expression, in step: StepDefinition?, _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        if !expression.isProven { reader.note(.notProven(expression: expression.source), at: at) }
        var types: [Reference: SchemaTypes] = [:]
        for reference in expression.references {
            types[reference] = checkReference(reference, of: expression, in: step, sight, at: at)
        }
        return expression.result { types[$0] ?? .any }
    }

    private mutating func checkReference(
        _ reference: Reference, of expression: Expression, in step: StepDefinition?, _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        let names = reference.names
        let types: SchemaTypes
        switch reference.root {
        case "inputs": types = checkInput(names, reference, expression, sight, at: at)
        case "steps": types = checkStepOutput(names, reference, expression, in: step, sight, at: at)
        case "context": types = checkContext(names, expression, sight, at: at)
        case "run": types = checkRun(names, expression, at: at)
        default: return .any
        }
        return reference.isNamesOnly ? types : .any
    }

    private mutating func checkInput(
        _ names: [String], _ reference: Reference, _ expression: Expression, _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        guard let name = names.first else { return .object }
        switch sight.inputs.types(at: names) {
        case .known(let types, let alwaysThere):
            if !alwaysThere, !reference.isGuarded {
                reader.note(.inputMayBeMissing(name, expression: expression.source), at: at)
            }
            return types
        case .unknown: return .any
        case .impossible(let index, let known):
            reader.note(.unknownInput(names[index], expression: expression.source, known: known), at: at)
            return .any
        }
    }

    private mutating func checkStepOutput(
        _ names: [String], _ reference: Reference, _ expression: Expression, in step: StepDefinition?, _ sight: Sight,
        at: JSONPointer
    ) -> SchemaTypes {
        guard let id = names.first else { return .object }
        guard let source = sight.seen[id] else {
            noteUnseen(id, expression, in: step, sight, at: at)
            return .any
        }
        guard names.count > 1, names[1] == "output" else {
            reader.note(.notAnOutput(expression: expression.source), at: at)
            return .any
        }
        if !source.isCertain, !reference.isGuarded {
            reader.note(.stepMayBeSkipped(id, expression: expression.source), at: at)
        }
        let rest = Array(names.dropFirst(2))
        switch source.output.types(at: rest) {
        case .known(let types, let alwaysThere):
            if !alwaysThere, !reference.isGuarded {
                reader.note(
                    .outputMayBeMissing(
                        rest[0], step: id, operation: source.output.name, expression: expression.source), at: at)
            }
            return types
        case .unknown: return .any
        case .impossible(let index, let known):
            reader.note(
                .noSuchOutput(
                    rest[index], step: id, operation: source.output.name, expression: expression.source, known: known),
                at: at)
            return .any
        }
    }

    /// Why a step cannot be seen: the first place where the ways to the two part says it.
    private mutating func noteUnseen(
        _ id: String, _ expression: Expression, in step: StepDefinition?, _ sight: Sight, at: JSONPointer
    ) {
        let source = expression.source
        guard let there = places[id] else {
            return reader.note(.unknownStep(id, expression: source, known: sight.order), at: at)
        }
        if id == step?.id { return reader.note(.stepIsItself(id, expression: source), at: at) }
        let here = step.flatMap { places[$0.id] } ?? []
        let parting = zip(here, there).first { $0.list != $1.list || $0.index != $1.index }
        if let (mine, its) = parting, let step {
            if mine.list != its.list {
                let fact: DefinitionError.Fact =
                    mine.isParallel
                    ? .stepInOtherBranch(id, step: step.id, expression: source)
                    : .stepWithin(id, expression: source, holder: its.holder ?? id)
                return reader.note(fact, at: at)
            }
            if its.index > mine.index {
                return reader.note(.stepComesLater(id, step: step.id, expression: source), at: at)
            }
        }
        let holder = there.dropFirst(min(here.count, there.count) == 0 ? 1 : 0).compactMap(\.holder)
            .first { sight.seen[$0] != nil }
        if let holder {
            reader.note(.stepWithin(id, expression: source, holder: holder), at: at)
        } else {
            reader.note(.stepComesLater(id, step: step?.id ?? "", expression: source), at: at)
        }
    }

    /// The context is what earlier steps put out, the latest winning.
    private mutating func checkContext(
        _ names: [String], _ expression: Expression, _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        guard let name = names.first else { return .object }
        var known: [String] = []
        for output in sight.context.reversed() {
            switch output.types(at: names) {
            case .known(let types, _): return types
            case .unknown: return .any
            case .impossible(_, let names): known += names
            }
        }
        reader.note(.nobodySets(name, expression: expression.source, known: known), at: at)
        return .any
    }

    private mutating func checkRun(_ names: [String], _ expression: Expression, at: JSONPointer) -> SchemaTypes {
        guard let name = names.first else { return .object }
        guard names == ["id"] || names == ["saga"] else {
            reader.note(.unknownRunField(name, expression: expression.source), at: at)
            return .any
        }
        return .string
    }
}
