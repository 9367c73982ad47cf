/// What is well written, and can never be.
extension DefinitionReader {
    /// Inputs that are required and not declared, and defaults that do not fit.
    ///
    /// - Returns: the schema with what was meant, so that one slip is one finding.
    mutating func noteWhatNobodyCanGive(
        _ schema: JSONSchema, _ written: JSONObject, at pointer: JSONPointer
    ) -> JSONSchema {
        for (name, property) in written["properties"]?.objectValue ?? [:] {
            noteRange(of: property, name, at: pointer.appending("properties").appending(name))
            guard let value = property["default"] else { continue }
            let place = pointer.appending("properties").appending(name).appending("default")
            for violation in schema.property(name)?.violations(of: value, at: place) ?? [] {
                note(.wrongDefault(violation, input: name), at: violation.at)
            }
        }
        guard written["additionalProperties"] == false else { return schema }
        var meant = written
        var required = written["required"]?.arrayValue ?? []
        for (index, name) in required.enumerated() {
            guard let name = name.stringValue, schema.property(name) == nil else { continue }
            let known = schema.propertyNames
            note(.requiredNotDeclared(name, known: known), at: pointer.appending("required").appending(index))
            if let near = closest(to: name, among: known) { required[index] = .string(near) }
        }
        meant["required"] = required.isEmpty ? nil : .array(required)
        return (try? JSONSchema(.object(meant), at: pointer)) ?? schema
    }

    /// The least is more than the most: nothing is between them.
    private mutating func noteRange(of property: JSONValue, _ name: String, at pointer: JSONPointer) {
        for (low, high) in [("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")] {
            guard let least = property[low]?.doubleValue, let most = property[high]?.doubleValue, least > most else {
                continue
            }
            note(
                .outOfRange(
                    key: high, of: .input(name), found: plain(most),
                    expected: "at least `\(low)`, which is \(plain(least))"),
                at: pointer.appending(high))
        }
    }

    /// A time that is none, and a schema that is none: known now, not only when the run comes to it.
    mutating func noteWhatNeverComes(_ form: String, _ step: StepDefinition) {
        if form == "wait", let until = step.with["until"]?.stringValue, !until.contains("${"),
            Timestamp(rfc3339: until) == nil
        {
            note(
                .outOfRange(
                    key: "until", of: .form(form, step: step.id), found: "\"\(until)\"",
                    expected: "a time such as `2030-01-31T09:00:00Z`"),
                at: step.withAt.appending("until"))
        }
        if form == "signal", let schema = step.with["schema"], schema.objectValue != nil {
            do throws(JSONSchemaProblem) {
                _ = try JSONSchema(schema, at: step.withAt.appending("schema"))
            } catch {
                note(.signalSchema(error, step: step.id), at: error.at)
            }
        }
    }

    mutating func noteCallLongerThanAll(_ step: StepDefinition) {
        guard let one = step.timeoutSeconds, let all = step.totalTimeoutSeconds, one > all else { return }
        note(
            .outOfRange(
                key: "timeout_seconds", of: .step(step.id), found: plain(one),
                expected: "at most `total_timeout_seconds`, which is \(plain(all))"),
            at: step.at.appending("timeout_seconds"))
    }
}
