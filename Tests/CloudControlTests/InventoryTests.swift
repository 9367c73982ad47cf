import CloudControl
import SagaCore
import Testing

@Suite struct InventoryTests {
    private let books: Books
    private let account = FakeAccount([.droplet(1), .droplet(2), .droplet(3), .droplet(4), .droplet(5)])

    init() throws { books = try Books() }

    // MARK: - One upsert

    @Test func `five droplets are discovered, with an event each`() throws {
        let report = try books.sweep(account)
        #expect(report.new == 5)
        #expect(report.pages == 3)
        #expect(report.outcome == .complete)
        #expect(try books.kinds() == [.discovered, .discovered, .discovered, .discovered, .discovered])
        let event = try #require(try books.events().first)
        #expect(event.before == nil)
        #expect(event.after?["size_slug"] == "s-1vcpu-1gb")
        #expect(event.after?["attrs"]?["image"] == "ubuntu-24-04-x64")
        #expect(event.source == "sync")
    }

    @Test func `an unchanged account moves last_seen_at and nothing else`() throws {
        try books.sweep(account)
        let before = try books.resources()
        let report = try books.sweep(account)
        let after = try books.resources()
        #expect(report.seen == 5)
        #expect(report.new + report.updated + report.restored + report.struck + report.deleted == 0)
        #expect(try books.events().count == 5)
        #expect(after.allSatisfy { $0.lastSeenAt == books.now })
        #expect(after.map(\.firstSeenAt) == before.map(\.firstSeenAt))
        #expect(after.map(\.attrs) == before.map(\.attrs))
    }

    @Test func `a change of a meaningful field is an event with that field alone`() throws {
        try books.sweep(account)
        account.resources[1].sizeSlug = "s-2vcpu-2gb"
        account.resources[1].attrs["memory"] = 2048
        let report = try books.sweep(account)
        #expect(report.updated == 1)
        let event = try #require(try books.events("web-2").last)
        #expect(event.kind == .updated)
        #expect(event.before == ["size_slug": "s-1vcpu-1gb", "attrs": ["memory": 1024]])
        #expect(event.after == ["size_slug": "s-2vcpu-2gb", "attrs": ["memory": 2048]])
        #expect(try books.inventory.show("web-2").sizeSlug == "s-2vcpu-2gb")
    }

    @Test func `tags are a set, and what the provider calls volatile is taken over without an event`() throws {
        account.resources[0].tags = ["b", "a", "c", "a"]
        try books.sweep(account)
        account.resources[0].tags = ["c", "b", "a"]
        account.resources[0].attrs["snapshot_ids"] = [7]
        account.resources[1].attrs["memory"] = .number("1024.0")
        let report = try books.sweep(account)
        #expect(report.updated == 0)
        #expect(try books.events().count == 5)
        let row = try books.inventory.show("web-1")
        #expect(row.tags == ["a", "b", "c"])
        #expect(row.attrs["snapshot_ids"] == [7])
    }

    @Test func `a change of the tags alone is an event of its own kind, with other changes it is not`() throws {
        try books.sweep(account)
        account.resources[0].tags = ["db"]
        account.resources[0].attrs["snapshot_ids"] = [7]
        account.resources[1].tags = ["db"]
        account.resources[1].name = "db-2"
        account.resources[2].tags = ["db"]
        account.resources[2].attrs["memory"] = 2048
        #expect(try books.sweep(account).updated == 3)
        #expect(try books.kinds(of: "1") == [.discovered, .tagged])
        let event = try #require(try books.events("1").last)
        #expect(event.before == ["tags": ["web"]] && event.after == ["tags": ["db"]])
        #expect(try books.kinds(of: "2") == [.discovered, .updated])
        #expect(try books.kinds(of: "3") == [.discovered, .updated])
        try books.sweep(account)
        #expect(try books.events().count == 8)
    }

    @Test func `a move between projects is an update, also when the tags change with it`() throws {
        account.projects = [
            (id: "a", name: "alpha", members: [("droplet", "1")]), (id: "b", name: "beta", members: []),
        ]
        try books.sync(account)
        account.projects[0].members = []
        account.projects[1].members = [("droplet", "1")]
        account.resources[0].tags = ["db"]
        try books.sync(account)
        #expect(try books.kinds(of: "1") == [.discovered, .updated])
    }

    @Test func `a list is CSV with a header, quotes where they are needed, and no formula`() throws {
        account.resources = [.droplet(1, name: "=1+1", tags: ["a,b", "c"], attrs: ["note": "say \"hi\""])]
        try books.sweep(account)
        let time = books.now.description
        #expect(
            try books.inventory.list().csv
                == "resource_id,kind,provider,provider_id,name,region,status,size_slug,tags,attrs,project,created_at,first_seen_at,last_seen_at,stale_strike_count,deleted_at\r\ndigitalocean:droplet:1,droplet,digitalocean,1,'=1+1,nyc3,active,s-1vcpu-1gb,\"[\"\"a,b\"\",\"\"c\"\"]\",\"{\"\"note\"\":\"\"say \\\"\"hi\\\"\"\"\"}\",,2026-01-01T00:00:00Z,\(time),\(time),0,\r\n"
        )
    }

    @Test func `an attribute that goes away is an event, and stays known as null`() throws {
        account.resources[0].attrs["public_ipv4"] = "10.0.0.1"
        try books.sweep(account)
        account.resources[0].attrs["public_ipv4"] = nil
        try books.sweep(account)
        try books.sweep(account)
        let events = try books.events("web-1")
        #expect(events.map(\.kind) == [.discovered, .updated])
        #expect(events.last?.after == ["attrs": ["public_ipv4": .null]])
        #expect(try books.inventory.show("web-1").attrs["public_ipv4"] == .null)
    }

    @Test func `a tombstoned resource that is seen again is restored`() throws {
        try books.sweep(account)
        let gone = account.resources.removeLast()
        for _ in 0..<3 { try books.sweep(account) }
        #expect(try books.resources(.deleted).map(\.name) == ["web-5"])
        account.resources.append(gone)
        let report = try books.sweep(account)
        #expect(report.restored == 1)
        let row = try books.inventory.show("web-5")
        #expect(row.deletedAt == nil)
        #expect(row.strikes == 0)
        #expect(try books.kinds(of: "web-5") == [.discovered, .deleted, .restored])
    }

    @Test func `what a page says of before a step's own sighting is not taken over`() throws {
        try books.sweep(account)
        let sweepTime = books.now + 1000
        books.pass()
        try books.inventory.record(
            .droplet(1, name: "renamed"), provider: "digitalocean", source: .saga(run: "r"), at: books.now)
        let report = try books.inventory.sync(
            account, kinds: [FakeAccount.kinds[0]], defaultProject: nil, at: sweepTime
        ).sweeps[0]
        #expect(report.seen == 5)
        #expect(report.updated == 0)
        #expect(try books.inventory.show("1").name == "renamed")
    }

    @Test func `a page that is older than a tombstone does not restore`() throws {
        try books.sweep(account)
        let sweepTime = books.now + 1000
        books.pass()
        #expect(try books.inventory.markDeleted("web-1", source: .saga(run: "r"), at: books.now))
        #expect(try books.inventory.markDeleted("1", source: .saga(run: "r"), at: books.now) == false)
        _ = try books.inventory.sync(account, kinds: [FakeAccount.kinds[0]], defaultProject: nil, at: sweepTime)
        #expect(try books.kinds(of: "1") == [.discovered, .deleted])
        #expect(try books.sweep(account).restored == 1)
    }

    // MARK: - Projects

    @Test func `the default project is made once, and not again when somebody deleted it`() throws {
        let first = try books.sync(account, defaultProject: DefaultProject())
        #expect(first.projects.created == "skyai-internal")
        #expect(account.calls.filter { $0.hasPrefix("projects.ensure") }.count == 1)
        account.forgetCalls()
        let second = try books.sync(account, defaultProject: DefaultProject())
        #expect(second.projects.created == nil)
        account.projects = []
        _ = try books.sync(account, defaultProject: DefaultProject())
        #expect(!account.calls.contains { $0.hasPrefix("projects.ensure") })
    }

    @Test func `membership takes one call a project, and a move is an event`() throws {
        account.projects = [
            (id: "a", name: "alpha", members: [("droplet", "1"), ("droplet", "2")]),
            (id: "b", name: "beta", members: []),
        ]
        try books.sync(account)
        #expect(account.calls.filter { $0.hasPrefix("projects.resources") }.count == 2)
        #expect(try books.inventory.show("web-1").project == "alpha")
        #expect(try books.inventory.show("web-3").project == nil)
        account.projects[0].members.removeLast()
        account.projects[1].members = [("droplet", "2"), ("droplet", "3")]
        try books.sync(account)
        #expect(try books.inventory.show("web-2").project == "beta")
        #expect(try books.inventory.show("web-3").project == "beta")
        let event = try #require(try books.events("web-2").last)
        #expect(event.before == ["project": "alpha"])
        #expect(event.after == ["project": "beta"])
        #expect(try books.kinds(of: "web-3") == [.discovered])
    }

    @Test func `a project that does not answer leaves resources in the project they had`() throws {
        account.projects = [(id: "a", name: "alpha", members: [("droplet", "1")])]
        try books.sync(account)
        account.forgetCalls()
        account.failures = [2: AdapterFailure.trouble[1]]
        let report = try books.sync(account)
        #expect(!report.isComplete)
        #expect(report.sweeps[0].outcome == .complete)
        #expect(try books.inventory.show("web-1").project == "alpha")
        #expect(
            report.projects.message
                == "who is in project \"alpha\" was not told: the token lacks droplet:read (status 403); resources stay in the project they were in"
        )
    }

    // MARK: - Queries

    @Test func `a list is filtered by every field`() throws {
        account.resources[0].region = "ams3"
        account.resources[1].status = "off"
        account.resources[2].tags = ["db", "web"]
        account.resources[3].name = "100%_done"
        account.resources.append(ProviderResource(kind: "volume", providerID: "v-1", name: "disk"))
        account.projects = [(id: "a", name: "alpha", members: [("droplet", "5")])]
        try books.sync(account)
        func names(_ change: (inout ResourceFilter) -> Void) throws -> [String] {
            var filter = ResourceFilter()
            change(&filter)
            return try books.inventory.list(filter).resources.map(\.name)
        }
        #expect(try names { $0.region = "ams3" } == ["web-1"])
        #expect(try names { $0.status = "off" } == ["web-2"])
        #expect(try names { $0.tag = "db" } == ["web-3"])
        #expect(try names { $0.name = "WEB-?" } == ["web-1", "web-2", "web-3", "web-5"])
        #expect(try names { $0.name = "100%_*" } == ["100%_done"])
        #expect(try names { $0.name = "web_1" } == [])
        #expect(try names { $0.kind = "volume" } == ["disk"])
        #expect(try names { $0.provider = "hetzner" } == [])
        #expect(try names { $0.project = "alpha" } == ["web-5"])
        #expect(try names { $0.project = "a" } == ["web-5"])
        #expect(try names { $0.presence = .deleted } == [])
    }

    @Test func `a list goes on where the one before ended`() throws {
        try books.sweep(account)
        var filter = ResourceFilter()
        filter.limit = 2
        var names: [[String]] = []
        repeat {
            let list = try books.inventory.list(filter)
            names.append(list.resources.map(\.name))
            filter.cursor = list.next
        } while filter.cursor != nil
        #expect(names == [["web-1", "web-2"], ["web-3", "web-4"], ["web-5"]])
        filter.cursor = "nonsense"
        #expect(throws: CursorRefusal(text: "nonsense")) { try books.inventory.list(filter) }
    }

    @Test func `a list as text is the list, byte for byte`() throws {
        account.resources[0].name = "a \"name\" \\ with\n\u{1}all é 💧 in it"
        account.resources[1].attrs["odd"] = ["\"": [.number("1.50"), .null, -3, ["\t": true]]]
        account.resources[2].tags = ["b\"", "a"]
        (account.resources[3].region, account.resources[3].status) = (nil, nil)
        try books.sweep(account)
        try books.inventory.markDeleted("5", source: .sync, at: books.now)
        for presence in ResourceFilter.Presence.allCases {
            var filter = ResourceFilter()
            (filter.presence, filter.limit) = (presence, 2)
            repeat {
                let list = try books.inventory.list(filter)
                let text = try books.inventory.listText(filter, in: .operatorOfThisMachine)
                #expect(String(decoding: text, as: UTF8.self) == list.json.text)
                filter.cursor = list.next
            } while filter.cursor != nil
        }
        #expect(throws: CursorRefusal.self) {
            var filter = ResourceFilter()
            filter.cursor = "nonsense"
            _ = try books.inventory.listText(filter, in: .operatorOfThisMachine)
        }
    }

    @Test func `a resource is found by its id, the provider's id and a name that one alone has`() throws {
        account.resources[1].name = "web-1"
        try books.sweep(account)
        #expect(try books.inventory.show("digitalocean:droplet:3").name == "web-3")
        #expect(try books.inventory.show("3").name == "web-3")
        #expect(try books.inventory.show("web-3").providerID == "3")
        #expect(throws: InventoryRefusal.unknown("web-9")) { try books.inventory.show("web-9") }
        #expect(
            throws: InventoryRefusal.ambiguous("web-1", ["digitalocean:droplet:1", "digitalocean:droplet:2"])
        ) { try books.inventory.show("web-1") }
    }

    @Test func `events are listed since a time, of a resource, of a kind, the last so many`() throws {
        try books.sweep(account)
        let before = books.now
        account.resources[0].status = "off"
        account.resources[1].status = "off"
        try books.sweep(account)
        var filter = EventFilter()
        filter.since = before + 1
        #expect(try books.inventory.events(filter).map(\.kind) == [.updated, .updated])
        filter.resource = "web-2"
        #expect(try books.inventory.events(filter).map(\.resourceID) == ["digitalocean:droplet:2"])
        filter = EventFilter()
        filter.limit = 3
        #expect(try books.inventory.events(filter).map(\.kind) == [.discovered, .updated, .updated])
        filter.kind = .discovered
        #expect(
            try books.inventory.events(filter).map(\.resourceID)
                == ["digitalocean:droplet:3", "digitalocean:droplet:4", "digitalocean:droplet:5"])
    }

    @Test func `the JSON is as it was agreed`() throws {
        account.resources = [account.resources[0]]
        try books.sweep(account)
        #expect(
            try books.inventory.list().json.text
                == #"{"resources":[{"resource_id":"digitalocean:droplet:1","kind":"droplet","provider":"digitalocean","provider_id":"1","name":"web-1","region":"nyc3","status":"active","size_slug":"s-1vcpu-1gb","tags":["web"],"attrs":{"image":"ubuntu-24-04-x64","memory":1024,"snapshot_ids":[]},"project":null,"created_at":"2026-01-01T00:00:00Z","first_seen_at":"2027-01-15T08:15:00.000Z","last_seen_at":"2027-01-15T08:15:00.000Z","stale_strike_count":0,"deleted_at":null}],"next":null}"#
        )
        account.resources[0].name = "db-1"
        try books.sweep(account)
        #expect(
            ResourceEvent.json([try #require(try books.events().last)]).text
                == #"{"events":[{"event_id":2,"resource_id":"digitalocean:droplet:1","kind":"updated","before":{"name":"web-1"},"after":{"name":"db-1"},"source":"sync","at":"2027-01-15T08:30:00.000Z"}]}"#
        )
    }
}
