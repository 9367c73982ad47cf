internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// What a person does where the runner cannot: `runs signal`, `runs mark-compensated`, `runs abandon`.
extension RunsCommand {
    struct Signal: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a run the signal that a step of it waits for.",
            discussion: """
                EXAMPLES
                  arcadia runs signal 9b04 approved --reason "looked at the plan"
                  arcadia runs signal 9b04 approved --with '{"size": "l"}' --reason ok

                A step waits for one with `host.wait_signal`. A signal that comes before the
                step does is kept for it; each is for one step. Returns when the signal is
                noted.

                \(RoleNeed.help(.actOnRuns))
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @Argument(help: "The signal's name.")
        var name: String

        @Option(
            name: .long,
            help: ArgumentHelp(
                "What comes with it, as JSON: the step puts it out as `data`, beside `signal` and `by`.",
                valueName: "json"))
        var with: String?

        @Option(name: .long, help: "Why; kept with the signal.")
        var reason: String

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let value = try with.map { text throws(Failure) in try parsed(text, of: "--with") }
            if let server = try wiring.server() { return try send(value, ServerRuns(server, wiring.clock)) }
            let store = try wiring.existingStore()
            let (key, id) = try RunChoice.find(runID, store)
            let signal = SagaCore.Signal(name: name, data: value, by: Wiring.userName, reason: reason)
            let desk = RunDesk(store!, catalog: try wiring.catalog(store))
            let (row, stray) = try OperatorRequest.deskwise {
                let stray = try desk.view(key).stray(signal: name)
                try desk.send(
                    signal, to: key, at: wiring.clock.now, witness: wiring.witness(.runSignal, reason: reason))
                return (try desk.view(key).row, stray)
            }
            show(id, .object(row.summary), stray)
            if try wiring.isUndriven(key, store!) { Terminal.say(Wiring.undriven) }
        }

        private func send(_ value: JSONValue?, _ runs: ServerRuns) throws {
            let id = try runs.find(runID)
            var body: JSONObject = ["name": .string(name), "reason": .string(reason)]
            body["data"] = value
            let stray = try runs.result(id).view.stray(signal: name)
            show(id, try runs.server.get(.post("runs", id.description, "signal", body: body)), stray)
        }

        private func show(_ id: RunID, _ row: JSONValue, _ stray: StraySignal?) {
            if let stray {
                Terminal.say("warn: \(stray.message)")
                Terminal.say("hint: \(stray.hint)")
            }
            if options.output == .table {
                Terminal.print("signal \"\(name)\" is noted for run \(id)")
            } else {
                Terminal.print(json: row)
            }
        }
    }

    struct MarkCompensated: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "mark-compensated",
            abstract: "Say that a step was taken back by hand, whose compensation failed.",
            discussion: """
                EXAMPLE
                  arcadia runs mark-compensated 9b04 volume --reason "deleted in the console"
                  arcadia runs mark-compensated 9b04 volume --dry-run

                When no failed compensation is left, the run counts as rolled_back; what
                `on_failure: halt` left in place waits for `arcadia runs retry`.

                \(RoleNeed.help(.settleRuns))
                """)

        @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
        var runID: String

        @Argument(help: "The step, as `runs show` calls it.")
        var step: String

        @Option(name: .long, help: "Why; kept with the run. Not needed with --dry-run.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would follow.")
        var dryRun = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            let reason = dryRun ? "" : try RunSelection.given(reason, "mark-compensated")
            let order = VerbOrder(run: runID, reason: reason, isDryRun: dryRun, options: options)
            try order.carryOut(.wish, { _ in .mark(step: step) }) { desk, key, now, _ in
                try desk.markCompensated(
                    key, step: step, reason: reason, at: now,
                    witness: Wiring(options).witness(.runMark, reason: reason))
                return key
            }
        }
    }

    struct Abandon: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a run and leave what it did as it is.",
            discussion: """
                EXAMPLE
                  arcadia runs abandon 9b04 --reason "the account is gone"
                  arcadia runs abandon 9b04 --dry-run      what would be left as it is
                  arcadia runs abandon --where saga=trip --reason "the account is gone"

                The run ends `failed`; nothing more is called. A call in progress is waited
                for. `arcadia runs retry` takes back what was done after all.

                \(RoleNeed.help(.settleRuns))
                """)

        @OptionGroup var runs: RunSelection

        @Option(name: .long, help: "Why; kept with the run. Not needed with --dry-run.")
        var reason: String?

        @Flag(name: .long, help: "Only say what would be left as it is.")
        var dryRun = false

        @OptionGroup var options: GlobalOptions

        func run() throws {
            try runs.carryOut(.abandon, reason, dryRun, options) { order in
                try order.carryOut(.wish, { _ in .abandon }) { desk, key, _, _ in
                    try desk.abandon(
                        key, reason: order.reason, witness: Wiring(options).witness(.runAbandon, reason: order.reason))
                    return key
                }
            }
        }
    }
}
