extension DefinitionError {
    /// Stable, for programs: `definition.unknown_plugin`.
    public var code: String { "definition." + name }

    private var name: String {
        switch fact {
        case .notJSON: "not_json"
        case .tooLarge: "too_large"
        case .notADefinition: "not_a_definition"
        case .missingKey: "missing_key"
        case .unknownKey, .keysOutside: "unknown_key"
        case .wrongType: "wrong_type"
        case .outOfRange: "out_of_range"
        case .badName: "bad_name"
        case .noSteps: "no_steps"
        case .tooManySteps: "too_many_steps"
        case .tooDeep: "too_deep"
        case .inputsSchema, .inputsOutsideProperties, .inputsNotAnObject: "inputs_schema"
        case .requiredNotDeclared: "required_unknown"
        case .wrongDefault: "wrong_default"
        case .stepIsNeither: "step_is_neither"
        case .severalForms: "several_forms"
        case .badItemName, .itemNameTwice: "bad_item_name"
        case .unknownCode: "unknown_code"
        case .uselessKey, .skippedCompensation: "useless_key"
        case .signalSchema: "signal_schema"
        case .unknownSaga: "unknown_saga"
        case .sagaWithinItself: "saga_within_itself"
        case .otherVersion: "other_version"
        case .stepInOtherBranch: "step_in_other_branch"
        case .stepWithin: "step_within"
        case .stepMayBeSkipped: "step_may_be_skipped"
        case .conditionIsNoExpression: "condition"
        case .pivotWithin: "pivot_within"
        case .wrongValue: "wrong_value"
        case .duplicateStepID: "duplicate_step_id"
        case .usesIsNoName: "uses_is_no_name"
        case .unknownPlugin: "unknown_plugin"
        case .refusedPlugin: "refused_plugin"
        case .unknownOperation: "unknown_operation"
        case .with, .compensatorInput: "with"
        case .unterminated, .emptyExpression, .noLeadingDot, .notAnExpression: "expression"
        case .notProven: "not_proven"
        case .unknownRoot: "unknown_root"
        case .unknownInput: "unknown_input"
        case .noSuchMember: "no_such_member"
        case .alwaysFails: "always_fails"
        case .inputMayBeMissing: "input_may_be_missing"
        case .unknownStep: "unknown_step"
        case .stepComesLater: "step_comes_later"
        case .stepIsItself: "step_is_itself"
        case .notAnOutput: "not_an_output"
        case .noSuchOutput: "no_such_output"
        case .outputMayBeMissing: "output_may_be_missing"
        case .nobodySets: "nobody_sets"
        case .unknownRunField: "unknown_run_field"
        case .wrongReferenceType: "wrong_reference_type"
        case .irreversibleNotLast: "irreversible_not_last"
        case .proof(let finding): finding.name
        }
    }

    public var message: String {
        switch fact {
        case .notJSON(let error): error.message
        case .tooLarge(let bytes, let limit): "the definition has \(bytes) bytes; expected at most \(limit)"
        case .notADefinition(let found):
            "a definition is an object with `saga` and `steps`, or a list of steps; this is \(article(found))"
        case .missingKey(let key, let part): "\(part.words) has no `\(key)`"
        case .unknownKey(let key, let part, let known): "\"\(key)\" is not a key of \(part.kind(known))"
        case .keysOutside(let keys, let form, let step):
            "\(list(keys)) \(keys.count == 1 ? "stands" : "stand") beside `\(form)` in step \"\(step)\"; expected within it"
        case .wrongType(let key, let part, let found, let expected):
            "`\(key)` of \(part.words) is \(article(found)); expected \(expected)"
        case .outOfRange(let key, let part, let found, let expected):
            "`\(key)` of \(part.words) is \(found); expected \(expected)"
        case .badName(let name, .definition):
            "the saga is called \"\(name)\"; expected up to 64 of a-z, 0-9, _ and -, starting with a letter"
        case .badName(let name, _):
            "a step is called \"\(name)\"; expected up to 64 of A-Z, a-z, 0-9, _ and -, starting with a letter"
        case .noSteps("parallel"): "`parallel` is empty; expected at least one list of steps"
        case .noSteps("branch"): "a list of `parallel` is empty; expected at least one step"
        case .noSteps(let place): "`\(place)` is empty; expected at least one step"
        case .tooManySteps(let count, let limit): "the definition has \(count) steps; expected at most \(limit)"
        case .tooDeep(let limit):
            "these steps stand within \(limit) others, those of sagas within counted; expected at most \(limit - 1)"
        case .inputsSchema(let problem): "the schema in `inputs`: \(problem.message)"
        case .inputsOutsideProperties(let names):
            "`inputs` is a JSON Schema, and \(list(names)) \(names.count == 1 ? "is no keyword" : "are no keywords") of one; expected the inputs within `properties`"
        case .inputsNotAnObject(let found):
            "`inputs` describes \(article(found)); expected a schema with `\"type\": \"object\"`"
        case .requiredNotDeclared(let name, _):
            "`required` of `inputs` names \"\(name)\", which `properties` does not declare, so nobody can give it"
        case .wrongDefault(let violation, let input): "the default of input \"\(input)\": \(violation.message)"
        case .stepIsNeither(let number, let found):
            "step \(number) is \(article(found)); expected an object or a name such as \"core.echo\""
        case .severalForms(let forms, let step):
            "step \"\(step)\" has \(forms.map { "`\($0)`" }.joined(separator: " and ")); expected one of them"
        case .badItemName(let name, let step):
            "`as` of step \"\(step)\" is \"\(name)\"; expected up to 64 of a-z, 0-9 and _, starting with a letter, and no name that expressions have already"
        case .itemNameTwice(let name, let step):
            "`as` of step \"\(step)\" is \"\(name)\", as of a `for_each` around it; expected another name, or one of the two cannot be read"
        case .unknownCode(let code, let part):
            "`on` of \(part.words) has \"\(code)\", a code that no failure has"
        case .skippedCompensation(let key, let step):
            "`\(key)` of `compensation` of step \"\(step)\" has no meaning with `\"skip\": true`"
        case .signalSchema(let problem, let step): "`schema` of the signal of step \"\(step)\": \(problem.message)"
        case .uselessKey(let key, let step, let needs):
            "`\(key)` of step \"\(step)\" has no meaning without `\"on_failure\": \"\(needs)\"`"
        case .unknownSaga(let name, let step, _):
            "step \"\(step)\" is saga \"\(name)\", and there is no definition of that name"
        case .sagaWithinItself(let name, let step): "step \"\(step)\" is saga \"\(name)\", which it is part of"
        case .otherVersion(let name, let step, let wanted, let found):
            "step \"\(step)\" wants version \"\(wanted)\" of saga \"\(name)\"; there is version \"\(found)\""
        case .stepInOtherBranch(let id, let step, let expression):
            "\"\(expression)\" reads step \"\(id)\", which is done at the same time as step \"\(step)\""
        case .stepWithin(let id, let expression, let holder):
            "\"\(expression)\" reads step \"\(id)\" within step \"\(holder)\", which cannot be seen from outside"
        case .stepMayBeSkipped(let id, let expression):
            "\"\(expression)\" reads step \"\(id)\", which is not always done"
        case .conditionIsNoExpression(let step):
            "`when` of step \"\(step)\" is text around an expression; expected an expression alone"
        case .pivotWithin(let step):
            "step \"\(step)\" is a pivot within another step; expected it in the list of the saga itself"
        case .wrongValue(let key, let step, let expression, let found, let expected):
            "\"\(expression)\" is \(either(found)); `\(key)` of step \"\(step)\" expects \(either(expected))"
        case .duplicateStepID(let id, let first, let line, let second):
            "two steps are called \"\(id)\": step \(first)\(line.map { ", on line \($0)," } ?? "") and step \(second)"
        case .usesIsNoName(let text, let step):
            "step \"\(step)\" uses \"\(text)\"; expected plugin.operation, such as \"core.echo\""
        case .unknownPlugin(let plugin, let step, _): "step \"\(step)\" uses plugin \"\(plugin)\", which is not loaded"
        case .refusedPlugin(let plugin, let step, let reason):
            "step \"\(step)\" uses plugin \"\(plugin)\", which was refused: \(reason)"
        case .unknownOperation(let name, let step, _):
            "step \"\(step)\" uses \"\(name)\", but plugin \"\(name.plugin)\" has no operation \"\(name.operation)\""
        case .compensatorInput(let violation, let step, let operation):
            "\(operation) takes step \"\(step)\" back with the `with` of that step: \(violation.message)"
        case .with(let violation, let step, let operation):
            "\(input(of: operation)) of step \"\(step)\": \(violation.message)"
        case .unterminated(let text): "\"\(shortened(text))\" opens an expression with `${` and never closes it"
        case .emptyExpression: "`${ }` holds no expression"
        case .noLeadingDot(let text): "the expression \"\(shortened(text))\" does not start with a dot"
        case .notAnExpression(let text, let problem): problem.message(of: text)
        case .notProven(let expression):
            "\"\(shortened(expression))\" is more than can be followed here: nothing is known of what it reads"
        case .unknownRoot(let text, let root, _):
            "the expression \"\(shortened(text))\" reads `\(root)`, which a step cannot see"
        case .unknownInput(let name, let expression, _):
            "\"\(expression)\" reads input \"\(name)\", which `inputs` does not declare"
        case .inputMayBeMissing(let name, let expression):
            "\"\(expression)\" reads input \"\(name)\", which is neither required nor has a default, so it may be missing"
        case .unknownStep(let id, let expression, _):
            "\"\(expression)\" reads step \"\(id)\", and there is no such step"
        case .stepComesLater(let id, "", let expression):
            "\"\(expression)\" reads step \"\(id)\", and it is read before any step is done"
        case .stepComesLater(let id, let step, let expression):
            "\"\(expression)\" reads step \"\(id)\", which comes after step \"\(step)\""
        case .stepIsItself(let step, let expression): "\"\(expression)\" in step \"\(step)\" reads that very step"
        case .noSuchMember(let name, let place, let expression, _):
            "\"\(expression)\" reads \"\(name)\" of \(place), which has no such member"
        case .alwaysFails(let expression): "\"\(shortened(expression))\" fails whatever it is given"
        case .notAnOutput(let expression): "\"\(expression)\" reads something other than a step's `output`"
        case .noSuchOutput(let name, let step, let operation, let expression, _):
            "\"\(expression)\" reads \"\(name)\", which \(operation) of step \"\(step)\" does not put out"
        case .outputMayBeMissing(let name, let step, let operation, let expression):
            "\"\(expression)\" reads \"\(name)\", which \(operation) of step \"\(step)\" does not always put out"
        case .nobodySets(let name, let expression, _):
            "\"\(expression)\" reads \"\(name)\", which no earlier step puts into the context"
        case .unknownRunField(let name, let expression): "\"\(expression)\" reads \"\(name)\" of the run"
        case .wrongReferenceType(let expression, let found, let place, let expected):
            "\"\(expression)\" is \(either(found)); \(place) expects \(either(expected))"
        case .irreversibleNotLast(let step, let operation, let next):
            "step \"\(step)\" cannot be taken back (\(operation)), and step \"\(next)\" after it may fail"
        case .proof(let finding): finding.message
        }
    }

    private static let guide = "`arcadia explain definitions` shows how one is written"

    /// The next thing to do; nil where the message says it all.
    public var hint: String? {
        switch fact {
        case .missingKey(let key, .definition):
            key == "saga"
                ? "a definition starts with `\"saga\": \"<name>\"`"
                : "`\"steps\": [\"core.echo\"]` is the shortest; \(Self.guide)"
        case .notADefinition: Self.guide
        // From its first character on: another format.
        case .notJSON(let error) where error.position.line == 1 && error.position.column == 1: Self.guide
        case .missingKey("uses", _): "`\"uses\": \"core.echo\"`, say; `arcadia plugins list` shows what there is"
        case .unknownKey(let key, _, let known):
            keyMeant(by: key, among: known).map { "did you mean \"\($0)\"?" } ?? "the keys are \(list(known))"
        case .keysOutside(let keys, let form, _):
            "`\"\(form)\": { \((form == "signal" && !keys.contains("name") ? ["name"] + keys : keys).map { "\"\($0)\": …" }.joined(separator: ", ")) }`"
        case .unknownPlugin(_, _, let suggestion):
            suggestion.map { "did you mean \"\($0)\"?" }
                ?? "`arcadia plugins list` shows the plugins and where they were looked for"
        case .refusedPlugin(let plugin, _, _): "`arcadia plugins show \(plugin)` has the whole story"
        case .unknownOperation(let name, _, let known):
            didYouMean(name.operation, known) ?? "it has \(list(known))"
        case .with(_, _, let operation) where operation == DefinitionReader.saga:
            "its `inputs` are what that saga takes"
        case .compensatorInput: "say what it is given: `\"compensation\": { \"uses\": …, \"with\": { … } }`"
        case .with(_, _, let operation): "`arcadia plugins show \(operation)` has its input and examples"
        case .unterminated: "end it with `}`"
        case .emptyExpression, .noLeadingDot: "a path looks like `${ .inputs.name }`"
        case .notAnExpression(let text, let problem): problem.hint(of: text)
        case .unknownRoot(_, let root, let known): didYouMean(root, known) ?? "it can see \(list(known))"
        case .unknownInput(let name, _, let known):
            known.isEmpty
                ? "declare it: `\"inputs\": { \"properties\": { \"\(name)\": { … } } }`"
                : didYouMean(name, known) ?? "the inputs are \(list(known))"
        case .inputsOutsideProperties(let names): "`\"inputs\": { \"properties\": { \"\(names[0])\": … } }`"
        case .inputMayBeMissing(let name, _) where name.contains("."):
            "add it to `required` of what it is a member of, or say what is instead: `${ .inputs.\(name) // \"none\" }`"
        case .inputMayBeMissing(let name, _): "add \"\(name)\" to `required`, or give it a `default`"
        case .unknownStep(let id, _, let known):
            didYouMean(id, known) ?? (known.isEmpty ? nil : "the steps before it are \(list(known))")
        case .noSuchMember(let name, _, _, let known):
            didYouMean(name, known) ?? (known.isEmpty ? nil : "there is \(list(known))")
        case .alwaysFails: "its parts do not go together: a text and a number cannot be added, say"
        case .stepComesLater(_, "", _): "`.inputs` is all there is then"
        case .stepComesLater: "a step can read only what earlier steps put out"
        case .notAnOutput: "write `.steps.<id>.output.<name>`"
        case .noSuchOutput(let name, _, _, _, let known), .nobodySets(let name, _, let known):
            didYouMean(name, known) ?? (known.isEmpty ? nil : "there is \(list(known))")
        case .severalForms: "make two steps of it"
        case .unknownSaga(let name, _, let known):
            didYouMean(name, known)
                ?? "put it under `definitions`: `{\"\(name)\": {\"saga\": \"\(name)\", \"steps\": […]}}`"
        case .stepInOtherBranch: "read it after the `parallel` step, or put both into one branch"
        case .stepWithin(_, _, let holder): "`.steps.\(holder).output` has what step \"\(holder)\" puts out"
        case .stepMayBeSkipped(_, let expression): "say what to take instead: `${ \(expression) // null }`"
        case .conditionIsNoExpression, .wrongType("when", _, "string", _):
            "such as `\"when\": \"${ .inputs.size > 1 }\"`"
        case .pivotWithin: "after a pivot there is no way back, which nothing around it could keep to"
        case .requiredNotDeclared(let name, let known):
            didYouMean(name, known) ?? "declare it: `\"properties\": { \"\(name)\": { … } }`"
        case .unknownCode(let code, _): didYouMean(code, StepError.codes) ?? "the codes are \(list(StepError.codes))"
        case .unknownRunField: "there is \"id\", \"saga\""
        case .irreversibleNotLast(_, _, let next): "put it last, or be ready to finish by hand when \"\(next)\" fails"
        case .proof(let finding): finding.hint
        case .badName(let name, .definition): plainName(like: name).map { "\"\($0)\", say" }
        case .stepIsNeither, .usesIsNoName: "`arcadia plugins list` shows what there is"
        default: nil
        }
    }

    /// The key of a step that says what the operation is given.
    private func input(of operation: OperationName) -> String {
        switch operation {
        case SignalOperations.wait where at.tokens.contains("wait"): "`wait`"
        case SignalOperations.waitSignal where at.tokens.contains("signal"): "`signal`"
        default: at.tokens.contains("compensation") ? "`compensation.with`" : "`with`"
        }
    }

    private func didYouMean(_ word: String, _ known: [String]) -> String? {
        closest(to: word, among: known).map { "did you mean \"\($0)\"?" }
    }

    private func plainName(like name: String) -> String? {
        let plain = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        let trimmed = String(plain.drop { !$0.isLetter }.prefix(64))
        return trimmed.isEmpty ? nil : trimmed
    }
}

extension DefinitionError.Part {
    fileprivate var words: String {
        switch self {
        case .definition: "the definition"
        case .definitions: "`definitions`"
        case .step(let id): "step \"\(id)\""
        case .input(let name): "input \"\(name)\""
        case .form(let form, let step): "`\(form)` of step \"\(step)\""
        case .retry(let step): "`retry` of step \"\(step)\""
        case .compensation(let step): "`compensation` of step \"\(step)\""
        case .compensationRetry(let step): "`compensation.retry` of step \"\(step)\""
        }
    }

    /// - Parameter known: the keys that it can have.
    fileprivate func kind(_ known: [String]) -> String {
        switch self {
        case .definition: "a definition"
        case .definitions: "`definitions`"
        case .step:
            Self.form(of: known).map { "a step with `\($0)`" } ?? "a step"
        case .input: "an input"
        case .form(let form, _): "`\(form)`"
        case .retry, .compensationRetry: "`retry`"
        case .compensation: "`compensation`"
        }
    }

    /// What a step does, where it does something else than call an operation.
    private static func form(of known: [String]) -> String? {
        guard !known.contains("uses") else { return nil }
        return DefinitionReader.formKeys.map(\.form).first(where: known.contains)
    }
}

/// "a string", "an object", "null".
func article(_ type: String) -> String {
    switch type {
    case "null": "null"
    case "array": "a list"
    case "object", "integer": "an \(type)"
    default: "a \(type)"
    }
}

func either(_ types: [String]) -> String {
    types.map(article).joined(separator: " or ")
}

func list(_ names: [String]) -> String {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }.map { "\"\($0)\"" }.joined(separator: ", ")
}

func shortened(_ text: String) -> String { text.cut(to: 60) }
