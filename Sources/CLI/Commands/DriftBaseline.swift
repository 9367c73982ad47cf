internal import ArgumentParser
internal import CloudControl
internal import SagaCore
internal import Storage

/// `arcadia drift baseline`
struct DriftBaseline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline", abstract: "Accept all drift that is open now: what is becomes what was asked for.",
        discussion: """
            EXAMPLES
              arcadia drift baseline --reason "as we found it"
              arcadia drift baseline --field 'tag*' --reason "the old scheme" --yes
              arcadia drift baseline --resource web-1 --reason "rebuilt by hand" --yes

            Asks before, with their number. What moved since it was noticed is not
            accepted, and told one by one; then it exits with 69. One that was cut off is
            gone on with by doing it again. Of a resource that is gone, nothing is asked
            any more.
            """)

    @Option(help: "Of this resource only.") var resource: String?
    @Option(help: "Of this field only; a pattern with * and ?.") var field: String?
    @Option(help: "Why; it is kept.") var reason: String
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var provider: ProviderOption
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let cloud = try Cloud(Wiring(options), provider: provider.provider)
        let scope = try cloudwise { try cloud.drift.baselineScope(resource: resource, field: field) }
        if scope.count > 0 { try confirm(scope) }
        let report = try cloudwise {
            try cloud.drift.baseline(
                scope, by: DriftCommand.operatorName, reason: reason, at: cloud.now,
                witness: cloud.witness(.driftAccept, reason: reason))
        }
        if options.output == .table {
            Terminal.print("\(report.accepted) of \(scope.count) open drifts accepted")
        } else {
            Terminal.print(json: report.json)
        }
        if let failure = Self.failure(report.refused.map(\.refusal)) { throw failure }
    }

    /// - Throws: where nobody says yes.
    private func confirm(_ scope: BaselineScope) throws(Failure) {
        guard !yes else { return }
        let what = scope.count == 1 ? "1 open drift" : "\(scope.count) open drifts"
        let whose = scope.resourceCount == 1 ? "1 resource" : "\(scope.resourceCount) resources"
        switch Terminal.confirm("accept \(what) of \(whose) as they are now?") {
        case true?: return
        case false?: throw Failure("drift.declined", "nothing was accepted", exit: .rolledBack)
        case nil:
            throw Failure(
                "drift.not_confirmed",
                "\(what) of \(whose) would be accepted, and there is nobody to ask: stdin is no terminal",
                hint: "`--yes` accepts without asking; `arcadia drift list` shows what", exit: .usage)
        }
    }

    private static func failure(_ refusals: [DriftRefusal]) -> Failure? {
        guard let first = refusals.first else { return nil }
        var failure = Failure(first.code, first.message, hint: first.hint, exit: .unavailable)
        failure.more = refusals.dropFirst().map { ($0.message, nil) }
        failure.isAfterResult = true
        return failure
    }
}
