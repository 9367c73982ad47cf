internal import CHTTP
public import SagaCore

/// Where a plugin's requests may go: what its manifest asks for, with the operator's configuration filled in, cut down
/// to what the operator grants.
struct HTTPPermissions: Sendable {
    private struct Rule {
        let host: String
        let port: Int?
        let methods: [String]
        /// The operator wrote this very address: plain http is allowed where it is loopback, and its class of addresses.
        let classes: Int32
        let allowsHTTP: Bool

        func allowing(_ methods: [String]) -> Rule {
            Rule(host: host, port: port, methods: methods, classes: classes, allowsHTTP: allowsHTTP)
        }
    }

    /// A request that may be made.
    struct Target: Sendable {
        let url: String
        let host: String
        let allowsHTTP: Bool
        /// Classes of addresses it may end up at.
        let addressMask: Int32
    }

    private let rules: [Rule]
    private let grantedClasses: Int32

    /// - Parameters:
    ///   - given: the part of the config that the operator wrote, without defaults: what stands there is meant.
    ///   - grant: what the operator grants this plugin; nil: what it asks for.
    init(_ capabilities: PluginCapabilities, config: JSONValue, given: JSONValue, grant: PluginGrant?) {
        grantedClasses = Int32(CHTTP_PUBLIC) | (grant?.addressMask ?? 0)
        rules = capabilities.http.compactMap { rule in
            guard let asked = Self.rule(rule.host, methods: rule.methods, config: config, given: given) else {
                return nil
            }
            let granted = grant?.methods(rule.methods, of: rule.host, or: asked.host) ?? rule.methods
            return granted.isEmpty ? nil : asked.allowing(granted)
        }
    }

    private static func rule(_ host: String, methods: [String], config: JSONValue, given: JSONValue) -> Rule? {
        guard let key = PluginCapabilities.configKey(host) else {
            return Rule(host: host.lowercased(), port: nil, methods: methods, classes: 0, allowsHTTP: false)
        }
        guard let text = config[key]?.stringValue, let url = HTTPURL(text) else { return nil }
        let isMeant = given[key]?.stringValue == text
        let addressClass = isMeant ? url.literalAddressClass : 0
        let isLoopback = addressClass == Int32(CHTTP_LOOPBACK)
        return Rule(
            host: url.host, port: url.port, methods: methods, classes: addressClass,
            allowsHTTP: isLoopback && url.scheme == "http")
    }

    /// Each once, in the order of the manifest.
    private var hosts: [String] {
        rules.reduce(into: []) { if !$0.contains($1.host) { $0.append($1.host) } }
    }

    /// Where requests may go, and with which methods; a port that is not 443 is part of the host.
    var granted: [(host: String, methods: [String])] {
        rules.map { rule in
            let port = rule.port.flatMap { $0 == 443 ? nil : ":\($0)" } ?? ""
            return (rule.host + port, rule.methods)
        }
    }

    func target(method: String, url text: String) throws(HTTPFailure) -> Target {
        guard let url = HTTPURL(text), url.scheme == "https" || url.scheme == "http" else {
            throw .urlUnreadable(Self.withoutQuery(text))
        }
        guard !url.hasUser else { throw .urlHasUser(host: url.host) }
        let matching = rules.filter { $0.host == url.host && ($0.port == nil ? url.port == 443 : $0.port == url.port) }
        guard !matching.isEmpty else {
            throw .hostNotGranted(url.port == 443 ? url.host : "\(url.host):\(url.port)", granted: hosts)
        }
        guard let rule = matching.first(where: { $0.methods.contains(method) }) else {
            throw .methodNotGranted(method, host: url.host, granted: matching.flatMap(\.methods))
        }
        guard url.scheme == "https" || rule.allowsHTTP else { throw .notHTTPS(host: url.host) }
        return Target(
            url: url.text, host: url.host, allowsHTTP: rule.allowsHTTP, addressMask: grantedClasses | rule.classes)
    }

    static func withoutQuery(_ url: String) -> String {
        String(url.prefix { $0 != "?" && $0 != "#" }.prefix(200))
    }
}

/// What the operator grants a plugin: an entry of `grants.json`, `{"digitalocean": {"http": [{"host": "api.digitalocean.com",
/// "methods": ["GET"]}], "addresses": ["private"]}}`.
public struct PluginGrant: Sendable {
    let http: [PluginCapabilities.HTTPRule]?
    let addressMask: Int32
    let services: [String]?
    let credentials: [String]?
    /// Where it runs; nil: as usual.
    let placement: PluginManifest.Placement?
    /// Address space of its workers; nil: as usual.
    let memoryMegabytes: Int?
    let allowsProcesses: Bool
    /// Seconds that a call in a worker has to stop in once it was asked to; nil: as usual.
    let graceSeconds: Double?
    /// When its crashes keep it out; nil: as usual.
    let crashLimit: CrashLimit?

    static let addressClasses = [
        ("private", CHTTP_PRIVATE), ("loopback", CHTTP_LOOPBACK), ("link_local", CHTTP_LINK_LOCAL),
    ]

    /// - Throws: the mistake, with its place in the file.
    public init(reading value: JSONValue, plugin: String) throws(GrantMistake) {
        guard let object = value.objectValue else {
            throw .wrong(plugin, found: value.typeName, expected: "an object")
        }
        do throws(PluginRefusal.Fact) {
            try self.init(ManifestReader(object: object, place: plugin + "."), plugin)
        } catch {
            throw GrantMistake(error)
        }
    }

    /// The entry has the form of a manifest's object.
    private init(_ reader: ManifestReader, _ plugin: String) throws(PluginRefusal.Fact) {
        try reader.checkKeys([
            "http", "addresses", "services", "credentials", "placement", "memory_mb", "processes",
            "grace_seconds", "crashes", "crash_hours",
        ])
        http =
            reader.object["http"] == nil
            ? nil
            : try reader.objects("http") { item throws(PluginRefusal.Fact) in
                PluginCapabilities.HTTPRule(host: try item.string("host"), methods: try item.strings("methods"))
            }
        services = reader.object["services"] == nil ? nil : try reader.strings("services")
        credentials = reader.object["credentials"] == nil ? nil : try reader.strings("credentials")
        placement = try reader.choice("placement", PluginManifest.Placement.self)
        memoryMegabytes = reader.object["memory_mb"] == nil ? nil : try reader.integer("memory_mb")
        graceSeconds = try reader.seconds("grace_seconds")
        crashLimit = try Self.crashLimit(reader)
        allowsProcesses = reader.object["processes"] == nil ? true : try reader.flag("processes")
        var mask: Int32 = 0
        for name in try reader.strings("addresses") {
            guard let known = Self.addressClasses.first(where: { $0.0 == name }) else {
                throw .manifestKey(
                    plugin + ".addresses", found: "\"\(name)\"",
                    expected: "any of " + Self.addressClasses.map(\.0).joined(separator: ", "))
            }
            mask |= Int32(known.1)
        }
        addressMask = mask
    }

    private static func crashLimit(_ reader: ManifestReader) throws(PluginRefusal.Fact) -> CrashLimit? {
        func number(_ key: String, or standard: Int) throws(PluginRefusal.Fact) -> Int {
            guard reader.object[key] != nil else { return standard }
            let number = try reader.integer(key)
            guard number > 0 else {
                throw .manifestKey(reader.place + key, found: "0", expected: "a whole number above 0")
            }
            return number
        }
        guard reader.object["crashes"] != nil || reader.object["crash_hours"] != nil else { return nil }
        return CrashLimit(
            crashes: try number("crashes", or: CrashLimit.standard.crashes),
            hours: try number("crash_hours", or: CrashLimit.standard.hours))
    }

    /// Those of the methods that are granted for a host, as the manifest writes it or as the config makes it.
    func methods(_ asked: [String], of written: String, or host: String) -> [String] {
        guard let http else { return asked }
        let granted = http.filter { $0.host == written || $0.host.lowercased() == host }
            .flatMap { $0.methods.isEmpty ? asked : $0.methods }
        return asked.filter(granted.contains)
    }

    func allows(credential: String) -> Bool { credentials?.contains(credential) ?? true }

    func allows(service: String) -> Bool { services?.contains(service) ?? true }
}

/// A URL, read the way libcurl will read it: two readers of one URL are how allow-lists are got around.
struct HTTPURL: Sendable {
    let text: String
    let scheme: String
    let host: String
    let port: Int
    let hasUser: Bool

    init?(_ text: String) {
        var url = chttp_url()
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), chttp_url_read(text, &url) == 0 else {
            return nil
        }
        defer { chttp_url_free(&url) }
        self.text = String(cString: url.text)
        scheme = String(cString: url.scheme)
        let host = String(cString: url.host)
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = Int(url.port)
        hasUser = url.has_user != 0
    }

    /// The class of the address that the host is, literally; 0 for a name that has to be looked up.
    var literalAddressClass: Int32 {
        host == "localhost" ? Int32(CHTTP_LOOPBACK) : chttp_address_class(host)
    }
}
