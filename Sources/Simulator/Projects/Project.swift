/// A folder for resources. Exactly one is the default, which takes what is created.
struct Project: Sendable {
    static let environments = ["Development", "Staging", "Production"]

    private static let purposes: Set<String> = [
        "Just trying out DigitalOcean", "Class project / Educational purposes", "Website or blog",
        "Web Application", "Service or API", "Mobile Application", "Machine learning / AI / Data processing",
        "IoT", "Operational / Developer tooling",
    ]

    let id: String
    var name: String
    var description: String
    var purpose: String
    var environment: String
    let createdAt: Moment
    var updatedAt: Moment
    var isDefault: Bool

    static func first(id: String, at now: Moment) -> Project {
        Project(
            id: id, name: "first-project", description: "Update your project information under Settings",
            purpose: "Just trying out DigitalOcean", environment: "Development", createdAt: now, updatedAt: now,
            isDefault: true)
    }

    /// What the provider makes of a purpose that is not one of its own.
    static func purpose(_ text: String) -> String {
        purposes.contains(text) || text.hasPrefix("Other: ") ? text : "Other: " + text
    }

    var json: JSON {
        [
            "id": .string(id), "owner_uuid": .string(OtherEndpoints.ownerUUID), "owner_id": 258_992,
            "name": .string(name), "description": .string(description), "purpose": .string(purpose),
            "environment": .string(environment), "is_default": .bool(isDefault), "created_at": createdAt.json,
            "updated_at": updatedAt.json,
        ]
    }
}

/// A resource's place in a project.
struct Assignment: Sendable {
    let urn: String
    var project: String
    var assignedAt: Moment

    func json(status: String, call: Call) -> JSON {
        let parts = urn.split(separator: ":", maxSplits: 2)
        return [
            "urn": .string(urn), "assigned_at": assignedAt.json,
            "links": ["self": .string("\(call.base)/v2/\(parts[1])s/\(parts[2])")], "status": .string(status),
        ]
    }
}

extension Account {
    var defaultProject: Project { projects.values.first(where: \.isDefault)! }

    mutating func assign(urn: String, to project: String, at now: Moment) {
        assignments[urn] = Assignment(urn: urn, project: project, assignedAt: now)
    }
}
