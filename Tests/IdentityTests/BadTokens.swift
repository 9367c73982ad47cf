import Crypto
import CryptoExtras
import Foundation

@testable import Identity

/// A token that must not be believed, and what it must be refused for.
struct BadToken: Sendable, CustomStringConvertible {
    let description: String
    let token: String
    /// The code of the refusal.
    let code: String
    let algorithm: TokenAlgorithm

    init(_ description: String, _ token: String, _ code: String, _ algorithm: TokenAlgorithm = .hs256) {
        (self.description, self.token, self.code, self.algorithm) = (description, token, "token." + code, algorithm)
    }
}

/// Each differs from a good token in one respect; all but those about the signature are signed with the right key.
enum BadTokens {
    static let all = shapes + headers + algorithms + signatures + times + names + roles + keySets

    private static let good = Forge.hs256()
    private static let parts = good.split(separator: ".").map(String.init)

    private static func header(_ text: String) -> String { Forge.hs256(text) }
    private static func claims(_ changes: KeyValuePairs<String, String?>) -> String {
        Forge.hs256(Forge.header, Forge.claims(changes))
    }

    static let shapes = [
        BadToken("nothing", "", "missing"),
        BadToken("a word", "token", "parts"),
        BadToken("a space before", " " + good, "base64"),
        BadToken("a newline after", good + "\n", "base64"),
        BadToken("with the word Bearer", "Bearer " + good, "base64"),
        BadToken("two parts", parts[0] + "." + parts[1], "parts"),
        BadToken("four parts", good + ".x", "parts"),
        BadToken("five parts, as an encrypted one has", parts[0] + "." + good + ".x", "parts"),
        BadToken("a dot after", good + ".", "parts"),
        BadToken("dots alone", "..", "base64"),
        BadToken("no header", "." + parts[1] + "." + parts[2], "base64"),
        BadToken("no claims", parts[0] + ".." + parts[2], "base64"),
        BadToken("no signature", parts[0] + "." + parts[1] + ".", "base64"),
        BadToken("padding after the signature", good + "=", "base64"),
        BadToken("padding after the header", parts[0] + "=." + parts[1] + "." + parts[2], "base64"),
        BadToken("the other alphabet", parts[0] + "." + parts[1] + "." + String(parts[2].dropLast(2)) + "+/", "base64"),
        BadToken("stray bits at the end of the signature", String(good.dropLast()) + stray(good.last!), "base64"),
        BadToken("truncated by one", String(good.dropLast()), "base64"),
        BadToken(
            "a byte of the signature cut off",
            parts[0] + "." + parts[1] + "." + Base64URL.encode(Base64URL.decode(parts[2].utf8)!.dropLast()), "signature"
        ),
        BadToken("a letter that looks like one", good.replacing("e", with: "е", maxReplacements: 1), "base64"),
        BadToken("a NUL in it", parts[0] + "\0." + parts[1] + "." + parts[2], "base64"),
        BadToken(
            "huge", Forge.hs256(Forge.header, Forge.claims(["x": "\"\(String(repeating: "x", count: 9000))\""])),
            "too_large"),
        BadToken("one byte over the limit", Forge.hs256(ofBytes: 8193)!, "too_large"),
    ]

    /// The next letter: it has the same six bits but for the last ones, which are no part of any byte.
    private static func stray(_ last: Character) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        return String(alphabet[alphabet.firstIndex(of: last)! | 1])
    }

    static let headers = [
        BadToken("a header that is no JSON", header("alg=HS256"), "header_not_json"),
        BadToken("a header that is a list", header(#"["HS256"]"#), "header_not_json"),
        BadToken("a header with something after it", header(Forge.header + "{}"), "header_not_json"),
        BadToken("a header that ends early", header(String(Forge.header.dropLast())), "header_not_json"),
        BadToken("a BOM before the header", header("\u{FEFF}" + Forge.header), "header_not_json"),
        BadToken("alg twice", header(#"{"alg":"HS256","alg":"HS256"}"#), "header_not_json"),
        BadToken("alg twice, none first", header(#"{"alg":"none","alg":"HS256"}"#), "header_not_json"),
        BadToken("alg twice, once with an escape", header(#"{"alg":"HS256","\u0061lg":"none"}"#), "header_not_json"),
        BadToken("no alg", header(#"{"typ":"JWT"}"#), "header_member"),
        BadToken("alg in capitals", header(#"{"ALG":"HS256"}"#), "header_member"),
        BadToken("alg is a list", header(#"{"alg":["HS256"]}"#), "header_member"),
        BadToken("alg is null", header(#"{"alg":null}"#), "header_member"),
        BadToken("alg is a number", header(#"{"alg":256}"#), "header_member"),
        BadToken("typ is of another kind of token", header(#"{"alg":"HS256","typ":"secevent+jwt"}"#), "header_member"),
        BadToken("typ is a number", header(#"{"alg":"HS256","typ":1}"#), "header_member"),
        BadToken("kid is an object", header(#"{"alg":"HS256","kid":{"$ne":""}}"#), "header_member"),
        BadToken("crit", header(#"{"alg":"HS256","crit":["exp"]}"#), "header_forbidden"),
        BadToken("crit, empty", header(#"{"alg":"HS256","crit":[]}"#), "header_forbidden"),
        BadToken("b64 without crit", header(#"{"alg":"HS256","b64":false}"#), "header_forbidden"),
        BadToken(
            "a key of its own in jwk", header(#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}"#), "header_forbidden"),
        BadToken(
            "a place for keys in jku", header(#"{"alg":"HS256","jku":"https://evil.example/keys"}"#), "header_forbidden"
        ),
        BadToken("certificates in x5c", header(#"{"alg":"HS256","x5c":["MII"]}"#), "header_forbidden"),
        BadToken(
            "a place for certificates in x5u", header(#"{"alg":"HS256","x5u":"https://evil.example"}"#),
            "header_forbidden"),
        BadToken("compressed", header(#"{"alg":"HS256","zip":"DEF"}"#), "header_forbidden"),
        BadToken("a token in a token", header(#"{"alg":"HS256","cty":"JWT"}"#), "header_forbidden"),
    ]

    static let algorithms = [
        BadToken("none, unsigned", Forge.text(#"{"alg":"none"}"#, Forge.claims()) + ".", "base64"),
        BadToken("none, with a good signature", header(#"{"alg":"none"}"#), "other_algorithm"),
        BadToken("None", header(#"{"alg":"None"}"#), "other_algorithm"),
        BadToken("NONE", header(#"{"alg":"NONE"}"#), "other_algorithm"),
        BadToken("nOnE", header(#"{"alg":"nOnE"}"#), "other_algorithm"),
        BadToken("hs256 in small letters", header(#"{"alg":"hs256"}"#), "other_algorithm"),
        BadToken("a space after HS256", header(#"{"alg":"HS256 "}"#), "other_algorithm"),
        BadToken("HS384", header(#"{"alg":"HS384"}"#), "other_algorithm"),
        BadToken("HS512", header(#"{"alg":"HS512"}"#), "other_algorithm"),
        BadToken("RS256 to who takes HS256", Forge.rs256(), "other_algorithm"),
        BadToken("EdDSA to who takes HS256", Forge.eddsa(), "other_algorithm"),
        BadToken("an empty alg", header(#"{"alg":""}"#), "other_algorithm"),
    ]

    static let signatures = [
        BadToken("another key", Forge.hs256(key: Array("another secret of 32 bytes or more".utf8)), "signature"),
        BadToken("an empty key", Forge.hs256(key: []), "signature"),
        BadToken("the key with a newline", Forge.hs256(key: Forge.secretBytes + [10]), "signature"),
        BadToken(
            "zeros", parts[0] + "." + parts[1] + "." + Base64URL.encode([UInt8](repeating: 0, count: 32)), "signature"),
        BadToken(
            "half of the signature",
            parts[0] + "." + parts[1] + "." + Base64URL.encode(Base64URL.decode(parts[2].utf8)![..<16]), "signature"),
        BadToken(
            "the signature twice",
            parts[0] + "." + parts[1] + "."
                + Base64URL.encode(Base64URL.decode(parts[2].utf8)! + Base64URL.decode(parts[2].utf8)!), "signature"),
        BadToken(
            "the signature in hex", parts[0] + "." + parts[1] + "." + Base64URL.encode(hex(parts[2]).utf8), "signature"),
        BadToken(
            "claims of another token",
            Forge.text(Forge.header, Forge.claims(["role": #""platform_admin""#])) + "." + parts[2], "signature"),
        BadToken(
            "a header of another token", Forge.text(#"{"typ":"JWT","alg":"HS256"}"#, Forge.claims()) + "." + parts[2],
            "signature"),
        BadToken(
            "the signature of the claims alone",
            parts[0] + "." + parts[1] + "." + Base64URL.encode(Forge.secret.sign(parts[1].utf8)), "signature"),
    ]

    private static func hex(_ signature: String) -> String {
        Base64URL.decode(signature.utf8)!.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static let s = Forge.seconds

    static let times = [
        BadToken("no exp", claims(["exp": nil]), "claim_missing"),
        BadToken("expired", claims(["exp": "\(s - 30)", "iat": "\(s - 100)", "nbf": nil]), "expired"),
        BadToken("expired long ago", claims(["exp": "1", "iat": "0", "nbf": nil]), "expired"),
        BadToken("exp is a text", claims(["exp": "\"\(s + 3600)\""]), "claim"),
        BadToken("exp is null", claims(["exp": "null"]), "claim"),
        BadToken("exp is true", claims(["exp": "true"]), "claim"),
        BadToken("exp is a list", claims(["exp": "[\(s + 3600)]"]), "claim"),
        BadToken("exp has a fraction", claims(["exp": "\(s + 3600).5"]), "claim"),
        BadToken("exp has an exponent", claims(["exp": "18e8"]), "claim"),
        BadToken("exp is negative", claims(["exp": "-1"]), "claim"),
        BadToken("exp is in milliseconds", claims(["exp": "\((s + 3600) * 1000)"]), "claim"),
        BadToken("exp is beyond every integer", claims(["exp": "99999999999999999999"]), "claim"),
        BadToken("exp twice", duplicate(#""exp":\#(s + 7200)"#), "claims_not_json"),
        BadToken("exp in the far future", claims(["exp": "\(s + 86_401)"]), "lives_too_long"),
        BadToken("exp in the far future and no iat", claims(["exp": "\(s + 86_401)", "iat": nil]), "lives_too_long"),
        BadToken("exp in the year 9999", claims(["exp": "253402300799"]), "lives_too_long"),
        BadToken("issued long ago for long", claims(["iat": "\(s - 90_000)"]), "lives_too_long"),
        BadToken("not good yet", claims(["nbf": "\(s + 31)"]), "not_yet"),
        BadToken("nbf is a text", claims(["nbf": #""0""#]), "claim"),
        BadToken("nbf is null", claims(["nbf": "null"]), "claim"),
        BadToken("issued in the future", claims(["iat": "\(s + 31)"]), "issued_later"),
        BadToken("iat is a text", claims(["iat": #""now""#]), "claim"),
    ]

    private static func duplicate(_ member: String) -> String {
        Forge.hs256(Forge.header, String(Forge.claims().dropLast()) + "," + member + "}")
    }

    static let names = [
        BadToken("claims that are no JSON", Forge.hs256(Forge.header, "sub=ada"), "claims_not_json"),
        BadToken("claims that are a text", Forge.hs256(Forge.header, #""ada""#), "claims_not_json"),
        BadToken("claims that are null", Forge.hs256(Forge.header, "null"), "claims_not_json"),
        BadToken("claims with a comment", Forge.hs256(Forge.header, "/**/" + Forge.claims()), "claims_not_json"),
        BadToken(
            "claims nested too deeply",
            claims(["x": String(repeating: "[", count: 500) + String(repeating: "]", count: 500)]), "claims_not_json"),
        BadToken("no iss", claims(["iss": nil]), "claim_missing"),
        BadToken("wrong iss", claims(["iss": #""https://id.example.evil""#]), "other_issuer"),
        BadToken("iss with a slash more", claims(["iss": #""https://id.example/""#]), "other_issuer"),
        BadToken("iss is a list", claims(["iss": #"["https://id.example"]"#]), "claim"),
        BadToken("no aud", claims(["aud": nil]), "claim_missing"),
        BadToken("wrong aud", claims(["aud": #""billing""#]), "other_audience"),
        BadToken("aud in capitals", claims(["aud": #""Arcadia""#]), "other_audience"),
        BadToken("aud in a longer text", claims(["aud": #""arcadia billing""#]), "other_audience"),
        BadToken("a list of others in aud", claims(["aud": #"["billing", "mail"]"#]), "other_audience"),
        BadToken("aud is an empty list", claims(["aud": "[]"]), "claim"),
        BadToken("aud is a list with a number", claims(["aud": #"["arcadia", 1]"#]), "claim"),
        BadToken("aud is an object", claims(["aud": #"{"arcadia": true}"#]), "claim"),
        BadToken("no sub", claims(["sub": nil]), "claim_missing"),
        BadToken("sub is empty", claims(["sub": #""""#]), "claim"),
        BadToken("sub is a number", claims(["sub": "7"]), "claim"),
        BadToken("sub ends a line", claims(["sub": #""ada\nroot""#]), "claim"),
        BadToken("sub twice", duplicate(#""sub":"root""#), "claims_not_json"),
        BadToken("jti is a number", claims(["jti": "7"]), "claim"),
    ]

    static let roles = [
        BadToken("no role", claims(["role": nil]), "claim_missing"),
        BadToken("role is true", claims(["role": "true"]), "claim"),
        BadToken("role is a list", claims(["role": #"["platform_admin"]"#]), "claim"),
        BadToken("role is the text true", claims(["role": #""true""#]), "unknown_role"),
        BadToken("role is empty", claims(["role": #""""#]), "unknown_role"),
        BadToken("role in capitals", claims(["role": #""OPERATOR""#]), "unknown_role"),
        BadToken("role with a space", claims(["role": #""operator ""#]), "unknown_role"),
        BadToken("another role", claims(["role": #""root""#]), "unknown_role"),
        BadToken("role twice", duplicate(#""role":"platform_admin""#), "claims_not_json"),
        BadToken("tenant twice", duplicate(#""tenant":"other""#), "claims_not_json"),
        BadToken("tenant is null", claims(["tenant": "null"]), "claim"),
        BadToken("tenant is empty", claims(["tenant": #""""#]), "claim"),
        BadToken("tenant is a list", claims(["tenant": #"["acme", "other"]"#]), "claim"),
        BadToken("tenant has a NUL", claims(["tenant": #""acme\u0000""#]), "claim"),
        BadToken("tenant_admin of no tenant", claims(["role": #""tenant_admin""#, "tenant": nil]), "tenant_missing"),
    ]

    static let keySets = [
        BadToken(
            "HS256 signed with the public key's modulus",
            Forge.hs256(#"{"alg":"HS256","kid":"r1"}"#, key: Array(modulus)), "other_algorithm", .rs256),
        BadToken(
            "HS256 signed with the public key's PEM",
            Forge.hs256(#"{"alg":"HS256","kid":"r1"}"#, key: Array(Forge.rsa.publicKey.pemRepresentation.utf8)),
            "other_algorithm", .rs256),
        BadToken(
            "RS256 signed with the public key as a secret",
            Forge.hs256(#"{"alg":"RS256","kid":"r1"}"#, key: Array(modulus)), "signature", .rs256),
        BadToken("none to who takes RS256", Forge.rs256(#"{"alg":"none","kid":"r1"}"#), "other_algorithm", .rs256),
        BadToken("EdDSA to who takes RS256", Forge.eddsa(), "other_algorithm", .rs256),
        BadToken("RS512", Forge.rs256(#"{"alg":"RS512","kid":"r1"}"#), "other_algorithm", .rs256),
        BadToken("PS256", Forge.rs256(#"{"alg":"PS256","kid":"r1"}"#, padding: .PSS), "other_algorithm", .rs256),
        BadToken("a PSS signature that says RS256", Forge.rs256(padding: .PSS), "signature", .rs256),
        BadToken("another RSA key", Forge.rs256(key: Forge.otherRSA), "signature", .rs256),
        BadToken("a key that is not in the set", Forge.rs256(#"{"alg":"RS256","kid":"r2"}"#), "unknown_key", .rs256),
        BadToken(
            "a kid that is a path", Forge.rs256(#"{"alg":"RS256","kid":"../../dev/null"}"#), "unknown_key", .rs256),
        BadToken("an empty kid", Forge.rs256(#"{"alg":"RS256","kid":""}"#), "unknown_key", .rs256),
        BadToken("the kid of the other algorithm", Forge.rs256(#"{"alg":"RS256","kid":"e1"}"#), "unknown_key", .rs256),
        BadToken(
            "its own key in jwk",
            Forge.rs256(
                #"{"alg":"RS256","kid":"r1","jwk":\#(Forge.rsaJWK(Forge.otherRSA, "x"))}"#, key: Forge.otherRSA),
            "header_forbidden", .rs256),
        BadToken(
            "RS256, expired",
            Forge.rs256(
                #"{"alg":"RS256","kid":"r1"}"#, Forge.claims(["exp": "\(s - 31)", "iat": "\(s - 100)", "nbf": nil])),
            "expired", .rs256),
        BadToken("RS256 to who takes EdDSA", Forge.rs256(), "other_algorithm", .eddsa),
        BadToken(
            "HS256 signed with the Ed25519 key",
            Forge.hs256(#"{"alg":"HS256","kid":"e1"}"#, key: Array(Forge.ed25519.publicKey.rawRepresentation)),
            "other_algorithm", .eddsa),
        BadToken(
            "EdDSA signed with the public key as a secret",
            Forge.hs256(#"{"alg":"EdDSA","kid":"e1"}"#, key: Array(Forge.ed25519.publicKey.rawRepresentation)),
            "signature", .eddsa),
        BadToken("EdDSA, zeros for a signature", zeros, "signature", .eddsa),
        BadToken("Ed25519 for its name", Forge.eddsa(#"{"alg":"Ed25519","kid":"e1"}"#), "other_algorithm", .eddsa),
        BadToken(
            "EdDSA of no issuer", Forge.eddsa(#"{"alg":"EdDSA","kid":"e1"}"#, Forge.claims(["iss": nil])),
            "claim_missing", .eddsa),
    ]

    private static let modulus = try! Forge.rsa.publicKey.getKeyPrimitives().modulus
    private static let zeros =
        Forge.text(#"{"alg":"EdDSA","kid":"e1"}"#, Forge.claims()) + "."
        + Base64URL.encode([UInt8](repeating: 0, count: 64))
}
