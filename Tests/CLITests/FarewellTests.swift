import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What the provider deletes shows for a while: a step counts as taken back when it is gone, and not before.
@Suite struct FarewellTests {
    private let arcadia = Arcadia()

    private static let create =
        #"{ "uses": "digitalocean.create_droplet", "with": { "name": "a", "size": "s-1vcpu-1gb", "image": "debian-12-x64" }, "compensation": { "retry": { "max_attempts": 1 } } }"#

    private func say(_ words: [String], _ url: String, fault: String? = nil) -> Int32 {
        let settings = ["poll_seconds=0.01", "settle_seconds=0", "requests_per_minute=0", "requests_per_hour=0"]
        var environment = ["HOME": arcadia.folder.path, "ARCADIA_DIGITALOCEAN_URL": url]
        environment["DO_API_TOKEN"] = DigitalOceanTests.canary
        environment["ARCADIA_FAULT"] = fault
        return Command.run(
            Arcadia.program,
            arcadia.arguments(words) + settings.flatMap { ["--config", "digitalocean." + $0] },
            environment: environment
        ).code
    }

    private func run(_ definition: String, _ url: String, fault: String? = nil) -> Int32 {
        say(["run", arcadia.folder.file("definition.json", definition)], url, fault: fault)
    }

    private func retry(_ url: String) -> Int32 {
        say(["runs", "retry", arcadia.newestRun()?.text("run_id") ?? "?", "--reason", "it is gone by now"], url)
    }

    private func failure() -> String {
        arcadia.newestRun()?["steps"]?.arrayValue?.first?["error"]?.text("message") ?? ""
    }

    /// The requests about the one droplet there ever was, from its first DELETE on.
    private func farewell(_ account: SimulatedAccount) -> [String] {
        Array(account.requests.drop { !$0.hasPrefix("DELETE /v2/droplets/") }.filter { $0.contains("/v2/droplets/") })
            .map { String($0.prefix { $0 != " " }) }
    }

    private func isListed(_ account: SimulatedAccount) -> Bool {
        account.ask("GET", "/v2/droplets")["droplets"]?.arrayValue?.isEmpty == false
    }

    @Test func `a droplet is gone when its step counts as taken back`() {
        let account = SimulatedAccount("--delete-linger-seconds", "0.2")
        #expect(run("[\(Self.create), \"core.fail\"]", account.url) == 1)
        #expect(!isListed(account))
        #expect(arcadia.newestRun()?.statuses == ["compensated", "failed"])
        let farewell = farewell(account)
        #expect(farewell.first == "DELETE" && farewell.dropFirst().allSatisfy { $0 == "GET" })
        // 0.2 s, a fifth less at least, are not over after three sleeps of 10, 20 and 30 ms, a fifth more at most.
        #expect((4...12).contains(farewell.count - 1), "\(farewell.count - 1) looks")
    }

    @Test func `a droplet that stays is told, and taken back by hand once it is gone`() {
        let account = SimulatedAccount("--delete-linger-seconds", "1000")
        #expect(run("[\(Self.create), \"core.fail\"]", account.url) == 2)
        #expect(arcadia.newestRun()?.statuses == ["compensation_failed", "failed"])
        #expect(
            failure().wholeMatch(
                of:
                    /droplet [0-9]+ was deleted, and DigitalOcean still shows it after 12 looks; see in its control panel what holds it, then take the step back again/
            ) != nil, "\(failure())")
        #expect(farewell(account) == ["DELETE"] + Array(repeating: "GET", count: 12))
        #expect(isListed(account))

        _ = account.ask("POST", "/admin/clock", #"{ "advance_seconds": 2000 }"#)
        #expect(retry(account.url) == 1)
        #expect(arcadia.newestRun()?.statuses.first == "compensated")
        #expect(farewell(account) == ["DELETE"] + Array(repeating: "GET", count: 13))
    }

    /// The host is killed when DELETE was answered, before anything of it is durable: what asks again gets 404.
    @Test func `a host that is killed after DELETE looks until the droplet is gone, all the same`() {
        let account = SimulatedAccount("--delete-linger-seconds", "1000")
        #expect(run("[\(Self.create), \"core.fail\"]", account.url, fault: "kill:http_answered:2") == -9)
        #expect(farewell(account) == ["DELETE"])
        _ = say(["resume"], account.url)
        #expect(arcadia.newestRun()?.statuses.first == "compensation_failed", "it is still there")
        #expect(failure().contains("still shows it after 12 looks"))

        _ = account.ask("POST", "/admin/clock", #"{ "advance_seconds": 2000 }"#)
        #expect(retry(account.url) == 1)
        #expect(arcadia.newestRun()?.statuses.first == "compensated" && !isListed(account))
    }

    @Test(arguments: 1...6)
    func `killed while it waits for the end of a droplet, a run ends with none`(request: Int) {
        let account = SimulatedAccount("--delete-linger-seconds", "1")
        let stubborn = Self.create.replacingOccurrences(
            of: #""max_attempts": 1"#,
            with: #""max_attempts": 50, "initial_seconds": 0.1, "multiplier": 1, "jitter": 0"#)
        #expect(run("[\(stubborn), \"core.fail\"]", account.url, fault: "kill:http_answered:\(request)") == -9)
        _ = say(["resume"], account.url)
        #expect(arcadia.newestRun()?.text("status") == "rolled_back")
        #expect(!isListed(account) && account.count(of: "droplets_ever_created") == 1)
    }

    @Test func `a droplet nobody learnt the number of is waited for, too`() {
        let account = SimulatedAccount("--delete-linger-seconds", "0.15")
        account.plan(#"[{ "method": "POST", "path": "/v2/droplets", "fault": "lost_reply", "count": 1 }]"#)
        let impatient = Self.create.replacingOccurrences(
            of: #""compensation""#, with: #""retry": { "max_attempts": 1 }, "compensation""#)
        #expect(run("[\(impatient), \"core.fail\"]", account.url) == 1)
        #expect(!isListed(account) && account.count(of: "droplets_ever_created") == 1)
    }

    /// A snapshot's own address answers 404 at once, while the list of all shows it for seconds.
    @Test func `a snapshot is asked for by its own address, not looked for in the list`() throws {
        let account = SimulatedAccount("--delete-linger-seconds", "1000")
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 1 }"#)
        let id = try #require(account.state["droplets"]?.arrayValue?.first?["id"]?.intValue)
        let step = #"{ "uses": "digitalocean.create_droplet_snapshot", "with": { "droplet_id": \#(id) } }"#
        #expect(run("[\(step), \"core.fail\"]", account.url) == 1)
        let snapshot = account.requests.filter { $0.contains(" /v2/snapshots") }
        let number = snapshot.first?.split(separator: "/").last ?? "?"
        #expect(snapshot == ["DELETE /v2/snapshots/\(number)", "GET /v2/snapshots/\(number)"])
    }

    /// An account with a droplet 7, whose snapshot shows for so many looks after it was deleted.
    private func account(staying looks: Int) -> TestServer {
        let asked = Monitor((posted: false, deleted: 0, looks: 0))
        let snapshot = #"{ "id": 55, "name": "nightly", "created_at": "2026-11-21T10:00:00Z" }"#
        let action =
            #"{ "action": { "id": 1, "status": "completed", "type": "snapshot", "started_at": "2026-11-21T10:00:00Z" } }"#
        return TestServer { request, _ in
            asked.change { asked in
                switch (request.method, String(request.target.prefix { $0 != "?" })) {
                case ("GET", "/v2/droplets/7/snapshots"):
                    return .answer(200, body: #"{ "snapshots": [\#(asked.posted ? snapshot : "")] }"#)
                case ("POST", _):
                    asked.posted = true
                    return .answer(201, body: action)
                case ("GET", "/v2/droplets/7/actions/1"): return .answer(200, body: action)
                case ("DELETE", "/v2/snapshots/55"):
                    asked.deleted += 1
                    return asked.deleted == 1 ? .answer(204) : .answer(404, body: "{}")
                case ("GET", "/v2/snapshots/55"):
                    asked.looks += 1
                    guard asked.looks <= looks else { return .answer(404, body: "{}") }
                    return .answer(200, body: #"{ "snapshot": \#(snapshot) }"#)
                default: return .answer(500)
                }
            }
        }
    }

    @Test(arguments: [
        (3, ["compensated", "failed"], ""),
        (
            100, ["compensation_failed", "failed"],
            "snapshot 55 was deleted, and DigitalOcean still shows it after 12 looks; see in its control panel what holds it, then take the step back again"
        ),
    ])
    func `a snapshot that stays for some looks is waited for`(looks: Int, statuses: [String], message: String) {
        let account = account(staying: looks)
        let step =
            #"{ "uses": "digitalocean.create_droplet_snapshot", "with": { "droplet_id": 7, "name": "nightly" }, "compensation": { "retry": { "max_attempts": 1 } } }"#
        _ = run("[\(step), \"core.fail\"]", account.url)
        #expect(arcadia.newestRun()?.statuses == statuses)
        #expect(failure() == message)
        let deletes = account.requests.filter { $0.method == "DELETE" }
        #expect(deletes.count == 1)
    }
}
