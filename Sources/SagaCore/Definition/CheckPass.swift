/// One walk over the steps, in order, knowing what each can see of the others.
struct CheckPass {
    private var reader: DefinitionReader
    private let catalog: any OperationCatalog
    private var steps: [Step?] = []
    /// Where each step of the saga at hand stands, by its id.
    private var places: [String: [Place]] = [:]
    /// False: the steps of the saga at hand could not be read, so nobody knows what they are called.
    private var areStepsRead = true

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
        let (body, output, _, key) = check(saga: definition)
        return Saga(
            name: definition.name, version: definition.version, definition: text,
            definitionHash: ContentHash.hex(of: text), inputs: definition.inputs, steps: steps.compactMap { $0 },
            body: body, output: output, timeoutSeconds: definition.timeoutSeconds, concurrencyKey: key)
    }

    // MARK: - Lists

    /// - Returns: `schema`: what is said of its output; nil: nothing is.
    private mutating func check(
        saga: SagaDefinition
    ) -> (body: [Int], output: Template?, schema: JSONSchema?, key: Template?) {
        var sight = Sight(inputs: saga.inputs)
        let (outer, couldRead) = (places, areStepsRead)
        defer { (places, areStepsRead) = (outer, couldRead) }
        (places, areStepsRead) = ([:], saga.areStepsRead)
        notePlaces(of: saga.steps, within: [], holder: nil, list: 0, isParallel: false)
        let key = saga.concurrencyKey.map { concurrencyKey($0, at: saga.at.appending("concurrency_key"), sight) }
        let body = check(list: saga.steps, &sight, isTop: true)
        let at = saga.at.appending("output")
        let output = saga.output.map { template($0, at: at, in: nil, sight) }
        let schema = output.flatMap { try? JSONSchema(Self.schema(of: saga.output ?? .null, $0.holes, at: at)) }
        return (body, output?.template, schema, key)
    }

    /// What is said of a value with expressions: its members, and of which types they are where that is known.
    private static func schema(
        of value: JSONValue, _ holes: [JSONPointer: SchemaTypes], at pointer: JSONPointer
    ) -> JSONValue {
        guard holes[pointer] == nil, let members = value.objectValue else {
            let types = holes[pointer] ?? SchemaTypes(of: value)
            return types == .any ? true : ["type": .array(types.names.map(JSONValue.string))]
        }
        var properties = JSONObject()
        for (key, member) in members { properties[key] = schema(of: member, holes, at: pointer.appending(key)) }
        return Sight.Output.closed(properties)
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
        list.map { step in
            if step.isPivot, !isTop { reader.note(.pivotWithin(step: step.id), at: step.at.appending("pivot")) }
            let place = steps.count
            steps.append(nil)
            let when = step.when.map { condition($0, of: step, sight) }
            steps[place] = check(step, &sight, isCertain: step.when == nil, when: when)
            return place
        }
    }

    private mutating func check(within list: [StepDefinition], _ sight: Sight) -> (list: [Int], added: Sight.Layer) {
        var inner = sight.inner
        return (check(list: list, &inner), inner.added)
    }

    private mutating func check(
        _ step: StepDefinition, _ sight: inout Sight, isCertain: Bool, when: Template?
    ) -> Step {
        switch step.form {
        case .call: return checkCall(step, &sight, isCertain, when)
        case .unread:
            sight.add(step, .anything, isCertain)
            return holder(step, "step", .call, when)
        case .parallel(let branches, let onFailure):
            var seen: [Sight.Layer] = []
            let lists = branches.map { branch in
                let (list, added) = check(within: branch, sight)
                seen.append(added)
                return list
            }
            sight.join(seen, isCertain: isCertain)
            sight.add(step, .nothing, isCertain)
            return holder(step, "parallel", .parallel(branches: lists, onFailure: onFailure), when)
        case .forEach(let each): return check(each, of: step, &sight, isCertain, when)
        case .saga(let saga): return check(saga, of: step, &sight, isCertain, when)
        case .scope(let body, let onFailure, let otherwise):
            let (list, seen) = check(within: body, sight)
            let otherList = otherwise.map { check(within: $0, sight).list }
            // Where a failure is dealt with, nobody knows afterwards what of the scope was done.
            if otherwise == nil, onFailure != .compensateScope { sight.join([seen], isCertain: isCertain) }
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
        if let name = each.name, name != "item", sight.items.contains(name) {
            reader.note(.itemNameTwice(name, step: step.id), at: step.at.appending("as"))
        }
        let (body, output, item) = check(bodyOf: each, of: step, sight)
        sight.add(step, .loop(of: item), isCertain)
        return holder(
            step, "for_each",
            .forEach(
                ForEach(
                    items: items.template, name: each.name, maxConcurrency: each.maxConcurrency,
                    onFailure: each.onFailure, body: body, output: output)), when)
    }

    /// What is seen within is gone when this is done: what is seen around it would be copied as soon as more is seen.
    private mutating func check(
        bodyOf each: ForEachDefinition, of step: StepDefinition, _ sight: Sight
    ) -> (body: [Int], output: Template?, item: JSONValue) {
        var inner = sight.inner
        for name in ["item"] + (each.name.map { [$0] } ?? []) { inner.items.insert(name) }
        let body = check(list: each.steps, &inner)
        guard let written = each.output else { return (body, nil, Self.item(of: each.steps, inner)) }
        let at = step.at.appending("output")
        let output = template(written, at: at, in: step, inner)
        return (body, output.template, Self.schema(of: written, output.holes, at: at))
    }

    /// What a loop without `output` has of each item: what the last of its steps put out.
    private static func item(of steps: [StepDefinition], _ sight: Sight) -> JSONValue {
        guard let last = steps.last.flatMap({ sight.seen($0.id) }), last.isCertain, last.output.isTold else {
            return true
        }
        return last.output.schema?.source ?? true
    }

    private mutating func check(
        _ saga: SagaDefinition?, of step: StepDefinition, _ sight: inout Sight, _ isCertain: Bool, _ when: Template?
    ) -> Step {
        guard let saga else {
            sight.add(step, .anything, isCertain)
            return holder(step, "saga", .call, when)
        }
        let inputs = saga.inputs
        let with = checkWith(of: step, schema: inputs, uses: DefinitionReader.saga, sight).template
        let (body, output, schema, _) = check(saga: saga)
        sight.add(step, schema.map { .saga($0) } ?? .anything, isCertain)
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
        sight.add(step, operation.map { Self.output(of: $0, with: with.template) } ?? .anything, isCertain)
        var compensation = step.compensation
        let compensator = compensation.uses.flatMap { findOperation($0, step: step, key: "compensation") }
        if let uses = compensation.uses, step.compensationWith == nil, step.isCompensationRead {
            // It gets what the step was given.
            noteCompensatorInput(uses, compensator, step, with)
        }
        if let written = step.compensationWith {
            let at = step.at.appending("compensation").appending("with")
            let own = compensation.uses == nil ? operation?.input : compensator?.input
            let schema = step.isCompensationRead ? own : nil
            compensation.with =
                checkWith(
                    written, at: at, of: step, schema: schema, uses: compensation.uses ?? step.uses, sight
                ).template
        }
        return Step(
            id: step.id, number: step.number, uses: step.uses ?? OperationName(plugin: "", operation: ""),
            with: with.template, when: when, retry: step.retry, timeoutSeconds: step.timeoutSeconds,
            totalTimeoutSeconds: step.totalTimeoutSeconds, compensation: compensation, isPivot: step.isPivot,
            operation: operation, compensator: compensator)
    }

    /// A signal is let in only with what its schema asks for.
    private static func output(of operation: Operation, with: Template) -> Sight.Output {
        guard operation.name == SignalOperations.waitSignal, case .literal(let schema)? = with.member("schema") else {
            return .operation(operation)
        }
        return .signal(operation, data: schema)
    }

    private mutating func noteCompensatorInput(
        _ uses: OperationName, _ compensator: Operation?, _ step: StepDefinition, _ given: Reading
    ) {
        guard step.isWithRead, given.isRead, let input = compensator?.input else { return }
        let holes = Dictionary(
            given.template.expressions(at: step.withAt).map { ($0.at, $0.isWhole ? SchemaTypes.any : .string) },
            uniquingKeysWith: { first, _ in first })
        guard
            let violation = input.violations(of: step.with, at: step.withAt, hole: { holes[$0] }).first
        else { return }
        reader.note(
            .compensatorInput(violation, step: step.id, operation: uses),
            at: step.at.appending("compensation").appending("uses"))
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

    // MARK: - Values

    private mutating func condition(_ value: JSONValue, of step: StepDefinition, _ sight: Sight) -> Template {
        let at = step.at.appending("when")
        let read = template(value, at: at, in: step, sight)
        if let expression = read.whole {
            if !read.types.canFit(.boolean) { noteWrong("when", expression, read.types, .boolean, step, at: at) }
        } else if value.boolValue == nil, read.isRead {
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
    private struct Reading {
        let template: Template
        /// Where it is one expression and nothing else; then `types` are what that may be.
        let whole: Expression?
        let types: SchemaTypes
        let holes: [JSONPointer: SchemaTypes]
        /// False: some of its expressions are none.
        let isRead: Bool
    }

    private mutating func concurrencyKey(_ value: JSONValue, at pointer: JSONPointer, _ sight: Sight) -> Template {
        let read = template(value, at: pointer, in: nil, sight)
        let named: SchemaTypes = [.string, .integer, .number, .boolean]
        if let whole = read.whole, read.types.isDisjoint(with: named) {
            reader.note(
                .wrongReferenceType(
                    expression: whole.source, found: read.types.names, place: "`concurrency_key`",
                    expected: ["string"]), at: pointer)
        }
        return read.template
    }

    private mutating func template(
        _ value: JSONValue, at pointer: JSONPointer, in step: StepDefinition?, _ sight: Sight
    ) -> Reading {
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
        return Reading(
            template: template, whole: whole, types: holes[pointer] ?? .any, holes: holes, isRead: problems.isEmpty)
    }

    private mutating func checkWith(
        of step: StepDefinition, schema: JSONSchema?, uses: OperationName?, _ sight: Sight
    ) -> Reading {
        checkWith(step.with, at: step.withAt, of: step, schema: step.isWithRead ? schema : nil, uses: uses, sight)
    }

    private mutating func checkWith(
        _ value: JSONValue, at pointer: JSONPointer, of step: StepDefinition, schema: JSONSchema?,
        uses: OperationName?, _ sight: Sight
    ) -> Reading {
        let read = template(value, at: pointer, in: step, sight)
        guard let schema, let uses else { return read }
        let whole = Dictionary(
            read.template.expressions(at: pointer).filter(\.isWhole).map { ($0.at, $0.expression) },
            uniquingKeysWith: { a, _ in a })
        let violations = schema.violations(of: value, at: pointer, hole: { read.holes[$0] })
        for violation in violations where !violation.isSlip(among: violations) {
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
        return read
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
        if expression.alwaysFails(types: { types[$0] ?? .any }) {
            reader.note(.alwaysFails(expression: expression.source), at: at)
        }
        return expression.result { types[$0] ?? .any }
    }

    private mutating func checkReference(
        _ reference: Reference, of expression: Expression, in step: StepDefinition?, _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        let path = Array(reference.path.dropFirst())
        switch reference.root {
        case "inputs": return checkInput(path, reference, expression, sight, at: at)
        case "steps": return checkStepOutput(path, reference, expression, in: step, sight, at: at)
        case "context": return checkContext(path, expression, sight, at: at)
        case "run": return checkRun(path, expression, at: at)
        default: return .any
        }
    }

    private mutating func checkInput(
        _ path: [Expression.Token], _ reference: Reference, _ expression: Expression, _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        guard let name = path.first?.name else { return .object }
        switch sight.inputs.types(at: path) {
        case .known(let types, let alwaysThere):
            if !alwaysThere, !reference.isGuarded, let member = sight.inputs.memberThatMayMiss(of: path) {
                reader.note(.inputMayBeMissing(member, expression: expression.source), at: at)
            }
            return types
        case .unknown: return .any
        case .impossible(0, let known):
            reader.note(.unknownInput(name, expression: expression.source, known: known), at: at)
            return .any
        case .impossible(let index, let known):
            let place = "input \"\(path[..<index].map(\.name).joined(separator: "."))\""
            reader.note(
                .noSuchMember(path[index].name, of: place, expression: expression.source, known: known), at: at)
            return .any
        }
    }

    private mutating func checkStepOutput(
        _ path: [Expression.Token], _ reference: Reference, _ expression: Expression, in step: StepDefinition?,
        _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        guard let id = path.first?.name else { return .object }
        guard let source = sight.seen(id) else {
            noteUnseen(id, expression, in: step, sight, at: at)
            return .any
        }
        guard path.count > 1, path[1] == .member("output") else {
            reader.note(.notAnOutput(expression: expression.source), at: at)
            return .any
        }
        if !source.isCertain, !reference.isGuarded {
            reader.note(.stepMayBeSkipped(id, expression: expression.source), at: at)
        }
        let rest = Array(path.dropFirst(2))
        let operation = source.output.name
        switch source.output.types(at: rest) {
        case .known(let types, let alwaysThere):
            if !alwaysThere, !reference.isGuarded, let member = source.output.schema?.memberThatMayMiss(of: rest) {
                reader.note(
                    .outputMayBeMissing(member, step: id, operation: operation, expression: expression.source), at: at)
            }
            return types
        case .unknown: return .any
        case .impossible(let index, let known):
            reader.note(
                .noSuchOutput(
                    rest[index].name, step: id, operation: operation, expression: expression.source, known: known),
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
            guard areStepsRead else { return }
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
            .first { sight.seen($0) != nil }
        if let holder {
            reader.note(.stepWithin(id, expression: source, holder: holder), at: at)
        } else {
            reader.note(.stepComesLater(id, step: step?.id ?? "", expression: source), at: at)
        }
    }

    /// The context is what earlier steps put out, the latest winning.
    private mutating func checkContext(
        _ path: [Expression.Token], _ expression: Expression, _ sight: Sight, at: JSONPointer
    ) -> SchemaTypes {
        guard let name = path.first?.name else { return .object }
        guard let tellers = sight.tellers(of: name) else { return .any }
        var (types, missing, known): (SchemaTypes, Int?, [String]) = ([], nil, [])
        for told in tellers {
            switch told.output.types(at: path) {
            case .known(let found, let alwaysThere):
                types.formUnion(found)
                if alwaysThere, told.isSure { return types }
            case .unknown: return .any
            case .impossible(0, _): continue
            case .impossible(let index, let names):
                if missing == nil { missing = index }
                if missing == index { known += names.filter { !known.contains($0) } }
            }
        }
        if !types.isEmpty { return types }
        if let index = missing {
            let place = "\"\(path[..<index].map(\.name).joined(separator: "."))\" in the context"
            reader.note(.noSuchMember(path[index].name, of: place, expression: expression.source, known: known), at: at)
        } else {
            reader.note(.nobodySets(name, expression: expression.source, known: sight.contextNames), at: at)
        }
        return .any
    }

    private mutating func checkRun(
        _ path: [Expression.Token], _ expression: Expression, at: JSONPointer
    ) -> SchemaTypes {
        guard let name = path.first?.name else { return .object }
        guard path == [.member("id")] || path == [.member("saga")] else {
            reader.note(.unknownRunField(name, expression: expression.source), at: at)
            return .any
        }
        return .string
    }
}

extension Expression.Token {
    /// As a finding names it: `[0]` of an item.
    fileprivate var name: String { if case .member(let name) = self { name } else { text } }
}

extension JSONSchema {
    /// The first of the members named by a path that may not be there: `data.ticket`. Of a list nobody knows how long it
    /// is: that its items are there is the writer's to know.
    fileprivate func memberThatMayMiss(of path: [Expression.Token]) -> String? {
        let names = path.prefix { if case .member = $0 { true } else { false } }
        for count in names.indices.map({ $0 + 1 }) {
            if case .known(_, alwaysThere: false) = types(at: Array(names.prefix(count))) {
                return names.prefix(count).map(\.name).joined(separator: ".")
            }
        }
        return nil
    }
}
