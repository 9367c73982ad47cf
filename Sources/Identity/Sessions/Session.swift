internal import Crypto
public import SagaCore

/// Somebody's session in a browser, as long as the request lasts that asked for it.
public struct Session: Sendable {
    public let identity: Identity
    public let startedAt: Timestamp
    /// When it ends at the latest.
    public let endsAt: Timestamp
    /// What a page writes into its forms: whoever sends it back has read a page of this session.
    ///
    /// Made from the session's id, which only the browser has, so it is stored nowhere.
    public let csrfToken: String

    init(id: String, identity: Identity, startedAt: Timestamp, endsAt: Timestamp) {
        self.identity = identity
        self.startedAt = startedAt
        self.endsAt = endsAt
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("arcadia csrf".utf8), using: SymmetricKey(data: Array(id.utf8)))
        csrfToken = Base64URL.encode(code)
    }

    /// Compares in constant time.
    public func isOurs(csrfToken given: String) -> Bool {
        let (given, own) = (Array(given.utf8), Array(csrfToken.utf8))
        guard given.count == own.count else { return false }
        return zip(given, own).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
