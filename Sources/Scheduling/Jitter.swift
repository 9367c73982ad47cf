internal import SagaCore

/// How much later than its time a schedule fires: always the same for the same time, so that all hosts agree on it.
enum Jitter {
    /// Milliseconds from 0 to below `seconds`, and so that the schedule's next time is not reached.
    static func milliseconds(_ name: String, due: Timestamp, next: Timestamp?, seconds: Int64) -> Int64 {
        let gap = next.map { $0 - due } ?? .max
        let window = min(seconds * 1000, gap)
        return window > 0 ? Int64(hash(name, due) % UInt64(window)) : 0
    }

    /// FNV-1a, its bits stirred: Swift's own hash differs from process to process.
    private static func hash(_ name: String, _ due: Timestamp) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ UInt64(bitPattern: due.milliseconds)) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        return hash ^ hash >> 31
    }
}
