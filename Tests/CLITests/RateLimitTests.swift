import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// The limits of the real server, met over real connections.
@Suite struct RateLimitTests {
    private let served = ServedArcadia(
        Arcadia(plugins: []), "--requests-per-minute", "5", "--tenant-requests-per-minute", "8")

    private func token(_ subject: String, tenant: String) -> String {
        Command.run(
            Arcadia.program,
            [
                "token", "mint", "--role", "operator", "--subject", subject, "--tenant", tenant, "--secret-file",
                served.arcadia.folder.path + "/secret",
            ]
        ).output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func ask(_ token: String) throws -> Wire.Answer {
        try #require(served.ask("GET", "/api/v1/me", [("Authorization", "Bearer " + token)]))
    }

    /// A limit of so many a minute lets the next one through within so many seconds.
    private func holdRefusal(_ answer: Wire.Answer, limit: Int, whose: String) throws {
        #expect(answer.status == 429 && answer.code == "request.rate")
        let wait = try #require(answer.headers["retry-after"].flatMap { Int($0) })
        #expect((1...(60 + limit - 1) / limit).contains(wait), "\(wait)")
        #expect(answer.headers["ratelimit-limit"] == "\(limit)" && answer.headers["ratelimit-remaining"] == "0")
        #expect(answer.headers["ratelimit-reset"] == "\(wait)")
        let error = answer.json["error"]
        #expect(
            error?["message"]?.stringValue
                == "too many requests \(whose): expected at most \(limit) a minute")
        #expect(error?["hint"]?.stringValue == "try again in \(wait) s")
        #expect(error?["request_id"]?.stringValue == answer.headers["x-request-id"])
    }

    @Test func `who asks too often is refused, told when to come back, and a tenant is counted together`() throws {
        let (ada, bob, eve) = (
            token("ada", tenant: "acme"), token("bob", tenant: "acme"), token("eve", tenant: "umbra")
        )
        let first = try (0..<5).map { _ in try ask(ada) }
        #expect(first.map(\.status) == [200, 200, 200, 200, 200])
        #expect(first.map { $0.headers["ratelimit-remaining"] } == ["4", "3", "2", "1", "0"])
        #expect(first.allSatisfy { $0.headers["ratelimit-limit"] == "5" && $0.headers["retry-after"] == nil })
        try holdRefusal(try ask(ada), limit: 5, whose: "of you")
        // Three of eight are left for the others of the tenant, and they are told of those.
        let others = try (0..<3).map { _ in try ask(bob) }
        #expect(others.map(\.status) == [200, 200, 200])
        #expect(others.map { $0.headers["ratelimit-remaining"] } == ["2", "1", "0"])
        #expect(others.allSatisfy { $0.headers["ratelimit-limit"] == "8" })
        try holdRefusal(try ask(bob), limit: 8, whose: "of your tenant")
        #expect(try ask(eve).status == 200)
        // Whether it lives is always told.
        #expect(served.ask("GET", "/api/health")?.status == 200)
    }

    @Test func `who tries tokens is counted by address`() throws {
        let tries = (0..<6).map { _ in
            served.ask(
                "POST", "/api/v1/session", body: #"{"token": "aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb.cccccccccccccccc"}"#)
        }
        #expect(tries.map { $0?.status } == [401, 401, 401, 401, 401, 429])
        #expect(tries[5]?.headers["retry-after"] != nil)
    }
}
