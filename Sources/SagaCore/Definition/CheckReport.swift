extension DefinitionError {
    /// A finding, as programs read it: `code message at line column hint`.
    public var json: JSONValue {
        var object: JSONObject = [
            "code": .string(code), "message": .string(message), "at": .string(at.description),
        ]
        object["line"] = position.map { .int(Int64($0.line)) }
        object["column"] = position.map { .int(Int64($0.column)) }
        object["hint"] = hint.map(JSONValue.string)
        return .object(object)
    }
}

extension DefinitionCheck {
    /// Every mistake: `{"ok", "saga", "errors": [Finding], "warnings": [Finding]}`.
    public var report: JSONObject {
        [
            "ok": .bool(saga != nil), "saga": saga.map { .string($0.name) } ?? .null,
            "errors": .array(errors.map(\.json)), "warnings": .array(warnings.map(\.json)),
        ]
    }
}
