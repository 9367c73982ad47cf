extension ProofFinding {
    /// The code without the word before its dot.
    var name: String {
        switch self {
        case .neverHolds: "never_holds"
        case .alwaysHolds: "always_holds"
        case .nothingCanFail: "nothing_can_fail"
        case .unusedDefinition: "unused_definition"
        case .unusedInput: "unused_input"
        case .uselessCompensation: "useless_compensation"
        case .secretTold, .secretPutOut: "secret_told"
        case .unboundedLoop: "unbounded_loop"
        case .waitsBeyondDeadline: "waits_beyond_deadline"
        case .limitBeyondDeadline: "limit_beyond_deadline"
        case .attemptsBeyondTotal: "attempts_beyond_total"
        case .requestsBeyondLimit: "requests_beyond_limit"
        case .severalValues, .noValue: "not_one_value"
        case .valuePerItem: "value_per_item"
        case .perhapsNoValue: "perhaps_no_value"
        case .setAtOnce: "set_at_once"
        case .irreversibleBeside, .irreversibleInLoop: "irreversible_not_last"
        }
    }

    var message: String {
        switch self {
        case .neverHolds(let step, let condition, _):
            "`when` of step \"\(step)\" never holds: \"\(shortened(condition))\""
        case .alwaysHolds(let step, let condition):
            "`when` of step \"\(step)\" always holds: \"\(shortened(condition))\""
        case .nothingCanFail(let scope, let key):
            "`\(key)` of step \"\(scope)\" is never of use: nothing in it can fail"
        case .unusedDefinition(let name): "`definitions` has \"\(name)\", and no step is that saga"
        case .unusedInput(let name): "`inputs` declares \"\(name)\", and no expression reads it"
        case .uselessCompensation(let step, let operation):
            "step \"\(step)\" has a `compensation`, and \(operation) leaves nothing to take back"
        case .secretTold(let source, let expression, let listener):
            "\"\(shortened(expression))\" gives \(source.words) to \(listener.words)"
        case .secretPutOut(let source, .itemOutput(let step)):
            "\(source.words) is put out by step \"\(step)\", which has no `output` of its own"
        case .secretPutOut(let source, _): "\(source.words) is put out by the saga, which has no `output` of its own"
        case .unboundedLoop(let step, let items, _):
            "step \"\(step)\" is done for each of \"\(shortened(items))\", and nothing says how many that can be"
        case .waitsBeyondDeadline(let waits, let deadline):
            "the run waits for \(plain(waits)) s and may take \(plain(deadline)) s, so it can never complete"
        case .limitBeyondDeadline(let key, let step, let seconds, let deadline):
            "`\(key)` of step \"\(step)\" is \(plain(seconds)) s, and the whole run may take \(plain(deadline)) s"
        case .attemptsBeyondTotal(let step, let attempts, let seconds, let total):
            "\(attempts) attempts of \(plain(seconds)) s come to more than the \(plain(total)) s that step \"\(step)\" may take in all"
        case .requestsBeyondLimit(let step, let plugin, let requests, let perHour):
            "step \"\(step)\" may make \(requests) requests of plugin \"\(plugin)\", whose limit is \(perHour) an hour"
        case .severalValues(let count, let expression):
            "\"\(shortened(expression))\" has \(count) values; expected exactly one"
        case .noValue(let expression): "\"\(shortened(expression))\" never has a value; expected exactly one"
        case .valuePerItem(let expression):
            "\"\(shortened(expression))\" has a value for each item; expected exactly one"
        case .perhapsNoValue(let expression):
            "\"\(shortened(expression))\" has no value where its `select` does not hold; expected exactly one"
        case .setAtOnce(let name, let steps, let expression):
            "\"\(shortened(expression))\" reads \"\(name)\" of the context, which steps \(list(steps)) set at the same time"
        case .irreversibleBeside(let step, let operation, let other):
            "step \"\(step)\" cannot be taken back (\(operation)), and step \"\(other)\", done at the same time, may fail"
        case .irreversibleInLoop(let step, let operation, let loop):
            "step \"\(step)\" cannot be taken back (\(operation)), and may fail for another item of step \"\(loop)\""
        }
    }

    /// The next thing to do; nil where the message says it all.
    var hint: String? {
        switch self {
        case .neverHolds(_, _, let reason): reason?.words
        case .alwaysHolds: "leave `when` out"
        case .nothingCanFail(_, let key): "leave `\(key)` out, or put the steps that may fail into the scope"
        case .unusedDefinition(let name):
            "take it out, or make a step of it: `{ \"id\": \"\(name)\", \"saga\": \"\(name)\" }`"
        case .unusedInput(let name):
            "take it out, or read it: `${ .inputs.\(name) }`; an operation that reads it by itself is told better in `with`"
        case .uselessCompensation: "leave it out, or name an operation that takes the step back: `uses`"
        case .secretTold(_, _, .operation(let name, let member, _)):
            "`arcadia plugins show \(name)` tells which inputs are secret (`writeOnly`); `\(member)` is none"
        case .secretTold(_, _, .saga(let name, let member, _)):
            "let `inputs` of saga \"\(name)\" declare \"\(member)\" with `\"writeOnly\": true`"
        case .secretTold(_, _, .condition): "decide by an input of its own, which is no secret"
        case .secretTold(_, _, .concurrencyKey): "let runs take turns by something that is no secret: it is shown"
        case .secretTold: "leave it out of what is put out: that is stored and shown"
        case .secretPutOut: "say in `output` what is put out instead, without it: that is stored and shown"
        case .unboundedLoop(_, _, isInput: true): "declare `maxItems` where `inputs` declares the list"
        case .unboundedLoop(_, let items, isInput: false): "take a part of it: `${ \(items)[:100] }`"
        case .waitsBeyondDeadline: "make `timeout_seconds` of the definition longer, or wait less"
        case .limitBeyondDeadline: "make it shorter, or `timeout_seconds` of the definition longer"
        case .attemptsBeyondTotal: "make `total_timeout_seconds` longer, or `max_attempts` fewer"
        case .requestsBeyondLimit: "make the list shorter with `maxItems`, or expect the run to wait for its turn"
        case .severalValues, .valuePerItem: "`[ … ]` makes one list of them, `first(…)` takes the first"
        case .noValue: "`null` is a value"
        case .perhapsNoValue: "`… // \"none\"` says what stands for it, `if … then … else … end` does, too"
        case .setAtOnce(let name, let steps, _): "say which: `${ .steps.\(steps.first ?? "").output.\(name) }`"
        case .irreversibleBeside(_, _, let other):
            "do it after the others, or be ready to finish by hand when \"\(other)\" fails"
        case .irreversibleInLoop(_, _, let loop):
            "be ready to finish by hand when an item of \"\(loop)\" fails"
        }
    }
}

extension ProofFinding.ConditionReason {
    fileprivate var words: String {
        switch self {
        case .oneOf(let values, let path):
            values.count == 1
                ? "`\(path)` is \(values[0].text)" : "`\(path)` is one of \(values.map(\.text).joined(separator: ", "))"
        case .types(let names, let path): "`\(path)` is \(either(names))"
        case .bounds(let least?, let most?, let path): "`\(path)` is from \(plain(least)) to \(plain(most))"
        case .bounds(let least?, nil, let path): "`\(path)` is at least \(plain(least))"
        case .bounds(_, let most, let path): "`\(path)` is at most \(plain(most ?? 0))"
        }
    }
}

extension ProofFinding.SecretSource {
    fileprivate var words: String {
        switch self {
        case .input(let name): "the secret input \"\(name)\""
        case .output(let name, let step, _): "the secret output \"\(name)\" of step \"\(step)\""
        case .item(let loop): "a secret item of step \"\(loop)\""
        }
    }
}

extension ProofFinding.SecretListener {
    fileprivate var words: String {
        switch self {
        case .condition(let step): "`when` of step \"\(step)\""
        case .output: "`output` of the saga"
        case .itemOutput(let step): "`output` of step \"\(step)\""
        case .concurrencyKey: "`concurrency_key`"
        case .operation(let name, let member, let step):
            "`\(member)` of step \"\(step)\", which \(name) does not keep secret"
        case .saga(let name, let member, let step):
            "`\(member)` of step \"\(step)\", which saga \"\(name)\" does not keep secret"
        }
    }
}
