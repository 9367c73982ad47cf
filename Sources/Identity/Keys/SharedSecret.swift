internal import Crypto

/// A secret that this host shares with the service that issues tokens: 32 bytes or more, as HS256 asks (RFC 7518 §3.2).
///
/// Whoever can verify with it can also issue. Its bytes are never shown.
public struct SharedSecret: Sendable {
    private let key: SymmetricKey

    /// - Throws: `SharedSecretProblem.tooShort`, `.oneByte`
    public init(_ bytes: [UInt8]) throws(SharedSecretProblem) {
        guard bytes.count >= Self.fewestBytes else { throw .tooShort(bytes: bytes.count) }
        guard bytes.contains(where: { $0 != bytes[0] }) else { throw .oneByte }
        key = SymmetricKey(data: bytes)
    }

    public static let fewestBytes = 32

    func sign(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(bytes), using: key))
    }

    /// Compares in constant time.
    func signed(_ bytes: [UInt8], _ signature: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: bytes, using: key)
    }
}

extension SharedSecret: CustomStringConvertible, CustomReflectable {
    public var description: String { "SharedSecret" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
