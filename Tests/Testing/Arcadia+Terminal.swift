import Foundation
import Testing

extension Arcadia {
    public enum Stream: Sendable { case results, talk }

    /// What a terminal of this width is given as stdout or as stderr.
    ///
    /// - Parameter words: all of the command's.
    public func shown(_ stream: Stream, of words: [String], width: UInt16) throws -> String {
        var (terminal, person): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&person, &terminal, nil, nil, &size) == 0)
        defer { close(person) }
        let process = try ChildProcess(
            Self.program, words, environment: ["HOME": folder.path, "NO_COLOR": "1", "TERM": "xterm"],
            inheritsEnvironment: false, output: stream == .results ? .descriptor(terminal) : .nowhere,
            errors: stream == .talk ? .descriptor(terminal) : .nowhere)
        close(terminal)
        process.waitUntilExit()
        // A terminal may give a line at a time; the process has ended, so all of them are there.
        _ = fcntl(person, F_SETFL, O_NONBLOCK)
        var bytes = [UInt8](repeating: 0, count: 4096)
        var (count, all) = (read(person, &bytes, bytes.count), [UInt8]())
        while count > 0 {
            all += bytes.prefix(count)
            count = read(person, &bytes, bytes.count)
        }
        return String(decoding: all, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
    }
}
