extension DefinitionError {
    /// Stable, for programs: `definition.unknown_plugin`.
    public var code: String { "definition." + name }

    private var name: String {
        switch fact {
        case .notJSON: "not_json"
        case .tooLarge: "too_large"
        case .notADefinition: "not_a_definition"
        case .missingKey: "missing_key"
        case .unknownKey: "unknown_key"
        case .wrongType: "wrong_type"
        case .outOfRange: "out_of_range"
        case .badName: "bad_name"
        case .noSteps: "no_steps"
        case .tooManySteps: "too_many_steps"
        case .inputsSchema, .inputsNotAnObject: "inputs_schema"
        case .stepIsNeither: "step_is_neither"
        case .severalForms: "several_forms"
        case .badItemName: "bad_item_name"
        case .uselessKey: "useless_key"
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
        case .with: "with"
        case .unterminated, .emptyExpression, .noLeadingDot, .notAPlainPath: "expression"
        case .unknownRoot: "unknown_root"
        case .unknownInput: "unknown_input"
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
        }
    }

    public var message: String {
        switch fact {
        case .notJSON(let error): error.message
        case .tooLarge(let bytes, let limit): "the definition has \(bytes) bytes; expected at most \(limit)"
        case .notADefinition(let found):
            "a definition is an object with `saga` and `steps`, or a list of steps; this is \(article(found))"
        case .missingKey(let key, let part): "\(part.words) has no `\(key)`"
        case .unknownKey(let key, let part, _): "\"\(key)\" is not a key of \(part.kind)"
        case .wrongType(let key, let part, let found, let expected):
            "`\(key)` of \(part.words) is \(article(found)); expected \(expected)"
        case .outOfRange(let key, let part, let found, let expected):
            "`\(key)` of \(part.words) is \(found); expected \(expected)"
        case .badName(let name, .definition):
            "the saga is called \"\(name)\"; expected up to 64 of a-z, 0-9, _ and -, starting with a letter"
        case .badName(let name, _):
            "a step is called \"\(name)\"; expected up to 64 of A-Z, a-z, 0-9, _ and -, starting with a letter"
        case .noSteps: "`steps` is empty; expected at least one step"
        case .tooManySteps(let count, let limit): "the definition has \(count) steps; expected at most \(limit)"
        case .inputsSchema(let problem): "the schema in `inputs`: \(problem.message)"
        case .inputsNotAnObject(let found):
            "`inputs` describes \(article(found)); expected a schema with `\"type\": \"object\"`"
        case .stepIsNeither(let number, let found):
            "step \(number) is \(article(found)); expected an object or a name such as \"core.echo\""
        case .severalForms(let forms, let step):
            "step \"\(step)\" has \(forms.map { "`\($0)`" }.joined(separator: " and ")); expected one of them"
        case .badItemName(let name, let step):
            "`as` of step \"\(step)\" is \"\(name)\"; expected up to 64 of a-z, 0-9 and _, starting with a letter, and no name that expressions have already"
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
        case .duplicateStepID(let id, let first, let second):
            "two steps are called \"\(id)\": step \(first) and step \(second)"
        case .usesIsNoName(let text, let step):
            "step \"\(step)\" uses \"\(text)\"; expected plugin.operation, such as \"core.echo\""
        case .unknownPlugin(let plugin, let step, _): "step \"\(step)\" uses plugin \"\(plugin)\", which is not loaded"
        case .refusedPlugin(let plugin, let step, let reason):
            "step \"\(step)\" uses plugin \"\(plugin)\", which was refused: \(reason)"
        case .unknownOperation(let name, let step, _):
            "step \"\(step)\" uses \"\(name)\", but plugin \"\(name.plugin)\" has no operation \"\(name.operation)\""
        case .with(let violation, let step, _): "`with` of step \"\(step)\": \(violation.message)"
        case .unterminated(let text): "\"\(shortened(text))\" opens an expression with `${` and never closes it"
        case .emptyExpression: "`${ }` holds no expression"
        case .noLeadingDot(let text): "the expression \"\(shortened(text))\" does not start with a dot"
        case .notAPlainPath(let text, let rest):
            "the expression \"\(shortened(text))\" is more than a path, from \"\(shortened(rest))\" on; this version follows plain paths"
        case .unknownRoot(let text, let root, _):
            "the expression \"\(shortened(text))\" reads `\(root)`, which a step cannot see"
        case .unknownInput(let name, let expression, _):
            "\"\(expression)\" reads input \"\(name)\", which `inputs` does not declare"
        case .inputMayBeMissing(let name, let expression):
            "\"\(expression)\" reads input \"\(name)\", which is neither required nor has a default, so it may be missing"
        case .unknownStep(let id, let expression, _):
            "\"\(expression)\" reads step \"\(id)\", and there is no such step"
        case .stepComesLater(let id, let step, let expression):
            "\"\(expression)\" reads step \"\(id)\", which comes after step \"\(step)\""
        case .stepIsItself(let step, let expression): "\"\(expression)\" in step \"\(step)\" reads that very step"
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
        }
    }

    /// The next thing to do; nil where the message says it all.
    public var hint: String? {
        switch fact {
        case .missingKey(let key, .definition):
            key == "saga"
                ? "a definition starts with `\"saga\": \"<name>\"`" : "`\"steps\": [\"core.echo\"]` is the shortest"
        case .missingKey("uses", _): "`\"uses\": \"core.echo\"`, say; `arcadia plugins list` shows what there is"
        case .unknownKey(let key, _, let known): didYouMean(key, known) ?? "the keys are \(list(known))"
        case .unknownPlugin(_, _, let suggestion):
            suggestion.map { "did you mean \"\($0)\"?" }
                ?? "`arcadia plugins list` shows the plugins and where they were looked for"
        case .refusedPlugin(let plugin, _, _): "`arcadia plugins show \(plugin)` has the whole story"
        case .unknownOperation(let name, _, let known):
            didYouMean(name.operation, known) ?? "it has \(list(known))"
        case .with(_, _, let operation): "`arcadia plugins show \(operation)` has its input and examples"
        case .unterminated: "end it with `}`"
        case .emptyExpression, .noLeadingDot: "a path looks like `${ .inputs.name }`"
        case .notAPlainPath: "such as `${ .inputs.name }`, `${ .steps.a.output.b }`, `${ .context.items[0] }`"
        case .unknownRoot(_, let root, let known): didYouMean(root, known) ?? "it can see \(list(known))"
        case .unknownInput(let name, _, let known):
            known.isEmpty
                ? "declare it: `\"inputs\": { \"properties\": { \"\(name)\": { … } } }`"
                : didYouMean(name, known) ?? "the inputs are \(list(known))"
        case .inputMayBeMissing(let name, _): "add \"\(name)\" to `required`, or give it a `default`"
        case .unknownStep(let id, _, let known):
            didYouMean(id, known) ?? (known.isEmpty ? nil : "the steps before it are \(list(known))")
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
        case .conditionIsNoExpression: "such as `\"when\": \"${ .inputs.size > 1 }\"`"
        case .pivotWithin: "after a pivot there is no way back, which nothing around it could keep to"
        case .unknownRunField: "there is \"id\", \"saga\""
        case .irreversibleNotLast(_, _, let next): "put it last, or be ready to finish by hand when \"\(next)\" fails"
        case .badName(let name, .definition): plainName(like: name).map { "\"\($0)\", say" }
        case .stepIsNeither, .usesIsNoName: "`arcadia plugins list` shows what there is"
        default: nil
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
        case .step(let id): "step \"\(id)\""
        case .retry(let step): "`retry` of step \"\(step)\""
        case .compensation(let step): "`compensation` of step \"\(step)\""
        case .compensationRetry(let step): "`compensation.retry` of step \"\(step)\""
        }
    }

    fileprivate var kind: String {
        switch self {
        case .definition: "a definition"
        case .step: "a step"
        case .retry, .compensationRetry: "`retry`"
        case .compensation: "`compensation`"
        }
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
    names.map { "\"\($0)\"" }.joined(separator: ", ")
}

func shortened(_ text: String) -> String {
    text.count > 60 ? text.prefix(59) + "…" : text
}
