internal import ArcadiaPlugin

/// A project of the account.
struct Project: Codable, Keyed {
    var provider_id: String
    var name: String
    var purpose: String?
    var environment: String?
    var description: String?
    var is_default: Bool?

    var key: String { provider_id }

    enum CodingKeys: String, CodingKey {
        case provider_id, name, purpose, environment, description, is_default
    }
}

/// As the provider writes it.
struct ProviderProject: Decodable, Keyed {
    var id: String
    var name: String
    var purpose: String?
    var environment: String?
    var description: String?
    var is_default: Bool?

    var key: String { id }
    var project: Project {
        Project(
            provider_id: id, name: name, purpose: purpose, environment: environment, description: description,
            is_default: is_default)
    }
}

struct ProjectPage: Page {
    var projects: [ProviderProject]
    var links: Links?
    var meta: Meta?
    var items: [ProviderProject] { projects }
}

extension API {
    func projects() throws -> [Project] {
        try all(ProjectPage.self, "/projects", scope: "project:read").map(\.project)
    }
}

struct ProjectsList: Operation {
    typealias Owner = DigitalOcean
    static let name = "projects.list"
    struct Input: Decodable {}
    struct Output: Codable { var projects: [Project] }

    func execute(_ call: Call<ProjectsList>) throws -> Output {
        Output(projects: try API(call, .sync).projects())
    }
}

/// Makes sure that there is a project of this name. Names are unique at the provider, so a re-run finds it.
struct ProjectsEnsure: Operation {
    typealias Owner = DigitalOcean
    static let name = "projects.ensure"

    struct Input: Codable {
        var name: String
        var purpose: String?
        var description: String?
        var environment: String?
    }

    struct Output: Codable {
        var project: Project
        var was_created: Bool
    }

    struct Checkpoint: Codable, Sendable {
        var isPosted = false
        /// It was there before this step, or another run made it.
        var wasThere = false
        var waits = 0
    }

    /// Looks for a project whose name the provider calls taken.
    static let mostWaits = 24

    private struct Body: Encodable {
        var name: String
        var purpose: String
        var description: String?
        var environment: String?
    }

    private struct Made: Decodable { var project: ProviderProject }

    func execute(_ call: Call<ProjectsEnsure>) throws -> Output {
        let api = try API(call, .provisioning)
        let input = call.input
        if let found = try api.projects().first(where: { $0.name == input.name }) {
            var state = call.checkpoint ?? Checkpoint()
            if !state.isPosted, !state.wasThere {
                state.wasThere = true
                try call.save(state, effectSoFar: .none)
            }
            return Output(project: found, was_created: !state.wasThere)
        }
        var state = call.checkpoint ?? Checkpoint()
        state.isPosted = true
        try call.save(state, effectSoFar: .none)
        let body = Body(
            name: input.name, purpose: input.purpose ?? "Service or API", description: input.description,
            environment: input.environment)
        let answer = try api.send(.post, "/projects", json: body, scope: "project:create")
        if answer.status == 409 { throw try taken(state, call) }
        if answer.isRefusal { throw answer.refusal("to create project \"\(input.name)\"") }
        return Output(project: try answer.checked().json(Made.self).project.project, was_created: true)
    }

    /// Somebody has the name and the list does not show it yet. It is theirs: it must not be deleted on the way back.
    private func taken(_ before: Checkpoint, _ call: Call<ProjectsEnsure>) throws -> Suspend {
        let state = Checkpoint(isPosted: false, wasThere: true, waits: before.waits + 1)
        guard state.waits <= Self.mostWaits else {
            throw StepFailure(
                .conflict, "the project name \"\(call.input.name)\" is taken, and no project of that name is listed",
                effect: .none, remoteStatus: 409)
        }
        return Suspend(after: call.plugin.poll, saving: state)
    }
}

extension ProjectsEnsure: Compensable {
    /// Deletes the project if this step made it and nothing was put into it meanwhile.
    func compensate(_ call: Call<ProjectsEnsure>) throws {
        guard let state = call.checkpoint, state.isPosted, !state.wasThere else { return }
        let api = try API(call, .provisioning)
        let id = call.result?.project.provider_id
        guard
            let made = try api.projects().first(where: { id == nil ? $0.name == call.input.name : $0.provider_id == id }
            )
        else { return }
        let answer = try api.send(.delete, "/projects/\(made.provider_id)", scope: "project:delete")
        if answer.status == 412 {
            throw StepFailure(
                .conflict, "project \"\(made.name)\" holds resources by now, so it was not deleted", effect: .applied,
                remoteStatus: 412)
        }
        if answer.status != 404 { try answer.checked() }
    }
}

/// What is in a project: a droplet does not say itself which project it belongs to.
struct ProjectsResources: Operation {
    typealias Owner = DigitalOcean
    static let name = "projects.resources"

    struct Input: Decodable { var project_id: String }

    struct Member: Codable {
        /// eg: "do:droplet:13457723"
        var urn: String
        /// eg: "droplet"
        var kind: String
        var provider_id: String
        var assigned_at: String?
        var status: String?
    }

    struct Output: Codable {
        var project_id: String
        var members: [Member]
    }

    struct ProviderMember: Decodable, Keyed {
        var urn: String
        var assigned_at: String?
        var status: String?
        var key: String { urn }
    }

    struct MemberPage: Page {
        var resources: [ProviderMember]
        var links: Links?
        var meta: Meta?
        var items: [ProviderMember] { resources }
    }

    func execute(_ call: Call<ProjectsResources>) throws -> Output {
        let id = call.input.project_id
        let path = "/projects/\(HTTPRequest.percentEncoded(id))/resources"
        let members = try API(call, .sync).all(MemberPage.self, path, scope: "project:read")
        return Output(project_id: id, members: members.map(Self.member))
    }

    private static func member(_ member: ProviderMember) -> Member {
        let parts = member.urn.split(separator: ":", maxSplits: 2).map(String.init)
        return Member(
            urn: member.urn, kind: parts.count == 3 ? parts[1] : "", provider_id: parts.last ?? "",
            assigned_at: member.assigned_at, status: member.status)
    }
}
