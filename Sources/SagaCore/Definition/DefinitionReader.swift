/// The definition as written: shape checked, meaning not yet.
struct SagaDefinition {
    var name: String
    var version: String?
    var inputs: JSONSchema
    var steps: [StepDefinition]
}

struct StepDefinition {
    var id: String
    var number: Int
    /// Where the step stands in the text.
    var at: JSONPointer
    var uses: OperationName?
    var with: JSONValue
    var retry: RetryPolicy
    var timeoutSeconds: Double?
    var compensation: CompensationPolicy
}

/// Reads the JSON of a definition and keeps every mistake it meets.
struct DefinitionReader {
    let document: JSONDocument
    private(set) var errors: [DefinitionError] = []

    static let stepLimit = 1000
    static let definitionKeys = ["saga", "version", "description", "inputs", "steps"]
    static let stepKeys = ["id", "uses", "with", "retry", "timeout_seconds", "compensation", "description"]
    static let retryKeys = ["max_attempts", "initial_seconds", "multiplier", "max_seconds", "jitter"]
    static let compensationKeys = ["retry", "timeout_seconds", "on_failure", "skip"]

    init(_ document: JSONDocument) { self.document = document }

    mutating func note(_ fact: DefinitionError.Fact, at pointer: JSONPointer, key: Bool = false) {
        let position = key ? document.position(ofKey: pointer) : document.position(of: pointer)
        errors.append(DefinitionError(fact, at: pointer, position: position))
    }

    /// - Parameter fallbackName: what a bare list of steps is called.
    mutating func read(fallbackName: String) -> SagaDefinition? {
        switch document.value {
        case .array(let items):
            return SagaDefinition(
                name: fallbackName, version: nil, inputs: Self.noInputs, steps: readSteps(items, at: ""))
        case .object(let object):
            checkKeys(of: object, .definition, known: Self.definitionKeys, at: "")
            return SagaDefinition(
                name: readName(object), version: string("version", of: object, .definition, at: ""),
                inputs: readInputs(object), steps: readStepList(object))
        case let other:
            note(.notADefinition(found: other.typeName), at: "")
            return nil
        }
    }

    // MARK: - Definition

    private mutating func readName(_ object: JSONObject) -> String {
        guard object["saga"] != nil else {
            note(.missingKey("saga", of: .definition), at: "")
            return ""
        }
        guard let name = string("saga", of: object, .definition, at: "") else { return "" }
        if !isName(name, firstLetters: isLower, others: { isLower($0) || isDigit($0) || $0 == 0x5F || $0 == 0x2D }) {
            note(.badName(name, of: .definition), at: "/saga")
        }
        _ = string("description", of: object, .definition, at: "")
        return name
    }

    private static let noInputs = try! JSONSchema(["type": "object", "additionalProperties": false])

    /// A definition's inputs are closed unless it says otherwise: a misspelt input is a mistake, not an extra.
    private mutating func readInputs(_ object: JSONObject) -> JSONSchema {
        guard let written = object["inputs"] else { return Self.noInputs }
        guard var schema = written.objectValue else {
            note(
                .wrongType(key: "inputs", of: .definition, found: written.typeName, expected: "a JSON Schema"),
                at: "/inputs")
            return .anything
        }
        if let type = schema["type"], type != "object" {
            note(.inputsNotAnObject(found: type.stringValue ?? type.typeName), at: "/inputs/type")
            return .anything
        }
        if schema["additionalProperties"] == nil { schema["additionalProperties"] = false }
        if schema["type"] == nil { schema["type"] = "object" }
        do throws(JSONSchemaProblem) {
            return try JSONSchema(.object(schema), at: "/inputs")
        } catch {
            note(.inputsSchema(error), at: error.at)
            return .anything
        }
    }

    private mutating func readStepList(_ object: JSONObject) -> [StepDefinition] {
        guard let written = object["steps"] else {
            note(.missingKey("steps", of: .definition), at: "")
            return []
        }
        guard let items = written.arrayValue else {
            note(.wrongType(key: "steps", of: .definition, found: written.typeName, expected: "a list"), at: "/steps")
            return []
        }
        return readSteps(items, at: "/steps")
    }

    // MARK: - Steps

    private mutating func readSteps(_ items: [JSONValue], at pointer: JSONPointer) -> [StepDefinition] {
        if items.isEmpty { note(.noSteps, at: pointer) }
        if items.count > Self.stepLimit {
            note(.tooManySteps(count: items.count, limit: Self.stepLimit), at: pointer)
            return []
        }
        let steps = items.enumerated().compactMap { readStep($1, number: $0 + 1, at: pointer.appending($0)) }
        noteDuplicates(steps)
        return steps
    }

    private mutating func noteDuplicates(_ steps: [StepDefinition]) {
        var seen: [String: Int] = [:]
        for step in steps {
            if let first = seen[step.id] {
                note(.duplicateStepID(step.id, first: first, second: step.number), at: step.at)
            } else {
                seen[step.id] = step.number
            }
        }
    }

    private mutating func readStep(_ value: JSONValue, number: Int, at pointer: JSONPointer) -> StepDefinition? {
        let fallbackID = "step_\(number)"
        switch value {
        case .string(let name):
            return StepDefinition(
                id: fallbackID, number: number, at: pointer, uses: readUses(name, step: fallbackID, at: pointer),
                with: [:], retry: .execution, timeoutSeconds: nil, compensation: CompensationPolicy())
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
        checkKeys(of: object, part, known: Self.stepKeys, at: pointer)
        _ = string("description", of: object, part, at: pointer)
        return StepDefinition(
            id: id, number: number, at: pointer, uses: readUses(object, id: id, at: pointer),
            with: readWith(object, part, at: pointer),
            retry: readRetry(object, .retry(step: id), in: part, base: .execution, at: pointer),
            timeoutSeconds: readTimeout(object, part, at: pointer),
            compensation: readCompensation(object, step: id, at: pointer))
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

    private mutating func readTimeout(_ object: JSONObject, _ part: DefinitionError.Part, at pointer: JSONPointer)
        -> Double?
    {
        number("timeout_seconds", of: object, part, expected: "a number above 0, up to 604800", at: pointer) {
            $0 > 0 && $0 <= 604_800
        }
    }

    private mutating func readCompensation(_ object: JSONObject, step: String, at parentPointer: JSONPointer)
        -> CompensationPolicy
    {
        guard let written = object["compensation"] else { return CompensationPolicy() }
        let pointer = parentPointer.appending("compensation")
        let part = DefinitionError.Part.compensation(step: step)
        guard let compensation = written.objectValue else {
            note(
                .wrongType(key: "compensation", of: .step(step), found: written.typeName, expected: "an object"),
                at: pointer)
            return CompensationPolicy()
        }
        checkKeys(of: compensation, part, known: Self.compensationKeys, at: pointer)
        var policy = CompensationPolicy()
        policy.retry = readRetry(
            compensation, .compensationRetry(step: step), in: part, base: .compensation, at: pointer)
        policy.timeoutSeconds = readTimeout(compensation, part, at: pointer)
        if let text = string("on_failure", of: compensation, part, at: pointer) {
            if let choice = CompensationPolicy.OnFailure(rawValue: text) {
                policy.onFailure = choice
            } else {
                note(
                    .outOfRange(
                        key: "on_failure", of: part, found: "\"\(text)\"", expected: "\"continue\" or \"halt\""),
                    at: pointer.appending("on_failure"))
            }
        }
        if let skip = compensation["skip"] {
            if let choice = skip.boolValue {
                policy.skip = choice
            } else {
                note(
                    .wrongType(key: "skip", of: part, found: skip.typeName, expected: "true or false"),
                    at: pointer.appending("skip"))
            }
        }
        return policy
    }

    // MARK: - Pieces

    private mutating func checkKeys(
        of object: JSONObject, _ part: DefinitionError.Part, known: [String], at pointer: JSONPointer
    ) {
        for key in object.keys where !known.contains(key) && key != "$schema" {
            note(.unknownKey(key, of: part, known: known), at: pointer.appending(key), key: true)
        }
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
private func plain(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
}

private func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
private func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

private func isName(_ text: String, firstLetters: (UInt8) -> Bool, others: (UInt8) -> Bool) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 64 else { return false }
    return firstLetters(first) && text.utf8.allSatisfy(others)
}
