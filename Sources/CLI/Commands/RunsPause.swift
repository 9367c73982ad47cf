internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// Having a run wait, letting it go on, and leaving out a step: `runs pause`, `runs resume`, `runs skip`.
extension RunsCommand {
    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have a run begin nothing more, until it is resumed.",
            discussion: """
                EXAMPLES
                  arcadia runs pause 9b04 --reason "the provider is down"
                  arcadia runs pause 9b04 --dry-run        what would be waited for
                  arcadia runs pause --where saga=trip --reason "the provider is down"

                A call in progress is waited for. A paused run stays so through a crash and a
                restart; its own deadline goes on counting. Cancel and abandon end a pause.
                Returns when nothing of the run is in a call.

                \(RoleNeed.help(.actOnRuns))
                """)

        @OptionGroup var runs: RunSelection

        @Option(name: .long, help: "Why; kept with the run. Not needed with --dry-run.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would be waited for.")
        var dryRun = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            try runs.carryOut(.pause, reason, dryRun, options) { order in
                try order.carryOut(.orPause, { _ in .pause }) { desk, key, _, _ in
                    try desk.pause(
                        key, reason: order.reason, witness: Wiring(options).witness(.runPause, reason: order.reason))
                    return key
                }
            }
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused run go on, or take up one that was cut off.",
            discussion: """
                EXAMPLES
                  arcadia runs resume 9b04 --reason "the provider is back"
                  arcadia runs resume 9b04                 of a run that was cut off, and not paused
                  arcadia runs resume --where saga=trip --reason "the provider is back"

                `arcadia resume`, without `runs`, takes up every run that was cut off; paused
                ones it leaves alone. Returns when the run has ended.

                \(RoleNeed.help(.actOnRuns))
                """)

        @OptionGroup var runs: RunSelection

        @Option(name: .long, help: "Why; kept with the run. Not needed where the run is not paused.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would be called.")
        var dryRun = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            if dryRun, let one = runs.run, try rehearseCutOff(one) { return }
            guard let one = runs.run, !dryRun, try Wiring(options).server() == nil else {
                return try runs.carryOut(.resume, reason, dryRun, options) { order in
                    try order.carryOut(.completion, { _ in .resume }) { _, key, _, _ in key }
                }
            }
            try OperatorRequest(run: one, options: options).make { desk, key, _ in
                let view = try desk.view(key)
                if view.row.status.isEnded {
                    throw RunRefusal(.ended(view.row.status, verb: .resume), run: view.row.id)
                }
                let isPaused = view.machine?.pauseReason != nil || view.row.wishes.pause != nil
                guard isPaused else { return key }
                let reason = try RunSelection.given(reason, "resume")
                try desk.resume(key, reason: reason, witness: Wiring(options).witness(.runResume, reason: reason))
                return key
            }
        }

        /// A run of this machine that is not paused and that nobody drives: it would be taken up where it stands.
        private func rehearseCutOff(_ run: String) throws -> Bool {
            let wiring = Wiring(options)
            guard try wiring.server() == nil, let store = try wiring.existingStore() else { return false }
            let (key, id) = try RunChoice.find(run, store)
            let view = try RunDesk(store, catalog: try wiring.catalog(store)).view(key)
            let isPaused = view.machine?.pauseReason != nil || view.row.wishes.pause != nil
            guard !view.row.status.isEnded, !isPaused, try wiring.isUndriven(key, store) else { return false }
            let message = "the run was cut off, and would go on where it stands"
            if options.output == .table {
                Terminal.print(message)
            } else {
                Terminal.print(json: [
                    "run_id": .string(id.description), "verb": "resume",
                    "status": .string(view.row.status.rawValue), "message": .string(message), "would": [],
                ])
            }
            return true
        }
    }

    struct Skip: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Leave out a step that the run waits with.",
            discussion: """
                EXAMPLES
                  arcadia runs skip 9b04 --step mail --reason "told them by phone"
                  arcadia runs skip 9b04 --step 'servers[3]/create' --dry-run

                The step waits for its next attempt, a signal or a time, or the run failed
                with it past its pivot; one that is in a call is not left out. The run goes on
                after it. What its attempts may have done is taken back only if the run is.
                Steps that read its output fail. Returns when the run has ended, or at once
                when it is paused.

                \(RoleNeed.help(.settleRuns))
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @Option(name: .long, help: ArgumentHelp("The step, as `runs show` calls it.", valueName: "step"))
        var step: String

        @Option(name: .long, help: "Why; kept with the run. Not needed with --dry-run.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would follow.")
        var dryRun = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let reason = dryRun ? "" : try RunSelection.given(reason, "skip")
            let order = VerbOrder(run: runID, reason: reason, isDryRun: dryRun, options: options)
            try order.carryOut(.orPause, { _ in .skip(step: step) }) { desk, key, now, _ in
                try desk.skip(
                    key, step: step, reason: reason, at: now,
                    witness: Wiring(options).witness(.runSkip, reason: reason))
                return key
            }
        }
    }

    struct Fork: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new run from a step of an ended one, which keeps what it did.",
            discussion: """
                EXAMPLES
                  arcadia runs fork 9b04 --from mail --reason "once more, to the board"
                  arcadia runs fork 9b04 --from mail --input to=board@x.eu --reason "to the board"
                  arcadia runs fork 9b04 --from mail --dry-run

                The new run knows what the steps before that one put out, and executes the
                rest. It takes back only what it does itself: a retry with --from takes over
                what was done, and a fork does not. Every step before must be done, and not
                taken back. Returns when the new run has ended.

                \(RoleNeed.help(.actOnRuns))
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @Option(name: .customLong("from"), help: ArgumentHelp("Begin at this step.", valueName: "step"))
        var step: String

        @Option(
            name: .shortAndLong,
            help: ArgumentHelp("An input that is to be another one; may be repeated.", valueName: "name=value"))
        var input: [String] = []

        @Option(name: .long, help: "Why; kept in the audit log. Not needed with --dry-run.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would be known and executed.")
        var dryRun = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let reason = dryRun ? "" : try RunSelection.given(reason, "fork")
            let order = VerbOrder(run: runID, reason: reason, isDryRun: dryRun, options: options)
            try order.carryOut(.completion, ask) { desk, key, now, ask in
                guard case .fork(let step, let inputs) = ask else { return key }
                return try desk.fork(
                    key, fromStep: step, inputs: inputs, by: Wiring.userName, at: now,
                    witness: Wiring(options).witness(.runFork, reason: reason))
            }
        }

        private func ask(_ view: RunView) throws -> RunAsk {
            let inputs = input.isEmpty ? nil : try RunInputs.changed(view.row.inputs, input, view.saga?.inputs)
            return .fork(fromStep: step, inputs: inputs)
        }
    }
}
