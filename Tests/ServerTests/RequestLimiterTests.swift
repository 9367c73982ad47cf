import SagaCore
import Testing

@testable import Server

@Suite struct RequestLimiterTests {
    private let limiter = RequestLimiter()
    private let start = Timestamp(milliseconds: 1_800_000_000_000)
    private let limit = RequestLimit(perMinute: 6)

    @Test func `as many as the limit come at once, and the next one exactly when it was said`() {
        let first = (0..<6).map { _ in limiter.take("ada", limit, at: start) }
        #expect(first.map(\.remaining) == [5, 4, 3, 2, 1, 0])
        #expect(first.map(\.reset) == [10, 20, 30, 40, 50, 60])
        #expect(first[5].headers["Retry-After"] == nil)
        let refused = limiter.take("ada", limit, at: start)
        #expect(refused.isExceeded)
        #expect(
            refused.headers == [
                "RateLimit-Limit": "6", "RateLimit-Remaining": "0", "RateLimit-Reset": "10", "Retry-After": "10",
            ])
        // Who is refused does not wait longer for having asked.
        #expect(limiter.take("ada", limit, at: start + 9_999).headers["Retry-After"] == "1")
        #expect(!limiter.take("ada", limit, at: start + 10_000).isExceeded)
        #expect(limiter.take("ada", limit, at: start + 10_000).headers["Retry-After"] == "10")
    }

    @Test func `one caller's requests are not counted as another's`() {
        for _ in 0..<7 { _ = limiter.take("ada", limit, at: start) }
        #expect(limiter.take("bob", limit, at: start).remaining == 5)
    }
}
