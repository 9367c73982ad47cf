internal import Crypto
public import SagaCore

/// What a server and the operator of its machine share, so that he can make login codes that the server believes.
///
/// A code is `subject.nonce.expiry` and an HMAC over it: nothing has to be asked of the server to make one.
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

    /// A code by which the operator called `subject` gets in, once.
    public func makeCode(for subject: String, at now: Timestamp) -> String {
        let expiry = (now + Self.lifetime * 1000).milliseconds
        let claim = "\(Base64URL.encode(subject.utf8)).\(Randomness.word()).\(expiry)"
        return "\(claim).\(Base64URL.encode(Array(authenticationCode(of: claim))))"
    }

    /// What a code says; nil: it was not made with this key, or is too old.
    func read(_ code: String, at now: Timestamp) -> (subject: String, expiresAt: Timestamp)? {
        let parts = code.split(separator: ".", omittingEmptySubsequences: false)
        guard code.utf8.count <= 1024, parts.count == 4, let signature = Base64URL.decode(parts[3].utf8) else {
            return nil
        }
        let claim = parts[..<3].joined(separator: ".")
        // Compares in constant time.
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: Array(Self.purpose(claim).utf8), using: secret),
            let milliseconds = Int64(parts[2]), let subject = Base64URL.decode(parts[0].utf8)
        else { return nil }
        let expiresAt = Timestamp(milliseconds: milliseconds)
        guard expiresAt > now, expiresAt - now <= Self.lifetime * 1000 else { return nil }
        return (String(decoding: subject, as: UTF8.self), expiresAt)
    }

    private var secret: SymmetricKey { SymmetricKey(data: Base64URL.decode(text.utf8) ?? []) }

    private func authenticationCode(of claim: String) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(Self.purpose(claim).utf8), using: secret)
    }

    /// So that nothing else that is ever made with the key passes for a code.
    private static func purpose(_ claim: String) -> String { "arcadia login 1 \(claim)" }
}
