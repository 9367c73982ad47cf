import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Tokens and the audit log through the real program.
@Suite struct IdentityCommandTests {
    private let arcadia = Arcadia()

    private func token(_ words: String..., input: String = "") -> CommandResult {
        Command.run(Arcadia.program, ["token"] + words, input: input)
    }

    private var secret: String { arcadia.folder.path + "/secret" }

    @Test func `a secret is made, a token is minted with it and shown as good, and only that goes to stdout`() throws {
        let made = token("secret", secret)
        #expect(made.code == 0 && made.output.isEmpty)
        let mode = try FileManager.default.attributesOfItem(atPath: secret)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(token("secret", secret).code == 69)

        let minted = token(
            "mint", "--role", "tenant_admin", "--tenant", "acme", "--subject", "ada", "--expires", "15m",
            "--secret-file", secret)
        #expect(minted.code == 0 && minted.errors.isEmpty)
        #expect(minted.output.split(separator: ".").count == 3)

        let shown = token("show", "-", "--secret-file", secret, "--output", "json", input: minted.output)
        #expect(shown.code == 0)
        let claims = try #require(shown.json?["claims"])
        #expect(claims.text("sub") == "ada" && claims.text("tenant") == "acme" && shown.json?["good"] == true)
        #expect((claims["exp"]?.intValue ?? 0) - (claims["iat"]?.intValue ?? 0) == 900)
        #expect(token("show", "-", input: minted.output).errors.contains("note: nothing of this is proved"))
    }

    @Test func `a token of another secret is shown, and refused with the reason and exit 77`() {
        let other = arcadia.folder.path + "/other"
        #expect(token("secret", secret).code == 0 && token("secret", other).code == 0)
        let minted = token("mint", "--role", "viewer", "--secret-file", other).output
        let shown = token("show", "-", "--secret-file", secret, input: minted)
        #expect(shown.code == 77)
        #expect(shown.output.contains("role            \"viewer\""))
        #expect(
            shown.errors == "error: the token's signature does not fit: another key signed it, or it was changed\n")
    }

    @Test(arguments: [
        (["mint", "--role", "root"], 64, "error: \"root\" is not a role\n"),
        (["mint", "--role", "tenant_admin"], 64, "error: a tenant_admin is of one tenant; expected `--tenant`\n"),
        (
            ["mint", "--role", "viewer", "--expires", "25h"], 64,
            "error: `--expires` is \"25h\"; expected 1s to 24h, as 90s, 15m or 1h\n"
        ),
    ])
    func `what cannot be minted is refused`(words: [String], code: Int32, says: String) {
        #expect(token("secret", secret).code == 0)
        let result = Command.run(Arcadia.program, ["token"] + words + ["--secret-file", secret])
        #expect(result.code == code && result.output.isEmpty && result.errors.hasPrefix(says), "\(result.errors)")
    }

    @Test func `a secret that others can read mints nothing`() throws {
        #expect(token("secret", secret).code == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: secret)
        let result = token("mint", "--role", "viewer", "--secret-file", secret)
        #expect(result.code == 77 && result.output.isEmpty)
        #expect(result.errors.contains("(mode 0640); expected 0600 or less"))
        #expect(result.errors.contains("hint: `chmod 600 \(secret)`"))
    }

    @Test func `cancel, retry and release are in the audit log, which verifies, until somebody changes it`() throws {
        let (_, run, _) = arcadia.run(#"["core.echo"]"#, "--detach")
        let id = run.text("run_id")
        #expect(arcadia("audit", "verify").output == "0 events, as they were written\n")
        arcadia("runs", "cancel", id, "--reason", "wrong region")
        let crash =
            #"[{ "id": "x", "uses": "scripted.act_idempotent", "with": { "do": "crash" }, "retry": { "max_attempts": 9, "initial_seconds": 0.01 } }]"#
        arcadia.run(crash)
        for _ in 1...3 { arcadia("resume") }
        let crashed = try #require(arcadia.newestRun()).text("run_id")
        #expect(arcadia("plugins", "release", "scripted", "--reason", "mended").code == 0)
        arcadia("runs", "retry", crashed, "--reason", "try it")

        let events = try #require(arcadia("audit", "list", "--output", "json").json?["events"]?.arrayValue)
        try #require(events.count == 3)
        #expect(events.map { $0.text("action") } == ["run.retry", "plugin.release", "run.cancel"])
        #expect(events.map { $0.text("target") } == [crashed, "scripted", id])
        #expect(events.map { $0.text("reason") } == ["try it", "mended", "wrong region"])
        #expect(events.allSatisfy { $0.text("origin") == "cli" && $0.text("outcome") == "done" && $0["role"] == .null })
        #expect(events[2].text("before_hash") != events[2].text("after_hash"))

        let whole = arcadia("audit", "verify", "--output", "json")
        #expect(whole.code == 0 && whole.json?["events"] == 3)
        let head = try #require(whole.json?.text("head"))
        #expect(
            arcadia("audit", "verify", "--head", head).output.hasPrefix("3 events, as they were written, 0 of them"))

        let sql = "DROP TRIGGER audit_events_never_change; UPDATE audit_events SET actor = 'nobody' WHERE event = 2"
        #expect(Command.run("/usr/bin/env", ["sqlite3", arcadia.data + "/arcadia.db", sql]).code == 0)
        let changed = arcadia("audit", "verify")
        #expect(changed.code == 65)
        #expect(changed.errors.hasPrefix("error: event 2 of the audit log is not what was written\n"))
    }
}
