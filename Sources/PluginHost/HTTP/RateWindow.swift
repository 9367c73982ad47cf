/// How many requests a token may still make, and when the next one's turn is. Pure: time is given.
///
/// Sliding windows, as providers count them: no more than so many in any minute and in any hour. Whoever has to wait
/// is promised a turn, and finds it kept when he comes back; so a thousand runs that wait cost no thread and do not
/// storm in together. Milliseconds of any steady clock.
struct RateWindow: Sendable {
    private let perMinute: Int
    private let perHour: Int
    /// The last turns given, at `count % capacity`; some lie in the future.
    private var turns: [Int64] = []
    private var count = 0
    private let capacity: Int
    private var blockedUntil: Int64 = .min
    private var refusals = 0
    private var promised: [String: Int64] = [:]

    /// A little longer than they are: the other side counts when a request arrives, which may be sooner after the last one
    /// than it was sent.
    static let minute: Int64 = 60_500
    static let hour: Int64 = 3_600_500
    /// A promised turn that nobody comes for is kept this long.
    static let promiseMilliseconds: Int64 = 60_000
    /// Nobody is sent away for longer, whatever a header says.
    static let longestBlock: Int64 = 3_600_000

    /// - Parameters: requests allowed in any minute and any hour; 0: no limit.
    init(perMinute: Int, perHour: Int) {
        self.perMinute = max(0, perMinute)
        self.perHour = max(0, perHour)
        capacity = max(self.perMinute, self.perHour)
    }

    /// When `key` may make a request: now (then it counts), or later (then its turn is promised).
    ///
    /// - Parameter patience: how long the caller would rather wait than go away; a turn within it counts as taken.
    mutating func turn(for key: String, now: Int64, patience: Int64) -> Int64 {
        if let promise = promised[key], promise + Self.promiseMilliseconds < now { promised[key] = nil }
        if let promise = promised[key] {
            let turn = max(promise, blockedUntil)
            if turn - now <= patience {
                promised[key] = nil
                return max(turn, now)
            }
            promised[key] = turn
            return turn
        }
        let turn = max(now, nextFree)
        take(turn)
        if turn - now > patience { promise(key, turn, now) }
        return turn
    }

    private var nextFree: Int64 {
        var next = blockedUntil
        if perMinute > 0, count >= perMinute { next = max(next, turnTaken(perMinute) + Self.minute) }
        if perHour > 0, count >= perHour { next = max(next, turnTaken(perHour) + Self.hour) }
        return next
    }

    /// The turn that was taken so many turns ago.
    private func turnTaken(_ back: Int) -> Int64 { turns[(count - back) % capacity] }

    private mutating func take(_ turn: Int64) {
        guard capacity > 0 else { return }
        if turns.count < capacity { turns.append(turn) } else { turns[count % capacity] = turn }
        count += 1
    }

    private mutating func promise(_ key: String, _ turn: Int64, _ now: Int64) {
        if promised.count >= 10_000 { promised = promised.filter { $0.value + Self.promiseMilliseconds > now } }
        promised[key] = turn
    }

    /// The same with the stricter of two limits: one token has one, whoever says what it is.
    mutating func tighten(perMinute: Int, perHour: Int) {
        func stricter(_ a: Int, _ b: Int) -> Int { a == 0 ? b : b == 0 ? a : min(a, b) }
        let (minute, hour) = (stricter(self.perMinute, perMinute), stricter(self.perHour, perHour))
        guard minute != self.perMinute || hour != self.perHour else { return }
        var stricter = RateWindow(perMinute: minute, perHour: hour)
        for turn in recentTurns.suffix(stricter.capacity) { stricter.take(turn) }
        (stricter.blockedUntil, stricter.refusals, stricter.promised) = (blockedUntil, refusals, promised)
        self = stricter
    }

    /// In the order they were taken.
    private var recentTurns: [Int64] {
        guard capacity > 0, count > turns.count else { return turns }
        return Array(turns[(count % capacity)...] + turns[..<(count % capacity)])
    }

    /// What the other side said about its limit.
    ///
    /// - Parameters:
    ///   - retryAfter: seconds, from `Retry-After`.
    ///   - remaining: requests left, from `RateLimit-Remaining`.
    ///   - resetIn: milliseconds until `RateLimit-Reset`; it may lie in the past, and then says nothing.
    mutating func note(isRefusal: Bool, retryAfter: Int64?, remaining: Int64?, resetIn: Int64?, now: Int64) {
        guard isRefusal || remaining == 0 else {
            refusals = 0
            return
        }
        refusals = isRefusal ? refusals + 1 : 0
        let pause: Int64 =
            if let retryAfter { retryAfter * 1000 } else if let resetIn, resetIn > 0 {
                min(resetIn, 60_000)
            } else if isRefusal { 1000 << Int64(min(refusals - 1, 6)) } else { 0 }
        blockedUntil = max(blockedUntil, now + min(max(0, pause), Self.longestBlock))
    }
}
