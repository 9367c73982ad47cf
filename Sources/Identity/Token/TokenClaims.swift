internal import SagaCore

/// The claims of a token whose signature is good, held against a policy. Types are strict: `"true"` is no role, `1e9` and
/// `"1700000000"` are no time, `null` is not the same as nothing.
struct TokenClaims {
    let claims: JSONObject
    let policy: TokenPolicy
    let now: Timestamp

    func identity() throws(TokenRefusal) -> Identity {
        let expiresAt = try checkTimes()
        try checkIssuer()
        try checkAudience()
        guard let subject = try name("sub", longest: 256) else { throw .claimMissing("sub") }
        let (role, tenant) = (try role(), try name(policy.tenantClaim, longest: 128))
        if role == .tenantAdmin, tenant == nil { throw .tenantMissing(role) }
        return Identity(
            subject: subject, role: role, tenant: tenant, tokenID: try name("jti", longest: 256), expiresAt: expiresAt)
    }

    // MARK: - When

    private func checkTimes() throws(TokenRefusal) -> Timestamp {
        let leeway = Int64(policy.leeway) * 1000
        guard let expiresAt = try moment("exp") else { throw .claimMissing("exp") }
        let (issuedAt, notBefore) = (try moment("iat"), try moment("nbf"))
        guard now < expiresAt + leeway else { throw .expired(at: expiresAt) }
        if let notBefore, now + leeway < notBefore { throw .notYet(from: notBefore) }
        if let issuedAt, now + leeway < issuedAt { throw .issuedLater(at: issuedAt) }
        let lifetime = expiresAt - (issuedAt ?? now)
        guard lifetime <= Int64(policy.longestLifetime) * 1000 else {
            throw .livesTooLong(seconds: lifetime / 1000, most: policy.longestLifetime)
        }
        return expiresAt
    }

    /// The last second of the year 9999: what is beyond was not meant.
    private static let endOfTime: Int64 = 253_402_300_799

    private func moment(_ key: String) throws(TokenRefusal) -> Timestamp? {
        guard let value = claims[key] else { return nil }
        guard case .int(let seconds) = value, (0...Self.endOfTime).contains(seconds) else {
            throw .claim(key, found: value.text, expected: "whole seconds since 1970")
        }
        return Timestamp(milliseconds: seconds * 1000)
    }

    // MARK: - From whom, for whom

    private func checkIssuer() throws(TokenRefusal) {
        let found = claims["iss"]
        if let found, found.stringValue == nil { throw .claim("iss", found: found.text, expected: "a text") }
        guard let issuer = policy.issuer else { return }
        guard let text = found?.stringValue else { throw .claimMissing("iss") }
        guard text.utf8.elementsEqual(issuer.utf8) else { throw .otherIssuer(text, expected: issuer) }
    }

    private func checkAudience() throws(TokenRefusal) {
        guard let value = claims["aud"] else {
            if policy.audience != nil { throw .claimMissing("aud") }
            return
        }
        let names = value.stringValue.map { [$0] } ?? value.arrayValue?.compactMap(\.stringValue) ?? []
        guard !names.isEmpty, names.count == value.arrayValue?.count ?? 1 else {
            throw .claim("aud", found: value.text, expected: "a text or a list of texts")
        }
        guard let audience = policy.audience, names.contains(where: { $0.utf8.elementsEqual(audience.utf8) }) else {
            throw .otherAudience(value.text, expected: policy.audience)
        }
    }

    // MARK: - Who

    private func role() throws(TokenRefusal) -> Role {
        guard let value = claims[policy.roleClaim] else { throw .claimMissing(policy.roleClaim) }
        guard let word = value.stringValue else {
            throw .claim(policy.roleClaim, found: value.text, expected: "a text")
        }
        guard let role = policy.role(word) else { throw .unknownRole(word) }
        return role
    }

    /// A text to name somebody by: nobody is called "", and no name ends a line of a log.
    private func name(_ key: String, longest: Int) throws(TokenRefusal) -> String? {
        guard let value = claims[key] else { return nil }
        guard let text = value.stringValue, (1...longest).contains(text.unicodeScalars.count),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw .claim(key, found: value.text, expected: "a text of 1 to \(longest) printable characters") }
        return text
    }
}
