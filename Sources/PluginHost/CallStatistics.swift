internal import SagaCore
internal import Synchronization

/// How often a plugin was called, how often it said that it failed, and how long it took. Counting takes no lock.
final class CallStatistics: Sendable {
    private let since: Timestamp
    private let calls = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    /// By time: four to each doubling, from a microsecond on, so that a percentile is right to within a fifth.
    private let buckets = InlineArray<160, Atomic<Int>> { _ in Atomic<Int>(0) }

    init(since: Timestamp) { self.since = since }

    func count(_ duration: Duration, hasFailed: Bool) {
        calls.add(1, ordering: .relaxed)
        if hasFailed { failed.add(1, ordering: .relaxed) }
        let (seconds, attoseconds) = duration.components
        let microseconds = max(1, seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000)
        buckets[Self.bucket(of: microseconds)].add(1, ordering: .relaxed)
    }

    private static func bucket(of microseconds: Int64) -> Int {
        let exponent = 63 - microseconds.leadingZeroBitCount
        let quarter = exponent >= 2 ? Int(microseconds >> Int64(exponent - 2)) & 3 : 0
        return min(exponent * 4 + quarter, 159)
    }

    /// The largest time that a bucket holds, in milliseconds.
    private static func limit(of bucket: Int) -> Double {
        let (exponent, quarter) = (bucket / 4, bucket % 4)
        let doubling = Double(sign: .plus, exponent: exponent, significand: 1)
        return (doubling + doubling * Double(quarter + 1) / 4) / 1000
    }

    /// `{since, calls, failed_calls, crashes, latency_ms: {p50, p95, p99}}`
    func json(crashes: Int) -> JSONValue {
        let counts = buckets.indices.map { buckets[$0].load(ordering: .relaxed) }
        let total = counts.reduce(0, +)
        let latency: JSONValue =
            total == 0
            ? .null
            : .object([
                "p50": Self.percentile(0.5, counts, total), "p95": Self.percentile(0.95, counts, total),
                "p99": Self.percentile(0.99, counts, total),
            ])
        return [
            "since": .string(since.description), "calls": .int(Int64(calls.load(ordering: .relaxed))),
            "failed_calls": .int(Int64(failed.load(ordering: .relaxed))), "crashes": .int(Int64(crashes)),
            "latency_ms": latency,
        ]
    }

    private static func percentile(_ part: Double, _ counts: [Int], _ total: Int) -> JSONValue {
        var left = Int((Double(total) * part).rounded(.up))
        for (bucket, count) in counts.enumerated() {
            left -= count
            if left <= 0 { return JSONValue(limit(of: bucket)) ?? .null }
        }
        return .null
    }
}
