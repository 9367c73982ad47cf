internal import SagaCore
internal import Storage

/// The resources of a provider, gone ones too, by name and by id: read once, then asked for each line of an invoice.
final class ResourceIndex {
    /// A resource, and where whoever sums its costs may leave a number.
    struct Match {
        let resource: Int64
        let memory: UnsafeMutablePointer<Int32>
    }

    /// A resource that ever had a name.
    private struct Candidate {
        let resource: Int64
        /// Its life, in milliseconds since 1970; what is not known is taken for the end of time.
        let from: Int64
        let until: Int64
        /// The next one of the same name; -1: none.
        let next: Int32
    }

    private var kinds: [String: Int] = [:]
    private let names = NameTable()
    private var candidates: [Candidate] = []
    private var ids = ByteIndex()
    /// By number in `ids`.
    private var resourceOfID: [Int64] = []
    /// A line with an id needs a place to leave a number too.
    private let memory = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    init() { memory.initialize(to: 0) }

    deinit { memory.deallocate() }

    /// Reads all resources of the provider.
    convenience init(provider: String, from connection: any Connection) throws {
        self.init()
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

    func add(resource: Int64, kind: String, providerID: String, name: String, from: Int64?, until: Int64?) {
        let kindNumber = kinds[kind] ?? kinds.count
        kinds[kind] = kindNumber
        var name = name
        let entry = name.withUTF8 { names.insert($0, kind: kindNumber) }
        candidates.append(
            Candidate(resource: resource, from: from ?? .min, until: until ?? .max, next: entry.pointee.candidate))
        entry.pointee.candidate = Int32(candidates.count - 1)
        entry.pointee.only = candidates[candidates.count - 1].next < 0 ? resource : nil
        addID(providerID, kindNumber, resource)
    }

    private func addID(_ id: String, _ kind: Int, _ resource: Int64) {
        var id = id
        let number = id.withUTF8 { ids.insert($0, salt: UInt64(kind)) }
        if number == resourceOfID.count { resourceOfID.append(resource) } else { resourceOfID[number] = resource }
    }

    func number(ofKind kind: String) -> Int? { kinds[kind] }

    /// The resource with this id; nil: none is known.
    func resource(kind: Int, id: UnsafeBufferPointer<UInt8>) -> Match? {
        guard !id.isEmpty, let number = ids.number(of: id, salt: UInt64(kind)) else { return nil }
        return Match(resource: resourceOfID[number], memory: memory)
    }

    /// Asks for the resource of this name, in whatever case; `lookUp` and `resource` then answer.
    @inline(__always)
    func query(kind: Int, name: UnsafeBufferPointer<UInt8>) -> NameTable.Query { names.query(name, kind: kind) }

    @inline(__always)
    func lookUp(_ query: inout NameTable.Query) { names.lookUp(&query) }

    /// Of several resources of the name, the one that lived longest between the two times, or nearest to them if none
    /// did; nil: none ever had the name.
    @inline(__always)
    func resource(_ query: NameTable.Query, from: Int64, until: Int64) -> Match? {
        guard let entry = names.entry(query) else { return nil }
        return Match(
            resource: entry.pointee.only ?? best(Int(entry.pointee.candidate), from, until),
            memory: entry.pointer(to: \.memory)!)
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
