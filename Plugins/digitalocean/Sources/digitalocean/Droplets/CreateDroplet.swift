internal import ArcadiaPlugin

/// Creates a droplet, once: the provider has no idempotency key, so the tag of the step is ours.
///
/// A re-run looks at the checkpoint, then for the tag, then posts. That a request is about to be posted is durable before
/// it is: after a lost reply, a reset or a crash the droplet is looked for, for a while, before another one is asked for.
struct CreateDroplet: Operation {
    typealias Owner = DigitalOcean
    static let name = "create_droplet"

    struct Input: Decodable {
        var name: String
        var region: String?
        var size: String
        var image: SlugOrNumber
        var ssh_keys: [SlugOrNumber]?
        var user_data: String?
        var vpc_uuid: String?
        var tags: [String]?
        var backups: Bool?
        var ipv6: Bool?
        var monitoring: Bool?
        var volumes: [String]?
        var with_droplet_agent: Bool?
    }

    struct Output: Codable, Sendable {
        var droplet_id: Int
        var droplet_name: String
        var region: String?
        var size_slug: String
        var image: String?
        var droplet_tags: [String]
    }

    struct Checkpoint: Waiting {
        /// Requests that may have made a droplet, and did not say so.
        var unanswered = 0
        var posted: Asked?
        var looks = 0
        var droplet: Output?
        /// On the way back: destroying the droplet whose id is known was accepted.
        var isDestroyed = false
        /// Droplets whose destruction was accepted, and that still showed.
        var leaving: [Int] = []
        var waits = Waits()
    }

    /// Looks for a droplet whose creation was not answered, before another one is asked for: so many at least, and for as
    /// long as `settle_seconds` says.
    static let fewestLooks = 3
    static let mostUnanswered = 5
    static let waitsForAnotherEvent = 240

    func execute(_ call: Call<CreateDroplet>) throws -> Output {
        var state = call.checkpoint ?? Checkpoint()
        if let droplet = state.droplet { return droplet }
        let api = try API(call, .provisioning)
        return try call.patiently(&state) { state in
            if state.unanswered > 0 || call.attempt > 1 {
                // The time is read before the look: what shows between the two is seen by the next one.
                let mayStillShow = call.mayStillShow(state.posted)
                if let found = try find(api, call) {
                    // It accounts for one request that had no answer.
                    state.unanswered = max(0, state.unanswered - 1)
                    return try adopt(found, state, call)
                }
                if state.unanswered > 0, mayStillShow || state.looks < Self.fewestLooks {
                    state.looks += 1
                    throw call.later(state)
                }
            }
            return try post(api, &state, call)
        }
    }

    private func post(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDroplet>) throws -> Output {
        guard state.unanswered < Self.mostUnanswered else {
            throw StepFailure(
                .remote, "\(state.unanswered) requests to create droplet \"\(call.input.name)\" were not answered",
                effect: .unknown)
        }
        state.unanswered += 1
        (state.posted, state.looks) = (.now, 0)
        try call.save(state, effectSoFar: state.unanswered > 1 ? .unknown : .none)
        let answer: HTTPResponse
        do {
            answer = try api.send(.post, "/droplets", json: Body(call), scope: "droplet:create and tag:create")
        } catch let failure as HTTPFailure {
            guard failure.effect == .none else { throw lookLater(state, failure.message, call) }
            let effect = try close(&state, call)
            throw failure.with(effect: effect)
        }
        if answer.isRefusal {
            var refusal = answer.refusal("to create droplet \"\(call.input.name)\"")
            refusal.effect = try close(&state, call)
            throw refusal
        }
        guard answer.isSuccess, let droplet = try? answer.json(DropletBody.self).droplet else {
            throw lookLater(state, "DigitalOcean answered \(answer.status)", call)
        }
        state.unanswered -= 1
        return try adopt(droplet, state, call)
    }

    /// This request surely made nothing; an earlier one may have.
    private func close(_ state: inout Checkpoint, _ call: Call<CreateDroplet>) throws -> Effect {
        state.unanswered -= 1
        let effect: Effect = state.unanswered > 0 ? .unknown : .none
        try call.save(state, effectSoFar: effect)
        return effect
    }

    private func lookLater(_ state: Checkpoint, _ why: String, _ call: Call<CreateDroplet>) -> Suspend {
        call.log(.warn, "whether the droplet was created is not known, so it is looked for: \(why)")
        return call.later(state)
    }

    private func find(_ api: API, _ call: Call<CreateDroplet>) throws -> Droplet? {
        let found = try api.droplets(tagged: Tags.step(call), size: call.input.size)
        guard found.count > 1 else { return found.first }
        let ids = found.map { String($0.id) }.joined(separator: ", ")
        throw StepFailure(
            .conflict, "there are \(found.count) droplets of this step (\(ids)); expected one", effect: .applied)
    }

    private func adopt(_ droplet: Droplet, _ state: Checkpoint, _ call: Call<CreateDroplet>) throws -> Output {
        let output = Output(
            droplet_id: droplet.id, droplet_name: droplet.name, region: droplet.region?.slug,
            size_slug: droplet.size_slug, image: droplet.imageName, droplet_tags: droplet.tags ?? [])
        var state = state
        state.droplet = output
        try call.save(state, effectSoFar: .applied)
        return output
    }

    private struct Body: Encodable {
        var name: String
        var region: String?
        var size: String
        var image: SlugOrNumber
        var ssh_keys: [SlugOrNumber]?
        var user_data: String?
        var vpc_uuid: String?
        var tags: [String]
        var backups: Bool?
        var ipv6: Bool?
        var monitoring: Bool?
        var volumes: [String]?
        var with_droplet_agent: Bool?

        /// What is empty is left out: a definition passes on its inputs, whether they are given or not.
        init(_ call: Call<CreateDroplet>) {
            let input = call.input
            name = input.name
            region = input.region.flatMap { $0.isEmpty ? nil : $0 }
            size = input.size
            image = input.image
            ssh_keys = input.ssh_keys.flatMap { $0.isEmpty ? nil : $0 }
            user_data = input.user_data.flatMap { $0.isEmpty ? nil : $0 }
            vpc_uuid = input.vpc_uuid.flatMap { $0.isEmpty ? nil : $0 }
            tags = Tags.all(call) + (input.tags ?? []).filter { !$0.isEmpty }
            (backups, ipv6, monitoring) = (input.backups, input.ipv6, input.monitoring)
            volumes = input.volumes.flatMap { $0.isEmpty ? nil : $0 }
            with_droplet_agent = input.with_droplet_agent
        }
    }
}

extension CreateDroplet: Compensable {
    /// Destroys what was made, also what nobody knows the id of, and looks until it is gone.
    func compensate(_ call: Call<CreateDroplet>) throws {
        var state = call.checkpoint ?? Checkpoint()
        state.waits.turnBack()
        let known = (state.droplet ?? call.result)?.droplet_id
        guard known != nil || state.unanswered > 0 else { return }
        let api = try API(call, .provisioning)
        try call.patiently(&state) { state in
            let mayStillShow = call.mayStillShow(state.posted)
            let refused = try destroyAll(known, api, &state, call)
            // What was made a moment ago may not show yet: 404 is believed when it is old enough.
            let isSure = (known == nil || state.isDestroyed) && state.unanswered <= 0
            guard isSure || !mayStillShow else { throw call.later(state) }
            try seeOff(refused, api, &state, call)
        }
        api.removeUnusedTags(Tags.all(call).filter { $0 != Tags.managed }, call)
    }

    /// Asks for the end of every droplet of this step.
    ///
    /// - Returns: those that show, and that DELETE does not find: they were made or destroyed a moment ago. Which of the
    ///   two it was that a host saw before it was killed, nobody knows any more.
    private func destroyAll(
        _ known: Int?, _ api: API, _ state: inout Checkpoint, _ call: Call<CreateDroplet>
    ) throws -> [Int] {
        var refused: [Int] = []
        if let known, !state.isDestroyed {
            state.isDestroyed = try destroy(known, api, &state, call)
            if !state.isDestroyed, try api.droplet(known) != nil { refused.append(known) }
        }
        guard state.unanswered > 0 else { return refused }
        for found in try api.droplets(tagged: Tags.step(call), size: call.input.size).map(\.id)
        where found != known && !state.leaving.contains(found) {
            if try destroy(found, api, &state, call) { state.unanswered -= 1 } else { refused.append(found) }
        }
        return refused
    }

    /// Returns once nothing of it shows; until then it sleeps. A droplet takes seconds to go, so the first look is not
    /// at once.
    private func seeOff(
        _ refused: [Int], _ api: API, _ state: inout Checkpoint, _ call: Call<CreateDroplet>
    ) throws {
        if state.waits.farewells > 0 { state.leaving = try state.leaving.filter { try api.droplet($0) != nil } }
        guard let id = state.leaving.first ?? refused.first else { return }
        throw try call.untilGone("droplet \(id)", state)
    }

    /// True: it was there and goes. False: it is not there, or does not show.
    private func destroy(
        _ id: Int, _ api: API, _ state: inout Checkpoint, _ call: Call<CreateDroplet>
    ) throws -> Bool {
        let removal = try api.destroyDroplet(id)
        if removal == .accepted { state.leaving.append(id) }
        guard removal == .busy else { return removal == .accepted }
        guard state.waits.another(of: Self.waitsForAnotherEvent) else {
            throw StepFailure(
                .timeout, "droplet \(id) is still busy with another event and was not destroyed", effect: .applied,
                retry: .yes)
        }
        throw call.later(state)
    }
}

/// The tags by which a droplet is known to be Arcadia's, and whose.
enum Tags {
    static let managed = "managed-by-arcadia-cloud"
    /// What every tag of a run begins with.
    static let ofRuns = ["arcadia-saga-", "arcadia-run-", "arcadia-step-"]

    static func all<Op: Operation>(_ call: Call<Op>) -> [String] where Op.Owner == DigitalOcean {
        [managed, "arcadia-saga-\(call.saga8)", "arcadia-run-\(call.runID)", step(call)]
    }

    /// Of this step of this run, and of no other.
    static func step<Op: Operation>(_ call: Call<Op>) -> String { "arcadia-step-\(call.runID):\(call.stepID)" }
}

/// An image or a key, as the provider takes it: a slug or a fingerprint, or a number.
enum SlugOrNumber: Codable {
    case slug(String)
    case number(Int)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else {
            self = .slug(try value.decode(String.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .slug(let slug): try value.encode(slug)
        case .number(let number): try value.encode(number)
        }
    }
}
