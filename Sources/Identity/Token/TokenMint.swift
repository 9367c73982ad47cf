public import SagaCore

/// Issues tokens with a shared secret, as another service does in earnest: for development, for tests, and for a first
/// look at a host that has no such service.
public struct TokenMint: Sendable {
    public var subject: String
    public var role: Role
    public var tenant: String?
    public var issuer: String?
    public var audience: String?
    /// Seconds.
    public var lifetime: Int64

    public init(subject: String, role: Role, tenant: String? = nil, lifetime: Int64) {
        self.subject = subject
        self.role = role
        self.tenant = tenant
        self.lifetime = lifetime
    }

    /// A token that is good from now on.
    public func token(_ secret: SharedSecret, at now: Timestamp) -> String {
        let issuedAt = now.milliseconds / 1000
        var claims: JSONObject = ["sub": .string(subject), "role": .string(role.rawValue)]
        claims["tenant"] = tenant.map(JSONValue.string)
        claims["iss"] = issuer.map(JSONValue.string)
        claims["aud"] = audience.map(JSONValue.string)
        claims["iat"] = .int(issuedAt)
        claims["exp"] = .int(issuedAt + lifetime)
        claims["jti"] = .string(Base64URL.encode(Randomness.bytes(16)))
        let signed =
            Base64URL.encode(#"{"alg":"HS256","typ":"JWT"}"#.utf8) + "."
            + Base64URL.encode(JSONValue.object(claims).text.utf8)
        return signed + "." + Base64URL.encode(secret.sign(signed.utf8))
    }
}
