internal import ArgumentParser
internal import CloudControl
internal import Identity
internal import SagaCore

/// `arcadia billing …`
struct BillingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "billing", abstract: "See what the cloud account costs.",
        discussion: """
            EXAMPLES
              arcadia billing sync                  balance and new invoices
              arcadia billing balance               and where the month is going
              arcadia billing costs --by project
            """,
        subcommands: [Sync.self, Balance.self, Invoices.self, Lines.self, Costs.self])

    struct Sync: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the balance, find new invoices, and take in each once, line by line.",
            discussion: """
                EXAMPLES
                  arcadia billing sync
                  arcadia billing sync --output json

                Killed in the middle, the next one goes on. Exits with 69 when an invoice could
                not be taken in.
                """)

        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let billing = try cloud.billing()
            let isTold = options.output == .table
            let report = try cloudwise {
                try billing.sync(at: cloud.now) { if isTold, let words = $0.words { Terminal.say(words) } }
            }
            let off = report.ingested.filter { !$0.isReconciled }
            if options.output == .table {
                Terminal.print(
                    "\(report.discovered.count) new invoices, \(report.ingested.count) taken in, \(report.ingested.reduce(0) { $0 + $1.lineCount }) lines, \(off.count) not reconciled"
                )
            } else {
                let json: JSONValue = [
                    "discovered": .int(Int64(report.discovered.count)), "ingested": .int(Int64(report.ingested.count)),
                    "lines": .int(Int64(report.ingested.reduce(0) { $0 + $1.lineCount })),
                    "not_reconciled": .array(off.map { .string($0.invoiceUUID) }),
                    "problems": .array(report.problems.map { .string($0.message) }),
                ]
                Terminal.print(json: json)
            }
            guard let first = report.problems.first else { return }
            var failure = Failure(first.code, first.message, hint: first.hint, exit: .unavailable)
            failure.more = report.problems.dropFirst().map { ($0.message, $0.hint) }
            failure.isAfterResult = true
            throw failure
        }
    }

    struct Balance: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the latest balance that was taken, and where the month is going.",
            discussion: "EXAMPLES\n  arcadia billing balance\n  arcadia billing balance --output json"
                + RoleNeed.paragraph(.readBilling))

        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let server = try wiring.server(of: provider)
            let balance = try server?.get(.get("billing", "balance")) ?? here(wiring)
            guard options.output == .table else { return Terminal.print(json: balance) }
            let forecast = balance["forecast"]?.unlessNull == nil ? nil : try forecast(server, wiring)
            try show(balance, forecast)
        }

        private func here(_ wiring: Wiring) throws -> JSONValue {
            let cloud = try Cloud(wiring, provider: provider.provider)
            guard let balance = try cloudwise({ try cloud.reports.balance() }) else {
                throw Failure(
                    "billing.no_balance", "no balance was taken yet", hint: "`arcadia billing sync` takes it",
                    exit: .unavailable)
            }
            return balance.json(forecast: try cloudwise { try cloud.reports.forecast(at: cloud.now) })
        }

        /// How the forecast was come by.
        private func forecast(_ server: ServerConnection?, _ wiring: Wiring) throws -> String? {
            if let server { return try server.get(.get("billing", "forecast"))["explanation"]?.stringValue }
            let cloud = try Cloud(wiring, provider: provider.provider)
            return try cloudwise { try cloud.reports.forecast(at: cloud.now) }?.explanation
        }

        private func show(_ balance: JSONValue, _ explanation: String?) throws {
            let members = [
                ("account", "account_balance"), ("month to date", "month_to_date_usage"),
                ("owed", "month_to_date_balance"), ("forecast", "forecast"),
            ]
            let width = members.compactMap { balance.amount($0.1)?.count }.max() ?? 0
            var facts = FactSheet()
            for (label, member) in members {
                guard let amount = balance.amount(member) else { continue }
                facts.add(label, String(repeating: " ", count: width - amount.count) + amount)
            }
            facts.add("taken", balance.shown("taken_at"))
            facts.add("how", explanation)
            for line in facts.lines() { Terminal.print(line) }
        }
    }

    struct Invoices: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List invoices, and whether their lines add up.",
            discussion:
                "EXAMPLES\n  arcadia billing invoices\n  arcadia billing invoices --period 2026-10 --output json"
                + RoleNeed.paragraph(.readBilling))

        @Option(help: "A month. eg: 2026-10") var period: String?
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let period = try cloudwise { try self.period.map { try BillingPeriod($0) } }
            let list = try Wiring(options).ask(
                ServerList(
                    request: .get("billing", "invoices", query: [("period", period?.description)]), key: "invoices",
                    limit: .max), of: provider,
                here: { try here(period) })
            Terminal.print(list, rows: "invoices", table: Self.show)
        }

        private func here(_ period: BillingPeriod?) throws -> JSONValue {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let rows = try cloudwise { try cloud.reports.invoices(period: period) }
            return ["invoices": .array(rows.map(\.json)), "next": .null]
        }

        private static func show(_ rows: [JSONValue]) {
            var table = TextTable(
                "PERIOD", "AMOUNT", "STATUS", "LINES", "OFF BY", "INVOICE", numbers: ["AMOUNT", "LINES", "OFF BY"])
            for row in rows {
                table.add(
                    row.shown("period", or: "-"), row.amount("amount") ?? "-", row.shown("status"),
                    row.shown("lines", or: "-"), row.amount("difference") ?? "-", row.shown("invoice_uuid"))
            }
            table.print()
        }
    }

    struct Lines: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List cost lines, or write them as CSV.",
            discussion: """
                EXAMPLES
                  arcadia billing lines --period 2026-10 --kind droplet
                  arcadia billing lines --match unmatched --output csv > unmatched.csv
                  arcadia billing lines --export focus > focus.csv

                \(RoleNeed.help(.readBilling))
                """)

        @Option(help: "A month. eg: 2026-10") var period: String?
        @Option(help: "Of what is billed. eg: droplet") var kind: String?
        @Option(help: "all, matched or unmatched.") var match = "all"
        @Option(help: "At most so many.") var limit = 100
        @Option(help: "csv or focus: all lines, as CSV.") var export: String?
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: ListOptions

        func run() throws {
            guard let match = CostLineFilter.Match(rawValue: match) else {
                throw Failure("billing.match", "`--match` takes all, matched or unmatched", exit: .usage)
            }
            let period = try cloudwise { try self.period.map { try BillingPeriod($0) } }
            let all = CostLineFilter(period: period, kind: kind, match: match)
            if let export {
                guard let format = CostExportFormat(rawValue: export) else {
                    throw Failure("billing.export", "`--export` takes csv or focus", exit: .usage)
                }
                return try write(all, as: format)
            }
            var filter = all
            filter.limit = limit
            if options.output == .csv { return try write(filter, as: .csv) }
            let list = try Wiring(options).ask(
                ServerList(
                    request: .get(
                        "billing", "cost-lines",
                        query: [("period", period?.description), ("kind", kind), ("match", match.rawValue)]),
                    key: "lines", limit: limit), of: provider,
                here: { try here(filter) })
            Terminal.print(list, rows: "lines", table: Self.show)
        }

        private func here(_ filter: CostLineFilter) throws -> JSONValue {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            return try cloudwise { try cloud.reports.linePage(filter, cursor: nil).json }
        }

        private static func show(_ lines: [JSONValue]) {
            var table = TextTable("PERIOD", "PRODUCT", "AMOUNT", "RESOURCE", "DESCRIPTION", numbers: ["AMOUNT"])
            for line in lines {
                table.add(
                    line.shown("period"), line.shown("product"), line.amount("amount") ?? "-",
                    line.shown("resource_id", or: "-"), line.shown("description"))
            }
            table.print()
        }

        private func write(_ filter: CostLineFilter, as format: CostExportFormat) throws {
            let wiring = Wiring(options)
            guard try wiring.server() == nil else { throw Failure(ServerTrouble.notThere(what: "CSV of cost lines")) }
            let cloud = try Cloud(wiring, provider: provider.provider)
            try cloudwise {
                try cloud.reports.export(filter, as: format) {
                    Terminal.write(String(decoding: $0, as: UTF8.self), to: Terminal.results)
                }
            }
        }
    }

    struct Costs: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add up what things cost, by project, tenant, kind, product, resource, period or run.",
            discussion: "EXAMPLES\n  arcadia billing costs --by project\n  arcadia billing costs --by run --output json"
                + RoleNeed.paragraph(.readBilling)
        )

        @Option(help: "project, tenant, kind, product, resource, period or run.") var by = "kind"
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            guard by == "run" || CostGrouping(rawValue: by) != nil else {
                let known = CostGrouping.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure("billing.by", "`--by` is \"\(by)\"; expected one of \(known), run", exit: .usage)
            }
            let wiring = Wiring(options)
            let list =
                try wiring.server(of: provider)?.get(.get("billing", "costs", query: [("by", by)])) ?? here(wiring)
            Terminal.print(list, rows: "costs", table: show)
        }

        private func here(_ wiring: Wiring) throws -> JSONValue {
            let reports = try Cloud(wiring, provider: provider.provider).reports
            let costs = try cloudwise {
                if let grouping = CostGrouping(rawValue: by) { return try reports.costs(by: grouping).map(\.json) }
                return Self.dearestFirst(try reports.costs(ofRun: nil)).map(\.json)
            }
            return ["costs": .array(costs)]
        }

        private static func dearestFirst(_ costs: [RunCost]) -> [RunCost] {
            costs.sorted { ($1.amount, $1.runID) < ($0.amount, $0.runID) }
        }

        private func show(_ groups: [JSONValue]) {
            var table = TextTable("AMOUNT", "COUNT", by.uppercased(), "NAME", numbers: ["AMOUNT", "COUNT"])
            for group in groups {
                table.add(group.amount("amount") ?? "-", group.shown("count"), group.shown("key"), group.shown("name"))
            }
            table.print()
            if by == "run" { explain(groups) }
        }

        /// What a run made is billed with its month, and stands at 0.00 until then.
        private func explain(_ groups: [JSONValue]) {
            guard groups.contains(where: { $0.amount("amount") == "0.00" }) else { return }
            Terminal.say(
                "note: COUNT is how many resources a run made; 0.00: no invoice names them yet, a month's comes when it is over"
            )
        }
    }
}

extension JSONValue {
    /// An amount, in cents; nil: none is known.
    fileprivate func amount(_ key: String) -> String? {
        self[key]?.stringValue.flatMap { try? Money($0) }?.inCents
    }
}

extension BillingProgress {
    /// A line every now and then: a first sync takes minutes at the provider's rate.
    fileprivate var words: String? {
        guard case .ingested(_, let number, let count) = self, number % 10 == 0 || number == count else { return nil }
        return "\(number) of \(count) invoices"
    }
}
