internal import Foundation
internal import Glibc
internal import SagaCore

/// `arcadia serve`, the real program, on a port of its own.
public final class ServedArcadia: Sendable {
    public let arcadia: Arcadia
    public let process: ChildProcess
    public let port: Int
    /// Of a login link, good once.
    public let code: String
    private let tokens = Monitor([String: String]())

    /// Listens when it returns. Where no `--token-policy` says otherwise, tokens are those of `token(_:tenant:)`.
    public init(_ arcadia: Arcadia = Arcadia(), _ words: String...) {
        self.arcadia = arcadia
        let keys = words.contains("--token-policy") ? [] : ["--jwt-secret-file", Self.secret(of: arcadia)]
        let output = Pipe()
        process = try! ChildProcess(
            Arcadia.program,
            arcadia.arguments(["serve", "--listen", "127.0.0.1:0", "--output", "jsonl"] + keys + words),
            environment: ["HOME": arcadia.folder.path], output: .pipe(output),
            errors: .file(arcadia.folder.path + "/serve.err"))
        let line = output.line() ?? ""
        let said = try? JSONValue(parsing: line)
        let port = said?["address"]?.stringValue?.split(separator: ":").last.flatMap { Int($0) }
        precondition(port != nil, "the server said \"\(line)\" \(arcadia.folder.text("serve.err") ?? "")")
        self.port = port!
        code = said?["login"]?.stringValue?.components(separatedBy: "#code=").last ?? ""
    }

    deinit { kill(SIGKILL) }

    private static func secret(of arcadia: Arcadia) -> String {
        let path = arcadia.folder.path + "/secret"
        if !FileManager.default.fileExists(atPath: path) {
            _ = Command.run(Arcadia.program, ["token", "secret", path])
        }
        return path
    }

    public func kill(_ signal: Int32) { process.send(signal) }

    /// Ends it and waits; the exit code, or minus the signal.
    public func waitUntilExit() -> Int32 { process.waitUntilExit() }

    // MARK: - Asking

    /// A token as the command line mints it.
    public func token(_ role: String, tenant: String? = nil) -> String {
        let name = role + "/" + (tenant ?? "")
        if let token = tokens.withLock({ $0[name] }) { return token }
        let words = ["token", "mint", "--role", role, "--secret-file", Self.secret(of: arcadia)]
        let minted = Command.run(Arcadia.program, words + (tenant.map { ["--tenant", $0] } ?? []))
        let token = minted.output.trimmingCharacters(in: .whitespacesAndNewlines)
        tokens.withLock { $0[name] = token }
        return token
    }

    public func authorization(_ role: String, tenant: String? = nil) -> (String, String) {
        ("Authorization", "Bearer " + token(role, tenant: tenant))
    }

    /// One request over a connection of its own.
    public func ask(
        _ method: String, _ target: String, as role: String? = nil, tenant: String? = nil,
        _ headers: [(String, String)] = [], body: String = ""
    ) -> Wire.Answer? {
        Wire(port: port)?.ask(
            method, target, headers + (role.map { [authorization($0, tenant: tenant)] } ?? []), body: body)
    }

    /// Resident memory in bytes.
    public var memory: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.components(separatedBy: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }
}
