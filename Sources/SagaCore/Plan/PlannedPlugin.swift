/// A plugin that a saga uses: which build, where it runs, what it may reach.
public struct PlannedPlugin: Sendable, Hashable {
    /// A token that the host adds to its requests.
    public struct Credential: Sendable, Hashable {
        public let name: String
        /// The most requests that are made with it; nil: no limit is known.
        public let perMinute: Int?
        public let perHour: Int?

        public init(name: String, perMinute: Int?, perHour: Int?) {
            self.name = name
            self.perMinute = perMinute
            self.perHour = perHour
        }
    }

    /// A host that its requests may go to: what its manifest asks for and its operator grants.
    public struct HTTPHost: Sendable, Hashable {
        /// With its port where that is another than 443.
        public let host: String
        public let methods: [String]

        public init(host: String, methods: [String]) { (self.host, self.methods) = (host, methods) }
    }

    public let image: PluginImage
    /// `in_process`, `worker` or `host`.
    public let placement: String
    /// By the operator's name for whoever signed it; nil: nobody whom the operator named.
    public let signer: String?
    public let credentials: [Credential]
    public let http: [HTTPHost]
    /// Folders it may write to.
    public let writes: [String]
    public let startsPrograms: Bool

    public init(
        image: PluginImage, placement: String, signer: String?, credentials: [Credential], http: [HTTPHost],
        writes: [String], startsPrograms: Bool
    ) {
        self.image = image
        self.placement = placement
        self.signer = signer
        self.credentials = credentials
        self.http = http
        self.writes = writes
        self.startsPrograms = startsPrograms
    }

    /// `{"id", "version", "hash", "placement", "signer"?, "credentials": [{"name", "per_minute"?, "per_hour"?}],
    /// "http": [{"host", "methods"}], "writes": ["/folder"], "starts_programs"}`
    var json: JSONValue {
        var object: JSONObject = [
            "id": .string(image.plugin), "version": .string(image.version), "hash": .string(image.hash),
            "placement": .string(placement),
        ]
        object["signer"] = signer.map(JSONValue.string)
        object["credentials"] = .array(credentials.map(Self.json))
        object["http"] = .array(
            http.map { ["host": .string($0.host), "methods": .array($0.methods.map(JSONValue.string))] })
        object["writes"] = .array(writes.map(JSONValue.string))
        object["starts_programs"] = .bool(startsPrograms)
        return .object(object)
    }

    private static func json(_ credential: Credential) -> JSONValue {
        var object: JSONObject = ["name": .string(credential.name)]
        object["per_minute"] = credential.perMinute.map { .int(Int64($0)) }
        object["per_hour"] = credential.perHour.map { .int(Int64($0)) }
        return .object(object)
    }
}
