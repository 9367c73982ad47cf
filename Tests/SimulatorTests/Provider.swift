import Testing

@testable import Simulator

/// A simulator on a free port, with a clock that only the test moves.
struct Provider: Sendable {
    let simulator: Simulator
    var token: String? = "test"

    static func run(
        _ change: (inout SimulatorConfiguration) throws -> Void = { _ in }, _ test: (Provider) async throws -> Void
    ) async throws {
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.clock = .manual
        try change(&configuration)
        let provider = Provider(simulator: try await Simulator.start(configuration))
        do {
            try await test(provider)
        } catch {
            await provider.simulator.stop()
            throw error
        }
        await provider.simulator.stop()
    }

    func send(_ method: String, _ target: String, _ body: JSON? = nil) async -> Exchange {
        await HTTPClient.send(
            method, target, port: simulator.port, headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:],
            body: body.map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    /// Sends, expects this status, and returns the body.
    @discardableResult
    func call(
        _ method: String, _ target: String, _ body: JSON? = nil, status: Int = 200,
        location: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let exchange = await send(method, target, body)
        #expect(exchange.status == status, "\(method) \(target): \(exchange.text)", sourceLocation: location)
        guard !exchange.body.isEmpty else { return [:] }
        return try #require(JSON(parsing: exchange.body), sourceLocation: location)
    }

    func get(_ target: String, location: SourceLocation = #_sourceLocation) async throws -> JSON {
        try await call("GET", target, location: location)
    }

    func advance(_ seconds: Double) async throws {
        try await call("POST", "/admin/clock", ["advance_seconds": .decimal("\(seconds)")])
    }

    func plan(_ rules: JSON) async throws { try await call("PUT", "/admin/faults", rules) }

    /// Orders a droplet and returns the whole answer.
    func order(_ name: String = "web-1", tags: [String] = []) async throws -> JSON {
        try await call("POST", "/v2/droplets", Self.order(name, tags: tags), status: 202)
    }

    static func order(_ name: String, tags: [String] = []) -> JSON {
        [
            "name": .string(name), "region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64",
            "tags": .array(tags.map(JSON.string)),
        ]
    }

    /// A droplet that runs and has its addresses.
    func runningDroplet(_ name: String = "web-1", tags: [String] = []) async throws -> Int {
        let id = try #require(try await order(name, tags: tags)["droplet"]?["id"]?.integer)
        try await advance(60)
        return id
    }

    func state() async throws -> JSON { try await get("/admin/state") }

    func count(_ kind: String) async throws -> Int? { try await state()["counts"]?[kind]?.integer }
}

extension JSON {
    subscript(_ index: Int) -> JSON? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// Whether the object has this member, and it is null.
    func isNull(_ key: String) -> Bool { members?.first { $0.key == key }?.value == .null }

    func has(_ key: String) -> Bool { members?.contains { $0.key == key } == true }
}
