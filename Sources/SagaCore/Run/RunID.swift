/// The name of a run: a UUID of version 7 (RFC 9562), so that sorting by id is sorting by age.
public struct RunID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// A new one. 74 of its bits are random; tell runs apart by the end of the text, never by its beginning.
    public init(at now: Timestamp, using random: inout some RandomNumberGenerator) {
        let high = UInt64(now.milliseconds) << 16 | 0x7000 | (random.next() & 0x0FFF)
        let low = 0x8000_0000_0000_0000 | (random.next() & 0x3FFF_FFFF_FFFF_FFFF)
        self.description = Self.text(high, low)
    }

    /// Takes the text back; nil unless it is a UUID in lower case.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        for (index, byte) in bytes.enumerated() {
            let isDash = [8, 13, 18, 23].contains(index)
            let isHex = (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
            guard isDash ? byte == UInt8(ascii: "-") : isHex else { return nil }
        }
        self.description = text
    }

    /// When the run was made, which its first 48 bits say.
    public var madeAt: Timestamp {
        Timestamp(milliseconds: Int64(description.prefix(13).filter { $0 != "-" }, radix: 16) ?? 0)
    }

    private static func text(_ high: UInt64, _ low: UInt64) -> String {
        let digits: StaticString = "0123456789abcdef"
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var index = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[index] = UInt8(ascii: "-")
                    index += 1
                }
                let word = nibble < 16 ? high : low
                let value = Int(word >> UInt64((15 - nibble % 16) * 4) & 15)
                buffer[index] = digits.utf8Start[value]
                index += 1
            }
            return 36
        }
    }
}

/// The number a store gives a run: short, and only good within that store.
public struct RunKey: Sendable, Hashable {
    public let number: Int64
    public init(number: Int64) { self.number = number }
}

/// Where a run stands. `completed`: everything was done. `rolled_back`: everything that was done was taken back.
/// `failed`: something was done and could not be taken back, so a person is needed.
public enum RunStatus: String, Sendable, Hashable, CaseIterable {
    case pending, running, compensating, completed
    case rolledBack = "rolled_back"
    case failed

    public var isEnded: Bool {
        switch self {
        case .pending, .running, .compensating: false
        case .completed, .rolledBack, .failed: true
        }
    }
}

/// Where a step stands, in the ledger.
public enum StepStatus: String, Sendable, Hashable, CaseIterable {
    case running, suspended, completed, failed, skipped, compensating, compensated
    case compensationFailed = "compensation_failed"
}
