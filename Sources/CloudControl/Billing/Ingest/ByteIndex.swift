/// Numbers for byte strings, from 0 in the order they came: to compare a number instead of a text.
struct ByteIndex {
    private(set) var count = 0
    private var starts: [Int] = [0]
    private var storage: [UInt8] = []
    private var hashes: [UInt64] = []
    /// Number plus one; 0: free. Always a power of two, at most half full.
    private var slots = [Int32](repeating: 0, count: 64)
    /// Names are other people's to choose: nobody shall find many with one hash.
    private let seed = UInt64.random(in: 0 ... .max)

    /// The number of the bytes; nil: they are not here.
    ///
    /// - Parameter salt: parts strings that are alike and do not mean the same.
    @inline(__always)
    func number(of bytes: UnsafeBufferPointer<UInt8>, salt: UInt64 = 0) -> Int? {
        let hash = hash(bytes, salt)
        var slot = Int(truncatingIfNeeded: hash >> 20) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash, isEqual(number, bytes) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>, salt: UInt64 = 0) -> Int {
        if let known = number(of: bytes, salt: salt) { return known }
        storage.append(contentsOf: bytes)
        starts.append(storage.count)
        hashes.append(hash(bytes, salt))
        count += 1
        if count * 2 > slots.count { grow() } else { place(count - 1) }
        return count - 1
    }

    private mutating func place(_ number: Int) {
        var slot = Int(truncatingIfNeeded: hashes[number] >> 20) & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(number + 1)
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for number in 0..<count { place(number) }
    }

    private func isEqual(_ number: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = starts[number]
        guard starts[number + 1] - start == bytes.count else { return false }
        return storage.withUnsafeBufferPointer { storage in
            for place in bytes.indices where storage[start + place] != bytes[place] { return false }
            return true
        }
    }

    @inline(__always)
    private func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ salt: UInt64) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash = seed ^ (salt &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(raw.count)
        var at = 0
        while at + 8 <= raw.count {
            hash = Self.mix(hash ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var rest: UInt64 = 0
        while at < raw.count {
            rest = rest << 8 | UInt64(raw[at])
            at += 1
        }
        return Self.mix(hash ^ rest)
    }

    @inline(__always)
    static func mix(_ word: UInt64) -> UInt64 {
        let (high, low) = word.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return high ^ low
    }
}
