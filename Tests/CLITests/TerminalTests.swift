import ArcadiaTesting
import Foundation
import Testing

/// What is said to a person, on a terminal that is as wide as told.
@Suite struct TerminalTests {
    private let arcadia = Arcadia(plugins: [])

    @Test func `what is said on a terminal is folded between words, never inside a command`() throws {
        let narrow = try arcadia.shown(.talk, of: ["runs", "show", "9b04"], width: 34)
        #expect(
            narrow == """
                error: there are no runs here yet
                hint: `--data DIR` names another
                      folder

                """)
        let command = try arcadia.shown(.talk, of: ["context", "use", "prod"], width: 26)
        #expect(
            command == """
                error: there is no context
                       "prod"
                hint: `arcadia context list`
                      shows them

                """)
        let usual = try arcadia.shown(.talk, of: ["runs", "list", "--since", "soon"], width: 80)
        #expect(
            usual == """
                error: `--since` takes a while such as 90m or 2d, a day or a moment in UTC;
                       found "soon"
                hint: `--since 2026-11-21`, say

                """)
    }

    @Test func `what is said elsewhere is one line, however long`() {
        #expect(
            arcadia("runs", "list", "--since", "soon").errors == """
                error: `--since` takes a while such as 90m or 2d, a day or a moment in UTC; found "soon"
                hint: `--since 2026-11-21`, say

                """)
    }

    @Test func `what somebody wrote into a definition does nothing to the terminal that shows it`() throws {
        let mean = "a\u{9B}2Jb\u{7F}c\u{202E}d"
        let file = arcadia.folder.file(
            "mean.json",
            #"{"saga": "mean", "inputs": {"description": "\#(mean)"}, "steps": [{"id": "rest", "wait": {"seconds": 1}}]}"#
                + "\n")
        #expect(arcadia("definitions", "put", file).code == 0, "\(arcadia("definitions", "put", file).errors)")
        let shown = try arcadia.shown(.results, of: ["definitions", "show", "mean", "--data", arcadia.data], width: 80)
        #expect(
            shown
                == #"{"saga": "mean", "inputs": {"description": "a\#u{FFFD}2Jb\#u{FFFD}c\#u{FFFD}d"}, "steps": [{"id": "rest", "wait": {"seconds": 1}}]}"#
                + "\n")
        #expect(arcadia("definitions", "show", "mean").output.contains(mean))
    }
}
