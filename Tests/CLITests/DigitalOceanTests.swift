import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// The digitalocean plugin against an account on loopback: the real program on both sides.
@Suite struct DigitalOceanTests {
    private let account = SimulatedAccount()
    private let arcadia = Arcadia()
    static let canary = "dop_v1_canary4c1d9be27f60"

    private func run(_ definition: String, _ words: String...) -> (code: Int32, run: JSONValue, errors: String) {
        arcadia.run(
            definition, "--config", "digitalocean.poll_seconds=0.02", "--config", "digitalocean.settle_seconds=0.5",
            environment: Self.environment(account))
    }

    static func environment(_ account: SimulatedAccount) -> [String: String] {
        ["ARCADIA_DIGITALOCEAN_URL": account.url, "DO_API_TOKEN": canary]
    }

    private func shipped(_ name: String, _ inputs: String...) -> (code: Int32, run: JSONValue, errors: String) {
        let result = Command.run(
            Arcadia.program,
            arcadia.arguments(
                [
                    "run", name, "--output", "json", "--config", "digitalocean.poll_seconds=0.02", "--config",
                    "digitalocean.settle_seconds=0.5",
                ]
                    + inputs.flatMap { ["--input", $0] }),
            environment: Self.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a })
        return (result.code, result.json ?? .null, result.errors)
    }

    private func newDroplet() throws -> Int64 {
        let made = shipped("provision_droplet", "name=web-1")
        return try #require(made.run["context"]?["droplet_id"]?.intValue, "\(made.errors)")
    }

    // MARK: - Droplets

    @Test func `a droplet is provisioned with a public address, and destroyed without a trace`() throws {
        let before = account.state
        let made = shipped("provision_droplet", "name=web-1", "tags=[\"web\"]", "size=s-2vcpu-2gb", "region=fra1")
        #expect(made.code == 0, "\(made.errors)")
        let context = try #require(made.run["context"])
        #expect(context.text("droplet_status") == "active")
        #expect(context.text("public_ipv4").wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/) != nil)
        #expect(context.text("size_slug") == "s-2vcpu-2gb" && context.text("region") == "fra1")
        let run = made.run.text("run_id")
        let tags = context["droplet_tags"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(
            Set(tags) == [
                "managed-by-arcadia-cloud", "arcadia-saga-\(run.suffix(8))", "arcadia-run-\(run)",
                "arcadia-step-\(run):droplet", "web",
            ])

        let id = try #require(context["droplet_id"]?.intValue)
        #expect(shipped("destroy_droplet", "droplet_id=\(id)").code == 0)
        #expect(account.ask("GET", "/v2/droplets/\(id)")["id"] == "not_found")
        #expect(account.state["droplets"] == before["droplets"] && account.state["snapshots"] == before["snapshots"])
        #expect(shipped("destroy_droplet", "droplet_id=\(id)").code == 0, "what is gone is destroyed")
    }

    @Test func `a saga that fails after a droplet was made leaves none`() {
        let (code, run, _) = run(
            #"[{ "uses": "digitalocean.create_droplet", "with": { "name": "a", "size": "s-1vcpu-1gb", "image": "debian-12-x64" } }, "digitalocean.wait_droplet_active", "core.fail"]"#
        )
        #expect(code == 1)
        #expect(run.statuses == ["compensated", "compensated", "failed"])
        #expect(account.count(of: "droplets") == 0 && account.count(of: "droplets_ever_created") == 1)
    }

    @Test(arguments: [
        (#""size": "s-900""#, "(422)"), (#""region": "mars1""#, "(422)"), (#""image": "windows-95""#, "(422)"),
    ])
    func `what the provider turns down is told in its words and leaves nothing`(change: String, expected: String) {
        var fields = ["name": "\"a\"", "size": "\"s-1vcpu-1gb\"", "image": "\"debian-12-x64\""]
        let parts = change.components(separatedBy: ": ")
        fields[parts[0].trimmingCharacters(in: ["\""])] = parts[1]
        let with = fields.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
        let (code, run, _) = run(#"[{ "uses": "digitalocean.create_droplet", "with": { \#(with) } }]"#)
        #expect(code == 1)
        let message = run["error"]?.text("message") ?? ""
        #expect(message.contains("DigitalOcean refused to create droplet \"a\" \(expected): "), "\(message)")
        #expect(account.count(of: "droplets_ever_created") == 0)
    }

    @Test func `a resize that is taken back gives the old size, and the droplet is on`() throws {
        let id = try newDroplet()
        let step =
            #"{ "uses": "digitalocean.resize_droplet", "with": { "droplet_id": \#(id), "size": "s-2vcpu-4gb" } }"#
        #expect(run("[\(step)]").code == 0)
        #expect(account.state["droplets"]?.arrayValue?[0].text("size_slug") == "s-2vcpu-4gb")
        let back = step.replacingOccurrences(of: "s-2vcpu-4gb", with: "s-4vcpu-8gb")
        #expect(run(#"[\#(back), "core.fail"]"#).code == 1)
        let droplet = try #require(account.state["droplets"]?.arrayValue?[0])
        #expect(droplet.text("size_slug") == "s-2vcpu-4gb" && droplet.text("status") == "active")
    }

    @Test func `a resize with its disk cannot be taken back, and says so`() throws {
        let id = try newDroplet()
        let (code, run, _) = run(
            #"[{ "uses": "digitalocean.resize_droplet", "with": { "droplet_id": \#(id), "size": "s-2vcpu-4gb", "disk": true }, "compensation": { "retry": { "max_attempts": 1 } } }, "core.fail"]"#
        )
        #expect(code == 2)
        #expect(run.text("status") == "failed")
        #expect(run.text("error").isEmpty)
        #expect(
            run["steps"]?.arrayValue?[0]["error"]?.text("message")
                == "droplet \(id) was resized with its disk, which cannot shrink: it stays s-2vcpu-4gb")
    }

    @Test func `names and tags are changed and taken back`() throws {
        let id = try newDroplet()
        let tags = {
            Set(account.state["droplets"]?.arrayValue?[0]["tags"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        }
        let before = tags()
        let steps =
            #"{ "uses": "digitalocean.rename_droplet", "with": { "droplet_id": \#(id), "name": "web-2" } }, { "uses": "digitalocean.tag_droplet", "with": { "droplet_id": \#(id), "add": ["env:prod"], "remove": ["managed-by-arcadia-cloud"] } }"#
        #expect(run("[\(steps), \"core.fail\"]").code == 1)
        #expect(account.names(of: "droplets") == ["web-1"] && tags() == before)
        #expect(run("[\(steps)]").code == 0)
        #expect(account.names(of: "droplets") == ["web-2"])
        #expect(tags() == before.subtracting(["managed-by-arcadia-cloud"]).union(["env:prod"]))
    }

    @Test func `an update of a droplet that is not there fails and says which`() {
        for uses in [
            "rename_droplet\", \"with\": { \"name\": \"a\",",
            "resize_droplet\", \"with\": { \"size\": \"s-1vcpu-1gb\",",
        ] {
            let (code, run, _) = run(#"[{ "uses": "digitalocean.\#(uses) "droplet_id": 7 } }]"#)
            #expect(code == 1)
            #expect(run["error"]?.text("message").hasSuffix("failed: there is no droplet 7") == true)
        }
    }

    // MARK: - Snapshots

    @Test func `a snapshot that is taken back really existed, and is gone`() throws {
        let id = try newDroplet()
        let (code, run, _) = run(
            #"[{ "uses": "digitalocean.create_droplet_snapshot", "with": { "droplet_id": \#(id) } }, "core.fail"]"#)
        #expect(code == 1)
        #expect(run.text("status") == "rolled_back")
        #expect(run.statuses == ["compensated", "failed"])
        let output = try #require(run["steps"]?.arrayValue?[0]["output"])
        #expect(output.text("snapshot_name") == "arcadia-snap-\(id)-\(run.text("run_id").suffix(8))")
        #expect(account.requests.contains("DELETE /v2/snapshots/\(output.text("snapshot_id"))"))
        #expect(account.count(of: "snapshots") == 0)
    }

    @Test func `a snapshot of that name which somebody else took is neither taken for ours nor deleted`() throws {
        let id = try newDroplet()
        let step =
            #"{ "uses": "digitalocean.create_droplet_snapshot", "with": { "droplet_id": \#(id), "name": "nightly" } }"#
        #expect(run("[\(step)]").code == 0)
        let first =
            account.state["snapshots"]?.arrayValue?.first?.text("id")
            ?? account.state["snapshots"]?.arrayValue?.first?["id"]?.text
        #expect(run(#"[\#(step), "core.fail"]"#).code == 1)
        #expect(account.names(of: "snapshots") == ["nightly"])
        let left =
            account.state["snapshots"]?.arrayValue?.first?.text("id")
            ?? account.state["snapshots"]?.arrayValue?.first?["id"]?.text
        #expect(first == left && first != nil)
        #expect(account.requests.filter { $0.hasPrefix("DELETE /v2/snapshots/") }.count == 1)
    }

    @Test func `a droplet that does not show yet is destroyed all the same`() {
        account.plan(#"[{ "path": "/v2/**", "fault": "not_found_after_create", "seconds": 0.2 }]"#)
        let (code, run, _) = run(
            #"[{ "uses": "digitalocean.create_droplet", "with": { "name": "a", "size": "s-1vcpu-1gb", "image": "debian-12-x64" } }, "core.fail"]"#
        )
        #expect(code == 1 && run.text("status") == "rolled_back")
        #expect(account.count(of: "droplets") == 0 && account.count(of: "droplets_ever_created") == 1)
    }

    @Test func `an account is as it was after a run that was taken back, tags too`() {
        let before = account.state
        _ = run(
            #"[{ "uses": "digitalocean.create_droplet", "with": { "name": "a", "size": "s-1vcpu-1gb", "image": "debian-12-x64" } }, "digitalocean.wait_droplet_active", "core.fail"]"#
        )
        let tags = account.state["tags"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(tags == ["managed-by-arcadia-cloud"])
        #expect(account.state["droplets"] == before["droplets"])
    }

    @Test func `a droplet that is busy is waited for`() throws {
        let id = try newDroplet()
        account.plan(#"[{ "path": "/v2/droplets/*/actions", "method": "POST", "fault": "slow", "seconds": 0 }]"#)
        _ = account.ask("POST", "/v2/droplets/\(id)/actions", #"{"type":"reboot"}"#)
        _ = account.ask("POST", "/v2/droplets/\(id)/actions", #"{"type":"snapshot","name":"other"}"#)
        #expect(shipped("snapshot_droplet", "droplet_id=\(id)").code == 0)
        #expect(account.names(of: "snapshots").contains { $0.hasPrefix("arcadia-snap-") })
    }

    // MARK: - The account

    private func output(_ operation: String, _ with: String = "{}") -> JSONValue {
        let (_, run, errors) = run(#"[{ "uses": "digitalocean.\#(operation)", "with": \#(with) }]"#)
        return run["steps"]?.arrayValue?[0]["output"] ?? .string(errors)
    }

    @Test func `lists come whole, with everything once, and page by page`() {
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 450, "volumes": 3, "snapshots": 2 }"#)
        let all = output("inventory.droplets")["resources"]?.arrayValue ?? []
        #expect(all.count == 450 && Set(all.map { $0.text("provider_id") }).count == 450)
        #expect(output("inventory.volumes")["resources"]?.arrayValue?.count == 3)
        #expect(output("inventory.snapshots")["resources"]?.arrayValue?.count == 2)
        var (cursor, pages) = ("", [Int]())
        repeat {
            let page = output("inventory.droplets", #"{ "cursor": "\#(cursor)" }"#)
            pages.append(page["resources"]?.arrayValue?.count ?? -1)
            cursor = page["next"]?.stringValue ?? "end"
        } while cursor != "end" && pages.count < 9
        #expect(pages == [200, 200, 50, 0])
        let one = all[7].text("provider_id")
        #expect(output("inventory.droplets", #"{ "provider_id": "\#(one)" }"#)["resources"]?.arrayValue == [all[7]])
        #expect(output("inventory.droplets", #"{ "provider_id": "1" }"#)["resources"] == [])
    }

    @Test func `the caller's own parameters go along with every page`() {
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 250 }"#)
        _ = output("inventory.droplets", #"{ "query": { "tag_name": "a:b" } }"#)
        #expect(output("inventory.droplets", #"{ "query": { "tag_name": "a:b" } }"#)["resources"] == [])
    }

    @Test(arguments: ["truncated_page", "malformed_json", "empty_list", "status_500", "reset_before"])
    func `a list that does not come whole is an error, never a shorter list`(fault: String) {
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 300 }"#)
        account.plan(
            #"[{ "path": "/v2/droplets", "fault": "\#(fault)", "after": 1, "count": \#(fault.hasPrefix("s") || fault.hasPrefix("r") ? 9 : 1) }]"#
        )
        let (code, run, _) = run(
            #"[{ "uses": "digitalocean.inventory.droplets", "retry": { "max_attempts": 1 } }]"#)
        #expect(code == 1, "\(run["steps"]?.arrayValue?[0]["output"]?["resources"]?.arrayValue?.count ?? -1)")
    }

    @Test func `projects are ensured once and deleted where they are taken back`() {
        let step = #"{ "uses": "digitalocean.projects.ensure", "with": { "name": "skyai" } }"#
        #expect(run("[\(step), \"core.fail\"]").code == 1)
        #expect(!account.names(of: "projects").contains("skyai"))
        #expect(output("projects.ensure", #"{ "name": "skyai" }"#)["was_created"] == true)
        #expect(output("projects.ensure", #"{ "name": "skyai" }"#)["was_created"] == false)
        #expect(run("[\(step), \"core.fail\"]").code == 1)
        #expect(account.names(of: "projects").filter { $0 == "skyai" } == ["skyai"], "it was there before")
    }

    @Test func `what is in a project is known by kind and id`() throws {
        let id = try newDroplet()
        let members = output("projects.resources", #"{ "project_id": "default" }"#)["members"]?.arrayValue ?? []
        #expect(members.contains { $0.text("kind") == "droplet" && $0.text("provider_id") == "\(id)" })
    }

    @Test func `balance, history and every invoice come as the provider writes them`() throws {
        #expect(output("billing.balance").text("account_balance").contains("."))
        let entries = output("billing.history")["entries"]?.arrayValue ?? []
        let invoices = entries.filter { $0.text("type") == "Invoice" }
        #expect(invoices.count == 137)
        #expect(entries.contains { $0.text("type") == "Payment" && $0.text("amount").hasPrefix("-") })
        let uuid = try #require(invoices.first).text("invoice_uuid")
        #expect(
            output("billing.invoice_summary", #"{ "invoice_uuid": "\#(uuid)" }"#).text("amount")
                == invoices[0].text("amount"))
        let csv = output("billing.invoice_csv", #"{ "invoice_uuid": "\#(uuid)" }"#).text("csv")
        #expect(csv.hasPrefix("product,group_description,description,hours,start,end,USD"))
        let (_, missing, _) = run(
            #"[{ "uses": "digitalocean.billing.invoice_csv", "with": { "invoice_uuid": "nope" } }]"#)
        #expect(missing["error"]?.text("message").hasSuffix("there is no invoice nope") == true)
    }

    @Test func `a token without the scope is told which scope is missing`() {
        _ = account.ask("PUT", "/admin/tokens", #"{ "\#(Self.canary)": "droplet:read" }"#)
        let (code, run, _) = run(#"["digitalocean.billing.balance"]"#)
        #expect(code == 1)
        #expect(
            run["error"]?.text("message").hasSuffix(
                "the token of the credential \"digitalocean.billing\" may not do this (403); it needs the scope billing:read"
            )
                == true)
    }

    @Test func `a token that the provider does not know is named by its purpose`() {
        _ = account.ask("PUT", "/admin/tokens", #"{ "\#(Self.canary)": "revoked" }"#)
        let made = shipped("provision_droplet", "name=web-1")
        #expect(
            made.run["error"]?.text("message").hasSuffix(
                "DigitalOcean does not know the token of the credential \"digitalocean.provisioning\" (401)") == true)
        #expect(account.count(of: "droplets_ever_created") == 0)
    }

    @Test func `the token is found nowhere`() throws {
        _ = try newDroplet()
        let result = arcadia(
            "run", "provision_droplet", "--input", "name=web-2", "--verbose", "--output", "json", "--http-record",
            arcadia.folder.path + "/tape", environment: Self.environment(account))
        #expect(result.errors.contains("POST \(account.url)/v2/droplets: 202"))
        #expect(!(result.output + result.errors).contains(Self.canary))
        for case let name as String in FileManager.default.enumerator(atPath: arcadia.folder.path) ?? .init() {
            let bytes = FileManager.default.contents(atPath: arcadia.folder.path + "/" + name) ?? Data()
            #expect(bytes.range(of: Data(Self.canary.utf8)) == nil, "\(name)")
        }
    }
}
