internal import SagaCore

/// The documents of a call, from the command line, a file or stdin.
struct CallInput {
    private let wiring: Wiring

    init(_ wiring: Wiring) { self.wiring = wiring }

    /// - Parameters:
    ///   - given: JSON, `@FILE`, or `-`; nil: the option was left out.
    ///   - option: its name, for a mistake.
    func object(_ given: String?, of option: String) throws(Failure) -> JSONObject? {
        guard let given else { return nil }
        let (text, place) = try read(given, option)
        let value = try parsed(text, of: place)
        guard let object = value.objectValue else {
            throw Failure("call.shape", "\(place) is \(value.typeName); expected an object", exit: .badData)
        }
        return object
    }

    private func read(_ given: String, _ option: String) throws(Failure) -> (text: String, place: String) {
        if given == "-" {
            guard let text = readStandardInput() else { throw unreadable("stdin", option) }
            return (text, "stdin")
        }
        guard given.hasPrefix("@") else { return (given, "--\(option)") }
        let file = String(given.dropFirst())
        guard let text = wiring.readFile(file) else { throw unreadable("file \"\(file)\"", option) }
        return (text, file)
    }

    private func unreadable(_ what: String, _ option: String) -> Failure {
        Failure("call.unreadable", "`--\(option)` names \(what), and it cannot be read as UTF-8 text", exit: .badData)
    }

    /// Every mistake at once. Compensation and probes are made in any case, as a run makes them.
    static func check(_ with: JSONValue, _ operation: Operation, _ verb: StepVerb) throws(Failure) {
        let violations = operation.input.violations(of: with)
        guard let first = violations.first else { return }
        guard verb == .execute else {
            return Terminal.say("warning: with: \(first.message); a run calls \(verb.rawValue) all the same")
        }
        var failure = Failure(
            "call.\(first.fact.code)", "with: \(first.message)", hint: hint(operation), exit: .badData)
        failure.more = violations.dropFirst().map { ("with: \($0.message)", nil) }
        throw failure
    }

    private static func hint(_ operation: Operation) -> String {
        let names = operation.input.propertyNames
        guard !names.isEmpty else { return "\(operation.name) takes nothing" }
        let words = names.map { operation.input.requiredNames.contains($0) ? "\($0) (required)" : $0 }
        return "it takes \(words.joined(separator: ", ")); `arcadia plugins show \(operation.name)` has examples"
    }
}
