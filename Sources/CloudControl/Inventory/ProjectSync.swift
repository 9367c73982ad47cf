internal import SagaCore
internal import Storage

/// Which project to make sure of when a provider is synced for the first time.
public struct DefaultProject: Sendable, Hashable {
    public var name: String
    public var purpose: String
    public var description: String?

    public init(name: String = "skyai-internal", purpose: String = "Service or API", description: String? = nil) {
        self.name = name
        self.purpose = purpose
        self.description = description
    }
}

/// Reads the account's projects and who is in them.
struct ProjectSync {
    let database: any Database
    let adapter: any ProviderAdapter
    /// Nil: no project is made.
    let defaultProject: DefaultProject?
    let at: Timestamp

    /// - Throws: `StoreError` only. What the provider did is in the report.
    func run() throws -> (ProjectReport, Memberships) {
        var report = ProjectReport(provider: adapter.provider)
        var memberships = Memberships()
        do {
            let projects = try list(&report)
            for project in projects {
                report.members += try read(project, into: &memberships)
                report.read += 1
            }
            memberships.isComplete = true
        } catch let trouble as ProjectReport.Trouble {
            report.trouble = trouble
        }
        return (report, memberships)
    }

    private struct Known {
        let project: Int64
        let providerID: String
        let name: String
    }

    private func list(_ report: inout ProjectReport) throws -> [Known] {
        let output = try call("projects.list", [:], .list)
        guard let listed = output["projects"]?.arrayValue else { throw ProjectReport.Trouble.noList("projects") }
        let isFirst = try isDefaultMissing(listed)
        var all = try listed.map(ProviderProject.init)
        if isFirst, let defaultProject, let project = try ensure(defaultProject, &report) { all.append(project) }
        report.seen = all.count
        return try write(all)
    }

    /// Neither in the list nor ever seen: somebody who deleted it later meant it.
    private func isDefaultMissing(_ listed: [JSONValue]) throws -> Bool {
        guard let name = defaultProject?.name, !listed.contains(where: { $0["name"]?.stringValue == name }) else {
            return false
        }
        return try database.snapshot { connection in
            try connection.first(
                "SELECT 1 FROM cloud_projects WHERE provider = ? AND name = ?", [.text(adapter.provider), .text(name)]
            ) { _ in true } == nil
        }
    }

    /// Nil, and a trouble noted, where it could not be made: the other projects are read all the same.
    private func ensure(_ project: DefaultProject, _ report: inout ProjectReport) throws -> ProviderProject? {
        var input: JSONObject = ["name": .string(project.name), "purpose": .string(project.purpose)]
        input["description"] = project.description.map(JSONValue.string)
        do {
            let output = try call("projects.ensure", input, .ensure(project.name))
            guard let made = output["project"] else { throw ProjectReport.Trouble.noList("project") }
            if output["was_created"]?.boolValue == true { report.created = project.name }
            return try ProviderProject(made)
        } catch let trouble as ProjectReport.Trouble {
            report.trouble = trouble
            return nil
        }
    }

    private func write(_ projects: [ProviderProject]) throws -> [Known] {
        try database.transaction { connection in
            for project in projects { try project.write(connection, provider: adapter.provider, at) }
            return try projects.map { project in
                let number = try connection.first(
                    "SELECT project FROM cloud_projects WHERE provider = ? AND provider_id = ?",
                    [.text(adapter.provider), .text(project.providerID)]
                ) { $0.int(0) ?? 0 }
                return Known(project: number ?? 0, providerID: project.providerID, name: project.name)
            }
        }
    }

    private func read(_ project: Known, into memberships: inout Memberships) throws -> Int {
        let output = try call(
            "projects.resources", ["project_id": .string(project.providerID)], .members(project.name))
        guard let members = output["members"]?.arrayValue else { throw ProjectReport.Trouble.noList("members") }
        for member in members {
            guard let kind = member["kind"]?.stringValue, let id = member["provider_id"]?.stringValue else { continue }
            memberships.add(kind: kind, providerID: id, project: project.project)
        }
        return members.count
    }

    private func call(
        _ operation: String, _ input: JSONObject, _ question: ProjectReport.Question
    ) throws(ProjectReport.Trouble) -> JSONObject {
        do {
            return try adapter.call(operation, input)
        } catch {
            throw .failed(error, question)
        }
    }
}

/// A project as its provider's adapter tells it.
private struct ProviderProject {
    let providerID: String
    let name: String
    let purpose: String?
    let environment: String?
    let isDefault: Bool

    init(_ json: JSONValue) throws(ProjectReport.Trouble) {
        guard let id = json["provider_id"]?.stringValue, let name = json["name"]?.stringValue else {
            throw .noIdentity
        }
        providerID = id
        self.name = name
        purpose = json["purpose"]?.stringValue
        environment = json["environment"]?.stringValue
        isDefault = json["is_default"]?.boolValue ?? false
    }

    func write(_ connection: any Connection, provider: String, _ at: Timestamp) throws {
        try connection.run(
            """
            INSERT INTO cloud_projects
                (provider, provider_id, name, purpose, environment, is_default, first_seen_at, last_seen_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (provider, provider_id) DO UPDATE SET name = excluded.name, purpose = excluded.purpose,
                environment = excluded.environment, is_default = excluded.is_default,
                last_seen_at = excluded.last_seen_at
            """,
            [
                .text(provider), .text(providerID), .text(name), .text(orNull: purpose), .text(orNull: environment),
                .int(isDefault ? 1 : 0), .int(at.milliseconds), .int(at.milliseconds),
            ])
    }
}
