internal import ArcadiaPlugin

/// Waits until a droplet is active and has a public IPv4 address, which comes later. Sleeps between looks.
struct WaitDropletActive: Operation {
    typealias Owner = DigitalOcean
    static let name = "wait_droplet_active"

    struct Input: Decodable { var droplet_id: Int? }

    struct Output: Codable {
        var droplet_id: Int
        var droplet_status: String
        var public_ipv4: String
        var private_ipv4: String?
        var public_ipv6: String?
    }

    struct Checkpoint: Codable, Sendable { var polls: Int }

    static let mostPolls = 96
    /// For so many looks a droplet may be missing that was created just now.
    static let looksForMissing = 12

    private enum Look {
        case unreadable, missing
        case found(Droplet)
    }

    func execute(_ call: Call<WaitDropletActive>) throws -> Output {
        let id = try call.dropletID(call.input.droplet_id)
        let polls = (call.checkpoint?.polls ?? 0) + 1
        let seen = try look(id, polls, call)
        if case .found(let droplet) = seen, droplet.status == "active", let address = droplet.publicIPv4 {
            return Output(
                droplet_id: id, droplet_status: droplet.status, public_ipv4: address,
                private_ipv4: droplet.privateIPv4, public_ipv6: droplet.publicIPv6)
        }
        try giveUp(id, seen, polls)
        throw Suspend(after: call.plugin.poll, saving: Checkpoint(polls: polls))
    }

    private func look(_ id: Int, _ polls: Int, _ call: Call<WaitDropletActive>) throws -> Look {
        let api = try API(call, .provisioning)
        guard let droplet = try call.orLater({ try Found(api.droplet(id)) }, isLast: polls >= Self.mostPolls) else {
            return .unreadable
        }
        return droplet.value.map(Look.found) ?? .missing
    }

    private func giveUp(_ id: Int, _ seen: Look, _ polls: Int) throws {
        if case .missing = seen, polls >= Self.looksForMissing {
            throw StepFailure(
                .notFound, "droplet \(id) is not there after \(polls) looks: the provider took its creation back",
                effect: .none, remoteStatus: 404)
        }
        guard polls >= Self.mostPolls, case .found(let droplet) = seen else { return }
        let address = droplet.publicIPv4 == nil ? "it has no public IPv4 address" : "it has an address"
        throw StepFailure(
            .timeout,
            "droplet \(id) is not ready after \(polls) looks: its status is \(droplet.status), and \(address)",
            effect: .none)
    }
}
