import ArcadiaTesting
import CryptoExtras
import Foundation
import SagaCore
import Testing

@testable import Identity

/// `arcadia serve`, the real program, with the keys of an issuer that it asks over HTTP.
@Suite struct KeySetOverHTTPTests {
    /// An issuer that publishes what it is told to.
    private final class Issuer: Sendable {
        let published: Monitor<TestServer.Reply>
        let server: TestServer

        init(_ jwks: String...) {
            let published = Monitor(TestServer.Reply.answer(200, body: Self.keySet(jwks)))
            self.published = published
            server = TestServer { _, _ in published.withLock { $0 } }
        }

        func publish(_ jwks: String...) { publish(.answer(200, body: Self.keySet(jwks))) }
        func publish(_ reply: TestServer.Reply) { published.change { $0 = reply } }

        private static func keySet(_ jwks: [String]) -> String { #"{"keys":[\#(jwks.joined(separator: ","))]}"# }
    }

    private static let first = Forge.rsaJWK(Forge.rsa, "r1")
    private static let second = Forge.rsaJWK(Forge.otherRSA, "r2")

    /// Good now, by the clock of this machine.
    private static func token(_ kid: String, _ key: _RSA.Signing.PrivateKey = Forge.rsa) -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let claims = Forge.claims(["iat": "\(now)", "nbf": "\(now)", "exp": "\(now + 600)"])
        return Forge.rs256(#"{"alg":"RS256","kid":"\#(kid)"}"#, claims, key: key)
    }

    private static func policy(_ url: String, in arcadia: Arcadia, more: String = "") -> String {
        arcadia.folder.file(
            "policy.json",
            #"{"algorithm":"RS256","key_set_url":"\#(url)","issuer":"https://id.example","audience":"arcadia"\#(more)}"#
        )
    }

    private static func serve(_ url: String, more: String = "") -> ServedArcadia {
        let arcadia = Arcadia(plugins: [])
        return ServedArcadia(arcadia, "--token-policy", policy(url, in: arcadia, more: more))
    }

    private static func status(_ served: ServedArcadia, _ token: String) -> Int? {
        served.ask("GET", "/api/v1/me", [("Authorization", "Bearer " + token)])?.status
    }

    // MARK: - From the start

    @Test func `keys are fetched at the start, and tokens are held against them`() {
        let issuer = Issuer(Self.first)
        let served = Self.serve(issuer.server.url + "/keys")
        #expect(Self.status(served, Self.token("r1")) == 200)
        #expect(Self.status(served, Self.token("r1", Forge.otherRSA)) == 401)
        #expect(issuer.server.requests.map { "\($0.method) \($0.target)" } == ["GET /keys"])
        #expect(issuer.server.requests[0].headers["authorization"] == nil)
    }

    @Test func `a server whose keys cannot be had does not start, and says why`() {
        let big = String(repeating: " ", count: KeySet.mostBytes + 1)
        let elsewhere = Issuer(Self.first)
        let other = elsewhere.server.url
        let cases: [(TestServer.Reply, String)] = [
            (.answer(404), "the key set cannot be had: the answer is 404; expected 200"),
            (
                .answer(302, headers: ["Location: \(other)/keys"]),
                "the key set cannot be had: the answer is 302 and sends to \"\(other)/keys\"; expected the key set itself"
            ),
            (
                .answer(200, body: big),
                "the key set cannot be had: the answer of 127.0.0.1 is larger than 1048576 bytes, which is the most allowed"
            ),
            (.answer(200, body: "<html>"), "the key set is not JSON: 1:1: "),
            (.close, "the key set cannot be had: 127.0.0.1 ended the connection before its answer was there"),
        ]
        for (reply, words) in cases {
            let issuer = Issuer()
            issuer.publish(reply)
            let arcadia = Arcadia(plugins: [])
            let result = arcadia(
                "serve", "--listen", "127.0.0.1:0", "--token-policy", Self.policy(issuer.server.url, in: arcadia))
            #expect(result.code == 69, "\(words): \(result.errors)")
            #expect(result.errors.hasPrefix("error: \(issuer.server.url): \(words)"), "\(result.errors)")
            #expect(
                result.errors.hasSuffix(
                    "hint: nobody comes in by token before the keys are known; `--listen none` drives runs meanwhile\n")
            )
        }
        #expect(elsewhere.server.requests.isEmpty)
    }

    @Test func `a secret beside a policy that uses none is refused`() {
        let issuer = Issuer(Self.first)
        let arcadia = Arcadia(plugins: [])
        let result = arcadia(
            "serve", "--token-policy", Self.policy(issuer.server.url, in: arcadia), "--jwt-secret-file", "/s")
        #expect(result.code == 64)
        #expect(
            result.errors
                == "error: `--jwt-secret-file` is given, and the token policy pins RS256, which uses no secret\nhint: leave it out\n"
        )
    }

    // MARK: - While it serves

    @Test func `a new key is asked for once when a token names it, and unknown ones do not make it ask more`() {
        let issuer = Issuer(Self.first)
        let served = Self.serve(issuer.server.url)
        issuer.publish(Self.first, Self.second)
        #expect(Self.status(served, Self.token("r2", Forge.otherRSA)) == 200)
        for number in 0..<50 { #expect(Self.status(served, Self.token("x\(number)")) == 401) }
        #expect(issuer.server.requests.count == 2)
        #expect(Self.status(served, Self.token("r1")) == 200)
    }

    @Test func `a token of a new key logs in, and sends a large body, at once`() {
        for path in ["session", "runs"] {
            let issuer = Issuer(Self.first)
            let served = Self.serve(issuer.server.url)
            issuer.publish(Self.second)
            let token = Self.token("r2", Forge.otherRSA)
            let large: JSONValue = [
                "definition": ["core.echo"], "note": .string(String(repeating: "x", count: 20_000)),
            ]
            let answer =
                path == "session"
                ? served.ask("POST", "/api/v1/session", body: (["token": .string(token)] as JSONValue).text)
                : served.ask("POST", "/api/v1/runs", [("Authorization", "Bearer " + token)], body: large.text)
            // It is read whole, and does not fit.
            #expect(answer?.status == (path == "session" ? 200 : 422), "\(path): \(answer?.body ?? "")")
        }
    }

    @Test func `by itself it learns of keys that are gone, and keeps those it has when the issuer is gone`() {
        let issuer = Issuer(Self.first)
        let served = Self.serve(issuer.server.url, more: #","key_set_refresh_seconds":1"#)
        issuer.publish(.answer(503))
        let answered = issuer.server.requests.count
        #expect(issuer.server.waits(forRequests: answered + 2))
        #expect(Self.status(served, Self.token("r1")) == 200)
        let warning =
            "warning: \(issuer.server.url): the key set cannot be had: the answer is 503; expected 200; the keys from before stay\n"
        #expect(served.arcadia.folder.text("serve.err")?.contains(warning) == true)
        issuer.publish(Self.second)
        let gone: Bool? = served.arcadia.eventually { _ in Self.status(served, Self.token("r1")) == 401 ? true : nil }
        #expect(gone == true)
        #expect(Self.status(served, Self.token("r2", Forge.otherRSA)) == 200)
    }

    @Test func `it stops at once while the issuer does not answer`() {
        let issuer = Issuer(Self.first)
        let served = Self.serve(issuer.server.url, more: #","key_set_refresh_seconds":1"#)
        issuer.publish(.silence)
        #expect(issuer.server.waits(forRequests: issuer.server.requests.count + 1))
        #expect(Self.status(served, Self.token("r1")) == 200)
        served.kill(SIGTERM)
        #expect(served.waitUntilExit() == 0)
    }
}
