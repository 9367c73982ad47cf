internal import Crypto
public import SagaCore

/// What a server and the operator of its machine share, so that he can make login codes that the server believes.
///
/// A code is an HMAC, then what it is over: expiry, nonce, subject. Nothing has to be asked of the server to make one.
public struct LoginKey: Sendable, Hashable {
    /// 43 characters that need no escape anywhere.
    public let text: String

    /// A new one, of 256 random bits.
    public init() { text = Randomness.word() }

    /// - Parameter text: of another key; nil: it is none.
    public init?(text: String) {
        guard Base64URL.decode(text.utf8)?.count == 32 else { return nil }
        self.text = text
    }

    /// A code's seconds to live, at most.
    public static let lifetime: Int64 = 300

    /// A code by which the operator called `subject` gets in, once: 64 bytes of its user's name at most.
    public func makeCode(for subject: String, at now: Timestamp) -> String {
        let expiry = UInt64(bitPattern: (now + Self.lifetime * 1000).milliseconds)
        let claim =
            (0..<8).map { UInt8(truncatingIfNeeded: expiry >> (56 - 8 * $0)) } + Randomness.bytes(Self.nonceLength)
            + subject.utf8.prefix(64)
        return Base64URL.encode(authenticationCode(of: claim) + claim)
    }

    /// What a code says; nil: it was not made with this key, or is too old.
    func read(_ code: String, at now: Timestamp) -> (subject: String, expiresAt: Timestamp)? {
        guard code.utf8.count <= 256, let bytes = Base64URL.decode(code.utf8), bytes.count >= Self.headLength else {
            return nil
        }
        let claim = Array(bytes[SHA256.byteCount...])
        // Compares in constant time.
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                bytes[..<SHA256.byteCount], authenticating: Self.purpose + claim, using: secret)
        else { return nil }
        let expiry = claim[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let expiresAt = Timestamp(milliseconds: Int64(bitPattern: expiry))
        guard expiresAt > now, expiresAt - now <= Self.lifetime * 1000 else { return nil }
        return (String(decoding: claim[(8 + Self.nonceLength)...], as: UTF8.self), expiresAt)
    }

    private static let nonceLength = 16
    /// Everything before the subject.
    private static let headLength = SHA256.byteCount + 8 + nonceLength
    /// So that nothing else that is ever made with the key passes for a code.
    private static let purpose = Array("arcadia login 1 ".utf8)

    private var secret: SymmetricKey { SymmetricKey(data: Base64URL.decode(text.utf8) ?? []) }

    private func authenticationCode(of claim: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Self.purpose + claim, using: secret))
    }
}
