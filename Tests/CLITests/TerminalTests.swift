import ArcadiaTesting
import Foundation
import Testing

/// What is said to a person, on a terminal that is as wide as told.
@Suite struct TerminalTests {
    private let arcadia = Arcadia(plugins: [])

    @Test func `what is said on a terminal is folded between words, never inside a command`() throws {
        let narrow = try said(["runs", "show", "9b04"], width: 34)
        #expect(
            narrow == """
                error: there are no runs here yet
                hint: `--data DIR` names another
                      folder

                """)
        let command = try said(["context", "use", "prod"], width: 26)
        #expect(
            command == """
                error: there is no context
                       "prod"
                hint: `arcadia context list`
                      shows them

                """)
        let usual = try said(["runs", "list", "--since", "soon"], width: 80)
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

    /// What a terminal of this width is given as stderr.
    private func said(_ words: [String], width: UInt16) throws -> String {
        var (terminal, person): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&person, &terminal, nil, nil, &size) == 0)
        defer { close(person) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Arcadia.program)
        process.arguments = words
        process.environment = ["HOME": arcadia.folder.path, "NO_COLOR": "1", "TERM": "xterm"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle(fileDescriptor: terminal, closeOnDealloc: true)
        try process.run()
        process.waitUntilExit()
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(person, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
    }
}
