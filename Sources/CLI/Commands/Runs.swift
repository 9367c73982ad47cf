internal import ArgumentParser
internal import Glibc
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia runs …`
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "See runs, and say what is to become of them.",
        subcommands: [
            List.self, Show.self, Watch.self, Cancel.self, Retry.self, Fork.self, Pause.self, Resume.self, Skip.self,
            Signal.self, MarkCompensated.self, Abandon.self,
        ])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List runs, the newest first.",
            discussion: """
                EXAMPLES
                  arcadia runs list --status failed
                  arcadia runs list --saga provision_droplet --limit 200 --output json
                  arcadia runs list --since 2d --query "no seat"
                  arcadia runs list --paused --older-than 1h

                RUN is the end of a run's id, which is enough for every other command; the
                whole id is in --output json. INPUTS are those that are not as their
                default, without what is marked as secret (`writeOnly`).

                \(RoleNeed.help(.readRuns))
                """)

        @Option(name: .long, help: "Only runs in this status; may be repeated.")
        var status: [String] = []

        @Option(name: .long, help: "Only runs of this saga.")
        var saga: String?

        @Option(
            name: .long,
            help: ArgumentHelp("Made not before: a while ago (90m, 2d), a day or a moment in UTC.", valueName: "when"))
        var since: String?

        @Option(
            name: .customLong("older-than"), help: ArgumentHelp("Made before: in the same words.", valueName: "when"))
        var olderThan: String?

        @Flag(name: .long, help: "Only runs that an operator has wait.")
        var paused = false

        @Option(
            name: .long, help: ArgumentHelp("Only runs whose id, saga, error or inputs hold this.", valueName: "text"))
        var query: String?

        @Option(name: .long, help: "How many at most.")
        var limit = 50

        @Option(name: .long, help: "Where the last list said it goes on.")
        var cursor: String?

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let filter = RunFilter(
                statuses: try status.map(Self.status), saga: saga,
                since: try since.map { text throws(Failure) in try Self.moment(text, wiring.clock.now, of: "--since") },
                olderThan: try olderThan.map { text throws(Failure) in
                    try Self.moment(text, wiring.clock.now, of: "--older-than")
                }, isPaused: paused ? true : nil, text: query)
            var undriven = 0
            let list = try wiring.ask(Self.list(filter, limit, cursor)) {
                let store = try wiring.existingStore()
                let page = try storing { () throws(StoreError) in
                    try store?.list(filter, cursor: cursor, limit: limit) ?? Page([], next: nil)
                }
                for row in page.items where !row.status.isEnded && row.blocked == nil {
                    if try wiring.isUndriven(row.key, store!) { undriven += 1 }
                }
                return [
                    "runs": .array(page.items.map { .object($0.summary) }),
                    "next": page.next.map(JSONValue.string) ?? .null,
                ]
            }
            Terminal.print(list, rows: "runs") {
                RunTable($0.compactMap(RunRow.init(json:)), at: wiring.clock.now).print()
            }
            if options.output == .table, undriven > 0 {
                let runs = undriven == 1 ? "1 of these runs is" : "\(undriven) of these runs are"
                Terminal.say("note: \(runs) driven by no arcadia now; `arcadia resume` goes on with what was cut off")
            }
            if options.output != .json, let next = list["next"]?.stringValue {
                Terminal.say("hint: there are more; `--cursor \(next)` shows them")
            }
        }

        private static func list(_ filter: RunFilter, _ limit: Int, _ cursor: String?) -> ServerList {
            let statuses = filter.statuses.map(\.rawValue).joined(separator: ",")
            let query = [
                ("status", statuses.isEmpty ? nil : statuses), ("saga", filter.saga),
                ("since", filter.since?.description), ("older_than", filter.olderThan?.description),
                ("paused", filter.isPaused.map { $0 ? "true" : "false" }), ("q", filter.text),
            ]
            return ServerList(request: .get("runs", query: query), key: "runs", limit: limit, cursor: cursor)
        }

        /// - Parameter option: as it is typed.
        static func moment(_ text: String, _ now: Timestamp, of option: String) throws(Failure) -> Timestamp {
            if let moment = Timestamp(since: text, now: now) { return moment }
            let example = option.hasSuffix("=") ? option + "2026-11-21" : option + " 2026-11-21"
            throw Failure(
                "usage", "`\(option)` takes a while such as 90m or 2d, a day or a moment in UTC; found \"\(text)\"",
                hint: "`\(example)`, say", exit: .usage)
        }

        static func status(_ text: String) throws(Failure) -> RunStatus {
            if let status = RunStatus(rawValue: text) { return status }
            let known = RunStatus.allCases.map(\.rawValue)
            throw Failure(
                "usage", "\"\(text)\" is not a status of a run",
                hint: closest(to: text, among: known).map { "did you mean \"\($0)\"?" }
                    ?? "there is \(known.joined(separator: ", "))",
                exit: .usage)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a run: its steps, its failures, what plugins did to it.",
            discussion: """
                EXAMPLES
                  arcadia runs show 019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04
                  arcadia runs show 9b04            the beginning or the end of an id is enough
                  arcadia runs show 9b04 --output json

                \(RoleNeed.help(.readRuns))
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let server = try wiring.server()
            let result = try server.map { try there(ServerRuns($0, wiring.clock)) } ?? here(wiring)
            result.show()
            guard options.output == .table else { return }
            RunStory(
                result.view, at: wiring.clock.now, typed: options.placeTyped,
                user: server == nil ? Wiring.userName : nil
            ).tell()
            guard server == nil, !result.view.row.status.isEnded, result.view.row.blocked == nil,
                let store = try wiring.existingStore(), try wiring.isUndriven(result.view.row.key, store)
            else { return }
            Terminal.say(Wiring.undriven)
        }

        private func here(_ wiring: Wiring) throws -> RunResult {
            let store = try wiring.existingStore()
            let (key, _) = try RunChoice.find(runID, store)
            return try RunResult(key, store: store!, catalog: try wiring.catalog(store), wiring: wiring)
        }

        private func there(_ runs: ServerRuns) throws -> RunResult { try runs.result(try runs.find(runID)) }
    }

    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow a run until it ends.",
            discussion: """
                EXAMPLE
                  arcadia runs watch 9b04

                Exits with 0 completed, 1 rolled_back, 2 failed (a person is needed).

                \(RoleNeed.help(.readRuns))
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            if let server = try wiring.server() {
                let runs = ServerRuns(server, wiring.clock)
                return try runs.followToEnd(try runs.find(runID), isQuiet: options.output != .table)
            }
            let store = try wiring.existingStore()
            let (key, id) = try RunChoice.find(runID, store)
            let catalog = try wiring.catalog(store)
            let progress = RunProgress(clock: wiring.clock, isQuiet: options.output != .table)
            var seen = 0
            if try wiring.isUndriven(key, store!) { Terminal.say(Wiring.undriven) }
            while true {
                guard let stored = try storing({ () throws(StoreError) in try store!.load(key) }) else { break }
                let view = RunView(stored, catalog: catalog)
                if let saga = view.saga, let machine = view.machine, stored.events.count > seen || seen == 0 {
                    progress.run(id, of: saga, did: Array(stored.events.dropFirst(seen)), now: machine)
                    seen = max(1, stored.events.count)
                }
                if stored.row.status.isEnded || stored.row.blocked != nil { break }
                usleep(200_000)
            }
            try RunResult(key, store: store!, catalog: catalog, wiring: wiring)
                .finish(drawn: options.output == .table && Terminal.isInteractive, blocked: nil)
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a run at the next safe point and take back what it did.",
            discussion: """
                EXAMPLES
                  arcadia runs cancel 9b04 --reason "wrong region"
                  arcadia runs cancel 9b04 --dry-run       what would be taken back
                  arcadia runs cancel --where saga=trip,older_than=1h --reason "storm"

                Compensation itself cannot be cancelled. Returns when the run has ended.
                With --where it shows how many runs fit, and asks; every run is asked for by
                itself, and one that is refused does not stop the others.

                \(RoleNeed.help(.actOnRuns))
                """)

        @OptionGroup var runs: RunSelection

        @Option(name: .long, help: "Why; kept with the run. Needed with --where.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would be taken back.")
        var dryRun = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            guard let runID = runs.run else {
                return try runs.carryOut(
                    .cancel, dryRun ? "" : try RunSelection.given(reason, "cancel"), dryRun, options)
            }
            let reason = reason ?? "an operator cancelled it"
            let order = VerbOrder(run: runID, reason: reason, isDryRun: dryRun, options: options)
            try order.carryOut(.completion, { _ in .cancel }) { desk, key, _, _ in
                try desk.cancel(
                    key, reason: reason, witness: Wiring(options).witness(.runCancel, reason: reason))
                return key
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Try again now: a run that waits stops waiting, a failed one takes up what it could not take back.",
            discussion: """
                EXAMPLES
                  arcadia runs retry 9b04 --reason "the token was renewed"
                  arcadia runs retry 9b04 --from mail      a new run, from that step on
                  arcadia runs retry 9b04 --input size=s   a new run, with another input
                  arcadia runs retry 9b04 --from mail --dry-run
                  arcadia runs retry --where status=failed,saga=trip --reason "mended"

                With --from or --input an ended run is taken up by a new one. It adopts what
                still stands before that step, and executes the rest. Without --from it
                executes every step.

                A run that failed past its pivot goes on with what failed: a step is called
                again; a scope is taken back as far as that is left, and begun once more.

                Returns when the run has ended.

                \(RoleNeed.help(.actOnRuns))
                """)

        @OptionGroup var runs: RunSelection

        @Option(name: .long, help: "Why; kept with the run. Needed with --where.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would be taken over, called and taken back.")
        var dryRun = false

        @Option(name: .customLong("from"), help: ArgumentHelp("Go on from this step, in a new run.", valueName: "step"))
        var step: String?

        @Option(
            name: .shortAndLong,
            help: ArgumentHelp(
                "An input that is to be another one, in a new run; may be repeated.", valueName: "name=value"))
        var input: [String] = []

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard runs.run == nil, step != nil || !input.isEmpty else { return }
            throw ValidationError("`--from` and `--input` are for one run, and `--where` is for many")
        }

        func run() throws {
            guard let runID = runs.run else {
                return try runs.carryOut(.retry, dryRun ? "" : try RunSelection.given(reason, "retry"), dryRun, options)
            }
            if dryRun {
                return try VerbOrder(run: runID, reason: "", isDryRun: true, options: options).rehearse { view in
                    .retry(fromStep: step, inputs: try inputs(view))
                }
            }
            let reason = reason ?? "an operator asked for it"
            let request = OperatorRequest(run: runID, options: options)
            if let server = try request.server() {
                return try request.make(server) { runs, id in
                    let view = try runs.result(id).view
                    let body = try body(view, reason)
                    tell(view, inputs: body["inputs"])
                    return .post("runs", id.description, "retry", body: body)
                }
            }
            try request.make { desk, key, now in
                let view = try desk.view(key)
                let inputs = try inputs(view)
                let earlier = Self.successors(of: view)
                tell(view, inputs: inputs)
                let next = try desk.retry(
                    key, fromStep: step, inputs: inputs, reason: reason, by: Wiring.userName, at: now,
                    witness: Wiring(options).witness(.runRetry, reason: reason))
                if let last = earlier.last, next != key {
                    Terminal.say("warn: run \(last) took it up before; what that made may now be made twice")
                }
                return next
            }
        }

        /// What a new run would take over, before it is made. What is refused is told by who refuses it.
        private func tell(_ view: RunView, inputs: JSONValue?) {
            guard case .anew(let successor)? = try? view.retry(fromStep: step, inputs: inputs) else { return }
            Terminal.say("note: \(successor.preview.message)")
        }

        private static func successors(of view: RunView) -> [RunID] {
            view.events.compactMap { if case .retriedAs(let run, _, _) = $0.event { run } else { nil } }
        }

        private func inputs(_ view: RunView) throws -> JSONValue? {
            input.isEmpty ? nil : try RunInputs.changed(view.row.inputs, input, view.saga?.inputs)
        }

        private func body(_ view: RunView, _ reason: String) throws -> JSONObject {
            var body: JSONObject = ["reason": .string(reason)]
            body["from_step"] = step.map(JSONValue.string)
            body["inputs"] = try inputs(view)
            return body
        }
    }
}

/// Finds the run an operator means.
enum RunChoice {
    static func find(_ text: String, _ store: SQLRunStore?) throws(Failure) -> (RunKey, RunID) {
        guard let store else {
            throw Failure(
                "run.none", "there are no runs here yet", hint: "`--data DIR` names another folder", exit: .unavailable)
        }
        let word = text.lowercased()
        if let id = RunID(word), let key = try storing({ () throws(StoreError) in try store.find(id) }) {
            return (key, id)
        }
        let found =
            word.count < shortest ? [] : try storing { () throws(StoreError) in try store.find(abbreviation: word) }
        let id = try only(of: found.map(\.id), for: text)
        return (found.first { $0.id == id }!.key, id)
    }

    /// Letters that say which run is meant, and runs that are told apart by them.
    static let shortest = 4
    static let most = 10

    /// The one that is meant.
    ///
    /// - Parameter found: up to `most` of those that it may be.
    static func only(of found: [RunID], for text: String) throws(Failure) -> RunID {
        switch found.count {
        case 1: return found[0]
        case 0:
            throw Failure(
                "run.unknown", "no run's id starts or ends with \"\(text)\"",
                hint: "`arcadia runs list` shows the recent ones",
                exit: .unavailable)
        default:
            throw Failure(
                "run.ambiguous", "\"\(text)\" fits \(found.count == most ? "10 runs or more" : "\(found.count) runs")",
                hint: "among them \(found.prefix(3).map(\.description).joined(separator: ", "))", exit: .unavailable)
        }
    }
}
