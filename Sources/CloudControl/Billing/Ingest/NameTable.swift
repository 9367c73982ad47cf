/// The names of resources. A name is found with two looks into memory: its slot, and its entry with all there is to
/// know.
final class NameTable {
    struct Entry {
        let key: NameKey?
        /// The resource, where the name has only one.
        var only: Int64?
        /// The first of those that ever had the name; -1: none yet.
        var candidate: Int32 = -1
        /// Anybody's to use.
        var memory: Int32 = 0
    }

    private struct Slot {
        var hash: UInt32
        /// Number of the entry plus one; 0: free.
        var entry: UInt32
    }

    private var entries: UnsafeMutablePointer<Entry>
    private var count = 0
    private var capacity = 1024
    /// Always a power of two, at most half full.
    private var slots = [Slot](repeating: Slot(hash: 0, entry: 0), count: 2048)
    /// Names that make no key: long ones, and those beyond ASCII. In lower case, their kind before them.
    private var others: [[UInt8]: Int] = [:]
    /// Names are other people's to choose: nobody shall find many with one hash.
    private let seed = UInt64.random(in: 0 ... .max)

    init() { entries = .allocate(capacity: capacity) }

    deinit { entries.deallocate() }

    /// A name on its way through the table, one look into memory at a time: many names may be on their way at once, and
    /// the memory answers them together.
    struct Query {
        fileprivate let key: NameKey?
        fileprivate let hash: UInt64
        /// The entry that may be it; nil: none.
        fileprivate var entry: UnsafeMutablePointer<Entry>?
    }

    /// The first step: nothing of the table is looked at.
    @inline(__always)
    func query(_ name: UnsafeBufferPointer<UInt8>, kind: Int) -> Query {
        guard let key = NameKey(name, kind: kind) else {
            return Query(key: nil, hash: 0, entry: others[Self.lowered(name, kind)].map { entries + $0 })
        }
        return Query(key: key, hash: key.hash(seed: seed), entry: nil)
    }

    /// The second: its slot.
    @inline(__always)
    func lookUp(_ query: inout Query) {
        guard query.key != nil else { return }
        let slot = slots[slot(of: query.hash)]
        if slot.hash == UInt32(truncatingIfNeeded: query.hash), slot.entry != 0 {
            query.entry = entries + Int(slot.entry - 1)
        }
    }

    /// The last: its entry. Good until the next `insert`; nil: nothing has this name.
    @inline(__always)
    func entry(_ query: Query) -> UnsafeMutablePointer<Entry>? {
        guard let key = query.key else { return query.entry }
        if let entry = query.entry, entry.pointee.key == key { return entry }
        return search(key, query.hash)
    }

    @inline(__always)
    private func slot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & (slots.count - 1) }

    private func search(_ key: NameKey, _ hash: UInt64) -> UnsafeMutablePointer<Entry>? {
        var slot = slot(of: hash)
        while slots[slot].entry != 0 {
            let entry = entries + Int(slots[slot].entry - 1)
            if entry.pointee.key == key { return entry }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    func insert(_ name: UnsafeBufferPointer<UInt8>, kind: Int) -> UnsafeMutablePointer<Entry> {
        if let known = entry(query(name, kind: kind)) { return known }
        if count == capacity { grow() }
        let key = NameKey(name, kind: kind)
        (entries + count).initialize(to: Entry(key: key))
        count += 1
        if let key {
            place(count - 1, key)
        } else {
            others[Self.lowered(name, kind)] = count - 1
        }
        return entries + (count - 1)
    }

    private func place(_ number: Int, _ key: NameKey) {
        let hash = key.hash(seed: seed)
        var slot = slot(of: hash)
        while slots[slot].entry != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Slot(hash: UInt32(truncatingIfNeeded: hash), entry: UInt32(number + 1))
    }

    private func grow() {
        let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: entries, count: count)
        entries.deallocate()
        entries = larger
        capacity *= 2
        slots = [Slot](repeating: Slot(hash: 0, entry: 0), count: capacity * 2)
        for number in 0..<count { if let key = entries[number].key { place(number, key) } }
    }

    private static func lowered(_ name: UnsafeBufferPointer<UInt8>, _ kind: Int) -> [UInt8] {
        Array("\(kind) \(String(decoding: name, as: UTF8.self).lowercased())".utf8)
    }
}
