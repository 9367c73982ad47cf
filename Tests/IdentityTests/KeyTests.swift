import ArcadiaTesting
import Crypto
import CryptoExtras
import Foundation
import SagaCore
import Testing

@testable import Identity

@Suite struct KeyTests {
    private let folder = TemporaryFolder()

    // MARK: - Secrets

    private func problem(_ text: String, mode: Int = 0o600) throws -> SharedSecretProblem? {
        let file = folder.file("secret", text)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        do throws(SharedSecretProblem) {
            _ = try SharedSecret(file: file)
            return nil
        } catch {
            return error
        }
    }

    private var path: String { folder.path + "/secret" }
    private let words32 = "0123456789abcdef0123456789abcdef"

    @Test func `a secret has 32 bytes or more, and a newline at its end is none of them`() throws {
        #expect(try problem(words32) == nil)
        #expect(try problem(words32 + "\n") == nil)
        #expect(try problem(words32, mode: 0o400) == nil)
        #expect(try problem(words32.dropLast() + "\r\n") == .inFile(path, .tooShort(bytes: 31)))
        #expect(try problem("") == .inFile(path, .tooShort(bytes: 0)))
        #expect(try problem(String(repeating: "a", count: 64)) == .inFile(path, .oneByte))
        #expect(try problem(String(repeating: "ab", count: 4000)) == .tooLong(path, most: 4096))
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o602, 0o610, 0o700, 0o4600])
    func `a secret that others can get at is refused`(mode: Int) throws {
        #expect(try problem(words32, mode: mode) == .mode(path, mode))
    }

    @Test func `a folder, a device and nothing are no secret`() {
        #expect(throws: SharedSecretProblem.notARegularFile(folder.path)) { try SharedSecret(file: folder.path) }
        #expect(throws: SharedSecretProblem.notARegularFile("/dev/zero")) { try SharedSecret(file: "/dev/zero") }
        #expect(throws: SharedSecretProblem.unreadable(path, "No such file or directory")) {
            try SharedSecret(file: path)
        }
    }

    @Test func `a secret is not shown by accident`() throws {
        let secret = try SharedSecret(Array(words32.utf8))
        #expect("\(secret) \(String(reflecting: secret))" == "SharedSecret SharedSecret")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("Symmetric"))
    }

    @Test(
        arguments: [
            (.tooShort(bytes: 5), "the secret has 5 bytes; expected at least 32"),
            (.oneByte, "the secret is one byte over and over; expected random bytes"),
            (
                .mode("/s", 0o640),
                "others can get at /s (mode 0640); expected 0600 or less: whoever reads the secret can issue tokens"
            ),
            (.otherOwner("/s", uid: 7, us: 8), "/s belongs to user 7; expected root or the user arcadia runs as (8)"),
            (.notARegularFile("/s"), "/s is not a regular file; expected a file with the secret"),
            (.inFile("/s", .tooShort(bytes: 5)), "/s: the secret has 5 bytes; expected at least 32"),
            (.exists("/s"), "there is something called /s already; a secret is not written over"),
        ] as [(SharedSecretProblem, String)])
    func `what is wrong with a secret is said`(problem: SharedSecretProblem, words: String) {
        #expect(problem.message == words)
    }

    // MARK: - Key sets

    @Test func `keys for other uses are left out, each with why, and the others are used`() throws {
        let small =
            #"{"kty":"RSA","kid":"small","n":"\#(Base64URL.encode([UInt8](repeating: 255, count: 128)))","e":"AQAB"}"#
        let keys = [
            Forge.rsaJWK(Forge.rsa, "r1", more: #","use":"sig","alg":"RS256","key_ops":["verify"]"#), small,
            Forge.rsaJWK(Forge.otherRSA, "enc", more: #","use":"enc""#),
            Forge.rsaJWK(Forge.otherRSA, "pss", more: #","alg":"PS256""#),
            Forge.rsaJWK(Forge.otherRSA, "signer", more: #","key_ops":["sign"]"#),
            Forge.rsaJWK(Forge.otherRSA, "private", more: #","d":"AQAB""#), Forge.rsaJWK(Forge.otherRSA, "r1"),
            #"{"kty":"oct","kid":"oct","k":"AAAA"}"#, #"{"kty":"EC","kid":"ec","crv":"P-256","x":"AA","y":"AA"}"#,
            #"{"kty":"OKP","kid":"x","crv":"X25519","x":"AA"}"#,
            #"{"kty":"OKP","kid":"zero","crv":"Ed25519","x":"\#(Base64URL.encode([UInt8](repeating: 0, count: 32)))"}"#,
            #"{"kid":"none"}"#, "7", Forge.edJWK(Forge.ed25519, "e1"),
        ]
        let set = try KeySet(parsing: #"{"keys":[\#(keys.joined(separator: ","))]}"#)
        #expect(set.count == 2)
        #expect(
            set.refused.map(\.message) == [
                "key \"small\": it has 1024 bits; expected 2048 to 8192",
                "key \"enc\": it is for \"enc\"; expected a key to verify signatures with",
                "key \"pss\": its `alg` is \"PS256\"; such a key is for \"RS256\"",
                "key \"signer\": it is for [\"sign\"]; expected a key to verify signatures with",
                "key \"private\": it has `d`, which only its owner may have; expected a public key",
                "key \"r1\": a key before it has the same `kid`",
                "key \"oct\": it has `k`, which only its owner may have; expected a public key",
                "key \"ec\": its `kty` is \"EC\"; expected \"RSA\" or \"OKP\"",
                "key \"x\": its `crv` is \"X25519\"; expected \"Ed25519\"", "key \"zero\": its numbers are no key",
                "key \"none\": its `kty` is missing; expected \"RSA\" or \"OKP\"", "key 13: it is not an object",
            ])
    }

    @Test(arguments: [
        ("", "the key set is not JSON: 1:1: "), (#"{"keys":{}}"#, "the key set is not an object with a list `keys`"),
        (#"{"keys":[]}"#, "the key set is empty"), ("[]", "the key set is not an object with a list `keys`"),
        (#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}"#, "no key of the key set can be used: key 1: it has 1 bits"),
    ])
    func `a text that is no key set is refused`(text: String, says: String) {
        do throws(KeySetProblem) {
            _ = try KeySet(parsing: text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.message.hasPrefix(says), "\(error.message)")
        }
    }

    private static func keySet(_ jwks: String...) -> String { #"{"keys":[\#(jwks.joined(separator: ","))]}"# }

    @Test func `a new key is found by asking once, and a flood of unknown ones asks no more`() async throws {
        let asked = Monitor(0)
        let (old, new) = (Forge.rsaJWK(Forge.rsa, "r1"), Forge.rsaJWK(Forge.otherRSA, "r2"))
        let both = Self.keySet(old, new)
        let holder = KeySetHolder(try KeySet(parsing: Self.keySet(old))) { () async throws(KeySetProblem) in
            asked.withLock { $0 += 1 }
            return both
        }
        let verifier = TokenVerifier(Forge.policy(.rs256), keys: holder)
        let token = Forge.rs256(#"{"alg":"RS256","kid":"r2"}"#, key: Forge.otherRSA)
        #expect(refusal(token, verifier) == .unknownKey("r2"))
        #expect(await verifier.renewsKeys(at: Forge.now))
        #expect(refusal(token, verifier) == nil)
        for _ in 0..<50 { #expect(await !verifier.renewsKeys(at: Forge.now + 59_999)) }
        #expect(asked.withLock { $0 } == 1)
        #expect(await verifier.renewsKeys(at: Forge.now + 60_000))
        // What is asked for by itself counts for itself.
        #expect(await holder.refresh() == .renewed)
        #expect(asked.withLock { $0 } == 3)
    }

    @Test func `many tokens at once have the keys asked for once`() async throws {
        let asked = Monitor(0)
        let new = Self.keySet(Forge.rsaJWK(Forge.otherRSA, "r2"))
        let holder = KeySetHolder(Forge.keySet) { () async throws(KeySetProblem) in
            asked.withLock { $0 += 1 }
            await Task.yield()
            return new
        }
        let outcomes = await withTaskGroup { group in
            for _ in 0..<50 { group.addTask { await holder.refreshForToken(at: Forge.now) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains(.renewed) && outcomes.allSatisfy { $0 == .renewed || $0 == .notYet })
        #expect(asked.withLock { $0 } == 1)
    }

    @Test func `a key that is gone from the set is believed no more`() async throws {
        let new = Self.keySet(Forge.rsaJWK(Forge.otherRSA, "r2"))
        let holder = KeySetHolder(Forge.keySet) { () async throws(KeySetProblem) in new }
        let verifier = TokenVerifier(Forge.policy(.rs256), keys: holder)
        #expect(refusal(Forge.rs256(), verifier) == nil)
        #expect(await holder.refresh() == .renewed)
        #expect(refusal(Forge.rs256(), verifier) == .unknownKey("r1"))
    }

    @Test func `keys that cannot be fetched, or are none, leave those from before and are told once`() async throws {
        let told = Monitor<[KeySetProblem]>([])
        for (problem, answer) in [(KeySetProblem.notFetched("gone"), nil), (.shape, "{}")] as [(KeySetProblem, String?)]
        {
            let fetch: KeySetHolder.Fetch = { () async throws(KeySetProblem) in
                guard let answer else { throw .notFetched("gone") }
                return answer
            }
            let holder = KeySetHolder(Forge.keySet, fetch: fetch) { problem in told.withLock { $0.append(problem) } }
            #expect(await holder.refresh() == .failed(problem))
            #expect(refusal(Forge.rs256(), TokenVerifier(Forge.policy(.rs256), keys: holder)) == nil)
        }
        #expect(told.withLock { $0 } == [.notFetched("gone"), .shape])
        #expect(KeySetProblem.notFetched("gone").message == "the key set cannot be had: gone")
    }
}
