internal import ArgumentParser
internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Storage

/// `arcadia runs …`
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "See runs, and say what is to become of them.",
        subcommands: [List.self, Show.self, Watch.self, Cancel.self, Retry.self, Resume.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List runs, the newest first.",
            discussion: """
                EXAMPLES
                  arcadia runs list --status failed
                  arcadia runs list --saga provision_droplet --limit 200 --output json
                """)

        @Option(name: .long, help: "Only runs in this status; may be repeated.")
        var status: [String] = []

        @Option(name: .long, help: "Only runs of this saga.")
        var saga: String?

        @Option(name: .long, help: "How many at most.")
        var limit = 50

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let statuses = try status.map(Self.status)
            let store = try wiring.existingStore()
            let rows = try storing { () throws(StoreError) in
                try store?.list(statuses: statuses, saga: saga, limit: limit) ?? []
            }
            switch options.output {
            case .json:
                Terminal.print(JSONValue.object(["runs": .array(rows.map { .object($0.summary) })]).text(pretty: true))
            case .jsonl: for row in rows { Terminal.print(JSONValue.object(row.summary).text) }
            case .table: Self.show(rows, now: wiring.clock.now)
            }
        }

        private static func status(_ text: String) throws(Failure) -> RunStatus {
            if let status = RunStatus(rawValue: text) { return status }
            let known = RunStatus.allCases.map(\.rawValue)
            throw Failure(
                "usage", "\"\(text)\" is not a status of a run",
                hint: closest(to: text, among: known).map { "did you mean \"\($0)\"?" }
                    ?? "there is \(known.joined(separator: ", "))",
                exit: .usage)
        }

        private static func show(_ rows: [RunRow], now: Timestamp) {
            guard !rows.isEmpty else { return Terminal.say("no runs") }
            var table = TextTable("RUN", "SAGA", "STATUS", "AGE", "WHY")
            for row in rows {
                let note = row.blocked ?? row.error?["message"]?.stringValue ?? ""
                table.add(
                    row.id.description, row.saga, row.status.rawValue,
                    RunTree.duration(Double(now - row.createdAt) / 1000), note)
            }
            for line in table.lines() { Terminal.print(line) }
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
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let store = try wiring.existingStore()
            let (key, _) = try RunChoice.find(runID, store)
            let result = try RunResult(key, store: store!, catalog: try wiring.catalog(store), wiring: wiring)
            result.show()
            if options.output == .table { RunStory(result.view).tell() }
        }
    }

    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow a run until it ends.",
            discussion: """
                EXAMPLE
                  arcadia runs watch 9b04

                Exits with 0 completed, 1 rolled_back, 2 failed (a person is needed).
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let store = try wiring.existingStore()
            let (key, id) = try RunChoice.find(runID, store)
            let catalog = try wiring.catalog(store)
            let progress = RunProgress(clock: wiring.clock, isQuiet: options.output != .table)
            var seen = 0
            if try storing({ () throws(StoreError) in try store!.driver(of: key) }) == nil {
                Terminal.say("note: no arcadia drives this run now; `arcadia resume` does")
            }
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
                EXAMPLE
                  arcadia runs cancel 9b04 --reason "wrong region"

                Compensation itself cannot be cancelled. Returns when the run has ended.
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @Option(name: .long, help: "Why; kept with the run.")
        var reason = "an operator cancelled it"

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let witness = Wiring(options).witness(.runCancel, reason: reason)
            try OperatorRequest(run: runID, options: options).make { store, key throws(StoreError) in
                try store.requestCancel(key, reason: reason, witness: witness)
            } refusing: { row in
                row.status == .compensating
                    ? Failure("run.compensating", "run \(row.id) is being taken back already", exit: .unavailable)
                    : row.status.isEnded
                        ? Failure("run.ended", "run \(row.id) has ended: \(row.status.rawValue)", exit: .unavailable)
                        : nil
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Try again now: a run that waits stops waiting, a failed one takes up what it could not take back.",
            discussion: """
                EXAMPLE
                  arcadia runs retry 9b04 --reason "the token was renewed"

                Returns when the run has ended.
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @Option(name: .long, help: "Why; kept with the run.")
        var reason = "an operator asked for it"

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let witness = Wiring(options).witness(.runRetry, reason: reason)
            try OperatorRequest(run: runID, options: options).make { store, key throws(StoreError) in
                try store.requestRetry(key, reason: reason, witness: witness)
            } refusing: { row in
                switch row.status {
                case .completed, .rolledBack:
                    Failure(
                        "run.ended", "run \(row.id) has ended: \(row.status.rawValue); there is nothing to try again",
                        hint: "`arcadia run` starts a new one", exit: .unavailable)
                default: nil
                }
            }
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Go on with one run that was cut off.",
            discussion: """
                EXAMPLE
                  arcadia runs resume 9b04

                Returns when the run has ended.
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            try OperatorRequest(run: runID, options: options).make { _, _ throws(StoreError) in
            } refusing: { row in
                row.status.isEnded
                    ? Failure("run.ended", "run \(row.id) has ended: \(row.status.rawValue)", exit: .unavailable) : nil
            }
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
        let found = word.count < 4 ? [] : try storing { () throws(StoreError) in try store.find(abbreviation: word) }
        switch found.count {
        case 1: return (found[0].key, found[0].id)
        case 0:
            throw Failure(
                "run.unknown", "no run's id starts or ends with \"\(text)\"",
                hint: "`arcadia runs list` shows the recent ones",
                exit: .unavailable)
        default:
            throw Failure(
                "run.ambiguous", "\"\(text)\" fits \(found.count == 10 ? "10 runs or more" : "\(found.count) runs")",
                hint: "among them \(found.prefix(3).map(\.id.description).joined(separator: ", "))", exit: .unavailable)
        }
    }
}

/// A wish for one run: noted in its row, then heard by the host that drives it, or carried out here where none does.
struct OperatorRequest {
    let run: String
    let options: GlobalOptions

    func make(
        _ note: (SQLRunStore, RunKey) throws(StoreError) -> Void, refusing refusal: (RunRow) -> Failure?
    ) throws {
        let wiring = Wiring(options)
        let (key, id) = try RunChoice.find(run, try wiring.existingStore())
        let progress = RunProgress(clock: wiring.clock, isQuiet: options.output != .table)
        let host = try wiring.host(observer: progress)
        if let row = try storing({ () throws(StoreError) in try host.store.load(key) })?.row, let failure = refusal(row)
        {
            host.leave()
            throw failure
        }
        let isOurs = try storing { () throws(StoreError) in
            try note(host.store, key)
            return try host.takeOver(key)
        }
        if isOurs {
            try storing { () throws(StoreError) in try host.finish() }
        } else {
            host.leave()
            try Self.follow(key, host.store)
        }
        try RunResult(key, store: host.store, catalog: host.catalog, wiring: wiring)
            .finish(
                drawn: isOurs && options.output == .table && Terminal.isInteractive,
                blocked: progress.blockedReason(of: id))
    }

    /// Another arcadia drives the run: wait until it has ended there.
    static func follow(_ key: RunKey, _ store: SQLRunStore) throws(Failure) {
        while let stored = try storing({ () throws(StoreError) in try store.load(key) }),
            !stored.row.status.isEnded, stored.row.blocked == nil
        {
            usleep(200_000)
        }
    }
}

/// What the tree does not show: why, how often, and what is being waited for.
struct RunStory {
    let view: RunView
    init(_ view: RunView) { self.view = view }

    func tell() {
        if let message = view.row.error?["message"]?.stringValue { Terminal.print("error: \(message)") }
        if let blocked = view.row.blocked { Terminal.print("cannot go on: \(blocked)") }
        if view.row.cancelRequest != nil, !view.row.status.isEnded { Terminal.print("a cancel was asked for") }
        let failures = view.steps.flatMap { step in step.failures.map { (step.id, $0) } }
        for (step, failure) in failures.sorted(by: { $0.1.at < $1.1.at }) {
            let what = failure.verb == .compensate ? "\(step) compensation, attempt" : "\(step) attempt"
            let error = failure.error
            Terminal.print(
                "  \(failure.at)  \(what) \(failure.attempt): \(error.message) (\(error.code), effect \(error.effect.rawValue))"
            )
        }
    }
}
