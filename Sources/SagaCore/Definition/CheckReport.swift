extension DefinitionError {
    /// A finding, as programs read it: `code message at line column hint`.
    public var json: JSONValue { .object(json(end: nil)) }

    /// - Parameter end: the place after what it is about: `end_line`, `end_column`.
    fileprivate func json(end: JSONPosition?) -> JSONObject {
        var object: JSONObject = [
            "code": .string(code), "message": .string(message), "at": .string(at.description),
        ]
        object["line"] = position.map { .int(Int64($0.line)) }
        object["column"] = position.map { .int(Int64($0.column)) }
        object["end_line"] = end.map { .int(Int64($0.line)) }
        object["end_column"] = end.map { .int(Int64($0.column)) }
        object["hint"] = hint.map(JSONValue.string)
        return object
    }

    /// Where the key or the value it is about has ended.
    fileprivate func end(in document: JSONDocument) -> JSONPosition? {
        guard let position else { return nil }
        if position == document.position(ofKey: at) { return document.end(ofKey: at) }
        return position == document.position(of: at) ? document.end(of: at) : nil
    }
}

extension DefinitionCheck {
    /// Every mistake: `{"ok", "saga", "errors": [Finding], "warnings": [Finding]}`.
    ///
    /// - Parameter text: what was checked, to tell where what is wrong ends.
    public func report(on text: String) -> JSONObject {
        let document = findings.isEmpty ? nil : try? JSONDocument(parsing: text)
        func rows(_ findings: [DefinitionError]) -> JSONValue {
            .array(findings.map { finding in .object(finding.json(end: document.flatMap(finding.end(in:)))) })
        }
        return [
            "ok": .bool(saga != nil), "saga": saga.map { .string($0.name) } ?? .null,
            "errors": rows(errors), "warnings": rows(warnings),
        ]
    }
}
