internal import ArcadiaPlugin

/// Takes a snapshot of a droplet, once, under a name that a re-run finds again.
///
/// The event does not say which snapshot it made, and the snapshot shows some seconds after the event is over: it is
/// looked up by its name. Snapshots that had this name before are somebody else's.
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

    struct Checkpoint: Waiting {
        var droplet_id: Int
        /// Snapshots that had the name before this step asked for one; nil: it was not looked yet.
        var others: [String]?
        /// Requests that may have begun one, and did not say so.
        var unanswered = 0
        var posted: Asked?
        /// The event; when it began, by the provider's clock; and whether its number came as the answer to our request.
        var action: Int?
        var started_at: String?
        var isOurs = false
        var lookups = 0
        var errors = 0
        var snapshot: Output?
        /// On the way back: the snapshot whose deletion was accepted.
        var deleted: String?
        var waits = Waits()
    }

    /// After the event is over, so many looks for the snapshot.
    static let mostLookups = 12
    /// An hour and more, at five seconds.
    static let mostPolls = 800
    static let waitsForAnotherEvent = 240
    static let mostErrors = 3
    static let mostUnanswered = 5

    func execute(_ call: Call<CreateDropletSnapshot>) throws -> Output {
        var state = try call.checkpoint ?? Checkpoint(droplet_id: call.dropletID(call.input.droplet_id))
        if let snapshot = state.snapshot ?? inContext(state, call) { return snapshot }
        let api = try API(call, .provisioning)
        return try call.patiently(&state) { state in
            if state.others == nil { try lookBefore(api, &state, call) }
            if state.action != nil { try settle(api, &state, call) }
            // The time is read before the look: what shows between the two is seen by the next one.
            let mayStillShow = call.mayStillShow(state.posted)
            if let found = try find(api, state, call) { return try adopt(found, state, call) }
            if state.action != nil || state.unanswered > 0 { try lookAgain(api, &state, mayStillShow, call) }
            try post(api, &state, call)
            throw call.later(state)
        }
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

    /// A name that only this run gives is looked for and adopted; one that the operator chose may be another snapshot's.
    private func lookBefore(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>) throws {
        let isChosen = call.input.name?.isEmpty == false
        let name = name(state, call)
        state.others = isChosen ? try api.snapshots(of: state.droplet_id).filter { $0.name == name }.map(\.id) : []
    }

    /// Among several of one name, the one that is as old as our event.
    private func find(_ api: API, _ state: Checkpoint, _ call: Call<CreateDropletSnapshot>) throws -> Snapshot? {
        let name = name(state, call)
        let found = try api.snapshots(of: state.droplet_id).filter { snapshot in
            snapshot.name == name && state.others?.contains(snapshot.id) != true
        }
        return found.first { $0.created_at == state.started_at } ?? found.first
    }

    private func adopt(
        _ snapshot: Snapshot, _ state: Checkpoint, _ call: Call<CreateDropletSnapshot>
    ) throws -> Output {
        var state = state
        let output = Output(droplet_id: state.droplet_id, snapshot_id: snapshot.id, snapshot_name: snapshot.name)
        state.snapshot = output
        try call.save(state, effectSoFar: .applied)
        return output
    }

    /// Sleeps until the event is over; returns once it is.
    private func settle(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>) throws {
        guard let id = state.action, let action = try api.action(id, of: state.droplet_id) else { return }
        switch action.status {
        case "in-progress":
            guard state.waits.another(of: Self.mostPolls) else {
                throw StepFailure(
                    .timeout, "the snapshot of droplet \(state.droplet_id) is not done after \(Self.mostPolls) looks",
                    effect: .partial, retry: .yes)
            }
            throw call.later(state)
        case "errored":
            (state.action, state.started_at) = (nil, nil)
            guard state.isOurs else { return }
            state.errors += 1
            guard state.errors < Self.mostErrors else {
                throw StepFailure(
                    .remote, "the snapshot of droplet \(state.droplet_id) ended in an error, \(state.errors) times",
                    effect: state.unanswered > 0 ? .unknown : .none)
            }
        default: break
        }
    }

    /// It was asked for and does not show: its event may be in progress, or over a moment ago.
    private func lookAgain(
        _ api: API, _ state: inout Checkpoint, _ mayStillShow: Bool, _ call: Call<CreateDropletSnapshot>
    ) throws {
        if state.action == nil, let action = try inProgress(api, state) {
            (state.action, state.started_at, state.isOurs, state.lookups) = (action.id, action.started_at, false, 0)
            throw call.later(state)
        }
        state.lookups += 1
        if state.lookups <= Self.mostLookups || state.action == nil && mayStillShow { throw call.later(state) }
        guard state.action == nil || !state.isOurs else {
            throw StepFailure(
                .remote,
                "the snapshot \"\(name(state, call))\" does not show, though the provider says it was taken",
                effect: .partial)
        }
        // The event was another's, or there was none: the request did not get through.
        (state.action, state.started_at, state.lookups) = (nil, nil, 0)
    }

    private func inProgress(_ api: API, _ state: Checkpoint) throws -> Action? {
        try api.actions(of: state.droplet_id).first { $0.type == "snapshot" && $0.status == "in-progress" }
    }

    private func post(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>) throws {
        guard state.unanswered < Self.mostUnanswered else {
            throw StepFailure(
                .remote, "\(state.unanswered) requests for a snapshot of droplet \(state.droplet_id) were not answered",
                effect: .unknown)
        }
        state.unanswered += 1
        (state.posted, state.lookups) = (.now, 0)
        try call.save(state, effectSoFar: state.unanswered > 1 ? .unknown : .none)
        do {
            let body = Body(name: name(state, call))
            let action = try api.act(
                state.droplet_id, body, "take a snapshot of", scope: "droplet:update and image:create")
            state.unanswered -= 1
            guard let action else { return try wait(&state) }
            (state.action, state.started_at, state.isOurs) = (action.id, action.started_at, true)
        } catch let failure as HTTPFailure {
            guard failure.effect == .none else { return say(failure.message, call) }
            throw failure.with(effect: try close(&state, call))
        } catch var failure as StepFailure {
            guard failure.effect == .none else { return say(failure.message, call) }
            failure.effect = try close(&state, call)
            throw failure
        }
    }

    private func say(_ why: String, _ call: Call<CreateDropletSnapshot>) {
        call.log(.warn, "whether the snapshot was begun is not known, so it is looked for: \(why)")
    }

    /// This request surely began nothing; an earlier one may have.
    private func close(_ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>) throws -> Effect {
        state.unanswered -= 1
        let effect: Effect = state.unanswered > 0 ? .unknown : .none
        try call.save(state, effectSoFar: effect)
        return effect
    }

    /// Another event of the droplet is in the way; nothing was begun.
    private func wait(_ state: inout Checkpoint) throws {
        guard state.waits.another(of: Self.waitsForAnotherEvent) else {
            throw StepFailure(
                .timeout, "droplet \(state.droplet_id) is busy with another event; no snapshot was taken",
                effect: state.unanswered > 0 ? .unknown : .none)
        }
    }

    private struct Body: Encodable {
        var type = "snapshot"
        var name: String
    }
}

extension CreateDropletSnapshot: Compensable {
    /// Deletes the snapshot and looks until it is gone. One that is still being taken is waited for: it would show
    /// afterwards.
    func compensate(_ call: Call<CreateDropletSnapshot>) throws {
        guard var state = call.checkpoint else { return }
        if !state.waits.isOnTheWayBack { state.lookups = 0 }
        state.waits.turnBack()
        let api = try API(call, .provisioning)
        let made = state.snapshot ?? call.result
        try call.patiently(&state) { state in
            if let id = state.deleted ?? made?.snapshot_id { return try remove(id, api, &state, call) }
            guard state.unanswered > 0 || state.action != nil else { return }
            if state.action == nil, let action = try inProgress(api, state) {
                (state.action, state.started_at) = (action.id, action.started_at)
            }
            if let id = state.action, try api.action(id, of: state.droplet_id)?.status == "in-progress" {
                guard state.waits.another(of: Self.mostPolls) else {
                    throw StepFailure(
                        .timeout, "a snapshot of droplet \(state.droplet_id) is still being taken", effect: .partial,
                        retry: .yes)
                }
                throw call.later(state)
            }
            let mayStillShow = call.mayStillShow(state.posted)
            if let found = try find(api, state, call) { return try remove(found.id, api, &state, call) }
            state.lookups += 1
            if state.lookups <= Self.mostLookups || mayStillShow { throw call.later(state) }
        }
    }

    /// Returns once the snapshot is gone; until then it sleeps. Its own address tells: the list of all snapshots shows
    /// it some seconds longer.
    private func remove(
        _ id: String, _ api: API, _ state: inout Checkpoint, _ call: Call<CreateDropletSnapshot>
    ) throws {
        if state.deleted == nil, try api.deleteSnapshot(id) { state.deleted = id }
        guard try api.snapshot(id) != nil else { return }
        throw try call.untilGone("snapshot \(id)", state)
    }
}
