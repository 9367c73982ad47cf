/// `/v2/projects`
enum ProjectEndpoints {
    static let routes = [
        Route("GET", "projects", scope: "project:read") { account, call in
            call.list("projects", account.projects.values, \.json)
        },
        Route("POST", "projects", scope: "project:create", create),
        Route("GET", "projects/{id}", scope: "project:read") { account, call throws(ProviderError) in
            .json(["project": try project(call, account).json])
        },
        Route("PUT", "projects/{id}", scope: "project:update") { account, call throws(ProviderError) in
            try update(&account, call, isWhole: true)
        },
        Route("PATCH", "projects/{id}", scope: "project:update") { account, call throws(ProviderError) in
            try update(&account, call, isWhole: false)
        },
        Route("DELETE", "projects/{id}", scope: "project:delete", delete),
        Route("GET", "projects/{id}/resources", scope: "project:read", resources),
        Route("POST", "projects/{id}/resources", scope: "project:assign_resource", assign),
    ]

    private static func project(_ call: Call, _ account: Account) throws(ProviderError) -> Project {
        if call.path[2] == "default" { return account.defaultProject }
        guard let project = account.projects[call.path[2]] else { throw .notFound }
        return project
    }

    private static func create(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        var project = Project(
            id: account.random.uuid(), name: "", description: "", purpose: "", environment: "Development",
            createdAt: call.now, updatedAt: call.now, isDefault: false)
        guard body["name"] != nil else { throw .badRequest("name is required") }
        guard body["purpose"] != nil else { throw .badRequest("purpose is required") }
        try apply(body, to: &project, account)
        account.projects[project.id] = project
        return .json(["project": project.json], status: 201)
    }

    private static func update(_ account: inout Account, _ call: Call, isWhole: Bool) throws(ProviderError) -> Answer {
        let body = try call.object()
        var project = try project(call, account)
        if isWhole {
            for field in ["name", "description", "purpose", "environment", "is_default"] where body[field] == nil {
                throw .badRequest("\(field) is required")
            }
        }
        try apply(body, to: &project, account)
        project.updatedAt = call.now
        if body["is_default"]?.bool == true {
            account.projects[account.defaultProject.id]?.isDefault = false
            project.isDefault = true
        }
        account.projects[project.id] = project
        return .json(["project": project.json])
    }

    private static func apply(_ body: JSON, to project: inout Project, _ account: Account) throws(ProviderError) {
        if let name = body["name"]?.string {
            guard !name.isEmpty, name.utf8.count <= 175 else { throw .badRequest("name must have 1 to 175 characters") }
            guard !account.projects.values.contains(where: { $0.name == name && $0.id != project.id }) else {
                throw ProviderError(409, "conflict", "name is already in use")
            }
            project.name = name
        }
        if let text = body["description"]?.string { project.description = text }
        if let text = body["purpose"]?.string { project.purpose = Project.purpose(text) }
        guard let environment = body["environment"]?.string else { return }
        guard let known = Project.environments.first(where: { $0.lowercased() == environment.lowercased() }) else {
            throw .badRequest("environment must be Development, Staging or Production")
        }
        project.environment = known
    }

    private static func delete(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let project = try project(call, account)
        guard !project.isDefault else {
            throw ProviderError(412, "precondition_failed", "cannot delete the default project")
        }
        guard !account.assignments.values.contains(where: { $0.project == project.id }) else {
            throw ProviderError(
                412, "precondition_failed",
                "cannot delete a project with resources. move or remove the resources first")
        }
        account.projects[project.id] = nil
        return .nothing
    }

    private static func resources(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let project = try project(call, account)
        let own = account.assignments.values.filter { $0.project == project.id }
        return call.list("resources", own) { $0.json(status: "ok", call: call) }
    }

    /// Answers 200 whatever became of the single resources: each says so itself.
    private static func assign(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let urns = try call.object()["resources"]?.array?.compactMap(\.string) ?? []
        let project = try project(call, account)
        var shown: [JSON] = []
        for urn in urns {
            guard urn.split(separator: ":", maxSplits: 2).count == 3 else {
                throw .badRequest("\"\(urn)\" is not a resource name such as do:droplet:13457723")
            }
            if urn.hasPrefix("do:droplet:") { try call.require("droplet:read") }
            if urn.hasPrefix("do:volume:") { try call.require("block_storage:read") }
            shown.append(assign(urn, to: project, &account, call))
        }
        return .json(["resources": .array(shown)])
    }

    private static func assign(_ urn: String, to project: Project, _ account: inout Account, _ call: Call) -> JSON {
        let status: String
        if !account.exists(urn: urn) {
            return Assignment(urn: urn, project: project.id, assignedAt: call.now).json(status: "not_found", call: call)
        } else if account.assignments[urn]?.project == project.id {
            status = "already_assigned"
        } else {
            status = "assigned"
            account.assign(urn: urn, to: project.id, at: call.now)
        }
        return account.assignments[urn]!.json(status: status, call: call)
    }
}
