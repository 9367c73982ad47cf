internal import SagaCore

/// So many crashes of one library within so long, and it is not let in again.
public struct CrashLimit: Sendable, Hashable {
    public let crashes: Int
    public let hours: Int

    /// What holds where the operator says nothing else.
    public static let standard = CrashLimit(crashes: 3, hours: 24)

    /// How many crashes broke the limit; nil: it holds. Once broken it stays so, however much time passes.
    ///
    /// - Parameter times: when it crashed, in any order.
    func broken(by times: [Timestamp]) -> Int? {
        guard times.count >= crashes else { return nil }
        let times = times.sorted()
        let span = Int64(hours) * 3_600_000
        var first = 0
        var most = 0
        for (last, time) in times.enumerated() {
            while time.milliseconds - times[first].milliseconds > span { first += 1 }
            most = max(most, last - first + 1)
        }
        return most >= crashes ? most : nil
    }
}
