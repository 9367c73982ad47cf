internal import ArgumentParser
internal import PluginHost
internal import SagaCore
internal import Storage

/// One run, or every run that a filter finds.
struct RunSelection: ParsableArguments {
    @Argument(help: ArgumentHelp("The run's id, or enough of its beginning or end.", valueName: "run"))
    var run: String?

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Every run that fits: status=, saga=, since=, older_than=, paused=, query=, with commas between.",
            valueName: "filter"))
    var conditions: [String] = []

    @Flag(help: "With --where: do not ask.")
    var yes = false

    func validate() throws {
        guard (run == nil) == conditions.isEmpty else { return }
        throw ValidationError(
            run == nil ? "which run? Give its id, or `--where` with a filter" : "give a run or `--where`, not both")
    }

    /// - Parameter one: what is done for a single run.
    func carryOut(
        _ verb: BulkVerb, _ reason: String?, _ isDryRun: Bool, _ options: GlobalOptions,
        one: (VerbOrder) throws -> Void
    ) throws {
        let given = isDryRun ? "" : try Self.given(reason, verb.rawValue)
        if let run {
            return try one(VerbOrder(run: run, reason: given, isDryRun: isDryRun, options: options))
        }
        try carryOut(verb, given, isDryRun, options)
    }

    /// For every run that the filter finds.
    func carryOut(_ verb: BulkVerb, _ reason: String, _ isDryRun: Bool, _ options: GlobalOptions) throws {
        let clock = Wiring(options).clock
        let filter = try BulkFilter(conditions, now: clock.now)
        try BulkRequest(verb: verb, filter: filter, reason: reason, isAgreed: yes, options: options).run(isDryRun)
    }

    /// The reason that somebody has to give.
    static func given(_ reason: String?, _ verb: String) throws(Failure) -> String {
        if let reason, !reason.isEmpty { return reason }
        throw Failure(
            "usage", "why? `runs \(verb)` takes a reason, which is kept",
            hint: "`--reason \"the provider is down\"`, say",
            exit: .usage)
    }
}
