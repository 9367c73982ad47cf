internal import ArgumentParser
internal import CloudControl
internal import Identity
internal import SagaCore

/// Which provider's account a command is about.
struct ProviderOption: ParsableArguments {
    @Option(help: ArgumentHelp("The plugin that speaks to the provider.", valueName: "plugin"))
    var provider = ProviderOption.usual

    static let usual = "digitalocean"
}

extension Wiring {
    /// The server that is to be asked about an account. It keeps the books of one provider's.
    func server(of option: ProviderOption) throws(Failure) -> ServerConnection? {
        guard let server = try server() else { return nil }
        guard option.provider == ProviderOption.usual else {
            throw Failure(ServerTrouble.notThere(what: "the account at \(option.provider)"))
        }
        return server
    }

    func ask(_ list: ServerList, of option: ProviderOption, here: () throws -> JSONValue) throws -> JSONValue {
        try server(of: option)?.get(list) ?? here()
    }
}

/// `arcadia inventory …`
struct InventoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inventory", abstract: "See what the cloud account holds.",
        discussion: """
            EXAMPLES
              arcadia inventory sync                 ask the provider, note what changed
              arcadia inventory list --kind droplet  what there is
              arcadia inventory show web-1           one of them, and what happened to it
            """,
        subcommands: [Sync.self, List.self, Show.self, Events.self])

    struct Sync: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the provider what there is, and write down what changed.",
            discussion: """
                EXAMPLES
                  arcadia inventory sync
                  arcadia inventory sync --kind droplet --kind volume

                What is missing in three syncs in a row, and is not found when asked for,
                counts as deleted. A sync that did not come to its end counts nothing. Exits
                with 0 when all was seen, 69 when something was not.
                """)

        @Option(help: ArgumentHelp("Only these kinds; may be repeated.", valueName: "kind"))
        var kind: [String] = []

        @Option(help: ArgumentHelp("The project that is made sure of at the first sync.", valueName: "name"))
        var defaultProject = "skyai-internal"

        @Flag(help: "Believe it when many things are gone at once.")
        var believeDeletions = false

        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let (adapter, all) = try cloud.adapter()
            if let other = kind.first(where: { kind in !all.contains { $0.kind == kind } }) {
                throw Failure(
                    "inventory.kind", "plugin \"\(provider.provider)\" lists nothing called \"\(other)\"",
                    hint: "it lists \(all.map(\.kind).joined(separator: ", "))", exit: .usage)
            }
            var policy = SweepPolicy()
            policy.believesMassDeletion = believeDeletions
            let kinds = kind.isEmpty ? all : all.filter { kind.contains($0.kind) }
            let report = try cloudwise {
                try cloud.inventory.sync(
                    adapter, kinds: kinds, defaultProject: DefaultProject(name: defaultProject), policy: policy,
                    at: cloud.now)
            }
            show(report)
            guard !report.isComplete else { return }
            var failure = Failure(
                "inventory.incomplete", "not everything was seen; what was is kept, and nothing counts as missing",
                exit: .unavailable)
            failure.isAfterResult = true
            throw failure
        }

        private func show(_ report: SyncReport) {
            guard options.output == .table else {
                return Terminal.print(json: report.json)
            }
            Terminal.print(report.projects.message)
            for sweep in report.sweeps {
                Terminal.print(sweep.message)
                if let hint = sweep.hint { Terminal.say("hint: \(hint)") }
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what there is.",
            discussion: """
                EXAMPLES
                  arcadia inventory list --kind droplet --region nyc3
                  arcadia inventory list --name 'web-*' --output json
                  arcadia inventory list --output csv --limit 10000 > account.csv
                  arcadia inventory list --deleted

                \(RoleNeed.help(.readInventory))
                """)

        @Option(help: "Of this kind. eg: droplet") var kind: String?
        @Option(help: "In this region. eg: nyc3") var region: String?
        @Option(help: "That the provider says is so. eg: active") var status: String?
        @Option(help: "With this tag.") var tag: String?
        @Option(help: "A project's name or id.") var project: String?
        @Option(help: "A pattern with * and ?.") var name: String?
        @Flag(help: "What is gone, instead of what is there.") var deleted = false
        @Option(help: "At most so many.") var limit = 100
        @Option(help: "Where the last list said it goes on.") var cursor: String?
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: ListOptions

        func run() throws {
            let list = ResourceList(
                json: try Wiring(options).ask(
                    ServerList(
                        request: .get(
                            "inventory",
                            query: [
                                ("kind", kind), ("region", region), ("status", status), ("tag", tag),
                                ("project", project), ("name", name), ("presence", presence.rawValue),
                            ]), key: "resources", limit: limit, cursor: cursor), of: provider, here: here))
            switch options.output {
            case .json: Terminal.print(list.json.text(pretty: true))
            case .jsonl: for resource in list.resources { Terminal.print(resource.json.text) }
            case .csv: Terminal.write(list.csv, to: Terminal.results)
            case .table: show(list)
            }
            if options.output != .json, let next = list.next {
                Terminal.say("hint: there is more; `--cursor \(next)` shows it")
            }
        }

        private var presence: ResourceFilter.Presence { deleted ? .deleted : .live }

        private func here() throws -> JSONValue {
            var filter = ResourceFilter()
            (filter.kind, filter.region, filter.status, filter.tag) = (kind, region, status, tag)
            (filter.project, filter.name, filter.limit, filter.cursor) = (project, name, limit, cursor)
            filter.presence = presence
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            return try cloudwise { try cloud.inventory.list(filter, in: .operatorOfThisMachine) }.json
        }

        private func show(_ list: ResourceList) {
            guard !list.resources.isEmpty else {
                Terminal.say("nothing")
                return Terminal.say("hint: `arcadia inventory sync` asks the provider what there is")
            }
            var table = TextTable("ID", "NAME", "REGION", "STATUS", "SIZE", "PROJECT")
            for resource in list.resources {
                table.add(
                    resource.resourceID, resource.name, resource.region ?? "-",
                    resource.deletedAt == nil ? resource.status ?? "-" : "deleted", resource.sizeSlug ?? "-",
                    resource.project ?? "-")
            }
            for line in table.lines() { Terminal.print(line) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one resource: how it is, what it was asked to be, what happened to it.",
            discussion:
                "EXAMPLES\n  arcadia inventory show web-1\n  arcadia inventory show digitalocean:droplet:3164444"
                + RoleNeed.paragraph(.readInventory))

        @Argument(help: "An id, the provider's id, or a name that only one thing has.") var resource: String
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let found = try Wiring(options).server(of: provider)?.get(.get("inventory", resource)) ?? here()
            guard options.output == .table, let row = ResourceRow(json: found) else {
                return Terminal.print(json: found)
            }
            ResourceStory(
                row: row, spec: found["provisioned"].flatMap(ProvisionedSpec.init(json:)),
                events: found.rows("events").compactMap(ResourceEvent.init(json:))
            ).tell()
        }

        private func here() throws -> JSONValue {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let row = try cloudwise { try cloud.inventory.show(resource, in: .operatorOfThisMachine) }
            var filter = EventFilter()
            filter.resource = row.resourceID
            let events = try cloudwise { try cloud.inventory.events(filter, in: .operatorOfThisMachine) }
            var object = row.json.objectValue ?? [:]
            object["provisioned"] =
                (try? cloud.provisioning.show(row.resourceID, in: .operatorOfThisMachine))?.json ?? .null
            object["events"] = .array(events.map(\.json))
            return .object(object)
        }
    }

    struct Events: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the last things that happened to what, in their order.",
            discussion: """
                EXAMPLES
                  arcadia inventory events
                  arcadia inventory events web-1 --output json
                  arcadia inventory events web-1 --kind tagged

                The kinds: discovered, updated, tagged (only the tags changed), deleted,
                restored, drift_detected.

                \(RoleNeed.help(.readInventory))
                """)

        @Argument(help: "Of this resource only.") var resource: String?
        @Option(help: "Of this kind only. eg: tagged") var kind: String?
        @Option(help: "At most so many, the last ones.") var limit = 100
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let kind = try self.kind.map(Self.eventKind)
            let path = resource.map { ["inventory", $0, "events"] } ?? ["resource-events"]
            let list = try Wiring(options).ask(
                ServerList(
                    request: ServerRequest(path: path, query: [("kind", kind?.rawValue)]), key: "events", limit: limit),
                of: provider,
                here: { try here(kind) })
            // The newest are asked for, and told in the order they happened.
            let events = list.rows("events").reversed().compactMap(ResourceEvent.init(json:))
            switch options.output {
            case .json: Terminal.print(ResourceEvent.json(events).text(pretty: true))
            case .jsonl: for event in events { Terminal.print(event.json.text) }
            case .table: show(events)
            }
        }

        private func here(_ kind: ResourceEvent.Kind?) throws -> JSONValue {
            var filter = EventFilter()
            (filter.resource, filter.limit, filter.kind) = (resource, limit, kind)
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            return try cloudwise { try cloud.inventory.eventList(filter, in: .operatorOfThisMachine) }.json
        }

        private func show(_ events: [ResourceEvent]) {
            var table = TextTable("AT", "RESOURCE", "WHAT", "BY", "CHANGE")
            for event in events {
                table.add(event.at.description, event.resourceID, event.kind.rawValue, event.source, event.words)
            }
            table.print()
        }

        private static func eventKind(_ text: String) throws -> ResourceEvent.Kind {
            guard let kind = ResourceEvent.Kind(rawValue: text) else {
                let known = ResourceEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(
                    "inventory.event_kind", "`--kind` is \"\(text)\"; expected one of \(known)", exit: .usage)
            }
            return kind
        }
    }
}

extension ResourceEvent {
    /// What changed, on a line; nothing for a first sight. eg: `: {"size_slug":"a"} → {"size_slug":"b"}`
    var words: String {
        guard let before, let after else { return "" }
        return ": \(before.text) → \(after.text)"
    }
}
