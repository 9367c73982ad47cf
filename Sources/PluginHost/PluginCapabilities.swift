internal import SagaCore

/// What a plugin asks the host for, beyond being called: the manifest's `capabilities`.
public struct PluginCapabilities: Sendable {
    /// Services by id. eg: ["arcadia.http/1"]
    public let services: [String]
    public let http: [HTTPRule]
    public let credentials: [CredentialRequest]
    /// Folders that it has to reach; in a worker it reaches no others.
    public let files: [FileRule]
    /// It starts other programs; in a worker it cannot otherwise.
    public let processes: Bool

    /// A host that requests may go to.
    public struct HTTPRule: Sendable {
        /// A host's name, or `${config.KEY}`: the host of the URL that the operator configured there.
        public let host: String
        public let methods: [String]
    }

    /// A token that the host keeps and adds to requests.
    public struct CredentialRequest: Sendable {
        public let name: String
        public let summary: String
        /// Environment variables it is taken from where there is no file, the first that is set.
        public let environment: [String]
        /// The header it goes into, and what stands before it there.
        public let header: String
        public let prefix: String
        /// The most requests the other side allows with one token; nil: no limit is known.
        public let perMinute: Quantity?
        public let perHour: Quantity?
    }

    /// A number, or the config's key that holds it.
    public enum Quantity: Sendable, Hashable {
        case number(Int)
        case config(key: String)
    }

    public static let httpService = "arcadia.http/1"
    static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

    init(
        services: [String], http: [HTTPRule], credentials: [CredentialRequest], files: [FileRule], processes: Bool
    ) {
        self.services = services
        self.http = http
        self.credentials = credentials
        self.files = files
        self.processes = processes
    }

    init(reading manifest: ManifestReader, plugin: String) throws(PluginRefusal.Fact) {
        let reader = ManifestReader(
            object: try manifest.optionalObject("capabilities") ?? [:], place: "capabilities.")
        try reader.checkKeys(["services", "http", "credentials", "files", "processes"])
        services = try reader.strings("services")
        http = try reader.objects("http") { item throws(PluginRefusal.Fact) in try Self.readRule(item) }
        credentials = try reader.objects("credentials") { item throws(PluginRefusal.Fact) in
            try Self.readCredential(item, plugin: plugin)
        }
        files = try reader.objects("files") { item throws(PluginRefusal.Fact) in try Self.readFiles(item) }
        processes = try reader.flag("processes")
    }

    private static func readRule(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> HTTPRule {
        try reader.checkKeys(["host", "methods"])
        let methods = try reader.strings("methods")
        if let other = methods.first(where: { !Self.methods.contains($0) }) {
            throw .manifestKey(
                reader.place + "methods", found: "\"\(other)\"",
                expected: "any of \(Self.methods.joined(separator: ", "))")
        }
        return HTTPRule(host: try reader.string("host"), methods: methods.isEmpty ? ["GET", "HEAD"] : methods)
    }

    private enum FileAccess: String, CaseIterable { case read, write }

    private static func readFiles(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> FileRule {
        try reader.checkKeys(["path", "access"])
        let path = try reader.string("path")
        guard path.hasPrefix("/") || configKey(path) != nil else {
            throw .manifestKey(
                reader.place + "path", found: "\"\(path)\"", expected: "an absolute path, or \"${config.KEY}\"")
        }
        return FileRule(path: path, isWritable: try reader.choice("access", FileAccess.self) == .write)
    }

    private static func readCredential(
        _ reader: ManifestReader, plugin: String
    ) throws(PluginRefusal.Fact) -> CredentialRequest {
        try reader.checkKeys(["name", "summary", "environment", "header", "prefix", "per_minute", "per_hour"])
        let name = try reader.string("name")
        // It becomes a file's name.
        guard OperationName(name)?.plugin == plugin else {
            throw .manifestKey(
                reader.place + "name", found: "\"\(name)\"", expected: "a name of its own, such as \(plugin).purpose")
        }
        for key in ["header", "prefix"] {
            let text = try reader.optionalString(key) ?? ""
            guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), key == "prefix" || !text.contains(" ") else {
                throw .manifestKey(reader.place + key, found: "other characters", expected: "what a header may hold")
            }
        }
        return CredentialRequest(
            name: name, summary: try reader.optionalString("summary") ?? "",
            environment: try reader.strings("environment"),
            header: try reader.optionalString("header") ?? "Authorization",
            prefix: try reader.optionalString("prefix") ?? "Bearer ",
            perMinute: try quantity(reader, "per_minute"), perHour: try quantity(reader, "per_hour"))
    }

    private static func quantity(_ reader: ManifestReader, _ key: String) throws(PluginRefusal.Fact) -> Quantity? {
        if let text = reader.object[key]?.stringValue {
            guard let name = configKey(text) else {
                throw .manifestKey(
                    reader.place + key, found: "\"\(text)\"", expected: "a whole number or \"${config.KEY}\"")
            }
            return .config(key: name)
        }
        return reader.object[key] == nil ? nil : .number(try reader.integer(key))
    }

    /// The key in `${config.KEY}`; nil for any other text.
    package static func configKey(_ text: String) -> String? {
        guard text.hasPrefix("${config."), text.hasSuffix("}"), text.utf8.count > 10 else { return nil }
        return String(text.dropFirst(9).dropLast())
    }
}
