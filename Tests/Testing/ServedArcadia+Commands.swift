internal import Foundation
internal import Glibc

/// Commands that speak to the server instead of to its folder.
extension ServedArcadia {
    public var url: String { "http://127.0.0.1:\(port)" }

    /// A file with a token of a platform_admin, that only its owner may read.
    public var tokenFile: String {
        let path = arcadia.folder.file("token", token("platform_admin") + "\n")
        chmod(path, 0o600)
        return path
    }

    @discardableResult
    public func callAsFunction(_ words: [String], input: String = "") -> CommandResult {
        Command.run(
            Arcadia.program, words + ["--server", url, "--token-file", tokenFile],
            environment: ["HOME": arcadia.folder.path], input: input)
    }

    /// Ends the server in order, and waits for it.
    public func stop() {
        kill(SIGTERM)
        _ = waitUntilExit()
    }
}
