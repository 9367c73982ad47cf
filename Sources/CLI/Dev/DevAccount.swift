internal import SagaCore
internal import Simulator

/// The account that is not real, and the hands that change it behind arcadia's back.
final class DevAccount: Sendable {
    private let simulator: Simulator
    var address: String { simulator.address }

    /// Seconds where the provider takes minutes: short enough to wait for, long enough to be seen.
    convenience init() throws {
        var timing = Timing.realistic
        timing.create = 4
        timing.network = 1
        timing.snapshot = 5
        timing.snapshotVisible = 1
        timing.power = 1
        timing.resize = 3
        timing.deleteLinger = 1
        try self.init(timing)
    }

    init(_ timing: Timing) throws {
        var configuration = SimulatorConfiguration()
        configuration.port = 0
        configuration.timing = timing
        simulator = try SimulateCommand.DigitalOcean.start(configuration)
    }

    /// Writes into a data folder where the account is, and tokens for it.
    func lead(_ folder: String) throws(Failure) {
        let config: JSONValue = [
            "digitalocean": [
                "base_url": .string(address), "poll_seconds": 1, "settle_seconds": 2, "requests_per_minute": 0,
                "requests_per_hour": 0,
            ]
        ]
        try ScratchFolder.write(config.text(pretty: true) + "\n", to: folder + "/config.json")
        for purpose in ["provisioning", "sync", "billing"] {
            try ScratchFolder.write("any-token-will-do\n", to: folder + "/credentials/digitalocean.\(purpose)")
        }
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
