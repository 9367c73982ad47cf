internal import Foundation

/// The server, beside one bare route of the library it is built on that answers the same bytes.
struct Served {
    let table: Table
    /// Requests in flight.
    private static let connections = 16
    private static let seconds = 3
    /// Of a storm: so many runs of so many steps.
    private static let (runs, steps) = (1000, 20)

    private var rounds: Int { min(table.rounds, 3) }
    private var data: String { table.folder + "/served" }
    private var secret: String { data + "/secret" }

    func print() {
        remove()
        defer { remove() }
        guard let token = prepare() else { return table.row("the server", "not measured", "", "", "") }
        requests("`GET /api/v1/inventory`: a page of 100 of 100,000", "GET", "/api/v1/inventory", token, aim: "0.5")
        requests("`GET /api/v1/runs`: a page of 100", "GET", "/api/v1/runs", token)
        requests(
            "`POST /api/v1/runs` of one step, driven to its end", "POST", "/api/v1/runs", token,
            body: "{\"definition\":{\"saga\":\"echo\",\"steps\":[\"core.echo\"]}}")
        storms(token)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: data) }

    /// An account of 100,000 droplets, 20,000 runs that have ended, a secret.
    ///
    /// - Returns: a token.
    private func prepare() -> String? {
        let own = CommandLine.arguments[0]
        // First: a store of runs alone refuses a database with more tables than its own.
        _ = table.run(own, ["throughput", data, table.plugins, "20000", "64"], [:])
        _ = table.run(own, ["account", data, "100000"], [:])
        _ = table.run(arcadia, ["token", "secret", secret], [:])
        let words = ["token", "mint", "--role", "platform_admin", "--expires", "12h", "--secret-file", secret]
        let token = table.run(arcadia, words, [:]).trimmingCharacters(in: .whitespacesAndNewlines)
        return token.isEmpty ? nil : token
    }

    private var arcadia: String { table.release + "/bin/arcadia" }

    private func server() -> Listener? {
        Listener(
            arcadia,
            [
                "serve", "--data", data, "--listen", "127.0.0.1:0", "--jwt-secret-file", secret,
                "--requests-per-minute", "1000000000",
            ])
    }

    // MARK: - Requests

    private struct Rate {
        let perSecond: Double
        let median: Double
        let worst: Double
        let memory: Double
    }

    private func requests(
        _ what: String, _ method: String, _ path: String, _ token: String, body: String = "", aim: String = ""
    ) {
        let (request, answer) = (data + "/request.http", data + "/answer.http")
        let written =
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        try? written.write(toFile: request, atomically: true, encoding: .utf8)
        var (ours, bare): ([Rate], [Rate]) = ([], [])
        for _ in 0..<rounds {
            guard let server = server() else { continue }
            _ = table.run(load, ["answer", server.port, request, answer], [:])
            ours += rate(server, request)
            if let route = Listener(route, [method, path, answer]) { bare += rate(route, request) }
        }
        let size = (try? Data(contentsOf: URL(fileURLWithPath: answer)).count) ?? 0
        rows("\(what), \(size) bytes", ours, bare, aim)
    }

    private var load: String { table.folder + "/load" }
    private var route: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/arcadia-bare"
    }

    /// Empty: an answer was not as it should be.
    private func rate(_ server: Listener, _ request: String) -> [Rate] {
        defer { server.end() }
        let words = ["requests", server.port, request, "\(Self.connections)", "\(Self.seconds)"]
        guard let found = table.json(table.run(load, words, [:])), found["wrong"] == 0 else { return [] }
        return [
            Rate(
                perSecond: found["per_s"] ?? 0, median: found["p50_ms"] ?? 0, worst: found["p99_ms"] ?? 0,
                memory: server.memory("VmHWM"))
        ]
    }

    private func rows(_ what: String, _ ours: [Rate], _ bare: [Rate], _ aim: String) {
        func row(_ what: String, _ value: (Rate) -> Double, digits: Int, aim: String = "") {
            let (ours, bare) = (ours.map(value), bare.map(value))
            table.row(
                what, table.spread(ours, digits: digits), table.spread(bare, digits: digits), table.ratio(ours, bare),
                aim)
        }
        row(what + ", requests/s", \.perSecond, digits: 0, aim: aim)
        row("… p50, ms", \.median, digits: 2)
        row("… p99, ms", \.worst, digits: 2)
        row("… peak memory, MiB", \.memory, digits: 0)
    }

    // MARK: - Storms

    /// What 1,000 clients that follow, and 500 that hang, take from the runs, and what the followers get.
    private func storms(_ token: String) {
        var (quiet, followed, hung): ([Storm], [Storm], [Storm]) = ([], [], [])
        for _ in 0..<rounds {
            quiet += storm(token, followers: 1, slow: 0)
            followed += storm(token, followers: 1000, slow: 0)
            hung += storm(token, followers: 1, slow: 500)
        }
        func row(
            _ what: String, _ values: [Storm], beside others: [Storm] = [], digits: Int, _ value: (Storm) -> Double
        ) {
            let (values, others) = (values.map(value), others.map(value))
            table.row(
                what, table.spread(values, digits: digits),
                others.isEmpty ? "" : table.spread(others, digits: digits), table.ratio(values, others), "")
        }
        row("steps/s with 1,000 clients following, beside 1", followed, beside: quiet, digits: 0) { $0["steps_per_s"] }
        row("… clients that heard of the end of each of 1,000 runs", followed, digits: 0) { $0["complete"] }
        row("… events received", followed, digits: 0) { $0["events"] }
        row("… from the end of a run to its event, p50, ms", followed, beside: quiet, digits: 0) { $0["p50_ms"] }
        row("… p99, ms", followed, beside: quiet, digits: 0) { $0["p99_ms"] }
        row("… peak memory, MiB", followed, beside: quiet, digits: 0) { $0["memory"] }
        row("steps/s with 500 clients that hang, beside none", hung, beside: quiet, digits: 0) { $0["steps_per_s"] }
        row("… peak memory, MiB", hung, beside: quiet, digits: 0) { $0["memory"] }
    }

    private struct Storm {
        let found: [String: Double]
        subscript(_ key: String) -> Double { found[key] ?? 0 }
    }

    private func storm(_ token: String, followers: Int, slow: Int) -> [Storm] {
        guard let server = server() else { return [] }
        defer { server.end() }
        let words = ["storm", server.port, token, "\(Self.runs)", "\(Self.steps)", "\(followers)", "\(slow)"]
        guard var found = table.json(table.run(load, words, [:])) else { return [] }
        found["memory"] = server.memory("VmHWM")
        return [Storm(found: found)]
    }
}
