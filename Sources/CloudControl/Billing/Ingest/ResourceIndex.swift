internal import SagaCore
internal import Storage

/// The resources of a provider, gone ones too, by name and by id: read once, then asked for each line of an invoice.
struct ResourceIndex {
    /// A resource that ever had this name.
    private struct Candidate {
        let resource: Int64
        /// Its life, in milliseconds since 1970; what is not known is taken for the end of time.
        let from: Int64
        let until: Int64
        /// The next one of the same name; -1: none.
        var next: Int32
    }

    private var kinds: [String: Int] = [:]
    private var names = ByteIndex()
    private var ids = ByteIndex()
    /// By number in `names`: the first candidate.
    private var first: [Int32] = []
    private var candidates: [Candidate] = []
    /// By number in `ids`.
    private var resourceOfID: [Int64] = []
    /// Where a name is put into lower case.
    private let scratch = FoldedName()

    init() {}

    /// Reads all resources of the provider.
    init(provider: String, from connection: any Connection) throws {
        let sql = """
            SELECT resource, kind, provider_id, name, created_at, deleted_at FROM cloud_resources
            WHERE provider = ? ORDER BY resource
            """
        try connection.statement(sql).forEachRow([.text(provider)]) { row in
            add(
                resource: row.int(0) ?? 0, kind: row.text(1) ?? "", providerID: row.text(2) ?? "",
                name: row.text(3) ?? "", from: row.text(4).flatMap { CalendarTime.moment($0) }?.milliseconds,
                until: row.int(5))
        }
    }

    mutating func add(
        resource: Int64, kind: String, providerID: String, name: String, from: Int64?, until: Int64?
    ) {
        let kindNumber = kinds[kind] ?? kinds.count
        kinds[kind] = kindNumber
        var name = name
        let number = name.withUTF8 {
            names.insert(scratch.folded($0), salt: UInt64(kindNumber))
        }
        if number == first.count { first.append(-1) }
        candidates.append(
            Candidate(resource: resource, from: from ?? .min, until: until ?? .max, next: first[number]))
        first[number] = Int32(candidates.count - 1)
        addID(providerID, kindNumber, resource)
    }

    private mutating func addID(_ id: String, _ kind: Int, _ resource: Int64) {
        var id = id
        let number = id.withUTF8 { ids.insert($0, salt: UInt64(kind)) }
        if number == resourceOfID.count { resourceOfID.append(resource) } else { resourceOfID[number] = resource }
    }

    func number(ofKind kind: String) -> Int? { kinds[kind] }

    /// The resource with this id; nil: none is known.
    func resource(kind: Int, id: UnsafeBufferPointer<UInt8>) -> Int64? {
        id.isEmpty ? nil : ids.number(of: id, salt: UInt64(kind)).map { resourceOfID[$0] }
    }

    /// The resource of this name, in whatever case. Of several, the one that lived longest between the two times, or
    /// nearest to them if none did.
    @inline(__always)
    func resource(kind: Int, name: UnsafeBufferPointer<UInt8>, from: Int64, until: Int64) -> Int64? {
        guard let number = names.number(of: scratch.folded(name), salt: UInt64(kind)) else { return nil }
        let candidate = candidates[Int(first[number])]
        return candidate.next < 0 ? candidate.resource : best(Int(first[number]), from, until)
    }

    private func best(_ first: Int, _ from: Int64, _ until: Int64) -> Int64 {
        var best = candidates[first]
        var place = Int(best.next)
        while place >= 0 {
            let candidate = candidates[place]
            if Self.overlap(candidate, from, until) > Self.overlap(best, from, until) { best = candidate }
            place = Int(candidate.next)
        }
        return best.resource
    }

    /// How long it lived between the two times, in milliseconds; below zero: how far from them.
    private static func overlap(_ candidate: Candidate, _ from: Int64, _ until: Int64) -> Int64 {
        let (overlap, overflowed) = min(candidate.until, until).subtractingReportingOverflow(max(candidate.from, from))
        return overflowed ? .min : overlap
    }
}

/// A name in lower case: letters of ASCII where they are copied, others as Unicode has it.
final class FoldedName {
    private var buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 512)

    deinit { buffer.deallocate() }

    /// Good until the next call.
    @inline(__always)
    func folded(_ name: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        reserve(name.count)
        var seen: UInt8 = 0
        for place in name.indices {
            seen |= name[place]
            buffer[place] = ASCII.lowered(name[place])
        }
        return seen < 0x80 ? UnsafeBufferPointer(rebasing: buffer[..<name.count]) : unicodeFolded(name)
    }

    private func unicodeFolded(_ name: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        let lowered = Array(String(decoding: name, as: UTF8.self).lowercased().utf8)
        reserve(lowered.count)
        _ = buffer.update(fromContentsOf: lowered)
        return UnsafeBufferPointer(rebasing: buffer[..<lowered.count])
    }

    private func reserve(_ count: Int) {
        guard count > buffer.count else { return }
        buffer.deallocate()
        buffer = .allocate(capacity: count * 2)
    }
}
