import Glibc

/// Random numbers that can be had again: SplitMix64.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func chance(_ percent: Int) -> Bool { int(1...100) <= percent }
}

enum Seed {
    /// Case n of a run has this plus n as its seed. `ARCADIA_SEED=n` makes cases from n on, so a single one comes first.
    static let base: UInt64 = {
        let given = getenv("ARCADIA_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0..<1_000_000_000_000)
        print("ARCADIA_SEED=\(seed)")
        return seed
    }()

    static let cases = getenv("ARCADIA_CASES").flatMap { Int(String(cString: $0)) } ?? 10_000
}
