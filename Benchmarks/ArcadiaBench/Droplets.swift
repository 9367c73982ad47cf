internal import Foundation
internal import Glibc
internal import PluginHost
internal import SagaCore

#if canImport(FoundationNetworking)
    internal import FoundationNetworking
#endif

/// Many runs at once against an account, each making a droplet and waiting for its address.
enum Droplets {
    static func provision(folder: String, plugins: String, url: String, count: Int, perMinute: Int) throws {
        let ends = Ends()
        let config: JSONValue = [
            "base_url": .string(url), "poll_seconds": .number("0.05"), "requests_per_minute": .int(Int64(perMinute)),
            "requests_per_hour": 0,
        ]
        let tokens = Credentials(folder: folder + "/credentials", variables: ["DO_API_TOKEN": Array("bench".utf8)])
        let (runner, _, _, catalog) = try Subject.parts(
            folder: folder, plugins: plugins, config: ["digitalocean": config], http: HTTPService(credentials: tokens),
            observer: ends)
        let text = """
            { "saga": "bench", "inputs": { "required": ["name"], "properties": { "name": { "type": "string" } } }, "steps": [
              { "id": "droplet", "uses": "digitalocean.create_droplet", "with": { "name": "${ .inputs.name }", "size": "s-1vcpu-1gb", "image": "debian-12-x64" } },
              { "id": "active", "uses": "digitalocean.wait_droplet_active" } ] }
            """
        guard let saga = DefinitionCheck(text, catalog: catalog).saga else { fatalError("digitalocean is not there") }
        let clock = SystemClock()
        var random = SystemRandomNumberGenerator()
        let start = Subject.now()
        for index in 0..<count {
            runner.start(saga, inputs: ["name": .string("web-\(index)")], id: RunID(at: clock.now, using: &random))
        }
        let threads = ends.wait(forEnded: count)
        let seconds = Subject.now() - start
        let account = try Requests(url: url)
        print(
            """
            {"count":\(count),"completed":\(ends.completed),"seconds":\(seconds),"requests_per_s":\(Double(account.total) / seconds),\
            "refused":\(account.refused),"in_a_minute":\(account.mostInAMinute),"rss_mib":\(Suspended.status("VmHWM") / 1024),"threads":\(threads)}
            """)
        guard ends.completed == count else { fatalError("\(count - ends.completed) runs did not complete") }
    }
}

/// Counts runs that ended.
private final class Ends: RunObserver {
    private let state = Monitor((ended: 0, completed: 0))

    func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {}
    func run(_ id: RunID, isBlocked reason: String) { fatalError("a run is blocked: \(reason)") }
    func runEnded(_ id: RunID, _ status: RunStatus) {
        state.change {
            $0.ended += 1
            $0.completed += status == .completed ? 1 : 0
        }
    }

    var completed: Int { state.withLock { $0.completed } }

    /// - Returns: the most threads this process had meanwhile, looked at ten times a second.
    func wait(forEnded count: Int) -> Int {
        var most = 0
        while state.wait(milliseconds: 100, until: { $0.ended >= count ? true : nil }) == nil {
            most = max(most, Int(Suspended.status("Threads")))
        }
        return most
    }
}

/// What reached the account, as it says itself.
private struct Requests {
    let total: Int
    let refused: Int
    let mostInAMinute: Int

    init(url: String) throws {
        let data = try Self.get("/admin/requests", port: UInt16(url.split(separator: ":").last ?? "") ?? 0)
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        let requests = (object["requests"] as? [[String: Any]] ?? []).filter {
            ($0["path"] as? String)?.hasPrefix("/v2") == true
        }
        total = object["total"] as? Int ?? requests.count
        refused = requests.count { $0["status"] as? Int == 429 }
        let times = requests.compactMap { ($0["at"] as? NSNumber)?.doubleValue }.sorted()
        var (first, most) = (0, 0)
        for (last, time) in times.enumerated() {
            while times[first] <= time - 60_000 { first += 1 }
            most = max(most, last - first + 1)
        }
        mostInAMinute = most
    }

    /// Foundation on Linux has its HTTP in a library of its own, which nothing else here needs.
    private static func get(_ path: String, port: UInt16) throws -> Data {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        _ = send(connection, request, request.utf8.count, Int32(MSG_NOSIGNAL))
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 { answer += buffer[..<count] }
        guard let gap = answer.range(of: Data("\r\n\r\n".utf8)) else { return Data() }
        return answer[gap.upperBound...]
    }
}
