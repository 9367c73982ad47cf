internal import SagaCore

/// How many requests a caller may make: a bucket that fills evenly, for each token and for each tenant.
public struct RequestLimit: Sendable, Hashable {
    /// A minute; also how many at once, after a pause.
    public var perMinute: Int
    public init(perMinute: Int) { self.perMinute = perMinute }
}

/// Counts the requests of callers.
final class RequestLimiter: Sendable {
    struct Standing: Sendable, Hashable {
        let limit: Int
        let remaining: Int
        /// Seconds until a request is let through again; while they are let through, until all of the limit is there.
        let reset: Int
        let isExceeded: Bool

        var headers: [String: String] {
            var headers = [
                "RateLimit-Limit": "\(limit)", "RateLimit-Remaining": "\(remaining)", "RateLimit-Reset": "\(reset)",
            ]
            if isExceeded { headers["Retry-After"] = "\(max(1, reset))" }
            return headers
        }
    }

    /// When a caller's bucket is full again if nothing more comes, in milliseconds since 1970: the "theoretical arrival
    /// time" of the generic cell rate algorithm.
    private let fullAt = Monitor([String: Double]())
    private static let most = 10_000

    /// Takes one request out of the caller's bucket.
    func take(_ caller: String, _ limit: RequestLimit, at now: Timestamp) -> Standing {
        let interval = 60_000.0 / Double(max(1, limit.perMinute))
        let burst = interval * Double(limit.perMinute)
        return fullAt.withLock { fullAt in
            let now = Double(now.milliseconds)
            if fullAt.count > Self.most { fullAt = fullAt.filter { $0.value > now } }
            let next = max(fullAt[caller] ?? 0, now) + interval
            let ahead = next - now
            guard ahead <= burst else {
                return Standing(
                    limit: limit.perMinute, remaining: 0, reset: Int(((ahead - burst) / 1000).rounded(.up)),
                    isExceeded: true)
            }
            fullAt[caller] = next
            return Standing(
                limit: limit.perMinute, remaining: Int((burst - ahead) / interval),
                reset: Int((ahead / 1000).rounded(.up)), isExceeded: false)
        }
    }
}
