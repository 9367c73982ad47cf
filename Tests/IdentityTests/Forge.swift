import ArcadiaTesting
import Crypto
import CryptoExtras
import Foundation
import SagaCore

@testable import Identity

/// Makes tokens, good ones and any other: each text is written as it is given.
struct Forge {
    /// 2027-01-15T08:00:00Z
    static let seconds: Int64 = 1_800_000_000
    static let now = Timestamp(milliseconds: seconds * 1000)

    static let secretBytes = Array("an old secret of 32 bytes or more".utf8)
    static let secret = try! SharedSecret(secretBytes)
    static let otherSecret = try! SharedSecret(Array("another secret of 32 bytes or more".utf8))
    static let rsa = try! _RSA.Signing.PrivateKey(keySize: .bits2048)
    static let otherRSA = try! _RSA.Signing.PrivateKey(keySize: .bits2048)
    static let ed25519 = Curve25519.Signing.PrivateKey()

    static let header = #"{"alg":"HS256","typ":"JWT"}"#
    private static let good: KeyValuePairs = [
        "iss": #""https://id.example""#, "aud": #""arcadia""#, "sub": #""ada""#, "role": #""operator""#,
        "tenant": #""acme""#, "iat": "\(seconds)", "nbf": "\(seconds)", "exp": "\(seconds + 3600)", "jti": #""t-1""#,
    ]

    /// The good claims, with some changed; nil takes one out.
    static func claims(_ changes: KeyValuePairs<String, String?> = [:]) -> String {
        var members = good.map { ($0.key, $0.value) }
        for (key, value) in changes {
            members.removeAll { $0.0 == key }
            if let value { members.append((key, value)) }
        }
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    static func text(_ header: String, _ claims: String) -> String {
        Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8)
    }

    static func hs256(_ header: String = header, _ claims: String = claims(), key: [UInt8] = secretBytes) -> String {
        let signed = text(header, claims)
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: SymmetricKey(data: key))
        return signed + "." + Base64URL.encode(code)
    }

    /// A good token of so many bytes. Base64 skips every fourth length, so the header gives way as well.
    static func hs256(ofBytes count: Int) -> String? {
        for padding in 0..<3 {
            let header = #"{"alg":"HS256","p":"\#(String(repeating: "x", count: padding))"}"#
            for length in (count - 600)..<count {
                let signed = text(header, claims(["x": "\"\(String(repeating: "x", count: length * 3 / 4))\""]))
                let size = signed.utf8.count + 44
                if size == count {
                    return hs256(header, claims(["x": "\"\(String(repeating: "x", count: length * 3 / 4))\""]))
                }
                if size > count { break }
            }
        }
        return nil
    }

    static func rs256(
        _ header: String = #"{"alg":"RS256","kid":"r1"}"#, _ claims: String = claims(),
        key: _RSA.Signing.PrivateKey = rsa, padding: _RSA.Signing.Padding = .insecurePKCS1v1_5
    ) -> String {
        let signed = text(header, claims)
        let digest = SHA256.hash(data: Array(signed.utf8))
        return signed + "."
            + Base64URL.encode(try! key.signature(for: digest, padding: padding).rawRepresentation)
    }

    static func eddsa(_ header: String = #"{"alg":"EdDSA","kid":"e1"}"#, _ claims: String = claims()) -> String {
        let signed = text(header, claims)
        return signed + "." + Base64URL.encode(try! ed25519.signature(for: Array(signed.utf8)))
    }

    // MARK: - Who verifies

    static func policy(_ algorithm: TokenAlgorithm) -> TokenPolicy {
        var policy = TokenPolicy(algorithm: algorithm, keys: .secretFiles([]))
        (policy.issuer, policy.audience) = ("https://id.example", "arcadia")
        return policy
    }

    static func verifier(_ algorithm: TokenAlgorithm = .hs256) -> TokenVerifier {
        algorithm == .hs256
            ? TokenVerifier(policy(algorithm), secrets: [secret]) : TokenVerifier(policy(algorithm), keys: keySet)
    }

    static let keySet = try! KeySet(parsing: #"{"keys":[\#(rsaJWK(rsa, "r1")),\#(edJWK(ed25519, "e1"))]}"#)

    static func rsaJWK(_ key: _RSA.Signing.PrivateKey, _ id: String, more: String = "") -> String {
        let parts = try! key.publicKey.getKeyPrimitives()
        return
            #"{"kty":"RSA","kid":"\#(id)","n":"\#(Base64URL.encode(parts.modulus))","e":"\#(Base64URL.encode(parts.publicExponent))"\#(more)}"#
    }

    static func edJWK(_ key: Curve25519.Signing.PrivateKey, _ id: String, more: String = "") -> String {
        #"{"kty":"OKP","crv":"Ed25519","kid":"\#(id)","x":"\#(Base64URL.encode(key.publicKey.rawRepresentation))"\#(more)}"#
    }
}

/// The refusal of a token, or nil where it was believed.
func refusal(_ token: String, _ verifier: TokenVerifier = Forge.verifier(), at now: Timestamp = Forge.now)
    -> TokenRefusal?
{
    do throws(TokenRefusal) {
        _ = try verifier.verify(token, at: now)
        return nil
    } catch {
        return error
    }
}
