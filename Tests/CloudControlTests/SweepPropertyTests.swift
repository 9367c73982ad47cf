import CloudControl
import SagaCore
import Storage
import Testing

/// Sequences of sweeps, vanishings, failures and returns against a model of a few lines.
@Suite struct SweepPropertyTests {
    @Test func `any sequence of sweeps ends in the same table and the same events as a model`() throws {
        let books = try Books()
        let base = Seed.base
        for number in 0..<Seed.cases {
            // A provider of its own is an account of its own, in one database.
            var story = Story(seed: base &+ UInt64(number), provider: "p\(number)")
            try story.play(books)
            let table = try Self.table(of: story.account.provider, books)
            guard table == story.model.table else {
                Issue.record(
                    "ARCADIA_SEED=\(base &+ UInt64(number)): the table has \(table), the model \(story.model.table)")
                return
            }
            #expect(story.complaints == [], "ARCADIA_SEED=\(base &+ UInt64(number))")
        }
    }

    private static func table(of provider: String, _ books: Books) throws -> [String: ModelRow] {
        try books.database.read { connection in
            let rows = try connection.rows(
                """
                SELECT r.provider_id, r.name, r.tags, r.stale_strike_count, r.deleted_at,
                    (SELECT group_concat(e.kind) FROM cloud_resource_events e WHERE e.resource = r.resource)
                FROM cloud_resources r WHERE r.provider = ?
                """, [.text(provider)]
            ) { row in
                (
                    row.text(0) ?? "",
                    ModelRow(
                        name: row.text(1) ?? "",
                        tags: Set(try row.json(2)?.arrayValue?.compactMap(\.stringValue) ?? []),
                        strikes: Int(row.int(3) ?? 0), isDeleted: row.int(4) != nil,
                        events: (row.text(5) ?? "").split(separator: ",").map(String.init))
                )
            }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }
}

private struct ModelRow: Equatable {
    var name: String
    var tags: Set<String>
    var strikes = 0
    var isDeleted = false
    var events = ["discovered"]
}

/// What a table of resources is after a sweep, said as shortly as possible.
private struct Model {
    /// In the order of their discovery.
    var order: [String] = []
    var table: [String: ModelRow] = [:]

    mutating func see(_ resource: ProviderResource) {
        guard var row = table[resource.providerID] else {
            order.append(resource.providerID)
            table[resource.providerID] = ModelRow(name: resource.name, tags: Set(resource.tags))
            return
        }
        if row.isDeleted {
            row.events.append("restored")
        } else if row.name != resource.name {
            row.events.append("updated")
        } else if row.tags != Set(resource.tags) {
            row.events.append("tagged")
        }
        row.name = resource.name
        row.tags = Set(resource.tags)
        row.strikes = 0
        row.isDeleted = false
        table[resource.providerID] = row
    }

    mutating func sweep(_ account: FakeAccount, _ policy: SweepPolicy, failingAt call: Int?, cutAfter: Int?) {
        var calls = 1
        let listed = account.resources.filter { !account.hidden.contains($0.providerID) }
        let pages = max(1, (listed.count + account.pageSize - 1) / account.pageSize)
        var seen: Set<String> = []
        for page in 0..<pages {
            calls += 1
            if calls == call { return }
            for resource in listed.dropFirst(page * account.pageSize).prefix(account.pageSize) {
                see(resource)
                seen.insert(resource.providerID)
            }
            if page == cutAfter, page < pages - 1 { return }
        }
        let live = order.filter { table[$0]?.isDeleted == false }
        let missing = live.filter { !seen.contains($0) }
        let last = missing.filter { table[$0]?.strikes == 2 }
        if last.count > policy.breakerCount, last.count * 10 > live.count { return }
        var gone: [String] = []
        for id in last.prefix(policy.directQuestions) {
            calls += 1
            if calls == call { return }
            if let there = account.resources.first(where: { $0.providerID == id }) {
                see(there)
            } else {
                gone.append(id)
            }
        }
        for id in missing where !last.contains(id) { table[id]?.strikes += 1 }
        for id in gone {
            table[id]?.strikes = 3
            table[id]?.isDeleted = true
            table[id]?.events.append("deleted")
        }
    }
}

/// One generated sequence, played on the real thing and on the model.
private struct Story {
    let account: FakeAccount
    var model = Model()
    var complaints: [String] = []
    private var random: Seeded
    private var graveyard: [ProviderResource] = []
    private var nextID = 1

    init(seed: UInt64, provider: String) {
        random = Seeded(seed)
        account = FakeAccount(provider: provider)
        account.pageSize = random.int(1...4)
        for _ in 0..<random.int(0...9) { add() }
    }

    mutating func play(_ books: Books) throws {
        for _ in 0..<random.int(2...9) {
            for _ in 0..<random.int(0...3) { happen() }
            try sweep(books)
        }
    }

    private mutating func add() {
        account.resources.append(.droplet(nextID, tags: [], attrs: [:]))
        nextID += 1
    }

    private mutating func happen() {
        let place = account.resources.isEmpty ? nil : random.int(0...account.resources.count - 1)
        switch random.int(1...12) {
        case 1...2: add()
        case 3...5: if let place { graveyard.append(account.resources.remove(at: place)) }
        case 6:
            graveyard += account.resources
            account.resources = []
        case 7...8:
            if !graveyard.isEmpty {
                account.resources.append(graveyard.remove(at: random.int(0...graveyard.count - 1)))
            }
        case 9: if let place { account.resources[place].name += "x" }
        case 10...11:
            if let place {
                account.resources[place].tags = (0..<random.int(0...3)).map { _ in "t\(random.int(1...3))" }
            }
        default: if let place { account.hidden.formSymmetricDifference([account.resources[place].providerID]) }
        }
    }

    private mutating func sweep(_ books: Books) throws {
        var policy = SweepPolicy()
        policy.breakerCount = random.int(1...5)
        policy.directQuestions = random.int(1...4)
        let failure = random.chance(40) ? random.int(1...8) : nil
        let cut = random.chance(10) ? random.int(0...2) : nil
        let before = model.table
        model.sweep(account, policy, failingAt: failure, cutAfter: cut)
        account.forgetCalls()
        account.failures = failure.map { [$0: AdapterFailure.trouble[random.int(0...5)]] } ?? [:]
        let size = account.pageSize
        account.mangle = { call, answer in
            var answer = answer
            if let cut, call.contains("\"cursor\":\"\(cut == 0 ? "" : "\(cut * size)")\"") { answer["next"] = nil }
            return answer
        }
        let report = try books.sweep(account, policy: policy)
        check(report, before)
    }

    /// What must hold whatever the model says: a sweep that is not complete takes nothing from anybody.
    private mutating func check(_ report: SweepReport, _ before: [String: ModelRow]) {
        guard !report.outcome.isComplete else { return }
        if report.struck + report.deleted > 0 { complaints.append("a failed sweep struck: \(report.message)") }
        for (id, row) in before {
            guard let now = model.table[id] else { continue }
            if now.strikes > row.strikes || now.isDeleted && !row.isDeleted {
                complaints.append("the failed sweep took \(id)")
            }
        }
    }
}
