import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// The cloud account under control, through the real program, the real plugin and a simulated account.
@Suite struct CloudTests {
    private let account = SimulatedAccount()
    private let arcadia = Arcadia()

    @discardableResult
    private func call(_ words: String...) -> CommandResult {
        let settings = ["poll_seconds=0.02", "settle_seconds=0.5", "requests_per_minute=0", "requests_per_hour=0"]
        return Command.run(
            Arcadia.program, arcadia.arguments(words) + settings.flatMap { ["--config", "digitalocean." + $0] },
            environment: DigitalOceanTests.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a })
    }

    private func json(_ words: String...) -> JSONValue {
        let settings = ["poll_seconds=0.02", "requests_per_minute=0", "requests_per_hour=0"]
        return Command.run(
            Arcadia.program,
            arcadia.arguments(words) + ["--output", "json"] + settings.flatMap { ["--config", "digitalocean." + $0] },
            environment: DigitalOceanTests.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a }
        ).json ?? .null
    }

    private func seed(_ count: Int) { _ = account.ask("POST", "/admin/seed", #"{ "droplets": \#(count) }"#) }

    private var resources: [JSONValue] { json("inventory", "list")["resources"]?.arrayValue ?? [] }

    @Test func `five droplets are synced; a wrong size drifts, is accepted, then reverted, and closes when it is seen`()
        throws
    {
        seed(5)
        #expect(call("inventory", "sync").code == 0)
        #expect(resources.count == 5)
        let events = json("inventory", "events")["events"]?.arrayValue ?? []
        #expect(events.filter { $0.text("kind") == "discovered" }.count == 5)

        let droplet = try #require(resources.first)
        let (id, size, region) = (droplet.text("resource_id"), droplet.text("size_slug"), droplet.text("region"))
        #expect(call("provisioned", "set", id, "size_slug=s-4vcpu-8gb", "region=\(region)").code == 0)
        let summary = json("drift", "detect")
        #expect(summary["checked"] == 1 && summary["drifted_fields"] == 1 && summary["new_drift"] == 1)
        let drift = try #require(json("drift", "list")["drift"]?.arrayValue?.first)
        #expect(
            drift.text("field") == "size_slug" && drift.text("expected") == "s-4vcpu-8gb"
                && drift.text("actual") == size)
        let seen = json("inventory", "events", id)["events"]?.arrayValue ?? []
        #expect(seen.contains { $0.text("kind") == "drift_detected" })

        let number = drift["drift_id"]?.text ?? ""
        #expect(call("drift", "accept", number, "--reason", "it is fine").code == 0)
        #expect(json("drift", "detect")["drifted_fields"] == 0)
        #expect(call("drift", "check").code == 0)

        #expect(call("provisioned", "set", id, "size_slug=s-4vcpu-8gb").code == 0)
        let check = call("drift", "check")
        #expect(check.code == 2)
        #expect(check.errors.contains("error: 1 field is not as asked for\nhint: `arcadia drift show 2`"))
        #expect(call("drift", "revert", "2", "--reason", "nobody asked").code == 0)
        let live = account.state["droplets"]?.arrayValue?.first { "digitalocean:droplet:\($0["id"]?.text ?? "")" == id }
        #expect(live?.text("size_slug") == "s-4vcpu-8gb")
        #expect(call("inventory", "sync").code == 0)
        #expect(call("drift", "check").code == 0)
        let closed = json("drift", "list", "--status", "reverted")["drift"]?.arrayValue ?? []
        #expect(closed.map { $0["drift_id"]?.text } == ["2"])
    }

    @Test func `what is gone counts as deleted after three syncs, and comes back as restored`() {
        seed(2)
        call("inventory", "sync")
        let id = account.state["droplets"]?.arrayValue?[0]["id"]?.text ?? ""
        _ = account.ask("DELETE", "/v2/droplets/\(id)")
        for _ in 0..<2 {
            call("inventory", "sync")
            #expect(resources.count == 2)
        }
        call("inventory", "sync")
        #expect(resources.count == 1)
        #expect(json("inventory", "list", "--deleted")["resources"]?.arrayValue?.count == 1)
    }

    @Test(arguments: ["status_500", "status_429", "truncated_page", "reset_before", "malformed_json", "empty_list"])
    func `trouble at the provider deletes nothing, counts nothing, and is said`(fault: String) {
        seed(30)
        call("inventory", "sync")
        account.plan(#"[{ "path": "/v2/droplets", "fault": "\#(fault)", "retry_after": 0 }]"#)
        for _ in 0..<(fault == "status_429" ? 1 : 4) {
            let result = call("inventory", "sync", "--kind", "droplet")
            if fault != "empty_list" { #expect(result.code == 69, "\(result.output)") }
        }
        account.plan("[]")
        #expect(resources.count == 30)
        if fault != "empty_list" { #expect(resources.allSatisfy { $0["stale_strike_count"] == 0 }) }
    }

    @Test func `a token without the scope is a sentence, and what was known is kept`() {
        seed(3)
        call("inventory", "sync")
        _ = account.ask("PUT", "/admin/tokens", #"{ "\#(DigitalOceanTests.canary)": "billing:read" }"#)
        let result = call("inventory", "sync", "--kind", "droplet")
        #expect(result.code == 69)
        #expect(result.output.contains("it needs the scope droplet:read"), "\(result.output)")
        #expect(resources.count == 3)
    }

    @Test
    func `a droplet provisioned, resized, photographed and destroyed by the short commands is in the books all along`()
        throws
    {
        #expect(call("provision", "droplet", "web-1", "--size", "s-1vcpu-1gb", "--tag", "web").code == 0)
        let droplet = try #require(resources.first)
        #expect(droplet.text("name") == "web-1" && droplet.text("size_slug") == "s-1vcpu-1gb")
        let spec = json("provisioned", "list")["provisioned"]?.arrayValue?.first
        #expect(spec?["spec"] == ["size_slug": "s-1vcpu-1gb", "region": "nyc3", "image": "ubuntu-24-04-x64"])
        #expect(spec?["run_id"] == json("runs", "list")["runs"]?.arrayValue?.first?["run_id"])

        #expect(call("resize", "droplet", "web-1", "--size", "s-2vcpu-2gb").code == 0)
        #expect(resources.first?.text("size_slug") == "s-2vcpu-2gb")
        #expect(call("drift", "check").code == 0, "the new size is what is asked for")

        #expect(call("snapshot", "droplet", "web-1", "--name", "before").code == 0)
        #expect(account.names(of: "snapshots") == ["before"])

        let unsure = call("destroy", "droplet", "web-1")
        #expect(unsure.code == 64)
        #expect(
            unsure.errors
                == "error: web-1 (droplet \(droplet.text("provider_id"))) would be destroyed for good, and there is nobody to ask: stdin is no terminal\nhint: `--yes` destroys without asking\n"
        )
        #expect(call("destroy", "droplet", "web-1", "--yes").code == 0)
        #expect(resources.isEmpty)
        #expect(account.count(of: "droplets") == 0)
        #expect(json("provisioned", "list")["provisioned"]?.arrayValue?.isEmpty == true)
        #expect(call("drift", "check").code == 0)
    }

    @Test func `a provisioning that fails in its last step leaves neither droplet nor desired state nor a live row`() {
        let file = arcadia.folder.file(
            "trip.json",
            """
            [{ "id": "droplet", "uses": "digitalocean.create_droplet",
               "with": { "name": "web-1", "region": "nyc3", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64" } },
             "digitalocean.wait_droplet_active", "cloud.register_droplet", "core.fail"]
            """)
        #expect(call("run", file).code == 1)
        #expect(account.count(of: "droplets") == 0)
        #expect(resources.isEmpty)
        #expect(json("provisioned", "list")["provisioned"]?.arrayValue?.isEmpty == true)
        let gone = json("inventory", "list", "--deleted")["resources"]?.arrayValue
        #expect(gone?.map { $0.text("name") } == ["web-1"])
    }

    @Test func `a list that is asked for is written with commas, and is compared as a list`() throws {
        seed(1)
        call("inventory", "sync")
        let droplet = try #require(resources.first)
        let tags = (droplet["tags"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(
            call("provisioned", "set", droplet.text("resource_id"), "tags=" + tags.joined(separator: ",")).code == 0)
        #expect(call("drift", "check").code == 0)
        #expect(call("provisioned", "set", droplet.text("resource_id"), "tags=db,web").code == 0)
        #expect(call("drift", "check").code == 2)
        #expect(call("drift", "revert", "1", "--reason", "as asked").code == 0)
        #expect(call("drift", "check").code == 0)
        let now = (resources.first?["tags"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(now.contains("db") && now.contains("web"))
    }

    @Test func `a field is compared as the adapter's manifest declares it`() throws {
        let plugins = TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: BuiltPlugins.folder + "/digitalocean", toPath: plugins.path + "/digitalocean")
        let manifest = try #require(plugins.text("digitalocean/plugin.json"))
        let inventory = "\"name\": \"inventory.droplets\","
        _ = plugins.file(
            "digitalocean/plugin.json",
            manifest.replacing(inventory, with: inventory + "\"compare\": { \"region\": \"caseless\" },"))
        seed(1)
        call("inventory", "sync")
        let id = try #require(resources.first?.text("resource_id"))
        let region = try #require(resources.first?.text("region")).uppercased()
        #expect(call("provisioned", "set", id, "region=\(region)").code == 0)
        #expect(call("drift", "check").code == 2, "letters count, where nobody says otherwise")
        #expect(call("drift", "check", "--plugins", plugins.path).code == 0)
    }

    @Test func `a history of 137 invoices is taken in once, every line adds up, also when it was killed in the middle`()
        throws
    {
        let file = try ChildProcess(
            Arcadia.program,
            arcadia.arguments(["billing", "sync"]) + ["--config", "digitalocean.requests_per_minute=0"],
            environment: DigitalOceanTests.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a },
            inheritsEnvironment: false)
        while account.requests.count < 80, file.isRunning {}
        kill(file.processIdentifier, SIGKILL)
        file.waitUntilExit()
        #expect(call("billing", "sync").code == 0)
        let invoices = json("billing", "invoices")["invoices"]?.arrayValue ?? []
        #expect(invoices.count == 137)
        #expect(invoices.allSatisfy { $0.text("status") == "ingested" && $0.text("difference") == "0.00" })
        let before = json("billing", "costs", "--by", "product")
        #expect(call("billing", "sync").output == "0 new invoices, 0 taken in, 0 lines, 0 not reconciled\n")
        #expect(json("billing", "costs", "--by", "product") == before)
    }
}
