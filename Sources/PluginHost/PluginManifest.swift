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
    public internal(set) var placement: Placement
    /// A program that speaks the worker protocol itself, in the plugin's folder; nil: there is a library.
    public let program: String?
    public let concurrency: Concurrency
    /// Seconds of silence after which a call counts as hung; nil: silence is fine.
    public let heartbeatSeconds: Double?
    /// Seconds a call may take where neither the operation nor the definition says; nil: no limit.
    public let timeoutSeconds: Double?
    public internal(set) var capabilities: PluginCapabilities
    /// Environment variables that set a key of the config, where neither file nor command line does.
    public internal(set) var environment: [(variable: String, key: String)]
    public let config: JSONSchema
    public let operations: [ManifestOperation]
    /// Versions whose work this one can take back. eg: ["1.0.0", "1.1.0"]
    public let compensates: [String]
    /// Versions whose runs this one can go on with: it takes the inputs and checkpoints that they took, gives the outputs
    /// that they gave, and can take their work back.
    public let continues: [String]
    public let source: JSONValue

    public struct ManifestOperation: Sendable {
        public let name: String
        public let kind: String
        public let operation: Operation
        public let examples: [JSONValue]
        /// Which field of a resource the operation puts right; nil: none.
        public let repairs: ManifestRepair?
        /// Of an inventory: how fields of what it lists are compared with what was asked for, where the usual way does
        /// not do. eg: ["memory": "number"]
        public let compare: [String: String]
        /// What the typed function takes and gives that is the operation; nil: it is a plain operation.
        let signature: TypedSignature?
    }

    /// `{"kind": "droplet", "field": "size_slug", "id": "droplet_id", "value": "size"}`, or for a list `"add"` and
    /// `"remove"` instead of `"value"`: under which keys of the input the resource's id and the field's value go.
    public struct ManifestRepair: Sendable, Hashable {
        public let kind: String
        public let field: String
        public let id: String
        public let value: String?
        public let add: String?
        public let remove: String?
    }

    public func operation(_ name: String) -> Operation? {
        operations.first { $0.name == name }?.operation
    }

    static let version = 1
    static let byteLimit = 1 << 20

    static let keys = [
        "manifest_version", "id", "version", "abi", "summary", "license", "language", "toolchain", "placement",
        "concurrency", "heartbeat_seconds", "timeout_seconds", "program", "capabilities", "config", "environment",
        "operations",
        "compensates", "continues",
        "publisher", "url", "$schema",
    ]
    static let operationKeys = [
        "name", "kind", "summary", "input", "output", "compensable", "probeable", "idempotent", "irreversible",
        "examples", "repairs", "compare", "signature", "timeout_seconds", "plannable", "api_calls",
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
        program = try Self.readProgram(reader)
        placement = try program == nil ? reader.choice("placement", Placement.self) ?? .inProcess : .worker
        concurrency = try reader.choice("concurrency", Concurrency.self) ?? .serial
        heartbeatSeconds = try reader.seconds("heartbeat_seconds")
        let limit = try reader.seconds("timeout_seconds")
        timeoutSeconds = limit
        capabilities = try PluginCapabilities(reading: reader, plugin: id)
        config = try reader.schema("config") ?? .anything
        environment = try Self.readEnvironment(reader)
        compensates = try reader.strings("compensates")
        continues = try reader.strings("continues")
        operations = try Self.readOperations(reader, plugin: id, timeoutSeconds: limit)
    }

    private static func readProgram(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> String? {
        guard let program = try reader.optionalString("program") else { return nil }
        guard !program.isEmpty, !program.contains("/"), !program.hasPrefix(".") else {
            throw .manifestKey("program", found: "\"\(program)\"", expected: "the name of a file beside plugin.json")
        }
        return program
    }

    /// What is loaded, or run: beside plugin.json.
    var fileName: String { program ?? "lib\(id).so" }

    private static func readABI(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> (Int, Int) {
        guard let abi = try reader.optionalObject("abi") else { throw .manifestKeyMissing("abi") }
        let inner = ManifestReader(object: abi, place: "abi.")
        try inner.checkKeys(["major", "minor"])
        return (try inner.integer("major"), try inner.integer("minor"))
    }

    private static func readEnvironment(
        _ reader: ManifestReader
    ) throws(PluginRefusal.Fact) -> [(variable: String, key: String)] {
        var variables: [(variable: String, key: String)] = []
        for (variable, value) in try reader.optionalObject("environment") ?? [:] {
            guard let key = value.stringValue else {
                throw .manifestKey("environment.\(variable)", found: value.typeName, expected: "a key of the config")
            }
            variables.append((variable, key))
        }
        return variables
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
        let signature = try reader.signature(of: name)
        return ManifestOperation(
            name: name, kind: try reader.optionalString("kind") ?? "step",
            operation: Operation(
                name: fullName, summary: try reader.optionalString("summary") ?? "",
                input: try reader.schema("input", signature?.input),
                output: try reader.schema("output", signature?.output),
                isCompensable: try reader.flag("compensable"), isProbeable: try reader.flag("probeable"),
                isIdempotent: try reader.flag("idempotent"), isIrreversible: try reader.flag("irreversible"),
                timeoutSeconds: try reader.seconds("timeout_seconds") ?? timeoutSeconds,
                isPlannable: try reader.flag("plannable"), apiCalls: try readAPICalls(reader)),
            examples: reader.object["examples"]?.arrayValue ?? [], repairs: try readRepair(reader),
            compare: try readComparators(reader), signature: signature)
    }

    private static func readAPICalls(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> Operation.APICalls {
        guard let object = try reader.optionalObject("api_calls") else { return .unsaid }
        let inner = ManifestReader(object: object, place: reader.place + "api_calls.")
        try inner.checkKeys(["execute", "compensate"])
        func most(_ key: String) throws(PluginRefusal.Fact) -> Int? {
            object[key] == nil ? nil : try inner.integer(key)
        }
        return Operation.APICalls(execute: try most("execute"), compensate: try most("compensate"))
    }

    private static let comparators = ["meaning", "caseless", "ordered", "number"]

    private static func readComparators(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> [String: String] {
        var compare: [String: String] = [:]
        for (field, value) in try reader.optionalObject("compare") ?? [:] {
            guard let name = value.stringValue, comparators.contains(name) else {
                throw .manifestKey(
                    "\(reader.place)compare.\(field)", found: value.text,
                    expected: comparators.map { "\"\($0)\"" }.joined(separator: ", "))
            }
            compare[field] = name
        }
        return compare
    }

    private static func readRepair(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> ManifestRepair? {
        guard let object = try reader.optionalObject("repairs") else { return nil }
        let inner = ManifestReader(object: object, place: reader.place + "repairs.")
        try inner.checkKeys(["kind", "field", "id", "value", "add", "remove"])
        let repair = ManifestRepair(
            kind: try inner.string("kind"), field: try inner.string("field"), id: try inner.string("id"),
            value: try inner.optionalString("value"), add: try inner.optionalString("add"),
            remove: try inner.optionalString("remove"))
        let isList = repair.add != nil && repair.remove != nil
        guard isList ? repair.value == nil : repair.value != nil && repair.add == nil && repair.remove == nil else {
            throw .manifestKey(
                reader.place + "repairs", found: "neither", expected: "`value`, or both `add` and `remove`")
        }
        return repair
    }
}
