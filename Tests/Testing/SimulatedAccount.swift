internal import Foundation
internal import Glibc
public import SagaCore

/// `arcadia simulate digitalocean --fast`, the real program, with an account of its own on a port of its own.
public final class SimulatedAccount: Sendable {
    public let url: String
    private let port: Int
    private let process: ChildProcess
    private let folder = TemporaryFolder()

    /// - Parameter words: more of the command line. eg: "--rate-limit"
    public init(_ words: String...) {
        let output = Pipe()
        process = try! ChildProcess(
            Arcadia.program, ["simulate", "digitalocean", "--fast", "--port", "0"] + words, output: .pipe(output))
        let line = output.line() ?? ""
        let port = line.split(separator: ":").last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        precondition(port != nil, "the simulator said \"\(line)\"")
        self.port = port!
        url = "http://127.0.0.1:\(port!)"
    }

    deinit { process.terminate() }

    /// What exists now, and every droplet there ever was.
    public var state: JSONValue { ask("GET", "/admin/state") }
    public func reset() { _ = ask("POST", "/admin/reset", "{}") }

    /// Rules as in a file of faults.
    public func plan(_ rules: String) {
        let answer = ask("PUT", "/admin/faults", rules)
        precondition(answer["rules"] != nil, "\(answer.text)")
    }

    public func names(of kind: String) -> [String] {
        (state[kind]?.arrayValue ?? []).map { $0["name"]?.stringValue ?? "?" }
    }

    public func count(of kind: String) -> Int { Int(state["counts"]?[kind]?.intValue ?? -1) }

    /// Requests that reached the account, without the admin's own. eg: "POST /v2/droplets"
    public var requests: [String] {
        (ask("GET", "/admin/requests")["requests"]?.arrayValue ?? []).compactMap {
            guard let path = $0["path"]?.stringValue, path.hasPrefix("/v2") else { return nil }
            return ($0["method"]?.stringValue ?? "?") + " " + path
        }
    }

    /// One request and its JSON, over a connection of its own.
    public func ask(_ method: String, _ target: String, _ body: String = "", token: String = "t") -> JSONValue {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return .null }
        let request = Array(
            """
            \(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer \(token)\r\n\
            Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
        _ = send(connection, request, request.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 { answer += buffer[..<count] }
        guard let gap = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { return .null }
        return (try? JSONValue(parsing: String(decoding: answer[gap.upperBound...], as: UTF8.self))) ?? .null
    }
}
