internal import Crypto
internal import CryptoExtras
internal import SagaCore

/// A public key of a key set, for one algorithm.
struct VerificationKey: Sendable {
    private enum Kind: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    /// What tokens name it by; nil: they need not.
    let id: String?
    let algorithm: TokenAlgorithm
    private let kind: Kind

    /// - Parameter jwk: `{kty: RSA, n, e}` or `{kty: OKP, crv: Ed25519, x}`, with `kid`, `use`, `alg` and `key_ops` as they
    ///   may be (RFC 7517, RFC 8037).
    init(_ jwk: JSONObject) throws(KeyProblem) {
        id = try Self.text("kid", of: jwk)
        for key in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] where jwk[key] != nil { throw .private(key) }
        let type = try Self.text("kty", of: jwk)
        switch type {
        case "RSA": (algorithm, kind) = (.rs256, .rsa(try Self.rsa(jwk)))
        case "OKP": (algorithm, kind) = (.eddsa, .ed25519(try Self.ed25519(jwk)))
        default: throw .type(type)
        }
        try checkUse(jwk)
    }

    private func checkUse(_ jwk: JSONObject) throws(KeyProblem) {
        if let use = jwk["use"], use != "sig" { throw .use(use.text) }
        if let named = jwk["alg"], named != .string(algorithm.rawValue) { throw .algorithm(named.text, algorithm) }
        if let operations = jwk["key_ops"], operations.arrayValue?.contains("verify") != true {
            throw .use(operations.text)
        }
    }

    private static func rsa(_ jwk: JSONObject) throws(KeyProblem) -> _RSA.Signing.PublicKey {
        let (modulus, exponent) = (try bytes("n", of: jwk), try bytes("e", of: jwk))
        let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 0)
        guard (2048...8192).contains(bits) else { throw .size(bits: bits) }
        // 65537, which every issuer uses: 1 would make each signature its own message.
        guard exponent == [1, 0, 1] else { throw .exponent }
        do { return try _RSA.Signing.PublicKey(n: modulus, e: exponent) } catch { throw .unusable }
    }

    private static func ed25519(_ jwk: JSONObject) throws(KeyProblem) -> Curve25519.Signing.PublicKey {
        let curve = try text("crv", of: jwk)
        guard curve == "Ed25519" else { throw .curve(curve) }
        let point = try bytes("x", of: jwk)
        guard point.count == 32, point.contains(where: { $0 != 0 }) else { throw .unusable }
        do { return try Curve25519.Signing.PublicKey(rawRepresentation: point) } catch { throw .unusable }
    }

    private static func text(_ key: String, of jwk: JSONObject) throws(KeyProblem) -> String? {
        guard let value = jwk[key] else { return nil }
        guard let text = value.stringValue else { throw .member(key) }
        return text
    }

    private static func bytes(_ key: String, of jwk: JSONObject) throws(KeyProblem) -> [UInt8] {
        guard let text = try text(key, of: jwk), !text.isEmpty, let bytes = Base64URL.decode(text.utf8) else {
            throw .member(key)
        }
        return bytes
    }

    func signed(_ bytes: [UInt8], _ signature: [UInt8]) -> Bool {
        switch kind {
        case .rsa(let key):
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: bytes),
                padding: .insecurePKCS1v1_5)
        case .ed25519(let key): key.isValidSignature(signature, for: bytes)
        }
    }
}
