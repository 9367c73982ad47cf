internal import ArgumentParser
internal import PluginHost
internal import SagaCore
internal import Simulator

extension PluginsCommand {
    /// `arcadia plugins call OPERATION`
    struct Call: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "call",
            abstract: "Make one call of an operation by hand: execute, compensate or probe. There is no run.",
            discussion: """
                The call is a step's: same placement, grants, config, tokens, limits and
                checks. Nothing is kept of it: it works in a temporary data folder, with the
                config, grants and tokens of yours, unless `--data` names one. What the plugin
                logs, prints, writes down and asks for is shown while it goes, on stderr.

                EXAMPLES
                  arcadia plugins call core.echo --with '{"message": "hello"}'
                  arcadia plugins call mine.make --plugins build --with @make.json
                  arcadia plugins call mine.make --run RUN --with @make.json  same key
                  arcadia plugins call mine.make --compensate --run RUN --with @make.json \\
                    --result '{"id": 7}' --checkpoint '{"begun": true}'
                  arcadia plugins call digitalocean.create_droplet --simulate \\
                    --with '{"name": "web-1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}'
                  arcadia plugins call mine.make --with @make.json --http-record tape

                After execute, a hint is the very command that takes it back. Exits with 0, or
                when the call failed with 1 if it changed nothing, and 2 if it may have.
                """)

        @Argument(help: "The operation, such as files.write.")
        var operation: String

        @Flag(help: "Take back what an execute did, instead of executing.")
        var compensate = false

        @Flag(help: "Ask what became of an execute, instead of executing.")
        var probe = false

        @Option(help: ArgumentHelp("What the step is given: JSON, @FILE, or - for stdin.", valueName: "json"))
        var with: String?

        @Option(
            help: ArgumentHelp("For compensate and probe: what execute put out; as --with.", valueName: "json"))
        var result: String?

        @Option(help: ArgumentHelp("What an earlier call wrote down; as --with.", valueName: "json"))
        var checkpoint: String?

        @Option(help: ArgumentHelp("What earlier steps of the run put out; as --with.", valueName: "json"))
        var runContext: String?

        @Option(
            name: .customLong("run"),
            help: ArgumentHelp("The run it is of, and so its idempotency key (default: a new one).", valueName: "id"))
        var runID: String?

        @Option(help: ArgumentHelp("The step it is, in the key, too (default: the operation).", valueName: "name"))
        var step: String?

        @Option(help: "Which attempt it is said to be.")
        var attempt = 1

        @Flag(help: "Call against a simulated DigitalOcean that lives as long as the call; needs no account.")
        var simulate = false

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard !(compensate && probe) else {
                throw ValidationError("--compensate and --probe are two calls: give one of them")
            }
            guard result == nil || compensate || probe else {
                throw ValidationError("--result is what execute put out: it goes with --compensate or --probe")
            }
            guard [with, result, checkpoint, runContext].count(where: { $0 == "-" }) < 2 else {
                throw ValidationError("two of the options are to come from stdin")
            }
            guard !simulate || options.host.data == nil else {
                throw ValidationError("--simulate makes a data folder of its own: leave --data away")
            }
            guard attempt > 0 else { throw ValidationError("--attempt is a number above 0") }
        }

        func run() throws {
            // Before the first thread.
            let signals = StopSignals()
            let account = simulate ? try DevAccount(.fast) : nil
            var options = options
            let folder = try CallFolder(options.host.data, home: Wiring.settingsFolder(options), account: account)
            options.host.data = folder.path
            do {
                try perform(Wiring(here: options), folder, signals)
            } catch {
                _ = folder.tidyUp()
                throw error
            }
        }

        private func perform(_ wiring: Wiring, _ folder: CallFolder, _ signals: StopSignals) throws {
            let host = try CallHost(wiring)
            defer { host.leave() }
            let known = try CallTarget(operation, verb, host.catalog)
            let call = try call(known.operation, wiring)
            Terminal.say("\(call.verb.rawValue) under the key \(call.key)")
            let end = host.perform(call, log: CallLog(verbose: wiring.options.verbose), stoppedBy: signals)
            let report = CallReport(
                call: call, end: end, placement: known.placement, operation: known.operation, host: options.host,
                data: folder.tidyUp(), isSimulated: simulate)
            if case .unavailable = end.outcome {} else { report.show() }
            report.showNext()
            if let trouble = report.trouble { throw trouble }
        }

        private var verb: StepVerb { compensate ? .compensate : probe ? .probe : .execute }

        private func call(_ operation: Operation, _ wiring: Wiring) throws(Failure) -> HandCall {
            let input = CallInput(wiring)
            let with = JSONValue.object(try input.object(self.with, of: "with") ?? [:])
            try CallInput.check(with, operation, verb)
            return HandCall(
                verb: verb, operation: operation.name, run: try run(wiring),
                step: step ?? HandCall.defaultStep(of: operation.name), attempt: attempt, with: with,
                result: try input.object(result, of: "result"),
                checkpoint: try input.object(checkpoint, of: "checkpoint").map(JSONValue.object),
                context: try input.object(runContext, of: "run-context") ?? [:],
                timeoutSeconds: operation.timeoutSeconds)
        }

        private func run(_ wiring: Wiring) throws(Failure) -> RunID {
            var random = SystemRandomNumberGenerator()
            guard let runID else { return RunID(at: wiring.clock.now, using: &random) }
            guard let id = RunID(runID) else {
                throw Failure(
                    "call.run", "`--run` takes the id of a run, a UUID in lower case; found \"\(runID)\"",
                    hint: "left out, a new one is made and printed", exit: .usage)
            }
            return id
        }
    }
}
