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

    struct Checkpoint: Waiting {
        /// Looks in a row that did not find it.
        var misses = 0
        var waits = Waits()
    }

    static let mostPolls = 96
    /// For so many looks a droplet may be missing that was created just now.
    static let mostMisses = 12

    func execute(_ call: Call<WaitDropletActive>) throws -> Output {
        let id = try call.dropletID(call.input.droplet_id)
        var state = call.checkpoint ?? Checkpoint()
        let api = try API(call, .provisioning)
        return try call.patiently(&state) { state in
            let droplet = try api.droplet(id)
            if let droplet, droplet.status == "active", let address = droplet.publicIPv4 {
                return Output(
                    droplet_id: id, droplet_status: droplet.status, public_ipv4: address,
                    private_ipv4: droplet.privateIPv4, public_ipv6: droplet.publicIPv6)
            }
            state.misses = droplet == nil ? state.misses + 1 : 0
            try giveUp(id, droplet, &state)
            throw call.later(state)
        }
    }

    private func giveUp(_ id: Int, _ droplet: Droplet?, _ state: inout Checkpoint) throws {
        guard state.misses < Self.mostMisses else {
            throw StepFailure(
                .notFound,
                "droplet \(id) is not there after \(state.misses) looks: the provider took its creation back",
                effect: .none, remoteStatus: 404)
        }
        guard !state.waits.another(of: Self.mostPolls - 1) else { return }
        let status = droplet.map { "its status is \($0.status)" } ?? "it does not show"
        let address = droplet?.publicIPv4 == nil ? "it has no public IPv4 address" : "it has an address"
        throw StepFailure(
            .timeout, "droplet \(id) is not ready after \(Self.mostPolls) looks: \(status), and \(address)",
            effect: .none)
    }
}
