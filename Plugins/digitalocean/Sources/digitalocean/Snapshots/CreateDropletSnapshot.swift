internal import ArcadiaPlugin

/// Takes a snapshot of a droplet, once, under a name that a re-run finds again.
///
/// The event does not say which snapshot it made, and the snapshot shows some seconds after the event is over: it is
/// looked up by its name.
struct CreateDropletSnapshot: Operation {
    typealias Owner = DigitalOcean
    static let name = "create_droplet_snapshot"

    struct Input: Decodable {
        var droplet_id: Int?
        /// Default: `arcadia-snap-<droplet>-<end of the run's id>`.
        var name: String?
    }

    struct Output: Codable, Sendable {
        var droplet_id: Int
        var snapshot_id: String
        var snapshot_name: String
    }

    struct Checkpoint: Codable, Sendable {
        var droplet_id: Int
        /// A request to take it may have been posted.
        var isPosted = false
        var action: Int?
        var polls = 0
        var lookups = 0
        var looksBack = 0
        var waits = 0
        var errors = 0
        var snapshot: Output?
    }

    /// After the event is over, so many looks for the snapshot.
    static let mostLookups = 12
    /// An hour and more, at five seconds.
    static let mostPolls = 800
    static let waitsForAnotherEvent = 240
    static let mostErrors = 3

    func execute(_ call: Call<CreateDropletSnapshot>) throws -> Output {
        var state = try call.checkpoint ?? Checkpoint(droplet_id: call.dropletID(call.input.droplet_id))
        if let snapshot = state.snapshot ?? inContext(state, call) { return snapshot }
        let api = try API(call, .provisioning)
        if state.action != nil { try settle(api, &state, call) }
        if let found = try find(api, state, call) { return try adopt(found, state, call) }
        if state.isPosted { try lookAgain(api, &state, call) }
        try post(api, &state, call)
        throw Suspend(after: call.plugin.poll, saving: state)
    }

    private func name(_ state: Checkpoint, _ call: Call<CreateDropletSnapshot>) -> String {
        if let name = call.input.name, !name.isEmpty { return name }
        return "arcadia-snap-\(state.droplet_id)-\(call.saga8)"
    }

    /// An earlier step of this run took this very snapshot.
    private func inContext(_ state: Checkpoint, _ call: Call<CreateDropletSnapshot>) -> Output? {
        guard call.context("snapshot_name", as: String.self) == name(state, call),
            let id = call.context("snapshot_id", as: String.self)
        else { return nil }
        return Output(droplet_id: state.droplet_id, snapshot_id: id, snapshot_name: name(state, call))
    }

    private func find(_ api: API, _ state: Checkpoint, _ call: Call<CreateDropletSnapshot>) throws -> Snapshot? {
        let name = name(state, call)
        return try api.snapshots(of: state.droplet_id).first { $0.name == name }
    }

    private func adopt(
        _ snapshot: Snapshot, _ state: Checkpoint, _ call: Call<CreateDropletSnapshot>
    ) throws -> Output {
        var state = state
        state.isPosted = true
        state.snapshot = Output(
            droplet_id: state.droplet_id, snapshot_id: snapshot.id, snapshot_name: snapshot.name)
        try call.save(state, effectSoFar: .applied)
        return state.snapshot!
    }

    /// Sleeps until the event is over; returns once it is.
    private func settle(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>) throws {
        guard let id = state.action, let action = try api.action(id, of: state.droplet_id) else { return }
        switch action.status {
        case "in-progress":
            state.polls += 1
            guard state.polls <= Self.mostPolls else {
                throw StepFailure(
                    .timeout, "the snapshot of droplet \(state.droplet_id) is not done after \(state.polls) looks",
                    effect: .partial)
            }
            throw Suspend(after: call.plugin.poll, saving: state)
        case "errored":
            state.errors += 1
            (state.action, state.isPosted) = (nil, false)
            guard state.errors < Self.mostErrors else {
                throw StepFailure(
                    .remote, "the snapshot of droplet \(state.droplet_id) ended in an error, \(state.errors) times",
                    effect: .none)
            }
        default: break
        }
    }

    /// It was asked for and does not show: the event may be in progress, or over a moment ago.
    private func lookAgain(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>) throws {
        if state.action == nil, let action = try inProgress(api, state) {
            state.action = action.id
            throw Suspend(after: call.plugin.poll, saving: state)
        }
        state.lookups += 1
        if state.lookups <= Self.mostLookups { throw Suspend(after: call.plugin.poll, saving: state) }
        guard state.action == nil else {
            throw StepFailure(
                .remote,
                "the snapshot \"\(name(state, call))\" does not show, though the provider says it was taken",
                effect: .partial)
        }
        // Nobody answered, no event, no snapshot: the request did not get through.
        state.lookups = 0
    }

    private func inProgress(_ api: API, _ state: Checkpoint) throws -> Action? {
        try api.page(ActionPage.self, "/droplets/\(state.droplet_id)/actions", number: 1, scope: "droplet:read")
            .actions.first { $0.type == "snapshot" && $0.status == "in-progress" }
    }

    private func post(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>) throws {
        state.isPosted = true
        try call.save(state, effectSoFar: .none)
        do {
            let body = Body(name: name(state, call))
            let action = try api.act(
                state.droplet_id, body, "take a snapshot of", scope: "droplet:update and image:create")
            state.action = action?.id
            if action == nil { try wait(&state) }
        } catch let failure as HTTPFailure where failure.effect == .none {
            state.isPosted = false
            try call.save(state, effectSoFar: .none)
            throw failure
        } catch let failure as HTTPFailure {
            call.log(.warn, "whether the snapshot was begun is not known, so it is looked for: \(failure.message)")
        } catch let failure as StepFailure where failure.effect == .none {
            state.isPosted = false
            try call.save(state, effectSoFar: .none)
            throw failure
        } catch let failure as StepFailure where failure.code == .remote {
            call.log(.warn, "the snapshot is looked for, because the answer is not understood: \(failure.message)")
        }
    }

    /// Another event of the droplet is in the way; nothing was begun.
    private func wait(_ state: inout Checkpoint) throws {
        state.isPosted = false
        state.waits += 1
        guard state.waits <= Self.waitsForAnotherEvent else {
            throw StepFailure(
                .timeout, "droplet \(state.droplet_id) is busy with another event; no snapshot was taken", effect: .none
            )
        }
    }

    private struct Body: Encodable {
        var type = "snapshot"
        var name: String
    }
}

extension CreateDropletSnapshot: Compensable {
    /// Deletes the snapshot. One that is still being taken is waited for: it would show afterwards.
    func compensate(_ call: Call<CreateDropletSnapshot>) throws {
        guard var state = call.checkpoint else { return }
        let api = try API(call, .provisioning)
        if let made = state.snapshot ?? call.result { return try api.deleteSnapshot(made.snapshot_id) }
        guard state.isPosted else { return }
        if state.action == nil { state.action = try inProgress(api, state)?.id }
        if let id = state.action, try api.action(id, of: state.droplet_id)?.status == "in-progress" {
            state.polls += 1
            guard state.polls <= Self.mostPolls else {
                throw StepFailure(
                    .timeout, "a snapshot of droplet \(state.droplet_id) is still being taken", effect: .partial,
                    retry: .yes)
            }
            throw Suspend(after: call.plugin.poll, saving: state)
        }
        if let found = try find(api, state, call) { return try api.deleteSnapshot(found.id) }
        state.looksBack += 1
        if state.looksBack <= Self.mostLookups { throw Suspend(after: call.plugin.poll, saving: state) }
    }
}
