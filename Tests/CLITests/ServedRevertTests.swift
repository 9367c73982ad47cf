import ArcadiaTesting
import Foundation
import Glibc
import SagaCore
import Testing

/// Drift that is reverted over the API of the real server, on the simulated account, and cannot be.
@Suite struct ServedRevertTests {
    private let arcadia = Arcadia()
    private let account = SimulatedAccount()
    private let resize = #"[{ "path": "/v2/droplets/*/actions", "method": "POST", "fault": "action_errored" }]"#

    /// One droplet that was to have another size: drift 1.
    private func drift() {
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 1 }"#)
        _ = arcadia.folder.file(
            "data/config.json", #"{"digitalocean": {"base_url": "\#(account.url)", "poll_seconds": 0.02}}"#)
        for purpose in ["provisioning", "sync"] {
            chmod(arcadia.folder.file("data/credentials/digitalocean.\(purpose)", "a-token-of-nobody\n"), 0o600)
        }
        for folder in ["data", "data/credentials"] { chmod(arcadia.folder.path + "/" + folder, 0o700) }
        #expect(arcadia("inventory", "sync").code == 0)
        let id = arcadia("inventory", "list", "--output", "json").json?["resources"]?.arrayValue?.first?
            .text("resource_id")
        #expect(arcadia("provisioned", "set", id ?? "", "size_slug=s-4vcpu-8gb").code == 0)
        #expect(arcadia("drift", "check").code == 2)
    }

    private func revert(_ served: ServedArcadia) throws -> String {
        let answer = served.ask(
            "POST", "/api/v1/drift/1/revert", as: "platform_admin", body: #"{"reason": "nobody asked for it"}"#)
        return try #require(answer?.json["reverting_run"]?.stringValue, "\(answer?.body ?? "")")
    }

    /// Once nothing puts it right any more.
    private func isOpenAgain(_ served: ServedArcadia) -> Bool {
        served.arcadia.eventually { _ in
            let drift = served.ask("GET", "/api/v1/drift/1", as: "platform_admin")?.json["drift"]
            return drift?["status"] == "open" && drift?["reverting_run"] == .null ? true : nil
        } ?? false
    }

    @Test func `drift is open again when the run that was to put it right failed`() throws {
        drift()
        account.plan(resize)
        let served = ServedArcadia(arcadia)
        let run = try revert(served)
        #expect(isOpenAgain(served))
        let ended = served.ask("GET", "/api/v1/runs/\(run)", as: "operator")?.json.text("status")
        #expect(["failed", "rolled_back"].contains(ended))
        #expect(arcadia.folder.text("serve.err")?.contains("drift 1 is open again") == true)
        #expect(try revert(served) != run)
    }

    @Test func `also when the server was killed in between`() throws {
        drift()
        account.plan(#"[{ "path": "/v2/droplets/*", "method": "GET", "fault": "status_503" }]"#)
        let first = ServedArcadia(arcadia)
        let run = try revert(first)
        first.kill(SIGKILL)
        _ = first.waitUntilExit()
        let cut = arcadia("drift", "show", "1", "--output", "json").json?["drift"]
        #expect(cut?.text("reverting_run") == run)
        account.plan(resize)
        #expect(isOpenAgain(ServedArcadia(arcadia)))
    }
}
