package import SagaCore

/// As the lock file has it: `{"services": ["arcadia.http/1"], "http": [{"host": "${config.base_url}", "default":
/// "https://api.example.com", "methods": ["GET"]}], "credentials": [{"name": "mail.send", "environment": ["MAIL_TOKEN"]}],
/// "environment": ["MAIL_URL"], "files": [{"path": "/srv/mail", "access": "write"}], "processes": true, "placement":
/// "worker"}`. What is not there is not granted.
extension CapabilitySet {
    package var json: JSONValue {
        var object = JSONObject()
        func add(_ key: String, _ values: [JSONValue]) {
            if !values.isEmpty { object[key] = .array(values) }
        }
        add("services", services.map(JSONValue.string))
        add("http", httpRules.map(\.json))
        add("credentials", credentials.map { ["name": .string($0.name), "environment": .strings($0.variables)] })
        add("environment", configVariables.map(JSONValue.string))
        add("files", fileRules.map(\.json))
        if claims.contains(.processes) { object["processes"] = true }
        object["placement"] = .string(
            (claims.contains(.inProcess) ? PluginManifest.Placement.inProcess : .worker).rawValue)
        return .object(object)
    }

    init(reading reader: ManifestReader) throws(PluginRefusal.Fact) {
        try reader.checkKeys([
            "services", "http", "credentials", "environment", "files", "processes", "placement",
        ])
        var claims = Set(try reader.strings("services").map(CapabilityClaim.service))
        claims.formUnion(try reader.strings("environment").map(CapabilityClaim.configVariable))
        claims.formUnion(try Self.readHTTP(reader).joined())
        claims.formUnion(try Self.readCredentials(reader).joined())
        claims.formUnion(try Self.readFiles(reader).joined())
        if try reader.flag("processes") { claims.insert(.processes) }
        if try reader.choice("placement", PluginManifest.Placement.self) == .inProcess { claims.insert(.inProcess) }
        self.init(claims)
    }

    private static func readHTTP(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> [[CapabilityClaim]] {
        try reader.objects("http") { item throws(PluginRefusal.Fact) in
            try item.checkKeys(["host", "default", "methods"])
            let host = try item.string("host")
            let standard = try item.optionalString("default")
            let methods = try item.strings("methods")
            return methods.map { CapabilityClaim.http(host: host, standard: standard, method: $0) }
        }
    }

    private static func readCredentials(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> [[CapabilityClaim]] {
        try reader.objects("credentials") { item throws(PluginRefusal.Fact) in
            try item.checkKeys(["name", "environment"])
            let name = try item.string("name")
            let variables = try item.strings("environment")
            return [.credential(name)] + variables.map { CapabilityClaim.credentialVariable($0, credential: name) }
        }
    }

    private enum FileAccess: String, CaseIterable { case read, write }

    private static func readFiles(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> [[CapabilityClaim]] {
        try reader.objects("files") { item throws(PluginRefusal.Fact) in
            try item.checkKeys(["path", "default", "access"])
            let isWritable = try item.choice("access", FileAccess.self) == .write
            let path = try item.string("path")
            return [.files(path: path, standard: try item.optionalString("default"), isWritable: isWritable)]
        }
    }
}

// MARK: - In order, so that two lock files that say the same are the same

struct HTTPClaim: Hashable {
    let host: String
    let standard: String?
    let methods: [String]

    fileprivate var json: JSONValue {
        var object: JSONObject = ["host": .string(host)]
        object["default"] = standard.map(JSONValue.string)
        object["methods"] = .strings(methods)
        return .object(object)
    }
}

struct FileClaim: Hashable {
    let path: String
    let standard: String?
    let isWritable: Bool

    fileprivate var json: JSONValue {
        var object: JSONObject = ["path": .string(path)]
        object["default"] = standard.map(JSONValue.string)
        object["access"] = .string(isWritable ? "write" : "read")
        return .object(object)
    }
}

extension CapabilitySet {
    var services: [String] {
        claims.compactMap { if case .service(let id) = $0 { id } else { nil } }.sorted()
    }

    var configVariables: [String] {
        claims.compactMap { if case .configVariable(let name) = $0 { name } else { nil } }.sorted()
    }

    /// By host; the methods in the order of the manifest's description.
    var httpRules: [HTTPClaim] {
        var methods: [HTTPClaim: Set<String>] = [:]
        for case .http(let host, let standard, let method) in claims {
            methods[HTTPClaim(host: host, standard: standard, methods: []), default: []].insert(method)
        }
        return methods.map { rule, methods in
            let known = PluginCapabilities.methods.filter(methods.contains)
            let others = methods.subtracting(known).sorted()
            return HTTPClaim(host: rule.host, standard: rule.standard, methods: known + others)
        }
        .sorted { ($0.host, $0.standard ?? "") < ($1.host, $1.standard ?? "") }
    }

    /// With the variables that each is taken from. One that is granted only a variable is not granted.
    var credentials: [(name: String, variables: [String])] {
        var variables: [String: [String]] = [:]
        for claim in claims {
            switch claim {
            case .credential(let name): variables[name, default: []] += []
            case .credentialVariable(let variable, let name): variables[name, default: []].append(variable)
            default: continue
            }
        }
        return variables.sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
    }

    var fileRules: [FileClaim] {
        claims.compactMap { claim -> FileClaim? in
            guard case .files(let path, let standard, let isWritable) = claim else { return nil }
            return FileClaim(path: path, standard: standard, isWritable: isWritable)
        }
        .sorted {
            ($0.path, $0.standard ?? "", $0.isWritable ? 1 : 0) < ($1.path, $1.standard ?? "", $1.isWritable ? 1 : 0)
        }
    }
}

extension JSONValue {
    static func strings(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
}
