extension TokenRefusal {
    /// Stable, for programs and for counting.
    public var code: String {
        switch self {
        case .missing: "token.missing"
        case .tooLarge: "token.too_large"
        case .parts: "token.parts"
        case .base64: "token.base64"
        case .headerNotJSON: "token.header_not_json"
        case .headerMember: "token.header_member"
        case .otherAlgorithm: "token.other_algorithm"
        case .headerForbidden: "token.header_forbidden"
        case .keyNotNamed: "token.key_not_named"
        case .unknownKey: "token.unknown_key"
        case .signature: "token.signature"
        case .claimsNotJSON: "token.claims_not_json"
        case .claimMissing: "token.claim_missing"
        case .claim: "token.claim"
        case .expired: "token.expired"
        case .notYet: "token.not_yet"
        case .issuedLater: "token.issued_later"
        case .livesTooLong: "token.lives_too_long"
        case .otherIssuer: "token.other_issuer"
        case .otherAudience: "token.other_audience"
        case .unknownRole: "token.unknown_role"
        case .tenantMissing: "token.tenant_missing"
        }
    }

    /// What the caller is told. Says nothing that helps to forge one; what the holder of a true token can mend, it says.
    public var publicMessage: String {
        switch self {
        case .missing: "there is no token"
        case .expired: "the token has expired"
        case .notYet, .issuedLater: "the token is not good yet"
        case .livesTooLong, .otherIssuer, .otherAudience, .claimsNotJSON, .claimMissing, .claim, .unknownRole,
            .tenantMissing:
            "the token does not say what this server needs to know"
        case .tooLarge, .parts, .base64, .headerNotJSON, .headerMember, .otherAlgorithm, .headerForbidden, .keyNotNamed,
            .unknownKey, .signature:
            "the token is not one that this server accepts"
        }
    }

    /// The code beside the public sentence, one for each: a stranger learns no more from it.
    public var publicCode: String {
        switch self {
        case .missing: "token.missing"
        case .expired: "token.expired"
        case .notYet, .issuedLater: "token.not_yet"
        case .livesTooLong, .otherIssuer, .otherAudience, .claimsNotJSON, .claimMissing, .claim, .unknownRole,
            .tenantMissing:
            "token.claims"
        case .tooLarge, .parts, .base64, .headerNotJSON, .headerMember, .otherAlgorithm, .headerForbidden, .keyNotNamed,
            .unknownKey, .signature:
            "token.not_accepted"
        }
    }

    /// What the operator reads in the log: what is, then what was expected. What a stranger wrote is cut short and has no
    /// control characters.
    public var message: String {
        switch self {
        case .missing: "there is no token"
        case .tooLarge(let bytes): "the token has \(bytes) bytes; expected at most \(TokenText.mostBytes)"
        case .parts(let count):
            "the token has \(count) \(count == 1 ? "part" : "parts"); expected header, claims and signature with dots between"
        case .base64(let part):
            "the token's \(part.rawValue) cannot be read; expected canonical base64url without padding"
        case .headerNotJSON(let said): "the token's header is not a JSON object: \(said)"
        case .headerMember(let key, let found, let expected):
            "`\(key)` in the token's header is \(quotable(found)); expected \(expected)"
        case .otherAlgorithm(let found, let pinned):
            "the token says it is signed with \(quotable(found)); this server takes \(pinned.rawValue) and nothing else"
        case .headerForbidden(let key): "the token's header has `\(key)`, which this server never follows"
        case .keyNotNamed(let keys): "the token names no key by `kid`, and there are \(keys) for its algorithm"
        case .unknownKey(let id): "the token names key \"\(quotable(id))\", which is not in the key set"
        case .signature: "the token's signature does not fit: another key signed it, or it was changed"
        default: claimsMessage
        }
    }

    private var claimsMessage: String {
        switch self {
        case .claimsNotJSON(let said): "the token's claims are not a JSON object: \(said)"
        case .claimMissing(let key): "the token has no `\(quotable(key))`"
        case .claim(let key, let found, let expected):
            "`\(quotable(key))` in the token is \(quotable(found)); expected \(expected)"
        case .expired(let at): "the token expired at \(at)"
        case .notYet(let from): "the token is good from \(from) on"
        case .issuedLater(let at): "the token says it was issued at \(at), which is yet to come"
        case .livesTooLong(let seconds, let most): "the token lives \(seconds) s; expected at most \(most)"
        case .otherIssuer(let found, let expected):
            "the token was issued by \(quotable(found)); expected \"\(expected)\""
        case .otherAudience(let found, let expected):
            expected.map { "the token is meant for \(quotable(found)); expected \"\($0)\"" }
                ?? "the token is meant for \(quotable(found)), and the policy gives this server no `audience`"
        case .unknownRole(let found): "the token's role is \"\(quotable(found))\", which means none here"
        case .tenantMissing(let role): "the token's role is \(role.rawValue), and it names no tenant"
        default: publicMessage
        }
    }

    /// The next thing to do, where it is the operator's to do.
    public var hint: String? {
        switch self {
        case .otherAudience(_, nil): "`audience` in the token policy names this server"
        case .unknownRole: "`roles` in the token policy says which word means which role"
        case .issuedLater, .notYet: "compare the clocks of the issuer and of this machine"
        case .keyNotNamed: "the issuer should write `kid` into its tokens"
        default: nil
        }
    }
}

/// A stranger's text, fit for a line of a log.
private func quotable(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(80).map { scalar -> Character in
        scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            || scalar.properties.generalCategory == .lineSeparator
            || scalar.properties.generalCategory == .paragraphSeparator ? "\u{FFFD}" : Character(scalar)
    }
    return String(shown) + (text.unicodeScalars.count > 80 ? "…" : "")
}
