internal import FoundationEssentials

/// A request that the host makes.
///
/// ```swift
/// let request = HTTPRequest(
///     .post, config.base_url + "/v1/greetings", json: ["name": name], credential: "greeter.token",
///     timeout: .seconds(10))
/// ```
public struct HTTPRequest: Sendable {
    /// The method, any token: the manifest says which are allowed.
    public struct Method: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        /// eg: "GET"
        public let name: String

        /// eg: `HTTPRequest.Method("PROPFIND")`
        public init(_ name: String) { self.name = name }

        /// eg: `"PROPFIND"`
        public init(stringLiteral name: String) { self.name = name }

        /// The name.
        public var description: String { name }

        /// Reads.
        public static let get: Method = "GET"
        /// Reads the headers.
        public static let head: Method = "HEAD"
        /// Makes or does something.
        public static let post: Method = "POST"
        /// Replaces.
        public static let put: Method = "PUT"
        /// Changes a part.
        public static let patch: Method = "PATCH"
        /// Removes.
        public static let delete: Method = "DELETE"
    }

    /// eg: `.get`
    public var method: Method
    /// Absolute and percent-encoded. eg: "https://api.example.com/v1/greetings"
    public var url: String
    /// Added to the URL, percent-encoded, in this order.
    public var query: [(String, String)]
    /// Not Authorization, Cookie, Host, Content-Length nor Connection.
    public var headers: [(String, String)]
    /// Nil: none.
    public var body: [UInt8]?
    /// The name of a credential in the manifest: the host adds the header. Nil: none.
    public var credential: String?
    /// Nil: the host's 30 seconds. Never longer than what is left of the call.
    public var timeout: Duration?
    /// Do not try again, whatever the method.
    public var once: Bool
    /// What was to be the body and cannot be.
    var problem: UnwritableJSON?

    /// A request with bytes, or with nothing.
    public init(
        _ method: Method, _ url: String, query: [(String, String)] = [], headers: [(String, String)] = [],
        body: [UInt8]? = nil, credential: String? = nil, timeout: Duration? = nil, once: Bool = false
    ) {
        self.method = method
        self.url = url
        self.query = query
        self.headers = headers
        self.body = body
        self.credential = credential
        self.timeout = timeout
        self.once = once
    }

    /// A request with JSON; adds `Content-Type: application/json` unless the headers have one.
    public init(
        _ method: Method, _ url: String, query: [(String, String)] = [], headers: [(String, String)] = [],
        json: some Encodable, credential: String? = nil, timeout: Duration? = nil, once: Bool = false
    ) {
        self.init(
            method, url, query: query, headers: headers, credential: credential, timeout: timeout, once: once)
        do {
            body = [UInt8](try JSON.encoder.encode(json))
        } catch {
            problem = UnwritableJSON(error, place: "body")
        }
        if !headers.contains(where: { $0.0.lowercased() == "content-type" }) {
            self.headers.append(("Content-Type", "application/json"))
        }
    }

    /// Text as it may stand in a path or a query: everything but letters, digits and `-._~` is encoded.
    ///
    /// ```swift
    /// let url = config.base_url + "/tags/" + HTTPRequest.percentEncoded("a b/c")  // …/tags/a%20b%2Fc
    /// ```
    public static func percentEncoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) { encoded.append(byte) } else { encoded += [UInt8(ascii: "%")] + hex(byte) }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func hex(_ byte: UInt8) -> [UInt8] {
        let digits = [UInt8]("0123456789ABCDEF".utf8)
        return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// The URL with the query, before a fragment if there is one.
    var fullURL: String {
        guard !query.isEmpty else { return url }
        let parts = url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let pairs = query.map { Self.percentEncoded($0.0) + "=" + Self.percentEncoded($0.1) }
        let base = String(parts[0])
        let separator = !base.contains("?") ? "?" : base.hasSuffix("?") || base.hasSuffix("&") ? "" : "&"
        return base + separator + pairs.joined(separator: "&") + (parts.count > 1 ? "#" + parts[1] : "")
    }
}
