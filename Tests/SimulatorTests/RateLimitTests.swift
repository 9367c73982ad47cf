import Testing

@testable import Simulator

@Suite struct RateLimitTests {
    @Test func `the 251st request of a minute is refused until the first is a minute old`() async throws {
        try await Provider.run {
            $0.isRateLimited = true
        } _: { provider in
            for _ in 0..<249 { #expect(await provider.send("GET", "/v2/tags").status == 200) }
            try await provider.advance(20)
            let last = await provider.send("GET", "/v2/tags")
            #expect(last.headers["ratelimit-remaining"] == "4750")
            let refused = await provider.send("GET", "/v2/tags")
            #expect(refused.status == 429)
            #expect(refused.headers["retry-after"] == "40")
            #expect(refused.headers["ratelimit-remaining"] == "0")
            #expect(JSON(parsing: refused.body)?["id"] == "too_many_requests")
            var other = provider
            other.token = "other"
            #expect(await other.send("GET", "/v2/tags").status == 200)
            try await provider.advance(40)
            #expect(await provider.send("GET", "/v2/tags").status == 200)
        }
    }

    @Test func `an hour has room for 5000 requests, and slides`() throws {
        var limit = RateLimit()
        let start = VirtualClock.beginning
        for number in 0..<5000 { try limit.admit(at: start + Double(number) * 0.5) }
        let refusal = #expect(throws: ProviderError.self) { try limit.admit(at: start + 2600) }
        #expect(refusal?.message == "API rate limit exceeded.")
        #expect(refusal?.headers["retry-after"] == nil)
        #expect(limit.reading(at: start + 2600, isBurst: false).remaining == 0)
        #expect(limit.reading(at: start + 2600, isBurst: false).reset == (start + 3600).seconds)
        try limit.admit(at: start + 3600)
    }

    @Test func `without the limit any number of requests is answered`() async throws {
        try await Provider.run { provider in
            for _ in 0..<300 { #expect(await provider.send("GET", "/v2/tags").status == 200) }
        }
    }
}
