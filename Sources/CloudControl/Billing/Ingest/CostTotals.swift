/// The sums of an invoice's lines by product, resource and project, while they go by.
struct CostTotals {
    /// As many as are kept in memory, or hardly more; then they are written and begin anew.
    static let most = 65_536

    struct Total {
        let product: Int
        let resource: Int64?
        let project: Int
        var micros: Int64
        var lineCount: Int64
    }

    /// A sum that says what it is of.
    struct Named: Sendable {
        let product: String
        let kind: String?
        let resource: Int64?
        /// Empty: none.
        let project: String
        let micros: Int64
        let lineCount: Int64
    }

    private(set) var totals: [Total] = []
    private(set) var projectNames: [String] = []
    private var projects = ByteIndex()
    /// Number plus one; 0: free.
    private var slots = [Int32](repeating: 0, count: 1024)

    var isFull: Bool { totals.count >= Self.most }

    /// The number of a project, to add lines with until `clear`.
    @inline(__always)
    mutating func number(ofProject project: UnsafeBufferPointer<UInt8>) -> Int {
        projects.number(of: project) ?? addProject(project)
    }

    /// Adds a line; false: the sum is too large.
    @inline(__always)
    mutating func add(product: Int, match: ResourceIndex.Match?, project: Int, micros: Int64) -> Bool {
        guard let match else { return add(micros, to: number(product, nil, project)) }
        // A resource is billed for the same over and over: its name knows where it was added last.
        let last = Int(match.memory.pointee)
        if last < totals.count, totals[last].resource == match.resource, totals[last].product == product,
            totals[last].project == project
        {
            return add(micros, to: last)
        }
        let number = number(product, match.resource, project)
        match.memory.pointee = Int32(number)
        return add(micros, to: number)
    }

    @inline(__always)
    private mutating func add(_ micros: Int64, to number: Int) -> Bool {
        totals[number].lineCount += 1
        let (sum, overflowed) = totals[number].micros.addingReportingOverflow(micros)
        totals[number].micros = sum
        return !overflowed
    }

    private mutating func number(_ product: Int, _ resource: Int64?, _ project: Int) -> Int {
        var slot = Self.hash(product, resource, project) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if totals[number].resource == resource, totals[number].product == product,
                totals[number].project == project
            {
                return number
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        totals.append(Total(product: product, resource: resource, project: project, micros: 0, lineCount: 0))
        slots[slot] = Int32(totals.count)
        if totals.count * 2 > slots.count { grow() }
        return totals.count - 1
    }

    mutating func clear() { self = CostTotals() }

    private mutating func addProject(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        projectNames.append(String(decoding: bytes, as: UTF8.self))
        return projects.insert(bytes)
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for (number, total) in totals.enumerated() {
            var slot = Self.hash(total.product, total.resource, total.project) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number + 1)
        }
    }

    @inline(__always)
    private static func hash(_ product: Int, _ resource: Int64?, _ project: Int) -> Int {
        let word = UInt64(bitPattern: resource ?? -1) ^ UInt64(project) << 32 ^ UInt64(product) << 48
        return Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) >> 32)
    }
}
