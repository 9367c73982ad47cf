internal import SagaCore
internal import Storage

/// One look at all resources of a kind: page by page, each page one transaction, then the count of who is missing.
struct Sweep {
    let database: any Database
    let adapter: any ProviderAdapter
    let kind: InventoryKind
    let policy: SweepPolicy
    let memberships: Memberships
    let at: Timestamp

    /// - Throws: `StoreError` only. What the provider did is in the report.
    func run() throws -> SweepReport {
        let number = try begin()
        var report = SweepReport(provider: adapter.provider, kind: kind.kind, at: at)
        do {
            try list(number, &report)
            try StaleMarking(sweep: self, number: number).run(&report)
        } catch let outcome as SweepOutcome {
            report.outcome = outcome
            report.kept = try missing(number)
        }
        try end(number, report)
        return report
    }

    private func begin() throws -> Int64 {
        try database.transaction { connection in
            try connection.run(
                "INSERT INTO cloud_sweeps (provider, kind, started_at, outcome) VALUES (?, ?, ?, 'running')",
                [.text(adapter.provider), .text(kind.kind), .int(at.milliseconds)])
            return connection.lastInsertedRow
        }
    }

    private func end(_ number: Int64, _ report: SweepReport) throws {
        try database.transaction {
            try $0.run(
                "UPDATE cloud_sweeps SET outcome = ?, report = ? WHERE sweep = ?",
                [.text(report.outcome.code), .json(report.json), .int(number)])
        }
    }

    // MARK: - Pages

    /// - Throws: `SweepOutcome` where the list did not come whole.
    private func list(_ number: Int64, _ report: inout SweepReport) throws {
        var cursor = ""
        var cursors: Set = [cursor]
        var lists = ListCount()
        while true {
            let page = try page(at: cursor, number: report.pages + 1)
            lists.add(try write(page, number, &report), of: page)
            report.pages += 1
            guard let next = page.next else { break }
            guard cursors.insert(next).inserted else {
                throw SweepOutcome.notAsAgreed(.circle(cursor: next), page: report.pages + 1)
            }
            cursor = next
        }
        if let (seen, total) = lists.shortage { throw SweepOutcome.cutShort(seen: seen, total: total) }
    }

    private func page(at cursor: String, number: Int) throws(SweepOutcome) -> ResourcePage {
        let output: JSONObject
        do {
            output = try adapter.call(kind.operation, ["cursor": .string(cursor)])
        } catch {
            throw .failed(error, page: number)
        }
        do {
            return try ResourcePage(output, kind: kind.kind)
        } catch {
            throw .notAsAgreed(error, page: number)
        }
    }

    /// Answers how many of the page this sweep had not seen before.
    private func write(_ page: ResourcePage, _ number: Int64, _ report: inout SweepReport) throws -> Int {
        let before = report
        return try database.transaction { connection in
            report = before
            let upsert = try ResourceUpsert(
                connection, provider: adapter.provider, source: .sync, at: at, sweep: number)
            for resource in page.resources {
                report.count(try upsert.see(resource, in: memberships.project(of: resource)))
            }
            return report.seen - before.seen
        }
    }

    // MARK: - Who is missing

    /// Live, and not seen by this sweep nor by anybody since it began.
    static let isMissing = """
        provider = ? AND kind = ? AND deleted_at IS NULL AND last_sweep < ? AND last_seen_at < ?
        """

    func missingValues(_ number: Int64) -> [SQLValue] {
        [.text(adapter.provider), .text(kind.kind), .int(number), .int(at.milliseconds)]
    }

    private func missing(_ number: Int64) throws -> Int {
        try database.snapshot {
            try $0.count("SELECT count(*) FROM cloud_resources WHERE \(Self.isMissing)", missingValues(number))
        }
    }
}

/// How many were seen of each list that makes up an operation's answer, and how many there should be.
private struct ListCount {
    private var seen: [Int: Int] = [:]
    /// The most that any page said: a list that shrinks while it is read is read again before anything is concluded.
    private var totals: [Int: Int] = [:]

    mutating func add(_ count: Int, of page: ResourcePage) {
        seen[page.list, default: 0] += count
        if let total = page.total { totals[page.list] = max(total, totals[page.list] ?? 0) }
    }

    /// Of the first list that is shorter than it should be.
    var shortage: (seen: Int, total: Int)? {
        for (list, total) in totals.sorted(by: { $0.key < $1.key }) where seen[list] ?? 0 < total {
            return (seen[list] ?? 0, total)
        }
        return nil
    }
}

extension SweepReport {
    mutating func count(_ sighting: ResourceUpsert.Sighting) {
        seen += sighting.isFirst ? 1 : 0
        switch sighting.news {
        case .discovered: new += 1
        case .updated: updated += 1
        case .restored: restored += 1
        case .unchanged, .outdated: break
        }
    }
}

extension Connection {
    func count(_ sql: String, _ values: [SQLValue] = []) throws -> Int {
        Int(try first(sql, values) { $0.int(0) ?? 0 } ?? 0)
    }
}
