import ArcadiaTesting
import SagaCore
import Testing

@testable import Identity

@Suite struct TokenTests {
    private let now = Forge.now

    @Test(arguments: TokenAlgorithm.allCases)
    func `a good token is believed`(algorithm: TokenAlgorithm) throws {
        let token =
            switch algorithm {
            case .hs256: Forge.hs256()
            case .rs256: Forge.rs256()
            case .eddsa: Forge.eddsa()
            }
        let identity = try Forge.verifier(algorithm).verify(token, at: now)
        #expect(
            identity
                == Identity(
                    subject: "ada", role: .operator, tenant: "acme", tokenID: "t-1", expiresAt: now + 3_600_000))
    }

    @Test(arguments: BadTokens.all)
    func `a bad token is refused, for its own reason`(bad: BadToken) {
        #expect(refusal(bad.token, Forge.verifier(bad.algorithm))?.code == bad.code)
    }

    @Test func `there are 150 bad tokens, no two the same`() {
        #expect(BadTokens.all.count >= 150)
        #expect(Set(BadTokens.all.map { $0.token + $0.algorithm.rawValue }).count == BadTokens.all.count)
        #expect(Set(BadTokens.all.map(\.description)).count == BadTokens.all.count)
    }

    @Test(arguments: TokenAlgorithm.allCases)
    func `flipping any one bit of a good token makes it one that is not believed`(algorithm: TokenAlgorithm) {
        let verifier = Forge.verifier(algorithm)
        let good = algorithm == .hs256 ? Forge.hs256() : algorithm == .rs256 ? Forge.rs256() : Forge.eddsa()
        #expect(refusal(good, verifier) == nil)
        var believed: [String] = []
        for place in good.utf8.indices {
            for bit in 0..<8 {
                var bytes = Array(good.utf8)
                bytes[good.utf8.distance(from: good.utf8.startIndex, to: place)] ^= 1 << UInt8(bit)
                let token = String(decoding: bytes, as: UTF8.self)
                if refusal(token, verifier) == nil { believed.append(token) }
            }
        }
        #expect(believed.isEmpty)
    }

    @Test func `any two bits flipped, any byte cut out, any two parts swapped: none is believed`() {
        var generator = Dice(seed: 5)
        let good = Array(Forge.hs256().utf8)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<2 { bytes[generator.roll(bytes.count)] ^= 1 << UInt8(generator.roll(8)) }
            guard bytes != good else { continue }
            #expect(refusal(String(decoding: bytes, as: UTF8.self)) != nil)
        }
        for place in good.indices {
            var bytes = good
            bytes.remove(at: place)
            #expect(refusal(String(decoding: bytes, as: UTF8.self)) != nil)
        }
        let parts = Forge.hs256().split(separator: ".")
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            #expect(refusal(order.map { parts[$0] }.joined(separator: ".")) != nil)
        }
    }

    @Test func `the clock may be off by the leeway, and not by more`() {
        let token = Forge.hs256(
            Forge.header,
            Forge.claims([
                "exp": "\(Forge.seconds + 10)", "iat": "\(Forge.seconds)", "nbf": "\(Forge.seconds)",
            ]))
        #expect(refusal(token, at: now + -30_000) == nil)
        #expect(refusal(token, at: now + -30_001) == .notYet(from: now))
        #expect(refusal(token, at: now + 39_999) == nil)
        #expect(refusal(token, at: now + 40_000) == .expired(at: now + 10_000))
    }

    @Test func `a token of 8192 bytes is read, and its audience may be one of several`() throws {
        let token = Forge.hs256(Forge.header, Forge.claims(["aud": #"["mail", "arcadia"]"#]))
        #expect(refusal(token) == nil)
        #expect(refusal(try #require(Forge.hs256(ofBytes: 8192))) == nil)
    }

    @Test func `both secrets are taken while they are changed, and the old one no longer when it is gone`() {
        let (old, new) = (Forge.hs256(), Forge.hs256(key: Array("another secret of 32 bytes or more".utf8)))
        let both = TokenVerifier(Forge.policy(.hs256), secrets: [Forge.otherSecret, Forge.secret])
        #expect(refusal(old, both) == nil && refusal(new, both) == nil)
        let one = TokenVerifier(Forge.policy(.hs256), secrets: [Forge.otherSecret])
        #expect(refusal(old, one) == .signature && refusal(new, one) == nil)
    }

    @Test func `a token that names no key is taken where there is only one, and refused where there are two`() throws {
        let token = Forge.rs256(#"{"alg":"RS256"}"#)
        #expect(refusal(token, Forge.verifier(.rs256)) == nil)
        let two = try KeySet(
            parsing: #"{"keys":[\#(Forge.rsaJWK(Forge.rsa, "r1")),\#(Forge.rsaJWK(Forge.otherRSA, "r2"))]}"#)
        #expect(refusal(token, TokenVerifier(Forge.policy(.rs256), keys: two)) == .keyNotNamed(keys: 2))
    }

    @Test func `a token for somebody is refused by a server without a name`() {
        var policy = Forge.policy(.hs256)
        policy.audience = nil
        let verifier = TokenVerifier(policy, secrets: [Forge.secret])
        #expect(refusal(Forge.hs256(), verifier) == .otherAudience(#""arcadia""#, expected: nil))
        #expect(refusal(Forge.hs256(Forge.header, Forge.claims(["aud": nil])), verifier) == nil)
    }

    @Test func `the issuer's words mean our roles, and ours then mean nothing`() throws {
        var policy = Forge.policy(.hs256)
        policy.roles = ["admins": .platformAdmin]
        (policy.roleClaim, policy.tenantClaim) = ("group", "org")
        let verifier = TokenVerifier(policy, secrets: [Forge.secret])
        let admin = try verifier.verify(
            Forge.hs256(Forge.header, Forge.claims(["group": #""admins""#, "role": nil])), at: now)
        #expect(admin.role == .platformAdmin && admin.tenant == nil && admin.scope == .operatorOfThisMachine)
        let ours = Forge.hs256(Forge.header, Forge.claims(["group": #""platform_admin""#]))
        #expect(refusal(ours, verifier) == .unknownRole("platform_admin"))
    }

    @Test func `what is minted is believed, and carries what was asked for`() throws {
        var mint = TokenMint(subject: "ada", role: .tenantAdmin, tenant: "acme", lifetime: 60)
        (mint.issuer, mint.audience) = ("https://id.example", "arcadia")
        let token = mint.token(Forge.secret, at: now)
        let identity = try Forge.verifier().verify(token, at: now)
        #expect(identity.subject == "ada" && identity.role == .tenantAdmin && identity.tenant == "acme")
        #expect(identity.expiresAt == now + 60_000)
        #expect(identity.tokenID?.utf8.count == 22)
        #expect(mint.token(Forge.secret, at: now) != token)
    }

    @Test func `RFC 7515's own example verifies with its own key`() throws {
        // Appendix A.1. Its claims are not ours: it is refused for them, after its signature was found good.
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let key = try #require(
            Base64URL.decode(
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow".utf8))
        let verifier = TokenVerifier(Forge.policy(.hs256), secrets: [try SharedSecret(key)])
        #expect(refusal(token, verifier) == .expired(at: Timestamp(milliseconds: 1_300_819_380_000)))
        #expect(refusal(token) == .signature)
    }

    @Test func `RFC 8037's own example verifies with its own key`() throws {
        // Appendix A.4. Its payload is a sentence, which is refused after the signature was found good.
        let token =
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        let keys = try KeySet(
            parsing:
                #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#)
        #expect(refusal(token, TokenVerifier(Forge.policy(.eddsa), keys: keys))?.code == "token.claims_not_json")
    }
}

/// Random numbers that are the same every time.
private struct Dice {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % sides
    }
}
