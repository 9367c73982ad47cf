import CloudControl
import SagaCore
import Storage
import Testing

/// When a sweep believes that something is gone, and when not.
@Suite struct SweepTests {
    private let books: Books
    private let account = FakeAccount((1...8).map { .droplet($0) })

    init() throws { books = try Books() }

    @Test func `the third complete sweep in a row without a resource asks for it and leaves a tombstone`() throws {
        try books.sweep(account)
        account.resources.removeFirst()
        #expect(try books.sweep(account).struck == 1)
        #expect(try books.sweep(account).struck == 1)
        #expect(try books.strikes()["1"] == 2)
        account.forgetCalls()
        let report = try books.sweep(account)
        #expect(report.deleted == 1)
        #expect(report.struck == 0)
        #expect(account.calls.last == "inventory.droplets {\"provider_id\":\"1\"}")
        #expect(try books.resources(.deleted).map(\.providerID) == ["1"])
        let event = try #require(try books.events("1").last)
        #expect(event.kind == .deleted)
        #expect(event.before?["name"] == "web-1")
        #expect(event.after == nil)
        #expect(report.message == "7 droplets seen, nothing new; 1 deleted")
    }

    @Test func `a resource seen again in between starts from no strike`() throws {
        try books.sweep(account)
        let first = account.resources.removeFirst()
        for _ in 0..<2 { try books.sweep(account) }
        account.resources.append(first)
        try books.sweep(account)
        #expect(try books.strikes()["1"] == 0)
        account.resources.removeLast()
        for _ in 0..<2 { try books.sweep(account) }
        #expect(try books.resources(.deleted).isEmpty)
    }

    @Test func `a resource that is in no list but answers is seen`() throws {
        try books.sweep(account)
        account.hidden = ["1"]
        for _ in 0..<2 { try books.sweep(account) }
        let report = try books.sweep(account)
        #expect(report.found == 1)
        #expect(report.deleted == 0)
        #expect(try books.strikes()["1"] == 0)
        #expect(report.message == "8 droplets seen, nothing new; 1 not in the list but found by asking")
    }

    @Test(arguments: AdapterFailure.trouble)
    func `trouble at any call counts no strike and deletes nothing`(failure: AdapterFailure) throws {
        try books.sweep(account)
        account.resources.removeFirst(2)
        account.pageSize = 3
        for _ in 0..<2 { try books.sweep(account) }
        // projects.list, two pages, two questions.
        for call in 2...5 {
            account.forgetCalls()
            account.failures = [call: failure]
            let report = try books.sweep(account)
            #expect(!report.outcome.isComplete)
            #expect(report.kept == (call == 2 ? 8 : call == 3 ? 5 : 2))
            #expect(try books.strikes().values.sorted() == [0, 0, 0, 0, 0, 0, 2, 2])
            #expect(try books.resources(.deleted).isEmpty)
            #expect(try books.events().count == 8)
        }
        account.failures = [:]
        #expect(try books.sweep(account).deleted == 2)
    }

    @Test func `a list that ends before its total counts nothing`() throws {
        try books.sweep(account)
        account.mangle = { call, answer in
            var answer = answer
            if call.contains("\"4\"") { answer["next"] = nil }
            return answer
        }
        for _ in 0..<4 {
            let report = try books.sweep(account)
            #expect(report.outcome == .cutShort(seen: 6, total: 8))
            #expect(
                report.message
                    == "the list of droplets ended after 6 of 8; 6 droplets seen and written down, the 2 not seen stay as they were, no strike was counted"
            )
        }
        #expect(try books.strikes().values.allSatisfy { $0 == 0 })
    }

    @Test func `of an operation that reads two lists, each must be as long as it says`() throws {
        account.mangle = { call, answer in
            // A second list of two, behind a first one that says nine and gives eight.
            var answer = answer
            if call.contains("\"gpus\"") {
                return ["resources": [ProviderResource.droplet(21).json], "total": 1, "list": 1]
            }
            answer["total"] = 9
            answer["list"] = 0
            if answer["next"] == nil { answer["next"] = "gpus" }
            return answer
        }
        #expect(try books.sweep(account).outcome == .cutShort(seen: 8, total: 9))
    }

    @Test func `duplicates between pages are harmless, and do not make up for what is missing`() throws {
        account.mangle = { call, answer in
            var answer = answer
            guard call.contains("\"2\"") else { return answer }
            answer["resources"] = [ProviderResource.droplet(1).json, ProviderResource.droplet(2).json]
            return answer
        }
        let report = try books.sweep(account)
        #expect(report.outcome == .cutShort(seen: 6, total: 8))
        #expect(report.new == 6)
        #expect(try books.events().count == 6)
        account.saysTotal = false
        #expect(try books.sweep(account).seen == 6)
        #expect(try books.events().count == 6)
    }

    @Test func `the breaker stops where more than a tenth and more than five would go at once`() throws {
        account.resources = (1...50).map { .droplet($0) }
        try books.sweep(account)
        account.resources.removeLast(6)
        for _ in 0..<2 { #expect(try books.sweep(account).struck == 6) }
        account.forgetCalls()
        let report = try books.sweep(account)
        #expect(report.outcome == .breaker(missing: 6, live: 50, percent: 10))
        #expect(report.kept == 6)
        #expect(!account.calls.contains { $0.contains("provider_id") })
        #expect(try books.resources().count == 50)
        #expect(
            report.message
                == "6 of 50 droplets are missing for the last time before they count as deleted, more than 10 % at once, so the sweep stopped; 44 droplets seen and written down, the 6 not seen stay as they were, no strike was counted"
        )
        var policy = SweepPolicy()
        policy.believesMassDeletion = true
        #expect(try books.sweep(account, policy: policy).deleted == 6)
    }

    @Test func `five are not too many, and six of sixty are not more than a tenth`() throws {
        account.resources = (1...60).map { .droplet($0) }
        try books.sweep(account)
        account.resources.removeLast(6)
        for _ in 0..<2 { try books.sweep(account) }
        #expect(try books.sweep(account).deleted == 6)
        account.resources = Array(account.resources.prefix(5))
        account.resources += (101...102).map { .droplet($0) }
        let few = try Books()
        try few.sweep(account)
        account.resources.removeLast(5)
        for _ in 0..<2 { try few.sweep(account) }
        #expect(try few.sweep(account).deleted == 5)
    }

    @Test func `an empty answer where resources were known is not believed`() throws {
        try books.sweep(account)
        account.resources = []
        for _ in 0..<2 { #expect(try books.sweep(account).struck == 8) }
        for _ in 0..<3 {
            #expect(try books.sweep(account).outcome == .breaker(missing: 8, live: 8, percent: 10))
        }
        #expect(try books.resources().count == 8)
    }

    @Test func `so many are asked for in one sweep, the others wait for the next`() throws {
        try books.sweep(account)
        account.resources.removeLast(3)
        var policy = SweepPolicy()
        policy.directQuestions = 2
        for _ in 0..<2 { try books.sweep(account) }
        let report = try books.sweep(account, policy: policy)
        #expect(report.deleted == 2)
        #expect(report.kept == 1)
        #expect(report.hint == "the next sweep asks for it")
        #expect(try books.sweep(account, policy: policy).deleted == 1)
    }

    @Test func `a resource that a step registered while the sweep ran is not missing`() throws {
        try books.sweep(account)
        books.pass()
        try books.inventory.record(
            .droplet(99), provider: "digitalocean", source: .saga(run: "r"), at: books.now + 900_001)
        #expect(try books.sweep(account).struck == 0)
        #expect(try books.sweep(account).struck == 1)
    }

    @Test func `a kind that fails does not keep the others from being looked at`() throws {
        account.resources.append(ProviderResource(kind: "volume", providerID: "v-1", name: "disk"))
        account.failures = [2: AdapterFailure.trouble[1]]
        let report = try books.sync(account)
        #expect(report.sweeps.map(\.outcome.code) == ["failed", "complete", "complete"])
        #expect(try books.resources().map(\.name) == ["disk"])
        #expect(
            report.sweeps[0].message
                == "page 1 of the droplets did not come: the token lacks droplet:read (status 403); 0 droplets seen and written down, no other was known, no strike was counted"
        )
        #expect(
            report.sweeps[0].hint
                == "`arcadia plugins show digitalocean` says which token is used and where it comes from")
    }

    // MARK: - Answers that make no sense

    @Test(
        arguments: [
            (["total": 8], "the answer has no list `resources`"),
            (["resources": [1]], "resource 1 of the page is of type integer; expected an object"),
            (["resources": [["kind": "droplet"]]], "resource 1 of the page has no `attrs`"),
            (
                ["resources": [["kind": "droplet", "provider_id": 7, "name": "x", "tags": [], "attrs": [:]]]],
                "`provider_id` of resource 1 of the page is of type integer; expected string"
            ),
            (
                ["resources": [["kind": "volume", "provider_id": "7", "name": "x", "tags": [], "attrs": [:]]]],
                "a resource of kind \"volume\" is among those of kind \"droplet\""
            ),
            (["resources": [], "next": ""], "the list goes on at \"\", where it was before"),
        ] as [(JSONObject, String)])
    func `a page without sense is not believed`(page: JSONObject, words: String) throws {
        try books.sweep(account)
        account.mangle = { call, answer in call.hasPrefix("inventory") ? page : answer }
        let report = try books.sweep(account)
        #expect(report.outcome.code == "not_as_agreed")
        #expect(report.message.contains(words), "\(report.message)")
        #expect(try books.strikes().values.allSatisfy { $0 == 0 })
    }

    @Test func `an answer about another resource is not believed`() throws {
        try books.sweep(account)
        account.resources.removeFirst()
        for _ in 0..<2 { try books.sweep(account) }
        account.mangle = { call, answer in
            call.contains("provider_id") ? ["resources": [ProviderResource.droplet(2).json]] : answer
        }
        #expect(
            try books.sweep(account).message
                == "whether \"digitalocean:droplet:1\" is gone was answered without sense: \"1\" was asked for, and \"2\" came; 7 droplets seen and written down, the one not seen stays as it was, no strike was counted"
        )
        #expect(try books.strikes()["1"] == 2)
    }

    @Test func `every sweep is written down with its report`() throws {
        try books.sweep(account)
        let reports = try books.database.read {
            try $0.rows("SELECT outcome, report FROM cloud_sweeps") { ($0.text(0), try $0.json(1)) }
        }
        #expect(reports.map(\.0) == ["complete"])
        #expect(
            reports[0].1?.text
                == #"{"provider":"digitalocean","kind":"droplet","at":"2027-01-15T08:15:00.000Z","outcome":"complete","pages":4,"seen":8,"new":8,"updated":0,"restored":0,"struck":0,"deleted":0,"found":0,"kept":0,"message":"8 droplets seen, 8 new"}"#
        )
    }
}
