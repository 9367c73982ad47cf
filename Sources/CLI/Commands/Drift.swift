internal import ArgumentParser
internal import CloudControl
internal import Glibc
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia drift …`
struct DriftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "See where the account is not as it was asked to be, and decide.",
        discussion: """
            EXAMPLES
              arcadia drift check   exits 0 none, 1 error, 2 drift
              arcadia drift show 7  what was asked, what is, who changed it
              arcadia drift accept 7 --reason "resized by hand for the launch"
              arcadia drift revert 7 --reason "nobody asked for it"
              arcadia drift baseline --reason "as we found it"
            """,
        subcommands: [
            Detect.self, Check.self, List.self, Show.self, Accept.self, DriftBaseline.self, Revert.self, Ignore.self,
        ])

    /// Who decides: the user of this machine.
    static var operatorName: String {
        getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(getuid())"
    }

    static func show(_ rows: [DriftRow], _ output: OutputFormat) {
        show(rows, ListFormat(rawValue: output.rawValue) ?? .table)
    }

    static func show(_ rows: [DriftRow], _ output: ListFormat) {
        switch output {
        case .csv: Terminal.write(DriftRow.csv(rows), to: Terminal.results)
        case .json: Terminal.print(DriftRow.json(rows).text(pretty: true))
        case .jsonl: for row in rows { Terminal.print(row.json.text) }
        case .table:
            guard !rows.isEmpty else { return Terminal.say("no drift") }
            var table = TextTable(
                "DRIFT", "NAME", "FIELD", "EXPECTED", "ACTUAL", "STATUS", "RESOURCE", numbers: ["DRIFT"])
            for row in rows {
                table.add(
                    "\(row.driftID)", row.name, row.field, row.expected.plain, row.actual.plain,
                    row.status == .open && row.revertingRun != nil ? "reverting" : row.status.rawValue, row.resourceID)
            }
            for line in table.lines() { Terminal.print(line) }
        }
    }

    struct Detect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare everything that was asked for with what the last sync saw.",
            discussion: "EXAMPLES\n  arcadia drift detect\n  arcadia drift detect --output json")
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let summary = try cloudwise { try cloud.drift.detect(at: cloud.now) }
            if options.output != .table { return Terminal.print(json: summary.json) }
            Terminal.print(
                "\(summary.checked) checked, \(summary.driftedFields) drifted, \(summary.newDrift) new, \(summary.resolvedStale) resolved elsewhere, \(summary.resolvedReverted) reverted"
            )
            if summary.driftedFields > 0 { Terminal.say("hint: `arcadia drift list` shows them") }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare, show what drifts, and exit with 0 none, 1 error, 2 drift.",
            discussion: "EXAMPLES\n  arcadia inventory sync && arcadia drift check\n  arcadia drift check --output json"
                + RoleNeed.paragraph(.readDrift)
        )
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let rows: [DriftRow]
            let warnings: [String]
            do {
                let wiring = Wiring(options)
                (rows, warnings) = try wiring.server(of: provider).map(there) ?? here(wiring)
            } catch let failure as Failure {
                throw Failure(failure.code, failure.message, hint: failure.hint, exit: .rolledBack)
            }
            DriftCommand.show(rows, options.output)
            warn(warnings)
            guard let first = rows.first else { return }
            var failure = Failure(
                "drift.found", "\(rows.count) \(rows.count == 1 ? "field is" : "fields are") not as asked for",
                hint: "`arcadia drift show \(first.driftID)` says who changed it, and what can be done",
                exit: .failed)
            failure.isAfterResult = true
            throw failure
        }

        /// "no drift" of an account that nobody has looked at lately is no good news.
        private func warn(_ warnings: [String]) {
            for warning in warnings { Terminal.say("warn: \(warning)") }
            if !warnings.isEmpty { Terminal.say("hint: `arcadia inventory sync` asks the provider what there is") }
        }

        private func here(_ wiring: Wiring) throws -> ([DriftRow], [String]) {
            let cloud = try Cloud(wiring, provider: provider.provider)
            _ = try cloudwise { try cloud.drift.detect(at: cloud.now) }
            return try cloudwise {
                (
                    try cloud.drift.list(in: .operatorOfThisMachine),
                    try cloud.inventory.warnings(of: provider.provider)
                )
            }
        }

        /// A server compares when its schedule says so, and is not made to by who only looks.
        private func there(_ server: ServerConnection) throws -> ([DriftRow], [String]) {
            let list = try server.get(ServerList(request: .get("drift"), key: "drift", limit: DriftFilter().limit))
            Terminal.say("note: as the server compared last; `arcadia schedules run drift` has it compare")
            return (
                list.rows("drift").compactMap(DriftRow.init(json:)),
                list["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
            )
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List drift, the open ones unless told otherwise.",
            discussion: """
                EXAMPLES
                  arcadia drift list --field 'tag*'
                  arcadia drift list --status accepted --resource web-1
                  arcadia drift list --status all --limit 10000 --output csv > drift.csv

                \(RoleNeed.help(.readDrift))
                """)

        @Option(help: "open, accepted, reverted, stale, ignored, or all.") var status = "open"
        @Option(help: "Of this resource only.") var resource: String?
        @Option(help: "Of this field only; a pattern with * and ?.") var field: String?
        @Option(help: "At most so many.") var limit = 100
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: ListOptions

        func run() throws {
            let known = DriftRow.Status(rawValue: status)
            guard known != nil || status == "all" else {
                let known = DriftRow.Status.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(
                    "drift.status", "`--status` is \"\(status)\"; expected one of \(known), all", exit: .usage)
            }
            let list = try Wiring(options).ask(
                ServerList(
                    request: .get("drift", query: [("status", status), ("resource", resource), ("field", field)]),
                    key: "drift", limit: limit), of: provider,
                here: { try here(known) })
            DriftCommand.show(list.rows("drift").compactMap(DriftRow.init(json:)), options.output)
        }

        private func here(_ status: DriftRow.Status?) throws -> JSONValue {
            var filter = DriftFilter()
            (filter.resource, filter.field, filter.limit, filter.status) = (resource, field, limit, status)
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            return DriftRow.json(try cloudwise { try cloud.drift.list(filter, in: .operatorOfThisMachine) })
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one drift from three sides: what was asked for, what is, and who changed it.",
            discussion: "EXAMPLES\n  arcadia drift show 7\n  arcadia drift show 7 --output json"
                + RoleNeed.paragraph(.readDrift))

        @Argument(help: "The drift's number.") var drift: Int64
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let found = try Wiring(options).server(of: provider)?.get(.get("drift", "\(drift)")) ?? here()
            guard options.output == .table, let view = DriftView(json: found) else {
                return Terminal.print(json: found)
            }
            DriftStory(view: view, isRepairable: found["repairable"]?.boolValue ?? false).tell()
        }

        private func here() throws -> JSONValue {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let view = try cloudwise { try cloud.drift.show(drift, in: .operatorOfThisMachine) }
            let plan = try? cloud.drift.plan(drift, repairs: cloud.repairs(), in: .operatorOfThisMachine)
            return view.json(isRepairable: plan != nil)
        }
    }

    struct Accept: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make what is what was asked for.",
            discussion: "EXAMPLES\n  arcadia drift accept 7 --reason \"resized by hand for the launch\""
                + RoleNeed.paragraph(.decideDrift))
        @Argument(help: "The drift's number.") var drift: Int64
        @Option(help: "Why; it is kept.") var reason: String
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let request = ServerRequest.post("drift", "\(drift)", "accept", body: ["reason": .string(reason)])
            let row = try Wiring(options).server(of: provider)?.get(request) ?? here()
            DriftCommand.show([row].compactMap(DriftRow.init(json:)), options.output)
        }

        private func here() throws -> JSONValue {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            return try cloudwise {
                try cloud.drift.accept(
                    drift, in: .operatorOfThisMachine, by: DriftCommand.operatorName, reason: reason, at: cloud.now,
                    witness: cloud.witness(.driftAccept, reason: reason))
            }.json
        }
    }

    struct Ignore: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Do not report a field for a while.",
            discussion:
                "EXAMPLES\n  arcadia drift ignore 'tag*' --resource web-1 --days 7 --reason \"moving to the new scheme\""
                + RoleNeed.paragraph(.decideDrift)
        )
        @Argument(help: "A field, or a pattern with * and ?.") var field: String
        @Option(help: "Of this resource only.") var resource: String?
        @Option(help: "For so many days.") var days = 30
        @Option(help: "Why; it is kept.") var reason: String
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            if let drift = Int64(field) { throw Self.isNoField(drift) }
            let rule = try Wiring(options).server(of: provider).map(there) ?? here()
            guard options.output == .table else { return Terminal.print(json: rule) }
            let place = rule["resource_id"]?.stringValue.map { "of \($0)" } ?? "of any resource"
            Terminal.print("\(rule.shown("field")) \(place)\nis not reported until \(rule.shown("expires_at"))")
        }

        private func here() throws -> JSONValue {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            return try cloudwise {
                try cloud.drift.ignore(
                    field: field, resource: resource, in: .operatorOfThisMachine, reason: reason,
                    by: DriftCommand.operatorName,
                    until: cloud.now + Int64(days) * 86_400_000, at: cloud.now,
                    witness: cloud.witness(.driftIgnore, reason: reason))
            }.json
        }

        /// The API takes a rule at a drift: of this resource, or any where the rule is of every resource.
        private func there(_ server: ServerConnection) throws -> JSONValue {
            let known = try server.get(
                ServerList(
                    request: .get("drift", query: [("status", "all"), ("resource", resource)]), key: "drift", limit: 1))
            guard let drift = known.rows("drift").first?["drift_id"]?.intValue else {
                throw Failure(
                    ServerTrouble.notThere(what: "a rule for \(resource ?? "an account") that never had any drift"))
            }
            return try server.get(
                .post(
                    "drift", "\(drift)", "ignore",
                    body: [
                        "reason": .string(reason), "field": .string(field), "days": .int(Int64(days)),
                        "everywhere": .bool(resource == nil),
                    ]))
        }

        /// The other decisions take a drift's number; a rule would be made of it that nothing matches.
        private static func isNoField(_ drift: Int64) -> Failure {
            Failure(
                "drift.field", "\(drift) is a number; expected a field such as size_slug, or a pattern such as 'tag*'",
                hint: "`arcadia drift show \(drift)` has the whole command for the field of drift \(drift)",
                exit: .usage)
        }
    }

    struct Revert: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Restore what was asked for, by a saga of the provider's operations.",
            discussion: "EXAMPLES\n  arcadia drift revert 7 --reason \"nobody asked for it\""
                + RoleNeed.paragraph(.decideDrift))
        @Argument(help: "The drift's number.") var drift: Int64
        @Option(help: "Why; it is kept.") var reason: String
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            if let server = try wiring.server(of: provider) { return try revert(ServerRuns(server, wiring.clock)) }
            let cloud = try Cloud(wiring, provider: provider.provider)
            let plan = try cloudwise {
                try cloud.drift.plan(drift, repairs: cloud.repairs(), in: .operatorOfThisMachine)
            }
            let witness = cloud.witness(.driftRevert, reason: reason)
            var run: RunID?
            let source = DefinitionSource(name: "revert-\(drift)", text: plan.definition.text)
            do {
                try RunSubmission(wiring, source, tenant: plan.tenant) { id in
                    run = id
                    _ = try cloudwise {
                        try cloud.drift.markReverting(
                            drift, in: .operatorOfThisMachine, runID: id.description, reason: reason, witness: witness)
                    }
                }.drive()
            } catch {
                if let run { try cloudwise { try cloud.drift.revertFailed(runID: run.description) } }
                throw error
            }
            Self.sayWhatCloses()
        }

        private func revert(_ runs: ServerRuns) throws {
            let row = try runs.server.get(.post("drift", "\(drift)", "revert", body: ["reason": .string(reason)]))
            try runs.followToEnd(try runs.find(row.shown("reverting_run")), isQuiet: options.output != .table)
            Self.sayWhatCloses()
        }

        private static func sayWhatCloses() {
            Terminal.say("hint: `arcadia drift check` sees that it is so, and closes it")
        }
    }
}

/// `arcadia provisioned …`
struct ProvisionedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provisioned", abstract: "See and record what resources were asked to be.",
        discussion: """
            EXAMPLES
              arcadia provisioned list
              arcadia provisioned set web-1 size_slug=s-1vcpu-1gb
              arcadia provisioned remove web-1
            """,
        subcommands: [List.self, Set.self, Remove.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what was asked for.",
            discussion: "EXAMPLES\n  arcadia provisioned list\n  arcadia provisioned list --limit 1000 --output json")

        @Option(help: "At most so many.") var limit = 100
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let specs = try cloudwise { try cloud.provisioning.list(limit: limit, in: .operatorOfThisMachine) }
            if options.output != .table {
                return Terminal.print(json: ProvisionedSpec.json(specs))
            }
            var table = TextTable("RESOURCE", "NAME", "VERSION", "SPEC")
            for spec in specs {
                table.add(spec.resourceID, spec.name, "\(spec.specVersion)", JSONValue.object(spec.spec).text)
            }
            for line in table.lines() { Terminal.print(line) }
        }
    }

    struct Set: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record by hand what a resource should be.",
            discussion:
                "EXAMPLES\n  arcadia provisioned set web-1 size_slug=s-1vcpu-1gb region=nyc3\n  arcadia provisioned set web-1 tags=web,production"
        )
        @Argument(help: "An id, the provider's id, or a name that only one thing has.") var resource: String
        @Argument(help: "FIELD=VALUE; null takes a field out.") var fields: [String]
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let live = try cloudwise { try cloud.inventory.show(resource, in: .operatorOfThisMachine) }
            var values: JSONObject = [:]
            for field in fields {
                guard let equals = field.firstIndex(of: "=") else {
                    throw Failure(
                        "provisioned.field", "\"\(field)\" is no FIELD=VALUE", hint: "`size_slug=s-1vcpu-1gb`, say",
                        exit: .usage)
                }
                let name = String(field[..<equals])
                values[name] = Self.value(String(field[field.index(after: equals)...]), asIn: live, name)
            }
            let spec = try cloudwise {
                try cloud.provisioning.set(
                    resource, values, at: cloud.now, witness: cloud.witness(.provisionedSet, reason: reason))
            }
            if options.output != .table { return Terminal.print(json: spec.json) }
            Terminal.print("\(spec.resourceID)  version \(spec.specVersion)  \(JSONValue.object(spec.spec).text)")
        }

        /// A shell knows only text: where the resource has a list, commas stand between its items.
        private static func value(_ text: String, asIn live: ResourceRow, _ field: String) -> JSONValue {
            let value = Wiring.value(text)
            let isList = field == "tags" || live.attrs[field]?.arrayValue != nil
            guard isList, value != .null, value.arrayValue == nil else { return value }
            return .array(text.split(separator: ",").map { .string(String($0)) })
        }
    }
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask nothing of a resource any more. The resource stays as it is.",
            discussion: "EXAMPLES\n  arcadia provisioned remove web-1 --reason \"left to its team\"")
        @Argument(help: "An id, the provider's id, or a name that only one thing has.") var resource: String
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let wasAsked = try cloudwise {
                try cloud.provisioning.remove(resource, witness: cloud.witness(.provisionedRemove, reason: reason))
            }
            if options.output != .table {
                return Terminal.print(json: ["resource": .string(resource), "was_registered": .bool(wasAsked)])
            }
            Terminal.print(wasAsked ? "nothing is asked of \(resource) any more" : "nothing was asked of \(resource)")
        }
    }
}
