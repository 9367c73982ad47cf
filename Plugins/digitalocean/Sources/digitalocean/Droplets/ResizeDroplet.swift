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

    struct Checkpoint: Waiting {
        var droplet_id: Int
        /// How it was; nil: it was busy whenever it was looked at.
        var previous_size: String?
        var wasOn = true
        /// The event that is in progress.
        var action: Int?
        var errors = 0
        var waits = Waits()
    }

    static let mostWaits = 720
    static let mostErrors = 3

    func execute(_ call: Call<ResizeDroplet>) throws -> Output {
        let api = try API(call, .provisioning)
        var state = try call.checkpoint ?? Checkpoint(droplet_id: call.dropletID(call.input.droplet_id))
        return try call.patiently(&state) { state in
            if state.previous_size == nil { try begin(api, &state, call) }
            try reach(call.input.size, withDisk: call.input.disk ?? false, api, &state, call)
            return Output(
                droplet_id: state.droplet_id, size_slug: call.input.size, previous_size: state.previous_size ?? "")
        }
    }

    /// How the droplet is now is durable before anything is done to it.
    private func begin(_ api: API, _ state: inout Checkpoint, _ call: Call<ResizeDroplet>) throws {
        guard let droplet = try api.droplet(state.droplet_id) else { throw DropletMissing.failure(state.droplet_id) }
        guard !droplet.isLocked else { throw try later(&state, call, effect: .none) }
        state.previous_size = droplet.size_slug
        state.wasOn = droplet.status == "active"
        try call.save(state, effectSoFar: .none)
    }

    /// Returns once the droplet has this size and is on as before; until then it does the next thing and sleeps.
    private func reach(
        _ size: String, withDisk: Bool, _ api: API, _ state: inout Checkpoint, _ call: Call<ResizeDroplet>
    ) throws {
        try settle(api, &state, call)
        guard let droplet = try api.droplet(state.droplet_id) else {
            throw StepFailure(.notFound, "droplet \(state.droplet_id) is gone", effect: .partial, remoteStatus: 404)
        }
        guard !droplet.isLocked else { throw try later(&state, call) }
        switch (droplet.size_slug == size, droplet.status) {
        case (true, "active"): return
        case (true, _):
            guard state.wasOn else { return }
            try act("power_on", PlainAction(type: "power_on"), api, &state)
        case (false, "active"): try act("power_off", PlainAction(type: "power_off"), api, &state)
        case (false, _): try act("resize", Body(size: size, disk: withDisk), api, &state)
        }
        throw try later(&state, call)
    }

    /// Waits for the event in progress, if there is one.
    private func settle(_ api: API, _ state: inout Checkpoint, _ call: Call<ResizeDroplet>) throws {
        guard let id = state.action, let action = try api.action(id, of: state.droplet_id) else { return }
        guard action.status != "in-progress" else { throw try later(&state, call) }
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

    private func later(
        _ state: inout Checkpoint, _ call: Call<ResizeDroplet>, effect: Effect = .partial
    ) throws -> Suspend {
        guard state.waits.another(of: Self.mostWaits) else {
            throw StepFailure(
                .timeout, "droplet \(state.droplet_id) was not resized in time; an event of it is still in progress",
                effect: effect, retry: .yes)
        }
        return call.later(state)
    }

    private struct Body: Encodable {
        var type = "resize"
        var size: String
        var disk: Bool
    }
}

extension ResizeDroplet: Compensable {
    func compensate(_ call: Call<ResizeDroplet>) throws {
        guard var state = call.checkpoint, let previous = state.previous_size else { return }
        if !state.waits.isOnTheWayBack { state.errors = 0 }
        state.waits.turnBack()
        let api = try API(call, .provisioning)
        try call.patiently(&state) { state in
            try settle(api, &state, call)
            guard let droplet = try api.droplet(state.droplet_id) else { return }
            let size = droplet.size_slug
            // A size that is neither ours nor the old one is somebody else's wish.
            guard size == call.input.size || size == previous else { return }
            let isStuck = call.input.disk == true && size == call.input.size && size != previous
            try reach(isStuck ? size : previous, withDisk: false, api, &state, call)
            guard !isStuck else {
                throw StepFailure(
                    .conflict,
                    "droplet \(state.droplet_id) was resized with its disk, which cannot shrink: it stays \(size)",
                    effect: .applied)
            }
        }
    }
}
