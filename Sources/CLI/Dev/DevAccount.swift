internal import SagaCore
internal import Simulator

/// The account that is not real, and the hands that change it behind arcadia's back.
final class DevAccount: Sendable {
    private let simulator: Simulator
    var address: String { simulator.address }

    /// Seconds where the provider takes minutes: short enough to wait for, long enough to be seen.
    init() throws {
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.timing.create = 4
        configuration.timing.network = 1
        configuration.timing.snapshot = 5
        configuration.timing.snapshotVisible = 1
        configuration.timing.power = 1
        configuration.timing.resize = 3
        configuration.timing.deleteLinger = 1
        simulator = try SimulateCommand.DigitalOcean.start(configuration)
    }

    private static let names = [
        "web-1", "web-2", "web-3", "db-1", "db-2", "cache-1", "queue-1", "mail-1", "build-1", "metrics-1",
    ]

    /// Droplets with names of their own, volumes, snapshots, projects.
    func seed() {
        turn("POST", "/admin/seed", ["droplets": .int(Int64(Self.names.count)), "tag": "production"])
        for (droplet, name) in zip(droplets, Self.names) { change(droplet.id, ["name": .string(name)]) }
        turn("POST", "/admin/seed", ["volumes": 4, "snapshots": 5, "projects": 2])
    }

    /// What exists, the oldest first.
    var droplets: [(id: Int64, name: String, size: String)] {
        (turn("GET", "/admin/state")["droplets"]?.arrayValue ?? []).compactMap { droplet in
            guard let id = droplet["id"]?.intValue, let name = droplet["name"]?.stringValue else { return nil }
            return (id, name, droplet["size_slug"]?.stringValue ?? "")
        }
    }

    /// As a colleague at the provider's control panel would.
    func change(_ droplet: Int64, _ fields: JSONObject) {
        turn("PATCH", "/admin/droplets/\(droplet)", .object(fields))
    }

    /// The provider has a bad moment.
    func stumble(_ rule: JSONObject) { turn("PUT", "/admin/faults", [.object(rule)]) }
    func recover() { turn("DELETE", "/admin/faults") }

    @discardableResult
    private func turn(_ method: String, _ path: String, _ body: JSONValue = [:]) -> JSONValue {
        (try? JSONValue(parsing: simulator.turn(method, path, body.text))) ?? .null
    }
}
