import ArcadiaTesting
import SagaCore
import Testing

@testable import CLI

/// `arcadia plugins show`: what an author reads there.
@Suite struct PluginSheetTests {
    private static let entry: JSONValue = [
        "id": "tickets", "version": "1.2.0", "state": "loaded",
        "summary": "opens tickets, closes them, and says which are open, in a tracker that the operator names",
        "operations": [
            ["uses": "tickets.open", "summary": "open a ticket"],
            [
                "uses": "tickets.close_all_of_a_person",
                "summary": "close every ticket of a person who has left, one after the other",
            ],
        ],
        "config": [
            "required": ["url"],
            "properties": [
                "url": ["description": "where the tracker is"],
                "poll_seconds": ["default": 5, "description": "between two looks"],
            ],
        ],
        "environment": ["TICKETS_URL": "url"],
        "limits": ["heartbeat_seconds": 30, "timeout_seconds": .number("1.5")],
        "stats": [
            "since": "2026-11-21T10:14:00.186Z", "calls": 4212, "failed_calls": 3,
            "latency_ms": ["p50": .number("0.02"), "p95": .number("0.06"), "p99": .number("0.4")],
        ],
        "crashes": [
            ["at": "2026-11-21T11:00:00.000Z", "cause": "SIGSEGV", "operation": "tickets.open", "run_id": .null],
            ["at": "2026-11-21T10:30:00.000Z", "cause": "SIGABRT", "operation": "tickets.open", "run_id": .null],
        ],
    ]

    @Test func `limits, config, figures and crashes stand below one another`() {
        #expect(
            PluginSheet(Self.entry).lines.joined(separator: "\n") == """
                  limits    silent for 30 s, a call counts as hung; a call may take 1.5 s where
                            neither operation nor step says
                  config    url (required)  where the tracker is; also $TICKETS_URL
                  config    poll_seconds = 5  between two looks
                  set by    --config 'tickets.url=…', or config.json: {"tickets":{"url":"…"}}
                  figures   4212 calls, 3 failed since 2026-11-21 10:14; p50 0.02 ms, p99 0.4 ms
                  crashes   2 of this build; the last SIGSEGV in tickets.open,
                            2026-11-21T11:00:00.000Z
                """)
    }

    @Test func `what a plugin is for, and what its operations do, is folded`() {
        #expect(
            (PluginSheet(Self.entry).head + PluginSheet(Self.entry).operations).joined(separator: "\n") == """
                tickets 1.2.0  loaded
                  opens tickets, closes them, and says which are open, in a tracker that the
                  operator names
                  tickets.open                   open a ticket
                  tickets.close_all_of_a_person  close every ticket of a person who has left,
                                                 one after the other
                """)
    }

    @Test func `of what nobody knows nothing is said`() {
        let entry: JSONValue = ["id": "core", "limits": ["heartbeat_seconds": .null, "timeout_seconds": .null]]
        #expect(PluginSheet(entry).lines == [])
    }

    @Test func `an operation's first example is a command`() {
        let operation: JSONValue = ["uses": "tickets.open", "examples": [["with": ["title": "it's open"]]]]
        #expect(
            PluginSheet.calls(operation) == [
                #"try arcadia plugins call tickets.open \"#, #"  --with '{"title":"it'\''s open"}'"#,
            ])
    }

    @Test func `a path that is too long for a line is broken behind a slash, never inside a name`() {
        let place =
            "put it into /home/operator/accounts/production/arcadia/data/credentials/digitalocean.sync (mode 0600)"
        #expect(
            FactSheet.fold(place, 68) == [
                "put it into",
                "/home/operator/accounts/production/arcadia/data/credentials/",
                "digitalocean.sync (mode 0600)",
            ])
        #expect(FactSheet.fold("/" + String(repeating: "a", count: 8), 5) == ["/aaaa", "aaaa"], "one name is broken")
        #expect(FactSheet.fold("see /a/b/c here", 6) == ["see", "/a/b/c", "here"], "what fits a line is whole")
    }

    /// The folder of credentials of a test is longer than a line: each token's place is told over several.
    @Test func `the place of a token is told in whole names`() {
        let arcadia = Arcadia()
        let output = arcadia("plugins", "show", "digitalocean").output
        let names = Set(output.split { $0 == "\n" || $0 == "/" || $0 == " " })
        for name in (arcadia.data + "/credentials/digitalocean.provisioning").split(separator: "/") {
            #expect(names.contains(name), "\(name)")
        }
    }

    @Test(arguments: ["core", "files", "digitalocean", "scripted", "web"])
    func `a plugin is shown in 80 columns`(plugin: String) {
        let result = Arcadia()("plugins", "show", plugin)
        #expect(result.code == 0)
        for line in result.output.split(separator: "\n") where !line.hasPrefix("  folder  ") {
            #expect(line.count <= 80, "\(line)")
        }
    }

    @Test func `a server tells how the calls went`() {
        let server = ServedArcadia()
        #expect(server(["run", "hello"]).code == 0)
        let shown = server(["plugins", "show", "core"])
        #expect(
            shown.output.contains(#/  figures   [1-9][0-9]* calls?, 0 failed since /#),
            "\(shown.output)\(shown.errors)")
    }
}
