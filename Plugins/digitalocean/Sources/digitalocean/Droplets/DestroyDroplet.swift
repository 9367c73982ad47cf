internal import ArcadiaPlugin

/// Destroys a droplet, and waits until it is really gone: the provider says 204 some seconds before.
struct DestroyDroplet: Operation {
    typealias Owner = DigitalOcean
    static let name = "destroy_droplet"

    struct Input: Decodable { var droplet_id: Int? }
    struct Output: Codable { var destroyed_droplet_id: Int }

    struct Checkpoint: Waiting {
        var droplet_id: Int
        /// The tags of runs it carried: they go with it.
        var tags: [String] = []
        var isDestroyed = false
        var waits = Waits()
    }

    static let waitsForAnotherEvent = 240

    func execute(_ call: Call<DestroyDroplet>) throws -> Output {
        let id = try call.checkpoint?.droplet_id ?? call.dropletID(call.input.droplet_id)
        var state = call.checkpoint ?? Checkpoint(droplet_id: id)
        let api = try API(call, .provisioning)
        try call.patiently(&state) { state in
            let droplet = try api.droplet(id)
            if let droplet, !state.isDestroyed { try destroy(droplet, api, &state, call) }
            guard droplet != nil else { return }
            if let polls = state.waits.anotherFarewell() { throw call.later(state, polls: polls) }
            // Not a failure: what a saga did before, a snapshot say, would be taken back, and the droplet is lost.
            call.log(.warn, "droplet \(id) was destroyed, and the provider still lists it")
        }
        api.removeUnusedTags(state.tags, call)
        return Output(destroyed_droplet_id: id)
    }

    private func destroy(
        _ droplet: Droplet, _ api: API, _ state: inout Checkpoint, _ call: Call<DestroyDroplet>
    ) throws {
        state.tags = (droplet.tags ?? []).filter { tag in Tags.ofRuns.contains { tag.hasPrefix($0) } }
        guard try api.destroyDroplet(droplet.id) == .busy else {
            state.isDestroyed = true
            return
        }
        guard state.waits.another(of: Self.waitsForAnotherEvent) else {
            throw StepFailure(
                .timeout, "droplet \(droplet.id) is busy with another event and was not destroyed", effect: .none)
        }
        throw call.later(state)
    }
}

extension DestroyDroplet: Compensable {
    /// Nothing brings a destroyed droplet back: it is said, and that is all.
    func compensate(_ call: Call<DestroyDroplet>) throws {
        guard let id = call.result?.destroyed_droplet_id ?? call.checkpoint?.droplet_id else { return }
        call.log(.warn, "droplet \(id) was destroyed, which cannot be taken back")
    }
}
