internal import SagaCore

/// What a token's header may say. It chooses nothing: the algorithm is compared with the one that is pinned, and `kid` is
/// looked up among keys that are for that algorithm alone.
struct TokenHeader {
    let keyID: String?

    /// They name a key, or have the token read in another way.
    private static let forbidden = [
        "crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "enc", "cty", "epk", "p2s", "p2c",
    ]

    init(_ header: JSONObject, pinned: TokenAlgorithm) throws(TokenRefusal) {
        guard let algorithm = try Self.text("alg", of: header) else {
            throw .headerMember("alg", found: "missing", expected: "\"\(pinned.rawValue)\"")
        }
        guard algorithm.utf8.elementsEqual(pinned.rawValue.utf8) else {
            throw .otherAlgorithm(algorithm, pinned: pinned)
        }
        if let key = Self.forbidden.first(where: { header[$0] != nil }) { throw .headerForbidden(key) }
        if let type = try Self.text("typ", of: header), !["jwt", "at+jwt"].contains(type.lowercased()) {
            throw .headerMember("typ", found: type, expected: "\"JWT\" or \"at+jwt\"")
        }
        keyID = try Self.text("kid", of: header)
    }

    private static func text(_ key: String, of header: JSONObject) throws(TokenRefusal) -> String? {
        guard let value = header[key] else { return nil }
        guard let text = value.stringValue else {
            throw .headerMember(key, found: value.typeName, expected: "a text")
        }
        return text
    }
}
