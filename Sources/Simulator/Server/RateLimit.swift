/// The provider's two limits for one token: 5,000 requests in any hour, 250 in any minute.
struct RateLimit: Sendable {
    static let perHour = 5000
    static let perMinute = 250

    /// What the headers of an answer say.
    struct Reading: Sendable, Equatable {
        var remaining = perHour - 1
        /// Unix seconds at which the oldest request leaves the hour.
        var reset: Int
    }

    private var requests: [Moment] = []
    /// Those before this index left the hour.
    private var first = 0

    /// Counts a request, unless it is one too many.
    mutating func admit(at now: Moment) throws(ProviderError) {
        expire(at: now)
        let minuteAgo = now + -60
        let recent = requests.suffix(Self.perMinute)
        if recent.count == Self.perMinute, let oldest = recent.first, oldest > minuteAgo {
            let wait = (oldest.milliseconds + 60_000 - now.milliseconds + 999) / 1000
            throw .tooManyRequests(retryAfter: max(1, wait))
        }
        guard requests.count - first < Self.perHour else { throw .tooManyRequests("API rate limit exceeded.") }
        requests.append(now)
    }

    mutating func reading(at now: Moment, isBurst: Bool) -> Reading {
        expire(at: now)
        let oldest = first < requests.count ? requests[first] : now
        return Reading(
            remaining: isBurst ? 0 : Self.perHour - (requests.count - first), reset: (oldest + 3600).seconds)
    }

    private mutating func expire(at now: Moment) {
        let hourAgo = now + -3600
        while first < requests.count, requests[first] <= hourAgo { first += 1 }
        guard first > Self.perHour else { return }
        requests.removeFirst(first)
        first = 0
    }
}
