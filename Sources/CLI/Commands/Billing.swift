internal import ArgumentParser
internal import CloudControl
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

                Killed in the middle, the next one goes on. Exits with 69 when an invoice could not be taken in.
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
            discussion: "EXAMPLES\n  arcadia billing balance\n  arcadia billing balance --output json")

        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            guard let balance = try cloudwise({ try cloud.reports.balance() }) else {
                throw Failure(
                    "billing.no_balance", "no balance was taken yet", hint: "`arcadia billing sync` takes it",
                    exit: .unavailable)
            }
            let forecast = try cloudwise { try cloud.reports.forecast(at: cloud.now) }
            if options.output != .table {
                var object: JSONObject = [
                    "account_balance": .string(balance.accountBalance.description),
                    "month_to_date_usage": .string(balance.monthToDateUsage.description),
                    "month_to_date_balance": .string(balance.monthToDateBalance.description),
                    "taken_at": .string(balance.takenAt.description),
                ]
                object["forecast"] = forecast.map { .string($0.forecast.description) } ?? .null
                return Terminal.print(json: JSONValue.object(object))
            }
            show(balance, forecast)
        }

        private func show(_ balance: BalanceSnapshot, _ forecast: Forecast?) {
            let amounts = [
                ("account", balance.accountBalance), ("month to date", balance.monthToDateUsage),
                ("owed", balance.monthToDateBalance), ("forecast", forecast?.forecast),
            ]
            let width = amounts.compactMap { $0.1?.inCents.count }.max() ?? 0
            var facts = FactSheet()
            for (label, amount) in amounts {
                guard let text = amount?.inCents else { continue }
                facts.add(label, String(repeating: " ", count: width - text.count) + text)
            }
            facts.add("taken", balance.takenAt.description)
            facts.add("how", forecast?.explanation)
            for line in facts.lines() { Terminal.print(line) }
        }
    }

    struct Invoices: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List invoices, and whether their lines add up.",
            discussion:
                "EXAMPLES\n  arcadia billing invoices\n  arcadia billing invoices --period 2026-10 --output json")

        @Option(help: "A month. eg: 2026-10") var period: String?
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let rows = try cloudwise { try cloud.reports.invoices(period: try period.map { try BillingPeriod($0) }) }
            if options.output != .table {
                let json = rows.map { row -> JSONValue in
                    [
                        "invoice_uuid": .string(row.invoiceUUID), "status": .string(row.status.rawValue),
                        "period": row.period.map { .string($0.description) } ?? .null,
                        "amount": row.amount.map { .string($0.description) } ?? .null,
                        "lines": row.lineCount.map { .int(Int64($0)) } ?? .null,
                        "difference": row.difference.map { .string($0.description) } ?? .null,
                        "error": row.error.map(JSONValue.string) ?? .null,
                    ]
                }
                return Terminal.print(json: JSONValue.object(["invoices": .array(json)]))
            }
            var table = TextTable(
                "PERIOD", "AMOUNT", "STATUS", "LINES", "OFF BY", "INVOICE", numbers: ["AMOUNT", "LINES", "OFF BY"])
            for row in rows {
                table.add(
                    row.period?.description ?? "-", row.amount?.inCents ?? "-", row.status.rawValue,
                    row.lineCount.map { "\($0)" } ?? "-", row.difference?.inCents ?? "-", row.invoiceUUID)
            }
            for line in table.lines() { Terminal.print(line) }
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
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let period = try cloudwise { try self.period.map { try BillingPeriod($0) } }
            if let export {
                guard let format = CostExportFormat(rawValue: export) else {
                    throw Failure("billing.export", "`--export` takes csv or focus", exit: .usage)
                }
                return try write(CostLineFilter(period: period, kind: kind, match: match), as: format, cloud)
            }
            let filter = CostLineFilter(period: period, kind: kind, match: match, limit: limit)
            if options.output == .csv { return try write(filter, as: .csv, cloud) }
            let lines = try cloudwise { try cloud.reports.lines(filter) }
            if options.output != .table {
                let json = lines.map { line -> JSONValue in
                    [
                        "invoice_uuid": .string(line.invoiceUUID), "period": .string(line.period.description),
                        "product": .string(line.product), "description": .string(line.description),
                        "amount": .string(line.amount.description), "kind": line.kind.map(JSONValue.string) ?? .null,
                        "resource_id": line.resource.map { .string($0.resourceID) } ?? .null,
                    ]
                }
                return Terminal.print(json: JSONValue.object(["lines": .array(json)]))
            }
            var table = TextTable("PERIOD", "PRODUCT", "AMOUNT", "RESOURCE", "DESCRIPTION", numbers: ["AMOUNT"])
            for line in lines {
                table.add(
                    line.period.description, line.product, line.amount.inCents, line.resource?.resourceID ?? "-",
                    line.description)
            }
            for line in table.lines() { Terminal.print(line) }
        }

        private func write(_ filter: CostLineFilter, as format: CostExportFormat, _ cloud: Cloud) throws {
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
        )

        @Option(help: "project, tenant, kind, product, resource, period or run.") var by = "kind"
        @OptionGroup var provider: ProviderOption
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let cloud = try Cloud(Wiring(options), provider: provider.provider)
            let groups: [(key: String, name: String, amount: Money, count: Int)]
            if by == "run" {
                groups = try cloudwise { try cloud.reports.costs(ofRun: nil) }.map {
                    ($0.runID, $0.saga ?? "", $0.amount, $0.resources.count)
                }
            } else if let grouping = CostGrouping(rawValue: by) {
                groups = try cloudwise { try cloud.reports.costs(by: grouping) }.map {
                    ($0.key ?? "-", $0.name ?? "", $0.amount, $0.lineCount)
                }
            } else {
                let known = CostGrouping.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure("billing.by", "`--by` is \"\(by)\"; expected one of \(known), run", exit: .usage)
            }
            if options.output != .table {
                let json = groups.map { group -> JSONValue in
                    [
                        "key": .string(group.key), "name": .string(group.name),
                        "amount": .string(group.amount.description), "count": .int(Int64(group.count)),
                    ]
                }
                return Terminal.print(json: JSONValue.object(["costs": .array(json)]))
            }
            var table = TextTable("AMOUNT", "COUNT", by.uppercased(), "NAME", numbers: ["AMOUNT", "COUNT"])
            for group in groups { table.add(group.amount.inCents, "\(group.count)", group.key, group.name) }
            for line in table.lines() { Terminal.print(line) }
        }
    }
}

extension BillingProgress {
    /// A line every now and then: a first sync takes minutes at the provider's rate.
    fileprivate var words: String? {
        guard case .ingested(_, let number, let count) = self, number % 10 == 0 || number == count else { return nil }
        return "\(number) of \(count) invoices"
    }
}
