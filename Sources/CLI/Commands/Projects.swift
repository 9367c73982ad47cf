internal import ArgumentParser
internal import CloudControl
internal import Identity
internal import SagaCore
internal import Storage

/// `arcadia projects …`
struct ProjectsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projects", abstract: "See the account's projects, and say whose they are.",
        discussion: """
            EXAMPLES
              arcadia projects list
              arcadia projects assign shop --tenant acme

            What is in a project is its tenant's: tokens of the tenant see it.
            """,
        subcommands: [List.self, Assign.self])

    /// Rows in the JSON of the API.
    fileprivate static func show(_ projects: [JSONValue]) {
        var table = TextTable("NAME", "TENANT", "ENVIRONMENT", "DEFAULT", "ID")
        for project in projects {
            table.add(
                project.shown("name"), project.shown("tenant", or: "-"), project.shown("environment", or: "-"),
                project["is_default"] == true ? "yes" : "-", project.shown("provider_id"))
        }
        table.print()
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List projects, by name, with their tenants.",
            discussion: "EXAMPLES\n  arcadia projects list\n  arcadia projects list --output jsonl"
                + RoleNeed.paragraph(.readInventory))
        @Option(help: "At most so many.") var limit = 100
        @Option(help: "Where the last list said it goes on.") var cursor: String?
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let list = try Wiring(options).ask(
                ServerList(request: .get("projects"), key: "projects", limit: limit, cursor: cursor), of: provider,
                here: here)
            Terminal.print(list, rows: "projects", table: show)
            if options.output != .json, let next = list["next"]?.stringValue {
                Terminal.say("hint: there is more; `--cursor \(next)` shows it")
            }
        }

        private func here() throws -> JSONValue {
            var filter = ProjectFilter()
            (filter.limit, filter.cursor) = (limit, cursor)
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            return try cloudwise { try cloud.inventory.projects(filter, in: .operatorOfThisMachine) }.json
        }

        private func show(_ projects: [JSONValue]) {
            guard projects.isEmpty else { return ProjectsCommand.show(projects) }
            Terminal.say("no projects")
            Terminal.say("hint: `arcadia inventory sync` asks the provider what there is")
        }
    }

    struct Assign: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whose a project is, and so who sees what is in it.",
            discussion: """
                EXAMPLES
                  arcadia projects assign shop --tenant acme --reason "theirs since the move"
                  arcadia projects assign shop --platform  nobody's but the platform's again

                The provider knows nothing of tenants. Of several projects with one name each
                is assigned; an id means one.
                """)
        @Argument(help: "A project's name, or its id at the provider.") var project: String
        @Option(help: ArgumentHelp("Whose it is, as their tokens say it.", valueName: "tenant")) var tenant: String?
        @Flag(help: "It is no tenant's, but the platform's.") var platform = false
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (tenant != nil) != platform else {
                throw ValidationError("whose is it? expected `--tenant TENANT` or `--platform`")
            }
        }

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: ProviderOption.usual)
            let projects = try cloudwise {
                try cloud.inventory.setTenant(
                    tenant, ofProject: project, witness: cloud.witness(.projectAssign, reason: reason))
            }
            guard options.output == .table else {
                return Terminal.print(json: ["projects": .array(projects.map(\.json))])
            }
            ProjectsCommand.show(projects.map(\.json))
        }
    }
}
