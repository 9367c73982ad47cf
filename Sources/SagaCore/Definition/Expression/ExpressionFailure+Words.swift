extension ExpressionFailure {
    public var message: String {
        let expression = "\"\(shortened(expression))\""
        return switch fact {
        case .nothingThere(let path) where path == self.expression: "\(expression) found nothing to read"
        case .nothingThere(let path): "\(expression) found nothing to read at \"\(shortened(path))\""
        case .noValue: "\(expression) has no value; expected exactly one"
        case .severalValues: "\(expression) has several values; expected exactly one"
        case .jq(let message): "\(expression): jq says: \(message)"
        case .roundedNumber:
            "\(expression) calculates with a number of more digits than jq keeps; such a number can only be passed on"
        case .notCompiled(let message): "\(expression) is nothing that jq understands: \(message)"
        case .tookTooLong(let seconds): "\(expression) took longer than \(seconds) s, and was stopped"
        case .outOfMemory(let bytes): "\(expression) needed more than \(bytes >> 20) MiB, and was stopped"
        case .tooLong(let limit): "the value of \(expression) has more than \(limit >> 20) MiB"
        case .readsTooMuch(let limit): "what \(expression) reads has more than \(limit >> 20) MiB"
        case .ended(let how): "the process that evaluates \(expression) ended: \(how)"
        case .notStarted(let reason): "the process that evaluates \(expression) was not started: \(reason)"
        case .noLibrary(let reason): "\(expression) needs libjq.so.1, which cannot be loaded: \(reason)"
        case .noEvaluator: "\(expression) needs jq, and this host has none"
        }
    }

    /// The code of a step that could not begin.
    var stepCode: String {
        if case .nothingThere = fact { StepError.HostCode.unresolved } else { StepError.HostCode.expression }
    }

    /// What stands in the way is this host, not the expression: on another, or when that is mended, it may have a value.
    var isOfHost: Bool {
        switch fact {
        case .notStarted, .noLibrary, .noEvaluator: true
        default: false
        }
    }

    /// The next thing to do; nil where the message says it all.
    public var hint: String? {
        switch fact {
        case .nothingThere: "`//` gives what is missing a value: `\(expression) // \"none\"`"
        case .noValue: "`first(…) // null` has one, `[ … ]` makes a list of them"
        case .severalValues: "`[ … ]` makes one list of them"
        case .roundedNumber: "let it be a string where it comes from"
        case .noLibrary: "`apt-get install libjq1` brings it"
        default: nil
        }
    }
}
