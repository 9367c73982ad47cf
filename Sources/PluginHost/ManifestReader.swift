internal import SagaCore

/// Reads the keys of one object of a manifest.
struct ManifestReader {
    let object: JSONObject
    let place: String

    func checkKeys(_ known: [String]) throws(PluginRefusal.Fact) {
        for key in object.keys where !known.contains(key) && !key.hasPrefix("x-") {
            throw .manifestUnknownKey(place + key, suggestion: closest(to: key, among: known))
        }
    }

    func optionalString(_ key: String) throws(PluginRefusal.Fact) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.stringValue else { throw wrong(key, value, "a string") }
        return text
    }

    func string(_ key: String) throws(PluginRefusal.Fact) -> String {
        guard let text = try optionalString(key) else { throw .manifestKeyMissing(place + key) }
        guard !text.isEmpty else { throw .manifestKey(place + key, found: "empty", expected: "some text") }
        return text
    }

    /// A plugin's id: the part before the first dot of an operation's name, so it holds no dot.
    func name(_ key: String) throws(PluginRefusal.Fact) -> String {
        let text = try string(key)
        guard OperationName(text + ".x")?.plugin == text, text.utf8.count <= 46 else {
            throw .manifestKey(place + key, found: "\"\(text)\"", expected: "up to 46 of a-z, 0-9, _ and -")
        }
        return text
    }

    func integer(_ key: String) throws(PluginRefusal.Fact) -> Int {
        guard let value = object[key] else { throw .manifestKeyMissing(place + key) }
        guard let number = value.intValue, number >= 0 else { throw wrong(key, value, "a whole number") }
        return Int(number)
    }

    func seconds(_ key: String) throws(PluginRefusal.Fact) -> Double? {
        guard let value = object[key] else { return nil }
        guard let number = value.doubleValue, number > 0, number <= 604_800 else {
            throw wrong(key, value, "a number of seconds above 0, up to 604800")
        }
        return number
    }

    func flag(_ key: String) throws(PluginRefusal.Fact) -> Bool {
        guard let value = object[key] else { return false }
        guard let flag = value.boolValue else { throw wrong(key, value, "true or false") }
        return flag
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type
    ) throws(PluginRefusal.Fact) -> Choice? where Choice.RawValue == String {
        guard let text = try optionalString(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw .manifestKey(place + key, found: "\"\(text)\"", expected: "one of \(known)")
        }
        return choice
    }

    func optionalObject(_ key: String) throws(PluginRefusal.Fact) -> JSONObject? {
        guard let value = object[key] else { return nil }
        guard let object = value.objectValue else { throw wrong(key, value, "an object") }
        return object
    }

    func strings(_ key: String) throws(PluginRefusal.Fact) -> [String] {
        guard let value = object[key] else { return [] }
        guard let items = value.arrayValue, items.allSatisfy({ $0.stringValue != nil }) else {
            throw wrong(key, value, "a list of strings")
        }
        return items.compactMap(\.stringValue)
    }

    /// A list of objects, each read by `body`.
    func objects<Item>(
        _ key: String, _ body: (ManifestReader) throws(PluginRefusal.Fact) -> Item
    ) throws(PluginRefusal.Fact) -> [Item] {
        guard let value = object[key] else { return [] }
        guard let items = value.arrayValue else { throw wrong(key, value, "a list of objects") }
        var read: [Item] = []
        for (index, item) in items.enumerated() {
            guard let member = item.objectValue else { throw wrong("\(key)[\(index)]", item, "an object") }
            read.append(try body(ManifestReader(object: member, place: "\(place)\(key)[\(index)].")))
        }
        return read
    }

    func schema(_ key: String) throws(PluginRefusal.Fact) -> JSONSchema? {
        guard let value = object[key] else { return nil }
        do throws(JSONSchemaProblem) {
            return try JSONSchema(value)
        } catch {
            throw .manifestSchema(place + key, error.message)
        }
    }

    func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> PluginRefusal.Fact {
        .manifestKey(place + key, found: value.typeName, expected: expected)
    }
}
