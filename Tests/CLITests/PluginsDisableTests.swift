import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// A plugin that an operator keeps out: here, in a host that runs, and over the API.
@Suite struct PluginsDisableTests {
    private static let nap =
        #"["core.echo", { "id": "nap", "uses": "core.sleep", "with": { "seconds": 2 } }, "core.echo"]"#

    @Test func `a disabled plugin is shown as such, refused with the reason, and both verbs are in the audit log`() {
        let arcadia = Arcadia()
        let disabled = arcadia("plugins", "disable", "core", "--reason", "too loud")
        #expect((disabled.code, disabled.output) == (0, "plugin \"core\" is disabled\n"))
        let list = arcadia("plugins", "list").output
        #expect(list.contains("core          1.0.0    disabled  (see below)\n"), "\(list)")
        #expect(list.contains("/core: it was disabled by "))
        #expect(list.contains("too loud\n  hint: `arcadia plugins enable core` lets it in again\n"))
        let (code, _, errors) = arcadia.run(#"["core.echo"]"#)
        #expect(code == 65)
        #expect(errors.contains("uses plugin \"core\", which was refused: it was disabled by "))
        #expect(arcadia("plugins", "enable", "core", "--reason", "mended").output == "plugin \"core\" is enabled\n")
        #expect(arcadia.run(#"["core.echo"]"#).code == 0)
        let events = arcadia("audit", "list", "--output", "json").json?["events"]?.arrayValue ?? []
        #expect(events.map { $0.text("action") } == ["plugin.enable", "plugin.disable"])
        #expect(events.map { $0.text("reason") } == ["mended", "too loud"])
        #expect(arcadia("audit", "verify").code == 0)
    }

    @Test func `what cannot be disabled or enabled is told why`() {
        let arcadia = Arcadia()
        let unknown = arcadia("plugins", "disable", "cor", "--reason", "x")
        #expect(
            (unknown.code, unknown.errors) == (69, "error: there is no plugin \"cor\"\nhint: did you mean \"core\"?\n"))
        let own = arcadia("plugins", "disable", "cloud", "--reason", "x")
        #expect(
            (own.code, own.errors)
                == (69, "error: \"cloud\" is a part of the host itself, so it cannot be disabled\n"))
        let enabled = arcadia("plugins", "enable", "core")
        #expect((enabled.code, enabled.errors) == (69, "error: plugin \"core\" is not disabled\n"))
        #expect(arcadia("plugins", "disable", "core").code == 64)
    }

    @Test func `a host that runs hears of it at once: its run waits, and goes on once the plugin is enabled`() {
        let arcadia = Arcadia()
        let host = arcadia.start("run", arcadia.folder.file("nap.json", Self.nap))
        let isAsleep = arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? true : nil } }
        #expect(isAsleep == true)
        #expect(arcadia("plugins", "disable", "core", "--reason", "too loud").code == 0)
        host.waitUntilExit()
        #expect(host.code == 69)
        let run = arcadia.newestRun()
        #expect(run?.text("status") == "running")
        let shown = arcadia("runs", "show", run?.text("run_id") ?? "").output
        #expect(shown.contains("plugin \"core\" was refused: it was disabled by "), "\(shown)")
        #expect(shown.contains("too loud\n  hint: when that is mended, `arcadia resume` goes on\n"), "\(shown)")
        #expect(arcadia("plugins", "enable", "core").code == 0)
        #expect(arcadia("resume").code == 0)
        #expect(arcadia.newestRun()?.text("status") == "completed")
    }

    @Test func `a platform admin does it over the API, and the served host refuses the next call`() throws {
        let served = ServedArcadia()
        func post(
            _ path: String, _ body: String = #"{"reason": "too loud"}"#, as role: String = "platform_admin",
            tenant: String? = nil
        ) -> (Int, JSONValue) {
            let answer = served.ask("POST", "/api/v1/plugins/" + path, as: role, tenant: tenant, body: body)
            return (answer?.status ?? 0, answer?.json ?? .null)
        }
        let echo = ["run", served.arcadia.folder.file("e.json", #"["core.echo"]"#)]
        #expect(post("core/disable", as: "tenant_admin", tenant: "acme").0 == 403)
        let (status, plugin) = post("core/disable")
        #expect(status == 200)
        #expect(plugin.text("state") == "disabled")
        #expect(plugin.text("reason").hasSuffix(": too loud"))
        #expect(served(echo).code == 65)
        #expect(post("cloud/disable").1["error"]?.text("code") == "plugin.of_the_host")
        #expect(post("none/disable").0 == 404)
        #expect(post("core/enable").1.text("state") == "loaded")
        #expect(post("core/enable").1["error"]?.text("message") == "plugin \"core\" is not disabled")
        #expect(served(echo).code == 0)
        #expect(
            served(["plugins", "disable", "core", "--reason", "again"]).output == "plugin \"core\" is disabled\n")
        #expect(served(["plugins", "enable", "core"]).output == "plugin \"core\" is enabled\n")
    }
}
