public import SagaCore

/// What a plugin says about itself in `plugin.json`, without a line of its code running.
public struct PluginManifest: Sendable {
    public enum Concurrency: String, Sendable, CaseIterable {
        /// One call at a time.
        case serial
        /// One call at a time for an instance; the host has one.
        case instance
        /// Calls at once, from several threads.
        case full
    }

    public enum Placement: String, Sendable, CaseIterable {
        case inProcess = "in_process"
        case worker
    }

    public let id: String
    public let version: String
    public let abiMajor: Int
    public let abiMinor: Int
    public let summary: String
    public let license: String?
    public let language: String?
    public let placement: Placement
    public let concurrency: Concurrency
    /// Seconds of silence after which a call counts as hung; nil: silence is fine.
    public let heartbeatSeconds: Double?
    /// Seconds a call may take where neither the operation nor the definition says; nil: no limit.
    public let timeoutSeconds: Double?
    public let capabilities: JSONObject
    public let config: JSONSchema
    public let operations: [ManifestOperation]
    /// Versions whose work this one can take back. eg: ["1.0.0", "1.1.0"]
    public let compensates: [String]
    public let source: JSONValue

    public struct ManifestOperation: Sendable {
        public let name: String
        public let kind: String
        public let operation: Operation
        public let examples: [JSONValue]
    }

    public func operation(_ name: String) -> Operation? {
        operations.first { $0.name == name }?.operation
    }

    static let version = 1
    static let byteLimit = 1 << 20

    static let keys = [
        "manifest_version", "id", "version", "abi", "summary", "license", "language", "toolchain", "placement",
        "concurrency", "heartbeat_seconds", "timeout_seconds", "capabilities", "config", "operations", "compensates",
        "publisher", "url", "$schema",
    ]
    static let operationKeys = [
        "name", "kind", "summary", "input", "output", "compensable", "probeable", "idempotent", "irreversible",
        "examples",
        "timeout_seconds",
    ]

    /// Reads a manifest; throws the first thing that keeps the plugin from being understood.
    public init(parsing text: String) throws(PluginRefusal.Fact) {
        let source: JSONValue
        do throws(JSONError) {
            source = try JSONDocument(parsing: text).value
        } catch {
            throw .manifestNotJSON(error)
        }
        guard let object = source.objectValue else {
            throw .manifestKey("plugin.json", found: source.typeName, expected: "an object")
        }
        let reader = ManifestReader(object: object, place: "")
        let manifestVersion = try reader.integer("manifest_version")
        guard manifestVersion <= Self.version else {
            throw .manifestNewer(found: manifestVersion, known: Self.version)
        }
        try reader.checkKeys(Self.keys)
        self.source = source
        id = try reader.name("id")
        version = try reader.string("version")
        (abiMajor, abiMinor) = try Self.readABI(reader)
        summary = try reader.optionalString("summary") ?? ""
        license = try reader.optionalString("license")
        language = try reader.optionalString("language")
        placement = try reader.choice("placement", Placement.self) ?? .inProcess
        concurrency = try reader.choice("concurrency", Concurrency.self) ?? .serial
        heartbeatSeconds = try reader.seconds("heartbeat_seconds")
        let limit = try reader.seconds("timeout_seconds")
        timeoutSeconds = limit
        capabilities = try reader.optionalObject("capabilities") ?? [:]
        config = try reader.schema("config") ?? .anything
        compensates = try reader.strings("compensates")
        operations = try Self.readOperations(reader, plugin: id, timeoutSeconds: limit)
    }

    private static func readABI(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> (Int, Int) {
        guard let abi = try reader.optionalObject("abi") else { throw .manifestKeyMissing("abi") }
        let inner = ManifestReader(object: abi, place: "abi.")
        try inner.checkKeys(["major", "minor"])
        return (try inner.integer("major"), try inner.integer("minor"))
    }

    private static func readOperations(
        _ reader: ManifestReader, plugin: String, timeoutSeconds: Double?
    ) throws(PluginRefusal.Fact) -> [ManifestOperation] {
        guard let written = reader.object["operations"] else { throw .manifestKeyMissing("operations") }
        guard let items = written.arrayValue, !items.isEmpty else {
            throw .manifestKey("operations", found: written.typeName, expected: "a list of at least one operation")
        }
        var operations: [ManifestOperation] = []
        for (index, item) in items.enumerated() {
            guard let object = item.objectValue else {
                throw .manifestKey("operations[\(index)]", found: item.typeName, expected: "an object")
            }
            let inner = ManifestReader(object: object, place: "operations[\(index)].")
            let operation = try readOperation(inner, plugin: plugin, timeoutSeconds: timeoutSeconds)
            guard !operations.contains(where: { $0.name == operation.name }) else {
                throw .manifestDuplicateOperation(operation.name)
            }
            operations.append(operation)
        }
        return operations
    }

    private static func readOperation(
        _ reader: ManifestReader, plugin: String, timeoutSeconds: Double?
    ) throws(PluginRefusal.Fact) -> ManifestOperation {
        try reader.checkKeys(operationKeys)
        let name = try reader.string("name")
        guard let fullName = OperationName(plugin + "." + name) else {
            throw .manifestKey(reader.place + "name", found: "\"\(name)\"", expected: "a-z, 0-9, _, - and dots between")
        }
        return ManifestOperation(
            name: name, kind: try reader.optionalString("kind") ?? "step",
            operation: Operation(
                name: fullName, summary: try reader.optionalString("summary") ?? "",
                input: try reader.schema("input") ?? .anything, output: try reader.schema("output") ?? .anything,
                isCompensable: try reader.flag("compensable"), isProbeable: try reader.flag("probeable"),
                isIdempotent: try reader.flag("idempotent"), isIrreversible: try reader.flag("irreversible"),
                timeoutSeconds: try reader.seconds("timeout_seconds") ?? timeoutSeconds),
            examples: reader.object["examples"]?.arrayValue ?? [])
    }
}

/// Reads the keys of one object of a manifest.
private struct ManifestReader {
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

    func schema(_ key: String) throws(PluginRefusal.Fact) -> JSONSchema? {
        guard let value = object[key] else { return nil }
        do throws(JSONSchemaProblem) {
            return try JSONSchema(value)
        } catch {
            throw .manifestSchema(place + key, error.message)
        }
    }

    private func wrong(_ key: String, _ value: JSONValue, _ expected: String) -> PluginRefusal.Fact {
        .manifestKey(place + key, found: value.typeName, expected: expected)
    }
}
