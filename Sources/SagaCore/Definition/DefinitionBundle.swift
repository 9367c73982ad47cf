/// Definitions that can be named by others: those that operators stored, and those that plugins ship.
public protocol DefinitionLibrary {
    /// - Parameter version: nil: the newest.
    /// - Returns: its text; nil: there is none.
    func text(of name: String, version: String?) -> String?
}

/// A definition with all those that it names: a run keeps them together, so that what is stored later changes nothing.
public enum DefinitionBundle {
    /// The key they are added under, at the end of the text: what was written stays as it was, to the byte.
    static let key = "bundled"

    /// The text with what it names and does not hold itself; as it is where that is nothing.
    public static func text(of text: String, library: some DefinitionLibrary) -> String {
        guard let value = try? JSONValue(parsing: text), let object = value.objectValue, object[key] == nil,
            let end = text.lastIndex(of: "}")
        else { return text }
        var known = Set((object["definitions"]?.objectValue ?? [:]).keys)
        var added = JSONObject()
        var wanted = names(in: value)
        while let next = wanted.popLast() {
            guard known.insert(next.name).inserted, let found = library.text(of: next.name, version: next.version),
                let definition = try? JSONValue(parsing: found)
            else { continue }
            added[next.name] = definition
            wanted += names(in: definition)
        }
        guard !added.isEmpty else { return text }
        return text[..<end] + ",\"\(key)\":" + JSONValue.object(added).text + text[end...]
    }

    /// The sagas that steps name, wherever they stand.
    static func names(in value: JSONValue) -> [(name: String, version: String?)] {
        switch value {
        case .array(let items): items.flatMap(names)
        case .object(let object):
            (object["saga"]?.stringValue.map { [($0, object["version"]?.stringValue)] } ?? []).filter { _ in
                object["steps"] == nil
            } + object.filter { $0.key != "with" }.flatMap { names(in: $0.value) }
        default: []
        }
    }
}
