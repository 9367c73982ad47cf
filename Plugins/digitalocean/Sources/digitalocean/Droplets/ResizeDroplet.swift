internal import ArcadiaPlugin

/// Gives a droplet another size: off, resized, on again. Each call looks at the droplet and does the next thing that is
/// missing, so a lost reply or a crash costs a look. The way back is the same with the old size, as long as the disk was
/// left as it is.
struct ResizeDroplet: Operation {
    typealias Owner = DigitalOcean
    static let name = "resize_droplet"

    struct Input: Decodable {
        var droplet_id: Int?
        var size: String
        /// Grow the disk as well, which cannot be undone.
        var disk: Bool?
    }

    struct Output: Codable {
        var droplet_id: Int
        var size_slug: String
        var previous_size: String
    }

    struct Checkpoint: Codable, Sendable {
        var droplet_id: Int
        var previous_size: String
        var wasOn: Bool
        /// The event that is in progress.
        var action: Int?
        var waits = 0
        var errors = 0
    }

    static let mostWaits = 720
    static let mostErrors = 3

    func execute(_ call: Call<ResizeDroplet>) throws -> Output {
        let api = try API(call, .provisioning)
        var state = try call.checkpoint ?? start(api, call)
        try reach(call.input.size, withDisk: call.input.disk ?? false, api, &state, call)
        return Output(droplet_id: state.droplet_id, size_slug: call.input.size, previous_size: state.previous_size)
    }

    /// How the droplet is now is durable before anything is done to it.
    private func start(_ api: API, _ call: Call<ResizeDroplet>) throws -> Checkpoint {
        let id = try call.dropletID(call.input.droplet_id)
        guard let droplet = try api.droplet(id) else { throw DropletMissing.failure(id) }
        guard !droplet.isLocked else { throw Suspend(after: call.plugin.poll) }
        let state = Checkpoint(droplet_id: id, previous_size: droplet.size_slug, wasOn: droplet.status == "active")
        try call.save(state, effectSoFar: .none)
        return state
    }

    /// Returns once the droplet has this size and is on as before; until then it does the next thing and sleeps.
    private func reach(
        _ size: String, withDisk: Bool, _ api: API, _ state: inout Checkpoint, _ call: Call<ResizeDroplet>
    ) throws {
        try settle(api, &state, call)
        guard let droplet = try api.droplet(state.droplet_id) else {
            throw StepFailure(.notFound, "droplet \(state.droplet_id) is gone", effect: .partial, remoteStatus: 404)
        }
        guard !droplet.isLocked else { throw try later(state, call) }
        switch (droplet.size_slug == size, droplet.status) {
        case (true, "active"): return
        case (true, _):
            if !state.wasOn { return } else { try act("power_on", PlainAction(type: "power_on"), api, &state) }
        case (false, "active"): try act("power_off", PlainAction(type: "power_off"), api, &state)
        case (false, _): try act("resize", Body(size: size, disk: withDisk), api, &state)
        }
        throw try later(state, call)
    }

    /// Waits for the event in progress, if there is one.
    private func settle(_ api: API, _ state: inout Checkpoint, _ call: Call<ResizeDroplet>) throws {
        guard let id = state.action, let action = try api.action(id, of: state.droplet_id) else { return }
        guard action.status != "in-progress" else { throw try later(state, call) }
        state.action = nil
        guard action.status == "errored" else { return }
        state.errors += 1
        guard state.errors < Self.mostErrors else {
            throw StepFailure(
                .remote, "\(action.type ?? "an event") of droplet \(state.droplet_id) ended in an error, again",
                effect: .partial)
        }
    }

    private func act(_ what: String, _ body: some Encodable, _ api: API, _ state: inout Checkpoint) throws {
        do {
            let scope = what == "resize" ? "droplet:update and droplet:create" : "droplet:update"
            state.action = try api.act(state.droplet_id, body, what, scope: scope)?.id
        } catch var failure as StepFailure where failure.effect == .none {
            // Somebody else got there first: the next look shows it.
            if failure.message.lowercased().contains("already powered") { return }
            failure.effect = .partial
            throw failure
        }
    }

    private func later(_ state: Checkpoint, _ call: Call<ResizeDroplet>) throws -> Suspend {
        var state = state
        state.waits += 1
        guard state.waits <= Self.mostWaits else {
            throw StepFailure(
                .timeout, "droplet \(state.droplet_id) was not resized in time; its last event is still in progress",
                effect: .partial)
        }
        return Suspend(after: call.plugin.poll, saving: state)
    }

    private struct Body: Encodable {
        var type = "resize"
        var size: String
        var disk: Bool
    }
}

extension ResizeDroplet: Compensable {
    func compensate(_ call: Call<ResizeDroplet>) throws {
        guard var state = call.checkpoint else { return }
        let api = try API(call, .provisioning)
        try settle(api, &state, call)
        guard let droplet = try api.droplet(state.droplet_id) else { return }
        if call.input.disk == true, droplet.size_slug == call.input.size, state.previous_size != call.input.size {
            throw StepFailure(
                .conflict,
                "droplet \(state.droplet_id) was resized with its disk, which cannot shrink: it stays \(droplet.size_slug)",
                effect: .applied)
        }
        try reach(state.previous_size, withDisk: false, api, &state, call)
    }
}
