internal import ArcadiaPlugin

/// Adds and removes tags of a droplet. Tags that do not exist yet are made.
struct TagDroplet: Operation {
    typealias Owner = DigitalOcean
    static let name = "tag_droplet"

    struct Input: Decodable {
        var droplet_id: Int?
        var add: [String]?
        var remove: [String]?
    }

    struct Output: Codable {
        var droplet_id: Int
        var droplet_tags: [String]
    }

    struct Checkpoint: Codable, Sendable {
        var droplet_id: Int
        var previous_tags: [String]
    }

    func execute(_ call: Call<TagDroplet>) throws -> Output {
        let id = try call.checkpoint?.droplet_id ?? call.dropletID(call.input.droplet_id)
        let api = try API(call, .provisioning)
        guard let droplet = try api.settled({ try api.droplet(id) }) else { throw DropletMissing.failure(id) }
        let now = droplet.tags ?? []
        if call.checkpoint == nil {
            try call.save(Checkpoint(droplet_id: id, previous_tags: now), effectSoFar: .none)
        }
        let add = call.input.add ?? []
        let remove = (call.input.remove ?? []).filter { !add.contains($0) }
        var isChanged = false
        do {
            for tag in add where !now.contains(tag) {
                try api.tag(id, tag)
                isChanged = true
            }
            for tag in remove where now.contains(tag) {
                try api.untag(id, tag)
                isChanged = true
            }
        } catch var failure as StepFailure where isChanged && failure.effect == .none {
            failure.effect = .partial
            throw failure
        }
        return Output(
            droplet_id: id, droplet_tags: now.filter { !remove.contains($0) } + add.filter { !now.contains($0) })
    }
}

extension TagDroplet: Compensable {
    /// Takes back what this step did, and leaves what others did meanwhile.
    func compensate(_ call: Call<TagDroplet>) throws {
        guard let state = call.checkpoint else { return }
        let api = try API(call, .provisioning)
        guard let droplet = try api.settled({ try api.droplet(state.droplet_id) }) else { return }
        let now = droplet.tags ?? []
        let add = call.input.add ?? []
        for tag in add where now.contains(tag) && !state.previous_tags.contains(tag) {
            try api.untag(state.droplet_id, tag)
        }
        for tag in call.input.remove ?? []
        where !add.contains(tag) && !now.contains(tag) && state.previous_tags.contains(tag) {
            try api.tag(state.droplet_id, tag)
        }
    }
}

extension API {
    private struct NewTag: Encodable { var name: String }
    private struct Tagged: Encodable {
        struct Resource: Encodable {
            var resource_id: String
            var resource_type = "droplet"
        }
        var resources: [Resource]
    }

    /// Both requests change nothing where it is so already: they may be repeated.
    func tag(_ droplet: Int, _ tag: String) throws {
        let made = try send(.post, "/tags", json: NewTag(name: tag), scope: "tag:create")
        if made.isRefusal, made.status == 400 { throw made.refusal("the tag \"\(tag)\"") }
        let answer = try change(.post, droplet, tag, scope: "tag:create and droplet:update")
        if answer.isRefusal { throw answer.refusal("to tag droplet \(droplet) with \"\(tag)\"") }
        try answer.checked()
    }

    func untag(_ droplet: Int, _ tag: String) throws {
        let answer = try change(.delete, droplet, tag, scope: "tag:delete and droplet:update")
        if answer.status != 404 { try answer.checked() }
    }

    private func change(
        _ method: HTTPRequest.Method, _ droplet: Int, _ tag: String, scope: String
    ) throws -> HTTPResponse {
        let body = Tagged(resources: [Tagged.Resource(resource_id: String(droplet))])
        return try send(method, "/tags/\(HTTPRequest.percentEncoded(tag))/resources", json: body, scope: scope)
    }
}
