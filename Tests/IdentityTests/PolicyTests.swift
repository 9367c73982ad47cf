import SagaCore
import Testing

@testable import Identity

@Suite struct PolicyTests {
    @Test func `a policy is read with all it may say`() throws {
        let policy = try TokenPolicy(
            reading: [
                "algorithm": "HS256", "secret_files": ["/a", "/b"], "issuer": "i", "audience": "a",
                "leeway_seconds": 60, "longest_lifetime_seconds": 3600, "role_claim": "group", "tenant_claim": "org",
                "roles": ["admins": "platform_admin"],
            ])
        var expected = TokenPolicy(algorithm: .hs256, keys: .secretFiles(["/a", "/b"]))
        (expected.issuer, expected.audience, expected.leeway, expected.longestLifetime) = ("i", "a", 60, 3600)
        (expected.roleClaim, expected.tenantClaim, expected.roles) = ("group", "org", ["admins": .platformAdmin])
        #expect(policy == expected)
        #expect(
            try TokenPolicy(reading: ["algorithm": "EdDSA", "key_set_url": "https://id.example/keys"]).keys
                == .keySetURL("https://id.example/keys"))
        let hourly: JSONValue = [
            "algorithm": "EdDSA", "key_set_url": "https://id.example/keys", "key_set_refresh_seconds": 3600,
        ]
        #expect(try TokenPolicy(reading: hourly).keySetRefresh == 3600)
    }

    @Test(arguments: [
        ("[]", "the token policy is array; expected an object"), ("{}", "there is no `algorithm`"),
        (#"{"algorithm":"none"}"#, "`algorithm` is \"none\"; expected one of HS256, RS256, EdDSA"),
        (#"{"algorithm":["HS256","RS256"]}"#, "`algorithm` is array; expected a text"),
        (#"{"algorithm":"HS256"}"#, "there is no `secret_files`; HS256 needs one or two files with secrets"),
        (#"{"algorithm":"HS256","key_set_file":"/k"}"#, "`key_set_file` is given, and HS256 does not use it"),
        (#"{"algorithm":"RS256","secret_files":["/s"]}"#, "`secret_files` is given, and RS256 does not use it"),
        (#"{"algorithm":"RS256"}"#, "there is neither `key_set_file` nor `key_set_url`; RS256 needs one of them"),
        (
            #"{"algorithm":"RS256","key_set_file":"/k","key_set_url":"https://k"}"#,
            "there are both `key_set_file` and `key_set_url`; expected one of them"
        ),
        (
            #"{"algorithm":"RS256","key_set_file":"/k","key_set_refresh_seconds":60}"#,
            "`key_set_refresh_seconds` is given, and there is no `key_set_url` that it could be about"
        ),
        (
            #"{"algorithm":"RS256","key_set_url":"https://id.example/keys","key_set_refresh_seconds":0}"#,
            "`key_set_refresh_seconds` is 0; expected 1 to 86400"
        ),
        (
            #"{"algorithm":"RS256","key_set_url":"http://id.example/keys"}"#,
            "`key_set_url` is \"http://id.example/keys\"; expected a URL that starts with https://"
        ),
        (
            #"{"algorithm":"HS256","secret_files":["/a","/b","/c"]}"#,
            "`secret_files` is [\"/a\",\"/b\",\"/c\"]; expected a list of one or two files"
        ),
        (
            #"{"algorithm":"HS256","secret_files":["/a"],"leeway_seconds":61}"#,
            "`leeway_seconds` is 61; expected 0 to 60"
        ),
        (
            #"{"algorithm":"HS256","secret_files":["/a"],"longest_lifetime_seconds":"1d"}"#,
            "`longest_lifetime_seconds` is \"1d\"; expected 60 to 2592000"
        ),
        (#"{"algorithm":"HS256","secret_files":["/a"],"issuer":""}"#, "`issuer` is empty; expected a text"),
        (
            #"{"algorithm":"HS256","secret_files":["/a"],"roles":{"admins":"root"}}"#,
            "`roles` says that \"admins\" means \"root\"; expected one of viewer, operator, tenant_admin, platform_admin"
        ),
        (#"{"algorithm":"HS256","audiense":"a"}"#, "\"audiense\" is not a key of a token policy"),
    ])
    func `a mistake in a policy is said`(text: String, words: String) throws {
        let value = try JSONValue(parsing: text)
        do throws(TokenPolicyProblem) {
            _ = try TokenPolicy(reading: value)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.message == words)
        }
    }

    @Test func `who may do what`() {
        let table = Role.allCases.map { role in Permission.allCases.filter(role.may).map(\.rawValue) }
        let viewer = ["inventory.read", "runs.read", "definitions.read", "plugins.read", "schedules.read"]
        let operatorOf = viewer + ["runs.submit", "runs.act"]
        #expect(Set(table[0]) == Set(viewer))
        #expect(Set(table[1]) == Set(operatorOf))
        #expect(Set(table[2]) == Set(operatorOf + ["runs.settle", "definitions.write", "audit.read"]))
        #expect(table[3] == Permission.allCases.map(\.rawValue))
        for permission in [Permission.readDrift, .decideDrift, .readBilling] {
            #expect(Role.allCases.filter { $0.may(permission) } == [.platformAdmin])
        }
    }

    @Test func `a scope is of one tenant, byte for byte, whatever the role, or of everything`() {
        for role in Role.allCases {
            let identity = Identity(subject: "a", role: role, tenant: "caf\u{E9}", tokenID: nil, expiresAt: Forge.now)
            #expect(identity.scope.reach == .tenant("café"))
            #expect(identity.scope.includes(tenant: "caf\u{E9}"))
            // The same letters to Unicode and to Swift's ==, another tenant to the database.
            #expect(!identity.scope.includes(tenant: "cafe\u{301}"))
            #expect(!identity.scope.includes(tenant: nil) && !identity.scope.includes(tenant: "other"))
        }
        let viewer = Identity(subject: "a", role: .viewer, tenant: nil, tokenID: nil, expiresAt: Forge.now)
        #expect(viewer.scope == .operatorOfThisMachine && viewer.scope.includes(tenant: "any"))
        #expect(viewer.scope.includes(tenant: nil))
    }

    @Test func `base64url has one spelling for each run of bytes`() {
        #expect(Base64URL.encode("".utf8) == "" && Base64URL.encode("f".utf8) == "Zg")
        #expect(Base64URL.encode("foobar".utf8) == "Zm9vYmFy" && Base64URL.encode([0xFB, 0xFF]) == "-_8")
        for first in UInt8.min ... .max {
            for count in 0..<5 {
                let bytes = (0..<count).map { first &* 7 &+ UInt8($0) &* 31 }
                #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
            }
        }
        for text in ["Zh", "Zm9", "Zm9vYmF-", "Z", "Zg==", "Zg=", " Zg", "Z g", "Zg\n", "-/", "+_8"] {
            let decoded = Base64URL.decode(text.utf8)
            #expect(decoded == nil || Base64URL.encode(decoded!) == text, "\(text)")
        }
        #expect(Base64URL.decode("Zh".utf8) == nil && Base64URL.decode("Zg==".utf8) == nil)
    }
}
