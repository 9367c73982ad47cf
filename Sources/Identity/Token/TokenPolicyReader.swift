public import SagaCore

extension TokenPolicy {
    private static let known = [
        "algorithm", "secret_files", "key_set_file", "key_set_url", "key_set_refresh_seconds", "issuer", "audience",
        "leeway_seconds",
        "longest_lifetime_seconds", "role_claim", "tenant_claim", "roles",
    ]

    /// Reads a policy from a configuration:
    ///
    ///     { "algorithm": "HS256", "secret_files": ["/etc/arcadia/secret"],
    ///       "issuer": "https://id.example", "audience": "arcadia", "roles": { "admins": "platform_admin" } }
    ///
    /// and for RS256 or EdDSA, instead of `secret_files`, `key_set_file` or `key_set_url`, the latter with
    /// `key_set_refresh_seconds` (1 to 86400, 600). Besides: `leeway_seconds` (0 to 60, 30), `longest_lifetime_seconds` (60 to 2592000, 86400), `role_claim` ("role"), `tenant_claim` ("tenant").
    public init(reading value: JSONValue) throws(TokenPolicyProblem) {
        guard let object = value.objectValue else { throw .type("", found: value.typeName, expected: "an object") }
        for key in object.keys where !Self.known.contains(key) {
            throw .unknownKey(key, suggestion: closest(to: key, among: Self.known))
        }
        let reader = PolicyReader(object: object)
        let algorithm = try reader.algorithm()
        self.init(algorithm: algorithm, keys: try reader.keys(for: algorithm))
        keySetRefresh = try reader.keySetRefresh(keys) ?? keySetRefresh
        issuer = try reader.text("issuer")
        audience = try reader.text("audience")
        leeway = try reader.number("leeway_seconds", in: 0...60) ?? leeway
        longestLifetime = try reader.number("longest_lifetime_seconds", in: 60...2_592_000) ?? longestLifetime
        roleClaim = try reader.text("role_claim") ?? roleClaim
        tenantClaim = try reader.text("tenant_claim") ?? tenantClaim
        roles = try reader.roles()
    }
}

/// The members of a policy's object, each checked.
private struct PolicyReader {
    let object: JSONObject

    func algorithm() throws(TokenPolicyProblem) -> TokenAlgorithm {
        guard let name = try text("algorithm") else { throw .missing("algorithm") }
        guard let algorithm = TokenAlgorithm(rawValue: name) else { throw .algorithm(name) }
        return algorithm
    }

    func keys(for algorithm: TokenAlgorithm) throws(TokenPolicyProblem) -> TokenPolicy.Keys {
        let given = ["secret_files", "key_set_file", "key_set_url"].filter { object[$0] != nil }
        let fitting = algorithm == .hs256 ? ["secret_files"] : ["key_set_file", "key_set_url"]
        if let other = given.first(where: { !fitting.contains($0) }) { throw .keysForOther(other, algorithm) }
        guard given.count == 1 else { throw .keys(algorithm, given: given.count) }
        if algorithm == .hs256 { return .secretFiles(try secretFiles()) }
        if let file = try text("key_set_file") { return .keySetFile(file) }
        return .keySetURL(try url("key_set_url"))
    }

    private func secretFiles() throws(TokenPolicyProblem) -> [String] {
        let value = object["secret_files"] ?? .null
        let files = value.arrayValue?.compactMap(\.stringValue).filter { !$0.isEmpty } ?? []
        guard (1...2).contains(files.count), files.count == value.arrayValue?.count, Set(files).count == files.count
        else { throw .type("secret_files", found: value.text, expected: "a list of one or two files") }
        return files
    }

    /// Keys that came over an open line are anybody's.
    private func url(_ key: String) throws(TokenPolicyProblem) -> String {
        let url = try text(key) ?? ""
        let start = ["https://", "http://127.0.0.1:", "http://127.0.0.1/", "http://[::1]:", "http://[::1]/"]
        guard start.contains(where: { url.hasPrefix($0) && url.utf8.count > $0.utf8.count }) else {
            throw .type(key, found: "\"\(url)\"", expected: "a URL that starts with https://")
        }
        return url
    }

    func keySetRefresh(_ keys: TokenPolicy.Keys) throws(TokenPolicyProblem) -> Int? {
        let key = "key_set_refresh_seconds"
        guard object[key] != nil else { return nil }
        guard case .keySetURL = keys else { throw .onlyWith(key, "key_set_url") }
        return try number(key, in: 1...86_400)
    }

    func text(_ key: String) throws(TokenPolicyProblem) -> String? {
        guard let value = object[key] else { return nil }
        guard let text = value.stringValue else { throw .type(key, found: value.typeName, expected: "a text") }
        guard !text.isEmpty else { throw .type(key, found: "empty", expected: "a text") }
        return text
    }

    func number(_ key: String, in range: ClosedRange<Int64>) throws(TokenPolicyProblem) -> Int? {
        guard let value = object[key] else { return nil }
        guard case .int(let number) = value, range.contains(number) else {
            throw .type(key, found: value.text, expected: "\(range.lowerBound) to \(range.upperBound)")
        }
        return Int(number)
    }

    func roles() throws(TokenPolicyProblem) -> [String: Role] {
        guard let value = object["roles"] else { return [:] }
        guard let words = value.objectValue, !words.isEmpty else {
            throw .type("roles", found: value.text, expected: "an object such as {\"admins\": \"platform_admin\"}")
        }
        var roles: [String: Role] = [:]
        for (word, value) in words {
            guard let role = value.stringValue.flatMap(Role.init(rawValue:)) else { throw .role(word, value.text) }
            roles[word] = role
        }
        return roles
    }
}
