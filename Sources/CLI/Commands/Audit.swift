internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia audit …`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "See who changed what, and whether the log of it is whole.",
        subcommands: [List.self, Verify.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List who did what, the newest first.",
            discussion: """
                EXAMPLES
                  arcadia audit list --action run.cancel
                  arcadia audit list --action drift --actor ada
                  arcadia audit list --before 1200 --limit 200 --output jsonl

                \(RoleNeed.help(.readAudit))
                """)

        @Option(name: .long, help: "Only what this one did.") var actor: String?
        @Option(name: .long, help: "Only this, as run.cancel, or everything done to one kind of thing, as run.")
        var action: String?
        @Option(name: .long, help: "Only what was done to this: a run's id, a plugin, a resource.")
        var target: String?
        @Option(name: .long, help: "Only of this tenant.") var tenant: String?
        @Option(name: .long, help: "Only with this outcome: done, denied or failed.") var outcome: String?
        @Option(name: .long, help: "Only older events than this one.") var before: Int64?
        @Option(name: .long, help: "How many at most.") var limit = 50
        @OptionGroup var options: GlobalOptions

        func run() throws {
            _ = try outcome.map(Self.outcome)
            let wiring = Wiring(options)
            let list = try wiring.ask(
                ServerList(
                    request: .get(
                        "audit",
                        query: [
                            ("actor", actor), ("action", action), ("target", target), ("tenant", tenant),
                            ("outcome", outcome),
                        ]), key: "events", limit: limit, cursor: before.map { "before.\($0)" }),
                here: { try here(wiring) })
            Terminal.print(list, rows: "events", table: Self.show)
        }

        private func here(_ wiring: Wiring) throws -> JSONValue {
            var filter = AuditFilter()
            (filter.actor, filter.action, filter.target, filter.tenant) = (actor, action, target, tenant)
            // One more than is shown says whether there is another page.
            (filter.before, filter.limit, filter.outcome) = (before, limit + 1, try outcome.map(Self.outcome))
            let log = try wiring.auditLog()
            let found = try storing { () throws(StoreError) in
                try log?.list(filter, in: .operatorOfThisMachine) ?? []
            }
            let page = found.prefix(limit)
            let next = found.count > page.count ? page.last.map { JSONValue.string("before.\($0.event)") } : nil
            return ["events": .array(page.map(\.json)), "next": next ?? .null]
        }

        private static func outcome(_ text: String) throws(Failure) -> AuditEntry.Outcome {
            if let outcome = AuditEntry.Outcome(rawValue: text) { return outcome }
            let known = AuditEntry.Outcome.allCases.map(\.rawValue).joined(separator: ", ")
            throw Failure("usage", "`--outcome` is \"\(text)\"; expected one of \(known)", exit: .usage)
        }

        private static func show(_ events: [JSONValue]) {
            guard !events.isEmpty else { return Terminal.say("no events") }
            var table = TextTable("EVENT", "AT", "ACTOR", "ACTION", "OUTCOME", "TARGET", "REASON")
            for event in events {
                table.add(
                    event.shown("event"), String(event.shown("at").prefix(19)), event.shown("actor"),
                    event.shown("action"), event.shown("outcome"), event.shown("target", or: "-"),
                    event.shown("reason"))
            }
            table.print()
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read the whole log and say whether it is as it was written.",
            discussion: """
                EXAMPLES
                  arcadia audit verify
                  arcadia audit verify --head 5b1f…  a hash that was printed before

                Somebody who may write to the database can write the whole log anew, and then
                it is sound in itself: keep the hash that this prints on another machine, and
                give it back. Exits with 0 as it was written, 65 not.
                """)

        @Option(name: .long, help: "The hash that an earlier verify printed: the log must still have it.")
        var head: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let log = try Wiring(options).auditLog()
            let report = try storing { () throws(StoreError) in try log?.verify(knownHead: head?.lowercased()) }
            guard let report else {
                throw Failure(
                    "audit.none", "there is no audit log here yet", hint: "`--data DIR` names another folder",
                    exit: .unavailable)
            }
            if let damage = report.damage {
                throw Failure(damage.code, damage.message, hint: damage.hint, exit: .badData)
            }
            Self.show(report, options.output)
        }

        private static func show(_ report: AuditReport, _ output: OutputFormat) {
            guard output == .table else {
                return Terminal.print(json: [
                    "events": .int(report.events), "head": report.head.map(JSONValue.string) ?? .null,
                    "since_known_head": report.sinceKnownHead.map(JSONValue.int) ?? .null,
                ])
            }
            let since = report.sinceKnownHead.map { ", \($0) of them since the head you gave" } ?? ""
            Terminal.print("\(count(Int(report.events), "event")), as they were written\(since)")
            if let head = report.head { Terminal.print("head \(head)") }
        }
    }
}

extension Wiring {
    /// The log, where there is a database: reading makes no folder.
    func auditLog() throws(Failure) -> AuditLog? {
        guard try existingStore() != nil else { return nil }
        let folder = try dataFolder()
        return AuditLog(try storing { () throws(StoreError) in try SQLiteDatabase(path: folder.database) })
    }

    /// Writes down what the user of this machine changes by hand, in the same transaction as the change.
    func witness(_ action: AuditAction, reason: String?) -> Witness {
        var entry = AuditEntry(
            at: clock.now, actor: DriftCommand.operatorName, origin: .cli, action: action, outcome: .done)
        entry.reason = reason
        return AuditLog.witness(entry)
    }
}
