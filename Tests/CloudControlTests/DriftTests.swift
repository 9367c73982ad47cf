import CloudControl
import SagaCore
import Storage
import Testing

@Suite struct DriftTests {
    private let books: Books
    private let account = FakeAccount((1...5).map { .droplet($0) })

    init() throws {
        books = try Books()
        try books.sweep(account)
    }

    private func ask(_ spec: JSONObject, of resource: String = "web-1") throws {
        try books.provisioning.recordProvisioned(resource, spec: spec, runID: "r-1", at: books.now)
    }

    @discardableResult
    private func detect() throws -> DriftSummary {
        books.pass()
        return try books.drift.detect(at: books.now)
    }

    private func closed(_ status: DriftRow.Status) throws -> [DriftRow] {
        var filter = DriftFilter()
        filter.status = status
        return try books.drift.list(filter)
    }

    // MARK: - Detect

    @Test func `a wrong size and a right region: only the size is drift, with its event`() throws {
        try ask(["size_slug": "s-2vcpu-2gb", "region": "nyc3"])
        let summary = try detect()
        #expect(summary.json.text.hasPrefix(#"{"checked":1,"drifted_fields":1,"new_drift":1,"resolved_stale":0"#))
        let drift = try #require(try books.drift.list().first)
        #expect(
            DriftRow.json([drift]).text
                == #"{"drift":[{"drift_id":1,"resource_id":"digitalocean:droplet:1","name":"web-1","kind":"field","field":"size_slug","expected":"s-2vcpu-2gb","actual":"s-1vcpu-1gb","status":"open","spec_version":1,"detected_at":"2027-01-15T08:30:00.000Z","reverting_run":null,"closed_at":null,"closed_by":null,"reason":null}]}"#
        )
        let event = try #require(try books.events("web-1").last)
        #expect(event.kind == .driftDetected)
        #expect(event.before == ["size_slug": "s-2vcpu-2gb"])
        #expect(event.after == ["size_slug": "s-1vcpu-1gb"])
        #expect(event.source == "drift")

        try books.drift.accept(drift.driftID, by: "ann", at: books.now)
        #expect(try books.provisioning.show("web-1").spec == ["size_slug": "s-1vcpu-1gb", "region": "nyc3"])
        #expect(try books.provisioning.show("web-1").specVersion == 2)
        #expect(try detect().driftedFields == 0)
        #expect(try books.drift.openCount() == 0)
    }

    @Test func `drift that stays is one row and one event, and shows what is now`() throws {
        try ask(["size_slug": "s-2vcpu-2gb"])
        try detect()
        #expect(try detect().newDrift == 0)
        account.resources[0].sizeSlug = "s-8vcpu-16gb"
        try books.sweep(account)
        let summary = try detect()
        #expect((summary.driftedFields, summary.newDrift) == (1, 0))
        #expect(try books.drift.list().map(\.actual) == ["s-8vcpu-16gb"])
        #expect(try books.kinds(of: "web-1").count { $0 == .driftDetected } == 1)
    }

    @Test func `a field that came right elsewhere closes as stale, and may drift again`() throws {
        try ask(["name": "db-1"])
        try detect()
        account.resources[0].name = "db-1"
        try books.sweep(account)
        #expect(try detect().resolvedStale == 1)
        let row = try #require(try closed(.stale).first)
        #expect(row.closedBy == "drift")
        #expect(row.closedAt == books.now)
        account.resources[0].name = "web-1"
        try books.sweep(account)
        #expect(try detect().newDrift == 1)
        #expect(try books.drift.list().map(\.driftID) == [2])
    }

    @Test func `fields are looked for above first, then in attrs, and what was never seen is unknown`() throws {
        account.resources[0].attrs["region"] = "elsewhere"
        try books.sweep(account)
        try ask(["region": "nyc3", "image": "ubuntu-24-04-x64", "memory": "1024", "colour": "red", "ipv6": .null])
        let summary = try detect()
        #expect(summary.driftedFields == 0)
        #expect(summary.unknownFields == 2)
    }

    @Test func `a field that was there once and is gone has drifted`() throws {
        account.resources[0].attrs["public_ipv4"] = "10.0.0.1"
        try books.sweep(account)
        try ask(["public_ipv4": "10.0.0.1"])
        #expect(try detect().driftedFields == 0)
        account.resources[0].attrs["public_ipv4"] = nil
        try books.sweep(account)
        #expect(try detect().newDrift == 1)
        #expect(try books.drift.list().map(\.actual) == [.null])
    }

    @Test func `other spellings of the same are no drift`() throws {
        account.resources[0].tags = ["a", "b"]
        account.resources[0].region = nil
        account.resources[0].attrs = [
            "memory": 1024, "ratio": .number("1.50"), "on": true, "ids": [1, 2, 3], "text": "ä\\\"", "empty": .null,
            "deep": ["x": 1, "y": .null],
        ]
        try books.sweep(account)
        try ask([
            "tags": ["b", "a", "b"], "region": "", "memory": .number("1024.0"), "ratio": "1.5", "on": "true",
            "ids": ["3", "2", .number("1e0")], "text": "ä\\\"", "empty": [], "deep": ["x": "1"],
        ])
        #expect(try detect().driftedFields == 0)
        #expect(try books.drift.list() == [])
    }

    @Test(
        arguments: [
            ("memory", "1024.0"), ("version", "1.1"), ("version", .number("1.1")), ("ids", [1, 2]), ("ids", 1),
            ("on", "True"), ("name", .null), ("tags", []), ("tags", "web"), ("text", "a\\nb"),
        ] as [(String, JSONValue)])
    func `what means something else is drift`(field: String, expected: JSONValue) throws {
        account.resources[0].attrs = ["memory": 1024, "version": "1.10", "ids": [1], "on": true, "text": "a\nb"]
        try books.sweep(account)
        try ask([field: expected])
        #expect(try detect().newDrift == 1)
    }

    @Test func `a comparator that an adapter declares counts for its field alone`() throws {
        var comparators = FieldComparators()
        func declare(_ field: String, _ comparator: FieldComparator) {
            comparators.declare(provider: "digitalocean", kind: "droplet", field: field, comparator)
        }
        declare("image", .caseless)
        declare("size_gigabytes", .number)
        declare("order", .ordered)
        let books = try Books(comparators: comparators)
        account.resources[0].attrs = [
            "image": "Ubuntu", "distribution": "Ubuntu", "size_gigabytes": 2, "order": ["a", "b"],
        ]
        try books.sweep(account)
        try books.provisioning.set(
            "web-1",
            ["image": "ubuntu", "distribution": "ubuntu", "size_gigabytes": "2.0", "order": ["b", "a"]], at: books.now)
        _ = try books.drift.detect(at: books.now)
        #expect(try books.drift.list().map(\.field) == ["distribution", "order"])
    }

    @Test func `a tombstoned resource is one drift of its own kind`() throws {
        try ask(["size_slug": "other", "name": "other"])
        try detect()
        try books.inventory.markDeleted("web-1", source: .sync, at: books.now)
        let summary = try detect()
        #expect((summary.driftedFields, summary.newDrift, summary.resolvedStale) == (1, 1, 2))
        let row = try #require(try books.drift.list().first)
        #expect((row.kind, row.field) == (.missing, "(resource)"))
        #expect((row.expected, row.actual) == ("present", "deleted"))
        try books.drift.accept(row.driftID, by: "ann", reason: "meant to go", at: books.now)
        #expect(throws: ProvisioningRefusal.self) { try books.provisioning.show("1") }
        #expect(try detect().checked == 0)
    }

    @Test func `drift of a resource of which nothing is asked any more is stale`() throws {
        try ask(["name": "other"])
        try detect()
        try books.provisioning.remove("web-1")
        let summary = try detect()
        #expect((summary.checked, summary.resolvedStale) == (0, 1))
    }

    @Test func `a pass of several chunks sees every one`() throws {
        let many = (1...25_000).map { ProviderResource.droplet($0) }
        account.resources = many
        account.pageSize = 5000
        try books.sweep(account)
        try books.database.write { connection in
            try connection.run(
                """
                INSERT INTO cloud_provisioned (resource, spec, spec_version, recorded_at, updated_at)
                SELECT resource, CASE WHEN resource IN (1, 20000, 20001, 25000) THEN '{"name":"x"}'
                    ELSE '{"region":"nyc3"}' END, 1, 0, 0 FROM cloud_resources
                """)
        }
        let summary = try detect()
        #expect((summary.checked, summary.newDrift) == (25_000, 4))
        try books.provisioning.remove("web-25000")
        try books.provisioning.remove("web-20000")
        let again = try detect()
        #expect((again.checked, again.driftedFields, again.resolvedStale) == (24_998, 2, 2))
    }

    // MARK: - Accept

    @Test func `what is not open, or not there, is not accepted`() throws {
        try ask(["name": "other"])
        try detect()
        try books.drift.accept(1, by: "ann", reason: "renamed on purpose", at: books.now)
        let row = try #require(try closed(.accepted).first)
        #expect((row.closedBy, row.reason, row.closedAt) == ("operator:ann", "renamed on purpose", books.now))
        #expect(throws: DriftRefusal.notOpen(1, .accepted, at: books.now, by: "operator:ann")) {
            try books.drift.accept(1, by: "bob", at: books.now)
        }
        #expect(throws: DriftRefusal.unknown(7)) { try books.drift.accept(7, by: "bob", at: books.now) }
        #expect(try books.provisioning.show("web-1").specVersion == 2)
    }

    @Test func `a live value that moved meanwhile is not accepted, and nothing changes`() throws {
        try ask(["name": "other"])
        try detect()
        account.resources[0].name = "third"
        try books.sweep(account)
        #expect(throws: DriftRefusal.moved(1, field: "name", from: "web-1", to: "third")) {
            try books.drift.accept(1, by: "ann", at: books.now)
        }
        #expect(try books.provisioning.show("1").spec == ["name": "other"])
        #expect(try books.drift.openCount() == 1)
        try books.inventory.markDeleted("1", source: .sync, at: books.now)
        #expect(throws: DriftRefusal.moved(1, field: "name", from: "web-1", to: "deleted")) {
            try books.drift.accept(1, by: "ann", at: books.now)
        }
    }

    @Test func `a baseline accepts all of today's, and keeps what moved`() throws {
        for id in 1...5 { try ask(["name": "other", "region": "ams3"], of: "\(id)") }
        try detect()
        account.resources[2].name = "third"
        try books.sweep(account)
        let report = try baseline(reason: "first look")
        #expect(report.accepted == 9)
        #expect(report.refused.map(\.refusal.code) == ["drift.moved"])
        #expect(try books.drift.openCount() == 1)
        #expect(try books.provisioning.show("5").spec == ["name": "web-5", "region": "nyc3"])
        #expect(try books.provisioning.show("5").specVersion == 3)
        #expect(throws: DriftRefusal.reasonMissing) {
            try baseline(reason: "")
        }
    }

    @Test func `a baseline of some fields leaves the others, and says who, when and why`() throws {
        for id in 1...2 { try ask(["name": "other", "region": "ams3"], of: "\(id)") }
        try detect()
        #expect(try books.drift.baselineScope(field: "na*").count == 2)
        #expect(try baseline(field: "na*", reason: "renamed").accepted == 2)
        #expect(try books.drift.list().map(\.field) == ["region", "region"])
        let row = try #require(try closed(.accepted).first)
        #expect((row.closedBy, row.closedAt, row.reason) == ("operator:ann", books.now, "renamed"))
    }

    @Test func `a baseline leaves alone what opened after it was counted`() throws {
        try ask(["name": "other"], of: "1")
        try detect()
        let scope = try books.drift.baselineScope()
        #expect((scope.count, scope.resourceCount) == (1, 1))
        try ask(["name": "other"], of: "2")
        try detect()
        #expect(try books.drift.baseline(scope, by: "ann", reason: "ok", at: books.now).accepted == 1)
        #expect(try books.drift.list().map(\.resourceID) == ["digitalocean:droplet:2"])
        #expect(throws: InventoryRefusal.unknown("web-9")) { try books.drift.baselineScope(resource: "web-9") }
    }

    @Test func `a baseline of more than one transaction goes on where it was cut off`() throws {
        let books = try Books()
        let many = FakeAccount((1...1203).map { .droplet($0) })
        many.pageSize = 500
        try books.sweep(many)
        for id in 1...1203 {
            try books.provisioning.set("digitalocean:droplet:\(id)", ["name": "other"], at: books.now)
        }
        _ = try books.drift.detect(at: books.now)
        let scope = try books.drift.baselineScope()
        // The first two transactions of one that died.
        for drift in 1...1000 { try books.drift.accept(Int64(drift), by: "ann", reason: "ok", at: books.now) }
        #expect(try books.drift.baseline(scope, by: "ann", reason: "ok", at: books.now).accepted == 203)
        #expect(try books.drift.detect(at: books.now).driftedFields == 0)
    }

    @Test func `a baseline's report is JSON`() throws {
        try ask(["name": "other", "region": "ams3"], of: "1")
        try detect()
        account.resources[0].name = "third"
        try books.sweep(account)
        #expect(
            try baseline(reason: "ok").json.text
                == #"{"accepted":1,"refused":[{"drift_id":1,"code":"drift.moved","message":"\"name\" of drift 1 was \"web-1\" when it was noticed and is \"third\" now, so nothing was changed"}]}"#
        )
    }

    private func baseline(resource: String? = nil, field: String? = nil, reason: String) throws -> BaselineReport {
        let scope = try books.drift.baselineScope(resource: resource, field: field)
        return try books.drift.baseline(scope, by: "ann", reason: reason, at: books.now)
    }

    @Test func `a baseline of one resource leaves the others`() throws {
        for id in 1...2 { try ask(["name": "other"], of: "\(id)") }
        try detect()
        #expect(try baseline(resource: "2", reason: "ok").accepted == 1)
        #expect(try books.drift.list().map(\.resourceID) == ["digitalocean:droplet:1"])
    }

    // MARK: - Revert

    private let repairs = [
        Repair(
            provider: "digitalocean", kind: "droplet", field: "size_slug", operation: "digitalocean.resize_droplet",
            idKey: "droplet_id", idIsNumber: true, value: .whole("size")),
        Repair(
            provider: "digitalocean", kind: "droplet", field: "tags", operation: "digitalocean.tag_droplet",
            idKey: "droplet_id", idIsNumber: true, value: .difference(add: "add", remove: "remove")),
    ]

    @Test func `the operation that repairs a field comes from the table`() throws {
        account.resources[0].tags = ["web", "old"]
        try books.sweep(account)
        try ask(["size_slug": "s-2vcpu-2gb", "tags": ["new", "web"], "region": "ams3"])
        try detect()
        let size = try books.drift.plan(1, repairs: repairs)
        #expect(
            size.definition.text
                == #"{"saga":"revert_drift","steps":[{"id":"repair","uses":"digitalocean.resize_droplet","with":{"droplet_id":1,"size":"s-2vcpu-2gb"}},{"id":"seen","uses":"cloud.refresh_droplet","with":{"provider":"digitalocean","droplet_id":"1"}}]}"#
        )
        #expect(try books.drift.plan(2, repairs: repairs).with == ["droplet_id": 1, "add": ["new"], "remove": ["old"]])
        #expect(
            throws: DriftRefusal.noRepair(
                3, resourceID: "digitalocean:droplet:1", field: "region", repairable: ["size_slug", "tags"])
        ) { try books.drift.plan(3, repairs: repairs) }
    }

    @Test func `what a run was to revert closes as reverted when the next sweep agrees`() throws {
        try ask(["size_slug": "s-2vcpu-2gb"])
        try detect()
        try books.drift.markReverting(1, runID: "r-9", reason: "wrong size")
        #expect(try detect().driftedFields == 1)
        #expect(try books.drift.list().map(\.revertingRun) == ["r-9"])
        account.resources[0].sizeSlug = "s-2vcpu-2gb"
        try books.sweep(account)
        let summary = try detect()
        #expect((summary.resolvedReverted, summary.resolvedStale) == (1, 0))
        let row = try #require(try closed(.reverted).first)
        #expect((row.closedBy, row.reason) == ("saga:r-9", "wrong size"))
    }

    @Test func `a run that failed gets no credit for what came right later`() throws {
        try ask(["size_slug": "s-2vcpu-2gb"])
        try detect()
        try books.drift.markReverting(1, runID: "r-9")
        try books.drift.revertFailed(runID: "r-9")
        account.resources[0].sizeSlug = "s-2vcpu-2gb"
        try books.sweep(account)
        #expect(try detect().resolvedStale == 1)
        #expect(throws: DriftRefusal.self) { try books.drift.markReverting(1, runID: "r-10") }
    }

    @Test func `drift whose run failed, was taken back or never made is open again, whoever drove it`() throws {
        try ask(["size_slug": "s-2vcpu-2gb", "region": "ams3", "name": "x", "tags": ["y"], "status": "off"])
        try detect()
        var random = SystemRandomNumberGenerator()
        let runs = (1...5).map { _ in RunID(at: books.now, using: &random).description }
        for (index, run) in runs.enumerated() { try books.drift.markReverting(Int64(index + 1), runID: run) }
        try books.database.write { connection in
            for (run, status) in zip(runs, ["failed", "rolled_back", "completed", "running"]) {
                try connection.run(
                    """
                    INSERT INTO saga_runs (run_id, saga, status, definition, inputs, created_at, finished_at)
                    VALUES (?, 's', ?, 0, '{}', 0, ?)
                    """,
                    [.text(run), .text(status), status == "running" ? .null : .int(1)])
            }
        }
        // The fifth is being made.
        #expect(try books.drift.releaseFailedReverts(at: books.now + 60_000) == [1, 2])
        #expect(try books.drift.list().map { $0.revertingRun != nil } == [false, false, true, true, true])
        #expect(try books.drift.releaseFailedReverts(at: books.now + 60_000) == [])
        books.pass()
        #expect(try detect().driftedFields == 5)
        #expect(try books.drift.list().map { $0.revertingRun != nil } == [false, false, true, true, false])
    }

    // MARK: - Ignore

    @Test func `ignored fields are closed and not noticed until the rule ends`() throws {
        try ask(["size_slug": "other", "name": "other"])
        try ask(["size_slug": "other"], of: "web-2")
        try detect()
        let rule = try books.drift.ignore(
            field: "size_*", resource: "web-1", reason: "resize planned", by: "ann", until: books.now + 2_000_000,
            at: books.now)
        #expect(try books.drift.list().map(\.field) == ["name", "size_slug"])
        #expect(try closed(.ignored).map(\.reason) == ["resize planned"])
        #expect(try books.drift.ignores(at: books.now) == [rule])
        let summary = try detect()
        #expect((summary.driftedFields, summary.ignoredFields, summary.newDrift) == (2, 1, 0))
        try detect()
        #expect(try books.drift.ignores(at: books.now + 900_000) == [])
        #expect(try detect().newDrift == 1)
    }

    @Test func `a rule can end early, and says why it was refused`() throws {
        let rule = try books.drift.ignore(
            field: "*", reason: "noise", by: "ann", until: books.now + 1, at: books.now)
        #expect(rule.resourceID == nil)
        #expect(try books.drift.stopIgnoring(rule.ignoreID, at: books.now))
        #expect(try books.drift.stopIgnoring(rule.ignoreID, at: books.now) == false)
        func ignore(_ field: String, _ reason: String, _ end: Timestamp) throws {
            try books.drift.ignore(field: field, reason: reason, by: "ann", until: end, at: books.now)
        }
        #expect(throws: DriftRefusal.fieldMissing) { try ignore("", "x", books.now + 1) }
        #expect(throws: DriftRefusal.reasonMissing) { try ignore("x", "", books.now + 1) }
        #expect(throws: DriftRefusal.expiryPassed(books.now, now: books.now)) { try ignore("x", "x", books.now) }
    }

    // MARK: - Looking

    @Test func `a view from three sides tells who changed it`() throws {
        try ask(["size_slug": "s-1vcpu-1gb"])
        books.pass()
        try books.inventory.record(
            .droplet(1, size: "s-8vcpu-16gb"), provider: "digitalocean", source: .saga(run: "r-5"), at: books.now)
        try detect()
        let view = try books.drift.show(1)
        #expect(view.expected == "s-1vcpu-1gb")
        #expect((view.specVersion, view.specRunID) == (1, "r-1"))
        #expect(view.live == "s-8vcpu-16gb")
        #expect(view.changes.map(\.source) == ["saga:r-5", "sync"])
        #expect(view.changes[0].before == ["size_slug": "s-1vcpu-1gb"])
    }

    @Test func `a view of drifted tags tells who tagged it, and not who resized it`() throws {
        try ask(["tags": ["web"]])
        books.pass()
        try books.inventory.record(
            .droplet(1, tags: ["db"]), provider: "digitalocean", source: .operator("ann"), at: books.now)
        account.resources[0].tags = ["db"]
        account.resources[0].sizeSlug = "s-8vcpu-16gb"
        try books.sweep(account)
        try detect()
        let view = try books.drift.show(1)
        #expect(view.changes.map(\.kind) == [.tagged, .discovered])
        #expect(view.changes[0].source == "operator:ann")
        #expect(view.changes[0].before == ["tags": ["web"]] && view.changes[0].after == ["tags": ["db"]])
    }

    @Test func `drift is CSV, numbers as they are and texts without a formula`() throws {
        account.resources[0].name = "-web"
        account.resources[0].attrs["disk"] = -5
        try books.sweep(account)
        try ask(["disk": 25, "name": "+web"], of: "1")
        try detect()
        let time = books.now.description
        let common = "digitalocean:droplet:1,'-web,field"
        #expect(
            DriftRow.csv(try books.drift.list())
                == "drift_id,resource_id,name,kind,field,expected,actual,status,spec_version,detected_at,reverting_run,closed_at,closed_by,reason\r\n1,\(common),disk,25,-5,open,1,\(time),,,,\r\n2,\(common),name,'+web,'-web,open,1,\(time),,,,\r\n"
        )
        #expect(DriftRow.csv([]).hasSuffix("reason\r\n"))
    }

    @Test func `drift is listed by status, resource, field and project`() throws {
        account.projects = [(id: "a", name: "alpha", members: [("droplet", "2")])]
        try books.sync(account)
        try ask(["name": "other", "region": "ams3"], of: "1")
        try ask(["name": "other"], of: "2")
        try detect()
        func ids(_ change: (inout DriftFilter) -> Void) throws -> [Int64] {
            var filter = DriftFilter()
            change(&filter)
            return try books.drift.list(filter).map(\.driftID)
        }
        #expect(try ids { _ in } == [1, 2, 3])
        #expect(try ids { $0.resource = "web-1" } == [1, 2])
        #expect(try ids { $0.field = "na*" } == [1, 3])
        #expect(try ids { $0.project = "alpha" } == [3])
        #expect(try ids { $0.after = 2 } == [3])
        #expect(try ids { $0.limit = 1 } == [1])
        try books.drift.accept(2, by: "ann", at: books.now)
        #expect(try ids { _ in } == [1, 3])
        #expect(try ids { $0.status = .accepted } == [2])
        #expect(try ids { $0.status = nil } == [1, 2, 3])
    }
}
