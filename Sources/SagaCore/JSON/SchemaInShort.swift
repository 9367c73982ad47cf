/// A JSON Schema on one line, for a person who has to write what fits it.
public enum SchemaInShort {
    /// eg: `{size: "s" | "l", note?: string}`, `list of integer`, `anything`
    public static func words(_ schema: JSONValue) -> String {
        if let value = schema["const"] { return value.text }
        if let choices = schema["enum"]?.arrayValue { return choices.map(\.text).joined(separator: " | ") }
        if let properties = schema["properties"]?.objectValue { return object(properties, of: schema) }
        switch types(schema) {
        case []: return "anything"
        case ["array"]: return schema["items"].map { "list of \(words($0))" } ?? "list"
        case let types: return types.joined(separator: " | ")
        }
    }

    private static func object(_ properties: JSONObject, of schema: JSONValue) -> String {
        let required = Self.required(schema)
        let members = properties.map { "\($0)\(required.contains($0) ? "" : "?"): \(words($1))" }
        return "{" + members.joined(separator: ", ") + "}"
    }

    private static func types(_ schema: JSONValue) -> [String] {
        schema["type"]?.arrayValue?.compactMap(\.stringValue) ?? schema["type"]?.stringValue.map { [$0] } ?? []
    }

    private static func required(_ schema: JSONValue) -> [String] {
        schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    /// A value that fits, as JSON, with `…` for a text that somebody has to think of. eg: `{"size":"s","note":"…"}`
    ///
    /// What is simple fits; of what is not, it is a beginning.
    public static func example(of schema: JSONValue) -> String { value(of: schema).text }

    private static func value(of schema: JSONValue) -> JSONValue {
        let given = schema["const"] ?? schema["default"] ?? schema["enum"]?.arrayValue?.first
        if let given = given ?? schema["examples"]?.arrayValue?.first { return given }
        if let properties = schema["properties"]?.objectValue {
            let required = required(schema)
            return .object(
                properties.reduce(into: JSONObject()) { object, member in
                    if required.contains(member.key) { object[member.key] = value(of: member.value) }
                })
        }
        switch types(schema).first {
        case "integer", "number": return schema["minimum"] ?? .int(1)
        case "boolean": return true
        case "array": return []
        case "object": return [:]
        case "null": return .null
        default: return "…"
        }
    }
}
