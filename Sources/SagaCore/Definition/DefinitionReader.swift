/// The definition as written: shape checked, meaning not yet.
struct SagaDefinition {
    var name: String
    var version: String?
    var inputs: JSONSchema
    var steps: [StepDefinition]
    var output: JSONValue?
    var timeoutSeconds: Double?
    var concurrencyKey: JSONValue?
    /// Where it stands in the text.
    var at: JSONPointer = ""
    /// False: its steps could not be read, so nobody knows what they are called.
    var areStepsRead = true
}

struct StepDefinition {
    var id: String
    /// The place among all steps, from 1.
    var number: Int
    /// Where the step stands in the text.
    var at: JSONPointer
    /// Where its id stands, if it has one of its own; else where the step does.
    var idAt: JSONPointer
    var form: FormDefinition = .call
    var uses: OperationName?
    var with: JSONValue
    /// Where that stands.
    var withAt: JSONPointer
    /// False: something else stands where that is wanted, which was noted.
    var isWithRead = true
    var when: JSONValue?
    var retry: RetryPolicy = .execution
    var timeoutSeconds: Double?
    var totalTimeoutSeconds: Double?
    var compensation = CompensationPolicy()
    var compensationWith: JSONValue?
    /// False: what takes it back could not be read.
    var isCompensationRead = true
    var isPivot = false
}

indirect enum FormDefinition {
    case call
    /// It could not be told what the step does.
    case unread
    case parallel([[StepDefinition]], BranchFailure)
    case forEach(ForEachDefinition)
    case saga(SagaDefinition?)
    case scope([StepDefinition], ScopeFailure, otherwise: [StepDefinition]?)

    var lists: [[StepDefinition]] {
        switch self {
        case .call, .unread, .saga(nil): []
        case .parallel(let branches, _): branches
        case .forEach(let each): [each.steps]
        case .saga(let saga?): [saga.steps]
        case .scope(let steps, _, let otherwise): [steps] + (otherwise.map { [$0] } ?? [])
        }
    }
}

struct ForEachDefinition {
    var items: JSONValue
    var name: String?
    var maxConcurrency: Int
    var onFailure: BranchFailure
    var steps: [StepDefinition]
    var output: JSONValue?
}

/// Reads the JSON of a definition and keeps every mistake it meets.
struct DefinitionReader {
    let document: JSONDocument
    private(set) var errors: [DefinitionError] = []
    /// Steps read so far.
    private var count = 0
    /// How many steps are around what is being read, those of other sagas too.
    private var depth = 0
    /// The sagas within sagas that are being read: none may be within itself.
    private var within: [String] = []
    /// Where the definitions stand that are to be read though no step has led to them.
    private var left: [JSONPointer] = []
    private var read: Set<JSONPointer> = []
    /// Where the definitions stand whose `definitions` were looked at.
    private var looked: Set<JSONPointer> = []

    static let stepLimit = 20_000
    /// What a step with `saga` is said to use.
    static let saga = OperationName(plugin: "host", operation: "saga")
    /// A plan of so many levels is JSON that still reads, and a megabyte of stack is enough for them.
    static let depthLimit = 32
    static let definitionKeys = [
        "saga", "version", "description", "inputs", "timeout_seconds", "concurrency_key", "steps", "output",
        "definitions",
    ]
    static let commonKeys = ["id", "description", "when"]
    static let formKeys: [(form: String, others: [String])] = [
        ("uses", ["with", "retry", "timeout_seconds", "total_timeout_seconds", "compensation", "pivot"]),
        ("parallel", ["on_failure"]), ("for_each", ["as", "max_concurrency", "on_failure", "steps", "output"]),
        ("saga", ["version", "with"]), ("scope", ["on_failure", "retry", "else"]), ("wait", []), ("signal", []),
    ]
    /// What stands within a form that is a call of the host's, and an example of it.
    static let hostCalls: [String: (keys: [String], example: String)] = [
        "wait": (["seconds", "until"], #"{ "seconds": 60 }"#),
        "signal": (["name", "schema", "timeout_seconds", "from", "four_eyes"], #"{ "name": "approved" }"#),
    ]
    static let retryKeys = ["max_attempts", "initial_seconds", "multiplier", "max_seconds", "jitter", "on"]
    static let compensationKeys = ["uses", "with", "retry", "timeout_seconds", "on_failure", "skip"]

    init(_ document: JSONDocument) { self.document = document }

    mutating func note(_ fact: DefinitionError.Fact, at pointer: JSONPointer, key: Bool = false) {
        let position = key ? document.position(ofKey: pointer) : document.position(of: pointer)
        errors.append(DefinitionError(fact, at: pointer, position: position))
    }

    /// - Parameter fallbackName: what a bare list of steps is called.
    mutating func read(fallbackName: String) -> SagaDefinition? {
        switch document.value {
        case .array(let items):
            let steps = readSteps(items, at: "")
            noteDuplicates(in: steps)
            return SagaDefinition(name: fallbackName, version: nil, inputs: Self.noInputs, steps: steps)
        case .object(let object):
            return readDefinition(object, at: "")
        case let other:
            note(.notADefinition(found: other.typeName), at: "")
            return nil
        }
    }

    // MARK: - Definition

    private mutating func readDefinition(_ object: JSONObject, at pointer: JSONPointer) -> SagaDefinition {
        let misspelt = checkKeys(
            of: object, .definition, known: Self.definitionKeys, tolerated: [DefinitionBundle.key], at: pointer)
        checkDefinitions(of: object, at: pointer)
        let steps = readStepList(object, at: pointer, isMisspelt: misspelt.contains("steps"))
        noteDuplicates(in: steps)
        return SagaDefinition(
            name: readName(object, at: pointer, isMisspelt: misspelt.contains("saga")),
            version: string("version", of: object, .definition, at: pointer),
            inputs: readInputs(object, at: pointer), steps: steps, output: readOutput(object, .definition, at: pointer),
            timeoutSeconds: readTimeout(object, .definition, at: pointer),
            concurrencyKey: object["concurrency_key"].flatMap {
                expressible($0, "concurrency_key", of: .definition, expected: "a string", at: pointer) {
                    $0.stringValue != nil
                }
            }, at: pointer, areStepsRead: object["steps"]?.arrayValue != nil)
    }

    private mutating func readName(_ object: JSONObject, at pointer: JSONPointer, isMisspelt: Bool) -> String {
        guard object["saga"] != nil else {
            if !isMisspelt { note(.missingKey("saga", of: .definition), at: pointer) }
            return ""
        }
        guard let name = string("saga", of: object, .definition, at: pointer) else { return "" }
        if !isName(name, firstLetters: isLower, others: { isLower($0) || isDigit($0) || $0 == 0x5F || $0 == 0x2D }) {
            note(.badName(name, of: .definition), at: pointer.appending("saga"))
        }
        _ = string("description", of: object, .definition, at: pointer)
        return name
    }

    /// What is put out: an object, whose strings may hold expressions.
    private mutating func readOutput(
        _ object: JSONObject, _ part: DefinitionError.Part, at pointer: JSONPointer
    ) -> JSONValue? {
        object["output"].flatMap {
            expressible($0, "output", of: part, expected: "an object", at: pointer) { $0.objectValue != nil }
        }
    }

    /// A value of that kind, or a string that may become one.
    private mutating func expressible(
        _ value: JSONValue, _ key: String, of part: DefinitionError.Part, expected: String, at pointer: JSONPointer,
        _ isGood: (JSONValue) -> Bool
    ) -> JSONValue? {
        if isGood(value) || value.stringValue?.contains("${") == true { return value }
        note(.wrongType(key: key, of: part, found: value.typeName, expected: expected), at: pointer.appending(key))
        return nil
    }

    private static let noInputs = try! JSONSchema(["type": "object", "additionalProperties": false])

    /// A definition's inputs are closed unless it says otherwise: a misspelt input is a mistake, not an extra.
    private mutating func readInputs(_ object: JSONObject, at parent: JSONPointer) -> JSONSchema {
        let pointer = parent.appending("inputs")
        guard let written = object["inputs"] else { return Self.noInputs }
        guard var schema = written.objectValue else {
            note(
                .wrongType(key: "inputs", of: .definition, found: written.typeName, expected: "a JSON Schema"),
                at: pointer)
            return .anything
        }
        if let type = schema["type"], type != "object" {
            note(.inputsNotAnObject(found: type.stringValue ?? type.typeName), at: pointer.appending("type"))
            return .anything
        }
        let outside = JSONSchema.membersOutsideProperties(of: schema)
        guard outside.isEmpty else {
            note(.inputsOutsideProperties(outside), at: pointer.appending(outside[0]), key: true)
            return .anything
        }
        if schema["additionalProperties"] == nil { schema["additionalProperties"] = false }
        if schema["type"] == nil { schema["type"] = "object" }
        do throws(JSONSchemaProblem) {
            let found = try JSONSchema(.object(schema), at: pointer)
            return noteWhatNobodyCanGive(found, schema, at: pointer)
        } catch {
            note(.inputsSchema(error), at: error.at)
            return .anything
        }
    }

    private mutating func readStepList(
        _ object: JSONObject, at parent: JSONPointer, isMisspelt: Bool
    ) -> [StepDefinition] {
        if object["steps"] == nil, isMisspelt { return [] }
        return readList("steps", of: object, .definition, at: parent) ?? []
    }

    /// A list of steps, which must be there.
    private mutating func readList(
        _ key: String, of object: JSONObject, _ part: DefinitionError.Part, at parent: JSONPointer
    ) -> [StepDefinition]? {
        guard let written = object[key] else {
            note(.missingKey(key, of: part), at: parent)
            return nil
        }
        guard let items = written.arrayValue else {
            note(.wrongType(key: key, of: part, found: written.typeName, expected: "a list"), at: parent.appending(key))
            return nil
        }
        return readSteps(items, at: parent.appending(key), key)
    }

    // MARK: - Steps

    private mutating func readSteps(
        _ items: [JSONValue], at pointer: JSONPointer, _ place: String = "steps", mayBeEmpty: Bool = false
    ) -> [StepDefinition] {
        if items.isEmpty, !mayBeEmpty { note(.noSteps(place: place), at: pointer) }
        if count + items.count > Self.stepLimit {
            note(.tooManySteps(count: count + items.count, limit: Self.stepLimit), at: pointer)
            return []
        }
        guard depth < Self.depthLimit else {
            note(.tooDeep(limit: Self.depthLimit), at: pointer)
            return []
        }
        depth += 1
        defer { depth -= 1 }
        return items.enumerated().compactMap { readStep($1, at: pointer.appending($0)) }
    }

    private mutating func noteDuplicates(in steps: [StepDefinition]) {
        var firsts: [String: StepDefinition] = [:]
        func walk(_ steps: [StepDefinition], _ found: (StepDefinition, StepDefinition) -> Void) {
            for step in steps {
                if let first = firsts[step.id] { found(step, first) } else { firsts[step.id] = step }
                if case .saga = step.form { continue }
                for list in step.form.lists { walk(list, found) }
            }
        }
        var doubles: [(StepDefinition, StepDefinition)] = []
        walk(steps) { doubles.append(($0, $1)) }
        for (step, first) in doubles {
            let line = document.position(of: first.idAt)?.line
            note(.duplicateStepID(step.id, first: first.number, line: line, second: step.number), at: step.idAt)
        }
    }

    private mutating func readStep(_ value: JSONValue, at pointer: JSONPointer) -> StepDefinition? {
        count += 1
        let number = count
        let fallbackID = "step_\(number)"
        switch value {
        case .string(let name):
            return StepDefinition(
                id: fallbackID, number: number, at: pointer, idAt: pointer,
                uses: readUses(name, step: fallbackID, at: pointer),
                with: [:], withAt: pointer.appending("with"))
        case .object(let object):
            return readStep(object, number: number, fallbackID: fallbackID, at: pointer)
        default:
            note(.stepIsNeither(number: number, found: value.typeName), at: pointer)
            return nil
        }
    }

    private mutating func readStep(
        _ object: JSONObject, number: Int, fallbackID: String, at pointer: JSONPointer
    ) -> StepDefinition {
        let id = readID(object, fallbackID: fallbackID, at: pointer)
        let part = DefinitionError.Part.step(id)
        let forms = Self.formKeys.filter { object[$0.form] != nil }
        let form = forms.first ?? Self.formKeys[0]
        if forms.count > 1 {
            note(.severalForms(forms.map(\.form), step: id), at: pointer.appending(forms[1].form), key: true)
        }
        let known = forms.isEmpty ? Self.formKeys.flatMap { [$0.form] + $0.others } : [form.form] + form.others
        let others = forms.dropFirst().flatMap { [$0.form] + $0.others }
        let outside = object.keys.filter { Self.hostCalls[form.form]?.keys.contains($0) == true }
        if let first = outside.first, forms.count == 1 {
            note(.keysOutside(outside, form: form.form, step: id), at: pointer.appending(first), key: true)
        }
        let misspelt = checkKeys(
            of: object, part, known: Self.commonKeys + known, tolerated: others + outside, at: pointer)
        _ = string("description", of: object, part, at: pointer)
        var step = StepDefinition(
            id: id, number: number, at: pointer, idAt: object["id"] == nil ? pointer : pointer.appending("id"),
            with: [:],
            withAt: pointer.appending("with"),
            when: object["when"].flatMap {
                expressible($0, "when", of: part, expected: "an expression, or true or false", at: pointer) {
                    $0.boolValue != nil
                }
            })
        step.isWithRead = object["with"].map { $0.objectValue != nil } ?? !misspelt.contains("with")
        if forms.count > 1 || (forms.isEmpty && !misspelt.isDisjoint(with: Self.formKeys.map(\.form))) {
            step.form = .unread
            return step
        }
        switch form.form {
        case "parallel": step.form = readParallel(object, id, at: pointer)
        case "for_each": step.form = readForEach(object, id, at: pointer)
        case "saga":
            step.form = .saga(readSubSaga(object, id, at: pointer))
            step.with = readWith(object, part, at: pointer)
        case "scope": step.form = readScope(object, id, at: pointer)
        case "wait", "signal":
            step.uses = form.form == "wait" ? SignalOperations.wait : SignalOperations.waitSignal
            readHostCall(form.form, of: object, isNoted: !outside.isEmpty, into: &step)
        default: readCall(object, into: &step)
        }
        return step
    }

    private mutating func readCall(_ object: JSONObject, into step: inout StepDefinition) {
        let (id, pointer, part) = (step.id, step.at, DefinitionError.Part.step(step.id))
        step.uses = readUses(object, id: id, at: pointer)
        step.with = readWith(object, part, at: pointer)
        step.retry = readRetry(object, .retry(step: id), in: part, base: .execution, at: pointer)
        step.timeoutSeconds = readTimeout(object, part, at: pointer)
        step.totalTimeoutSeconds = readTimeout(object, part, "total_timeout_seconds", at: pointer)
        noteCallLongerThanAll(step)
        (step.compensation, step.compensationWith, step.isCompensationRead) = readCompensation(
            object, step: id, at: pointer)
        step.isPivot = flag("pivot", of: object, part, at: pointer)
    }

    /// `wait` and `signal` are calls of what the host offers, with what is written there.
    ///
    /// - Parameter isNoted: that it is not as it should be has been said.
    private mutating func readHostCall(
        _ key: String, of object: JSONObject, isNoted: Bool, into step: inout StepDefinition
    ) {
        step.withAt = step.at.appending(key)
        guard let with = object[key], with.objectValue != nil else {
            let found = object[key]?.typeName ?? "null"
            let expected = "an object" + (Self.hostCalls[key].map { " such as \($0.example)" } ?? "")
            if !isNoted {
                note(.wrongType(key: key, of: .step(step.id), found: found, expected: expected), at: step.withAt)
            }
            step.isWithRead = false
            return
        }
        step.with = with
        step.isWithRead = !isNoted
        noteWhatNeverComes(key, step)
    }

    private mutating func readParallel(_ object: JSONObject, _ id: String, at pointer: JSONPointer) -> FormDefinition {
        let place = pointer.appending("parallel")
        guard let branches = object["parallel"]?.arrayValue else {
            let found = object["parallel"]?.typeName ?? "null"
            note(
                .wrongType(key: "parallel", of: .step(id), found: found, expected: "a list of lists of steps"),
                at: place)
            return .parallel([], .cancel)
        }
        if branches.isEmpty { note(.noSteps(place: "parallel"), at: place) }
        if !branches.isEmpty, branches.allSatisfy({ $0.arrayValue == nil }) {
            // Their ids are known all the same.
            note(
                .wrongType(
                    key: "parallel", of: .step(id), found: "list of steps",
                    expected: "a list of lists of steps, one for each branch"), at: place)
            return .parallel([readSteps(branches, at: place, "branch")], .cancel)
        }
        let lists = branches.enumerated().map { number, branch -> [StepDefinition] in
            guard let items = branch.arrayValue else {
                note(
                    .wrongType(
                        key: "parallel[\(number)]", of: .step(id), found: branch.typeName,
                        expected: "a list of steps"), at: place.appending(number))
                return []
            }
            return readSteps(items, at: place.appending(number), "branch")
        }
        return .parallel(lists, readBranchFailure(object, id, at: pointer))
    }

    private mutating func readBranchFailure(_ object: JSONObject, _ id: String, at pointer: JSONPointer)
        -> BranchFailure
    {
        choice("on_failure", of: object, .step(id), among: BranchFailure.allCases.map(\.rawValue), at: pointer)
            .flatMap(BranchFailure.init(rawValue:)) ?? .cancel
    }

    private mutating func readForEach(_ object: JSONObject, _ id: String, at pointer: JSONPointer) -> FormDefinition {
        let part = DefinitionError.Part.step(id)
        let items =
            object["for_each"].flatMap {
                expressible($0, "for_each", of: part, expected: "a list or an expression", at: pointer) {
                    $0.arrayValue != nil
                }
            } ?? .array([])
        let name = string("as", of: object, part, at: pointer)
        if let name,
            !isName(name, firstLetters: isLower, others: { isLower($0) || isDigit($0) || $0 == 0x5F })
                || Expression.roots.contains(name)
        {
            note(.badItemName(name, step: id), at: pointer.appending("as"))
        }
        let most = number(
            "max_concurrency", of: object, part, expected: "a whole number from 1 to 1000", at: pointer,
            { (1...1000).contains($0) && $0 == $0.rounded() })
        return .forEach(
            ForEachDefinition(
                items: items, name: name, maxConcurrency: most.map { Int($0) } ?? 1,
                onFailure: readBranchFailure(object, id, at: pointer),
                steps: readList("steps", of: object, part, at: pointer) ?? [], output: object["output"]))
    }

    private mutating func readScope(_ object: JSONObject, _ id: String, at pointer: JSONPointer) -> FormDefinition {
        let steps = readList("scope", of: object, .step(id), at: pointer) ?? []
        let choices = ["compensate_all", "compensate_scope", "retry"]
        let read = choice("on_failure", of: object, .step(id), among: choices, at: pointer)
        let chosen = read ?? "compensate_all"
        let isKnown = read != nil || object["on_failure"] == nil
        let retry = readRetry(object, .retry(step: id), in: .step(id), base: .execution, at: pointer)
        if isKnown, chosen != "retry", object["retry"] != nil {
            note(.uselessKey("retry", step: id, needs: "retry"), at: pointer.appending("retry"), key: true)
        }
        if isKnown, chosen == "compensate_all", object["else"] != nil {
            note(.uselessKey("else", step: id, needs: "compensate_scope"), at: pointer.appending("else"), key: true)
        }
        let failure: ScopeFailure =
            switch chosen {
            case "retry": .retry(retry)
            case "compensate_scope": .compensateScope
            default: .compensateAll
            }
        guard let written = object["else"] else { return .scope(steps, failure, otherwise: nil) }
        guard let items = written.arrayValue else {
            note(
                .wrongType(key: "else", of: .step(id), found: written.typeName, expected: "a list"),
                at: pointer.appending("else"))
            return .scope(steps, failure, otherwise: nil)
        }
        return .scope(
            steps, failure, otherwise: readSteps(items, at: pointer.appending("else"), "else", mayBeEmpty: true))
    }

    // MARK: - Sagas within

    /// Each is an object; those that no step leads to are read later.
    private mutating func checkDefinitions(of object: JSONObject, at parent: JSONPointer) {
        guard parent.tokens.first != DefinitionBundle.key, let written = object["definitions"],
            looked.insert(parent).inserted
        else { return }
        let pointer = parent.appending("definitions")
        guard let definitions = written.objectValue else {
            return note(
                .wrongType(
                    key: "definitions", of: .definition, found: written.typeName,
                    expected: "an object, with a definition at each name"),
                at: pointer)
        }
        for (name, definition) in definitions {
            let place = pointer.appending(name)
            if definition.objectValue != nil {
                left.append(place)
            } else {
                note(
                    .wrongType(
                        key: name, of: .definitions, found: definition.typeName,
                        expected: "a definition, an object with `saga` and `steps`"), at: place)
            }
        }
    }

    /// The definitions that no step has led to, first those that no other of them leads to.
    mutating func readOthers() -> [SagaDefinition] {
        var others: [SagaDefinition] = []
        while true {
            left.removeAll(where: read.contains)
            guard !left.isEmpty else { return others }
            for place in nextLeft() where read.insert(place).inserted {
                guard let object = document.value[place]?.objectValue else { continue }
                count = 0
                within = place.tokens.last.map { [$0] } ?? []
                others.append(readDefinition(object, at: place))
            }
        }
    }

    /// Those that no other leads to; where they go round in rings, all of them.
    private func nextLeft() -> [JSONPointer] {
        let named = left.map { Set(DefinitionBundle.names(in: document.value[$0] ?? .null).map(\.name)) }
        var times: [String: Int] = [:]
        for name in named.joined() { times[name, default: 0] += 1 }
        let first = zip(left, named).filter { place, own in
            guard let name = place.tokens.last else { return false }
            return times[name, default: 0] == (own.contains(name) ? 1 : 0)
        }.map(\.0)
        return first.isEmpty ? left : first
    }

    private mutating func readSubSaga(_ object: JSONObject, _ id: String, at pointer: JSONPointer) -> SagaDefinition? {
        guard let name = string("saga", of: object, .step(id), at: pointer) else { return nil }
        let version = string("version", of: object, .step(id), at: pointer)
        let holders = ["definitions", DefinitionBundle.key]
        if let written = document.value["definitions"], written.objectValue == nil {
            note(
                .wrongType(
                    key: "definitions", of: .definition, found: written.typeName,
                    expected: "an object, with a definition at each name"),
                at: JSONPointer("").appending("definitions"))
            return nil
        }
        guard let holder = holders.first(where: { document.value[$0]?[name]?.objectValue != nil }),
            let written = document.value[holder]?[name]?.objectValue
        else {
            let known = holders.flatMap { Array((document.value[$0]?.objectValue ?? [:]).keys) }
            note(.unknownSaga(name, step: id, known: known), at: pointer.appending("saga"))
            return nil
        }
        let place = JSONPointer("").appending(holder).appending(name)
        guard !within.contains(name) else {
            note(.sagaWithinItself(name, step: id), at: pointer.appending("saga"))
            return nil
        }
        if let found = written["saga"]?.stringValue, found != name {
            note(
                .outOfRange(
                    key: "saga", of: .definition, found: "\"\(found)\"",
                    expected: "\"\(name)\", the name that it stands under in `definitions`"),
                at: place.appending("saga"))
        }
        if let version, let found = written["version"]?.stringValue, found != version {
            note(.otherVersion(name, step: id, wanted: version, found: found), at: pointer.appending("version"))
        }
        within.append(name)
        defer { within.removeLast() }
        read.insert(place)
        return readDefinition(written, at: place)
    }

    private mutating func readID(_ object: JSONObject, fallbackID: String, at pointer: JSONPointer) -> String {
        guard let id = string("id", of: object, .step(fallbackID), at: pointer) else { return fallbackID }
        let isGood = isName(id, firstLetters: { isLower($0) || isUpper($0) }) {
            isLower($0) || isUpper($0) || isDigit($0) || $0 == 0x5F || $0 == 0x2D
        }
        if !isGood { note(.badName(id, of: .step(id)), at: pointer.appending("id")) }
        return id
    }

    private mutating func readUses(_ object: JSONObject, id: String, at pointer: JSONPointer) -> OperationName? {
        guard object["uses"] != nil else {
            note(.missingKey("uses", of: .step(id)), at: pointer)
            return nil
        }
        guard let text = string("uses", of: object, .step(id), at: pointer) else { return nil }
        return readUses(text, step: id, at: pointer.appending("uses"))
    }

    private mutating func readUses(_ text: String, step: String, at pointer: JSONPointer) -> OperationName? {
        guard let name = OperationName(text) else {
            note(.usesIsNoName(text, step: step), at: pointer)
            return nil
        }
        return name
    }

    private mutating func readWith(_ object: JSONObject, _ part: DefinitionError.Part, at pointer: JSONPointer)
        -> JSONValue
    {
        guard let with = object["with"] else { return [:] }
        guard with.objectValue != nil else {
            note(
                .wrongType(key: "with", of: part, found: with.typeName, expected: "an object"),
                at: pointer.appending("with"))
            return [:]
        }
        return with
    }

    // MARK: - Policies

    private mutating func readRetry(
        _ object: JSONObject, _ part: DefinitionError.Part, in parent: DefinitionError.Part, base: RetryPolicy,
        at parentPointer: JSONPointer
    ) -> RetryPolicy {
        guard let written = object["retry"] else { return base }
        let pointer = parentPointer.appending("retry")
        guard let retry = written.objectValue else {
            note(.wrongType(key: "retry", of: parent, found: written.typeName, expected: "an object"), at: pointer)
            return base
        }
        checkKeys(of: retry, part, known: Self.retryKeys, at: pointer)
        var policy = base
        func read(
            _ key: String, _ into: WritableKeyPath<RetryPolicy, Double>, _ expected: String, _ isGood: (Double) -> Bool
        ) {
            if let value = number(key, of: retry, part, expected: expected, at: pointer, isGood) {
                policy[keyPath: into] = value
            }
        }
        if let attempts = number(
            "max_attempts", of: retry, part, expected: "a whole number from 1 to 1000", at: pointer,
            { (1...1000).contains($0) && $0 == $0.rounded() })
        {
            policy.maxAttempts = Int(attempts)
        }
        read("initial_seconds", \.initialSeconds, "a number from 0 to 86400") { (0...86400).contains($0) }
        read("multiplier", \.multiplier, "a number from 1 to 100") { (1...100).contains($0) }
        read("max_seconds", \.maxSeconds, "a number from 0 to 86400") { (0...86400).contains($0) }
        read("jitter", \.jitter, "a number from 0 to 1") { (0...1).contains($0) }
        policy.codes = readCodes(retry, part, at: pointer)
        if retry["max_seconds"] == nil { policy.maxSeconds = max(policy.maxSeconds, policy.initialSeconds) }
        if policy.maxSeconds < policy.initialSeconds {
            note(
                .outOfRange(
                    key: "max_seconds", of: part, found: plain(policy.maxSeconds),
                    expected: "at least `initial_seconds`, which is \(plain(policy.initialSeconds))"),
                at: pointer.appending("max_seconds"))
        }
        return policy
    }

    private mutating func readCodes(
        _ retry: JSONObject, _ part: DefinitionError.Part, at pointer: JSONPointer
    ) -> [String]? {
        guard let written = retry["on"] else { return nil }
        let codes = written.arrayValue?.map(\.stringValue)
        guard let codes, !codes.isEmpty, codes.allSatisfy({ $0 != nil }) else {
            note(
                .wrongType(
                    key: "on", of: part, found: codes?.isEmpty == true ? "list without members" : written.typeName,
                    expected: "a list of error codes"),
                at: pointer.appending("on"))
            return nil
        }
        for (index, code) in codes.enumerated() {
            guard let code, !StepError.codes.contains(code) else { continue }
            note(.unknownCode(code, of: part), at: pointer.appending("on").appending(index))
        }
        return codes.compactMap { $0 }
    }

    private mutating func readTimeout(
        _ object: JSONObject, _ part: DefinitionError.Part, _ key: String = "timeout_seconds", at pointer: JSONPointer
    ) -> Double? {
        number(key, of: object, part, expected: "a number above 0, up to 604800", at: pointer) {
            $0 > 0 && $0 <= 604_800
        }
    }

    /// How it is taken back, and what that is given.
    private mutating func readCompensation(_ object: JSONObject, step: String, at parentPointer: JSONPointer)
        -> (policy: CompensationPolicy, with: JSONValue?, isRead: Bool)
    {
        guard let written = object["compensation"] else { return (CompensationPolicy(), nil, true) }
        let pointer = parentPointer.appending("compensation")
        let part = DefinitionError.Part.compensation(step: step)
        guard let compensation = written.objectValue else {
            note(
                .wrongType(key: "compensation", of: .step(step), found: written.typeName, expected: "an object"),
                at: pointer)
            return (CompensationPolicy(), nil, false)
        }
        let misspelt = checkKeys(of: compensation, part, known: Self.compensationKeys, at: pointer)
        let isRead =
            misspelt.isDisjoint(with: ["uses", "with"]) && compensation["with"].map { $0.objectValue != nil } != false
        var policy = CompensationPolicy()
        policy.retry = readRetry(
            compensation, .compensationRetry(step: step), in: part, base: .compensation, at: pointer)
        policy.timeoutSeconds = readTimeout(compensation, part, at: pointer)
        policy.onFailure =
            choice(
                "on_failure", of: compensation, part, among: CompensationPolicy.OnFailure.allCases.map(\.rawValue),
                at: pointer
            ).flatMap(CompensationPolicy.OnFailure.init(rawValue:)) ?? .continue
        policy.skip = flag("skip", of: compensation, part, at: pointer)
        if let uses = string("uses", of: compensation, part, at: pointer) {
            policy.uses = readUses(uses, step: step, at: pointer.appending("uses"))
        }
        for key in ["uses", "with"] where policy.skip && compensation[key] != nil {
            note(.skippedCompensation(key: key, step: step), at: pointer.appending(key), key: true)
            // What it would be given is held against its schema all the same.
            guard compensation["with"] != nil else { return (policy, nil, false) }
            break
        }
        guard compensation["with"] != nil else { return (policy, nil, isRead) }
        return (policy, readWith(compensation, part, at: pointer), isRead)
    }

    // MARK: - Pieces

    private mutating func flag(
        _ key: String, of object: JSONObject, _ part: DefinitionError.Part, at pointer: JSONPointer
    ) -> Bool {
        guard let value = object[key] else { return false }
        guard let flag = value.boolValue else {
            note(
                .wrongType(key: key, of: part, found: value.typeName, expected: "true or false"),
                at: pointer.appending(key))
            return false
        }
        return flag
    }

    private mutating func choice(
        _ key: String, of object: JSONObject, _ part: DefinitionError.Part, among choices: [String],
        at pointer: JSONPointer
    ) -> String? {
        guard let text = string(key, of: object, part, at: pointer) else { return nil }
        guard !choices.contains(text) else { return text }
        let words = choices.map { "\"\($0)\"" }
        let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        note(.outOfRange(key: key, of: part, found: "\"\(text)\"", expected: expected), at: pointer.appending(key))
        return nil
    }

    /// - Returns: the keys that some of the unknown ones are likely slips for, and that are not there.
    @discardableResult
    private mutating func checkKeys(
        of object: JSONObject, _ part: DefinitionError.Part, known: [String], tolerated: [String] = [],
        at pointer: JSONPointer
    ) -> Set<String> {
        var meant: Set<String> = []
        for key in object.keys where !known.contains(key) && !tolerated.contains(key) && key != "$schema" {
            note(.unknownKey(key, of: part, known: known), at: pointer.appending(key), key: true)
            if let near = keyMeant(by: key, among: known), object[near] == nil { meant.insert(near) }
        }
        return meant
    }

    private mutating func string(
        _ key: String, of object: JSONObject, _ part: DefinitionError.Part, at pointer: JSONPointer
    ) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.stringValue else {
            note(
                .wrongType(key: key, of: part, found: value.typeName, expected: "a string"), at: pointer.appending(key))
            return nil
        }
        return text
    }

    private mutating func number(
        _ key: String, of object: JSONObject, _ part: DefinitionError.Part, expected: String, at pointer: JSONPointer,
        _ isGood: (Double) -> Bool
    ) -> Double? {
        guard let value = object[key] else { return nil }
        guard let number = value.doubleValue else {
            note(.wrongType(key: key, of: part, found: value.typeName, expected: expected), at: pointer.appending(key))
            return nil
        }
        guard isGood(number) else {
            note(.outOfRange(key: key, of: part, found: value.text, expected: expected), at: pointer.appending(key))
            return nil
        }
        return number
    }
}

/// 60, not 60.0.
func plain(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
}

private func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
private func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

private func isName(_ text: String, firstLetters: (UInt8) -> Bool, others: (UInt8) -> Bool) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
    return firstLetters(first) && text.utf8.allSatisfy(others)
}
