/// A definition that can be run by its name: stored by an operator, or shipped by a plugin.
public struct DefinitionEntry: Sendable, Hashable {
    public enum Source: Sendable, Hashable {
        case stored(by: String, at: Timestamp, tenant: String?)
        /// The plugin's id.
        case plugin(String)
    }

    public let name: String
    /// As the definition says.
    public let version: String?
    /// SHA-256 of the text, in hex.
    public let hash: String
    public let text: String
    public let source: Source

    public init(name: String, version: String?, hash: String, text: String, source: Source) {
        self.name = name
        self.version = version
        self.hash = hash
        self.text = text
        self.source = source
    }

    /// What a plugin ships in a file of that name.
    public init(shippedBy plugin: String, name: String, text: String) {
        let value = try? JSONValue(parsing: text)
        self.init(
            name: name, version: value?["version"]?.stringValue, hash: ContentHash.hex(of: text), text: text,
            source: .plugin(plugin))
    }

    /// What a run can be made of it by. eg: "trip@2"
    public var reference: String { name + (version.map { "@" + $0 } ?? "") }

    /// In a list: `name version hash description source plugin steps stored_at stored_by tenant`.
    public var summary: JSONObject {
        let value = (try? JSONValue(parsing: text)) ?? .null
        var object: JSONObject = [
            "name": .string(name), "version": version.map(JSONValue.string) ?? .null, "hash": .string(hash),
            "description": .string(orNull: value["description"]?.stringValue),
        ]
        switch source {
        case .stored: object["source"] = "stored"
        case .plugin: object["source"] = "plugin"
        }
        object["plugin"] = .string(orNull: plugin)
        object["steps"] = .int(Int64((value["steps"]?.arrayValue ?? value.arrayValue ?? []).count))
        object["stored_at"] = .string(orNull: stored?.at.description)
        object["stored_by"] = .string(orNull: stored?.by)
        object["tenant"] = .string(orNull: stored?.tenant)
        return object
    }

    /// With its text and the JSON Schema of its inputs.
    public var document: JSONObject {
        var object = summary
        object["text"] = .string(text)
        let inputs = (try? JSONValue(parsing: text))?["inputs"]?.objectValue
        object["inputs"] = .object(inputs ?? ["type": "object"])
        return object
    }

    /// The name or the description holds the text, in capitals or not.
    public func holds(_ words: String) -> Bool {
        let description = (try? JSONValue(parsing: text))?["description"]?.stringValue ?? ""
        return [name, description].contains { $0.lowercased().contains(words.lowercased()) }
    }

    public var plugin: String? { if case .plugin(let id) = source { id } else { nil } }

    private var stored: (by: String, at: Timestamp, tenant: String?)? {
        if case .stored(let by, let at, let tenant) = source { (by, at, tenant) } else { nil }
    }
}

extension JSONValue {
    fileprivate static func string(orNull text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
}
