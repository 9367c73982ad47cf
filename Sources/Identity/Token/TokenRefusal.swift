public import SagaCore

/// Why a token is not believed. The facts are for the operator's log; the caller hears `publicMessage`, one of five.
public enum TokenRefusal: Error, Sendable, Hashable {
    // Its shape, before anything in it is read
    case missing
    case tooLarge(bytes: Int)
    /// Parts between dots.
    case parts(Int)
    case base64(TokenPart)

    // Its header, before any key is touched
    case headerNotJSON(String)
    case headerMember(String, found: String, expected: String)
    case otherAlgorithm(String, pinned: TokenAlgorithm)
    /// A member that names a key, or changes how the token is read.
    case headerForbidden(String)

    // Its signature, before any claim is believed
    case keyNotNamed(keys: Int)
    case unknownKey(String)
    case signature

    // Its claims
    case claimsNotJSON(String)
    case claimMissing(String)
    case claim(String, found: String, expected: String)
    case expired(at: Timestamp)
    case notYet(from: Timestamp)
    case issuedLater(at: Timestamp)
    case livesTooLong(seconds: Int64, most: Int)
    case otherIssuer(String, expected: String)
    /// What the token names, as JSON; nil: we have no name.
    case otherAudience(String, expected: String?)
    case unknownRole(String)
    case tenantMissing(Role)
}

/// A part of a token between its dots.
public enum TokenPart: String, Sendable, Hashable, CaseIterable {
    case header, claims, signature
}
