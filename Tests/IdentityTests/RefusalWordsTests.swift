import SagaCore
import Testing

@testable import Identity

@Suite struct RefusalWordsTests {
    @Test(
        arguments: [
            (.missing, "there is no token"),
            (.tooLarge(bytes: 9000), "the token has 9000 bytes; expected at most 8192"),
            (.parts(1), "the token has 1 part; expected header, claims and signature with dots between"),
            (.base64(.claims), "the token's claims cannot be read; expected canonical base64url without padding"),
            (.headerNotJSON("it is array"), "the token's header is not a JSON object: it is array"),
            (
                .headerMember("alg", found: "missing", expected: "\"HS256\""),
                "`alg` in the token's header is missing; expected \"HS256\""
            ),
            (
                .otherAlgorithm("none", pinned: .hs256),
                "the token says it is signed with none; this server takes HS256 and nothing else"
            ),
            (.headerForbidden("jku"), "the token's header has `jku`, which this server never follows"),
            (.keyNotNamed(keys: 2), "the token names no key by `kid`, and there are 2 for its algorithm"),
            (.unknownKey("r2"), "the token names key \"r2\", which is not in the key set"),
            (.signature, "the token's signature does not fit: another key signed it, or it was changed"),
            (.claimsNotJSON("it is null"), "the token's claims are not a JSON object: it is null"),
            (.claimMissing("exp"), "the token has no `exp`"),
            (
                .claim("exp", found: "\"1\"", expected: "whole seconds since 1970"),
                "`exp` in the token is \"1\"; expected whole seconds since 1970"
            ),
            (.expired(at: Forge.now), "the token expired at 2027-01-15T08:00:00.000Z"),
            (.notYet(from: Forge.now), "the token is good from 2027-01-15T08:00:00.000Z on"),
            (
                .issuedLater(at: Forge.now),
                "the token says it was issued at 2027-01-15T08:00:00.000Z, which is yet to come"
            ),
            (.livesTooLong(seconds: 90000, most: 86400), "the token lives 90000 s; expected at most 86400"),
            (
                .otherIssuer("https://evil.example", expected: "https://id.example"),
                "the token was issued by https://evil.example; expected \"https://id.example\""
            ),
            (.otherAudience("\"mail\"", expected: "arcadia"), "the token is meant for \"mail\"; expected \"arcadia\""),
            (
                .otherAudience("\"mail\"", expected: nil),
                "the token is meant for \"mail\", and the policy gives this server no `audience`"
            ),
            (.unknownRole("root"), "the token's role is \"root\", which means none here"),
            (.tenantMissing(.tenantAdmin), "the token's role is tenant_admin, and it names no tenant"),
        ] as [(TokenRefusal, String)])
    func `the log says precisely why`(refusal: TokenRefusal, words: String) {
        #expect(refusal.message == words)
    }

    @Test func `a caller hears one of five sentences, and none of them says what a forger lacks`() {
        let heard = Set(BadTokens.all.compactMap { refusal($0.token, Forge.verifier($0.algorithm))?.publicMessage })
        #expect(
            heard == [
                "there is no token", "the token has expired", "the token is not good yet",
                "the token does not say what this server needs to know",
                "the token is not one that this server accepts",
            ])
    }

    @Test func `what a stranger wrote stays on one line of the log, and short`() {
        let refusal = TokenRefusal.unknownKey("a\n\u{1B}[31m\u{202E}" + String(repeating: "x", count: 500))
        let message = refusal.message
        #expect(message.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x202E })
        #expect(message.count < 140)
    }
}
