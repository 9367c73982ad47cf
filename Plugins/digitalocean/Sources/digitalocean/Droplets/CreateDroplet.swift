internal import ArcadiaPlugin

/// Creates a droplet, once: the provider has no idempotency key, so the tag of the step is ours.
///
/// A re-run looks at the checkpoint, then for the tag, then posts. That a request is about to be posted is durable before
/// it is: after a lost reply, a reset or a crash the droplet is looked for, several times, before another one is asked for.
struct CreateDroplet: Operation {
    typealias Owner = DigitalOcean
    static let name = "create_droplet"

    struct Input: Decodable {
        var name: String
        var region: String?
        var size: String
        var image: ImageName
        var ssh_keys: [ImageName]?
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

    struct Checkpoint: Codable, Sendable {
        /// How many times a request may have been posted.
        var posts = 0
        /// The last of them is not accounted for.
        var isOpen = false
        var looks = 0
        var looksBack = 0
        var waits = 0
        var droplet: Output?
    }

    /// Looks for a droplet whose creation was not answered, before another one is asked for.
    static let looksBeforePosting = 4
    static let waitsForAnotherEvent = 240

    func execute(_ call: Call<CreateDroplet>) throws -> Output {
        var state = call.checkpoint ?? Checkpoint()
        if let droplet = state.droplet { return droplet }
        let api = try API(call, .provisioning)
        if state.isOpen || call.attempt > 1 {
            if let found = try find(api, call) { return try adopt(found, state, call) }
            if state.isOpen, state.looks < Self.looksBeforePosting {
                state.looks += 1
                call.log(.info, "the last request to create it was not answered, and no such droplet is there yet")
                throw Suspend(after: call.plugin.poll, saving: state)
            }
        }
        return try post(api, &state, call)
    }

    private func post(_ api: API, _ state: inout Checkpoint, _ call: Call<CreateDroplet>) throws -> Output {
        state.posts += 1
        (state.isOpen, state.looks) = (true, 0)
        try call.save(state, effectSoFar: .none)
        let answer: HTTPResponse
        do {
            answer = try api.send(.post, "/droplets", json: Body(call), scope: "droplet:create and tag:create")
        } catch let failure as HTTPFailure {
            guard failure.effect == .none else { throw lookLater(state, failure.message, call) }
            try close(&state, call)
            throw failure
        }
        if answer.isRefusal {
            try close(&state, call)
            throw answer.refusal("to create droplet \"\(call.input.name)\"")
        }
        guard answer.isSuccess, let droplet = try? answer.json(DropletBody.self).droplet else {
            throw lookLater(state, "DigitalOcean answered \(answer.status)", call)
        }
        return try adopt(droplet, state, call)
    }

    /// Surely nothing was made: the next attempt need not look for it.
    private func close(_ state: inout Checkpoint, _ call: Call<CreateDroplet>) throws {
        state.posts -= 1
        state.isOpen = false
        try call.save(state, effectSoFar: .none)
    }

    private func lookLater(_ state: Checkpoint, _ why: String, _ call: Call<CreateDroplet>) -> Suspend {
        call.log(.warn, "whether the droplet was created is not known, so it is looked for: \(why)")
        return Suspend(after: call.plugin.poll, saving: state)
    }

    private func find(_ api: API, _ call: Call<CreateDroplet>) throws -> Droplet? {
        let found = try api.droplets(tagged: Tags.step(call)).filter { $0.name == call.input.name }
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
        (state.droplet, state.isOpen) = (output, false)
        try call.save(state, effectSoFar: .applied)
        return output
    }

    private struct Body: Encodable {
        var name: String
        var region: String?
        var size: String
        var image: ImageName
        var ssh_keys: [ImageName]?
        var user_data: String?
        var vpc_uuid: String?
        var tags: [String]
        var backups: Bool?
        var ipv6: Bool?
        var monitoring: Bool?
        var volumes: [String]?
        var with_droplet_agent: Bool?

        init(_ call: Call<CreateDroplet>) {
            let input = call.input
            name = input.name
            region = input.region.flatMap { $0.isEmpty ? nil : $0 }
            size = input.size
            image = input.image
            ssh_keys = input.ssh_keys.flatMap { $0.isEmpty ? nil : $0 }
            user_data = input.user_data.flatMap { $0.isEmpty ? nil : $0 }
            vpc_uuid = input.vpc_uuid.flatMap { $0.isEmpty ? nil : $0 }
            tags = Tags.all(call, and: input.tags ?? [])
            (backups, ipv6, monitoring) = (input.backups, input.ipv6, input.monitoring)
            volumes = input.volumes.flatMap { $0.isEmpty ? nil : $0 }
            with_droplet_agent = input.with_droplet_agent
        }
    }
}

extension CreateDroplet: Compensable {
    /// Destroys what was made, also what nobody knows the id of.
    func compensate(_ call: Call<CreateDroplet>) throws {
        var state = call.checkpoint ?? Checkpoint()
        let api = try API(call, .provisioning)
        let known = (state.droplet ?? call.result)?.droplet_id
        var ids = known.map { [$0] } ?? []
        if state.isOpen || state.posts > 1 || known == nil && state.posts > 0 {
            ids += try api.droplets(tagged: Tags.step(call)).map(\.id).filter { $0 != known }
        }
        for id in ids where try api.destroyDroplet(id) == .busy {
            state.waits += 1
            guard state.waits <= Self.waitsForAnotherEvent else {
                throw StepFailure(
                    .timeout, "droplet \(id) is still busy with another event and was not destroyed", effect: .applied,
                    retry: .yes)
            }
            throw Suspend(after: call.plugin.poll, saving: state)
        }
        // What was posted last and not answered may show late.
        guard state.isOpen, ids.isEmpty, state.looksBack < Self.looksBeforePosting else { return }
        state.looksBack += 1
        throw Suspend(after: call.plugin.poll, saving: state)
    }
}

/// The tags by which a droplet is known to be Arcadia's, and whose.
enum Tags {
    static let managed = "managed-by-arcadia-cloud"

    static func all<Op: Operation>(_ call: Call<Op>, and own: [String]) -> [String] where Op.Owner == DigitalOcean {
        [managed, "arcadia-saga-\(call.saga8)", "arcadia-run-\(call.runID)", step(call)]
            + own.filter { !$0.isEmpty }
    }

    /// Of this step of this run, and of no other.
    static func step<Op: Operation>(_ call: Call<Op>) -> String { "arcadia-step-\(call.runID):\(call.stepID)" }
}

/// A slug, or a number.
enum ImageName: Codable {
    case slug(String)
    case id(Int)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let id = try? value.decode(Int.self) { self = .id(id) } else { self = .slug(try value.decode(String.self)) }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .slug(let slug): try value.encode(slug)
        case .id(let id): try value.encode(id)
        }
    }
}
