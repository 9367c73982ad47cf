/// A name in lower case, in words that are compared at once; only for names of ASCII that are short, as nearly all are.
struct NameKey: Equatable {
    static let longest = 32
    private var first: UInt64 = 0
    private var second: UInt64 = 0
    private var third: UInt64 = 0
    private var fourth: UInt64 = 0
    /// Names of two kinds are two names.
    private let kindAndCount: UInt64

    /// nil: the name is longer, or not ASCII.
    @inline(__always)
    init?(_ name: UnsafeBufferPointer<UInt8>, kind: Int) {
        guard name.count <= Self.longest else { return nil }
        kindAndCount = UInt64(kind) << 8 | UInt64(name.count)
        let raw = UnsafeRawBufferPointer(name)
        first = Self.word(raw, 0)
        if raw.count > 8 { second = Self.word(raw, 8) }
        if raw.count > 16 { third = Self.word(raw, 16) }
        if raw.count > 24 { fourth = Self.word(raw, 24) }
        guard (first | second | third | fourth) & 0x8080_8080_8080_8080 == 0 else { return nil }
        first = Self.lowered(first)
        second = Self.lowered(second)
        third = Self.lowered(third)
        fourth = Self.lowered(fourth)
    }

    /// Eight bytes from `start` on, or those there are, the others zero.
    @inline(__always)
    private static func word(_ raw: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
        if start + 8 <= raw.count { return raw.loadUnaligned(fromByteOffset: start, as: UInt64.self) }
        if raw.count >= 8 {
            // The last eight, less those that were had already.
            return raw.loadUnaligned(fromByteOffset: raw.count - 8, as: UInt64.self)
                >> UInt64((start + 8 - raw.count) * 8)
        }
        var word: UInt64 = 0
        for place in stride(from: raw.count - 1, through: start, by: -1) { word = word << 8 | UInt64(raw[place]) }
        return word
    }

    /// Eight ASCII letters at once: 0x20 is set where a byte is in A...Z, which two additions into its high bit tell.
    @inline(__always)
    private static func lowered(_ word: UInt64) -> UInt64 {
        let fromA = word &+ 0x3F3F_3F3F_3F3F_3F3F
        let afterZ = word &+ 0x2525_2525_2525_2525
        return word | (fromA & ~afterZ & 0x8080_8080_8080_8080) >> 2
    }

    @inline(__always)
    func hash(seed: UInt64) -> UInt64 {
        let low = ByteIndex.mix(first ^ seed ^ kindAndCount) ^ second
        return ByteIndex.mix(ByteIndex.mix(low) ^ third &* 0x9E37_79B9_7F4A_7C15 ^ fourth)
    }
}
