internal import Identity
internal import SagaCore

/// What the tree does not show: why, how often, and what is being waited for.
struct RunStory {
    private let view: RunView
    private let now: Timestamp
    private let typed: String
    private let user: String?

    /// - Parameters:
    ///   - typed: the options with which somebody chose the place, as they are to be typed again.
    ///   - user: who asks, where that is a person at this machine; nil: a server knows.
    init(_ view: RunView, at now: Timestamp, typed: String, user: String?) {
        self.view = view
        self.now = now
        self.typed = typed
        self.user = user
    }

    /// As much as `runs show` needs to be told by.
    private var id: String { String(view.row.id.description.suffix(8)) }

    func tell() {
        if let message = view.row.error?["message"]?.stringValue { Terminal.print(sentence: "error: \(message)") }
        tellOfPause()
        if let retryOf = view.row.retryOf { Terminal.print("takes up run \(retryOf)") }
        if let forkOf = view.row.forkOf { Terminal.print("forked from run \(forkOf)") }
        for event in view.events {
            if case .retriedAs(let run, _, let reason) = event.event {
                Terminal.print(sentence: "taken up by run \(run): \(reason)")
            }
        }
        if view.row.cancelRequest != nil, !view.row.status.isEnded { Terminal.print("a cancel was asked for") }
        tellOfFailures()
        if let output = view.machine?.output, view.saga?.output != nil {
            Terminal.print(sentence: "output: \(JSONValue.object(output).text)")
        }
        if let error = view.machine?.outputError {
            Terminal.print(sentence: "its output cannot be told: \(error.message)")
            if let hint = error.hint { Terminal.print(sentence: "    hint: \(hint)") }
        }
        for line in awaited.prefix(Self.mostAwaited).flatMap(lines) { Terminal.print(line) }
        for hint in hints { Terminal.say("hint: " + hint) }
    }

    private func tellOfPause() {
        if let paused = view.row.paused {
            Terminal.print(sentence: "paused: \(paused)")
            Terminal.print("  hint: `arcadia runs resume \(id) --reason WHY` lets it go on")
        } else if let blocked = view.row.blocked {
            Terminal.print(sentence: "cannot go on: \(blocked)")
            Terminal.print("  hint: when that is mended, `arcadia resume` goes on")
        }
    }

    private func tellOfFailures() {
        let failures = view.steps.flatMap { step in step.failures.map { (step.id, $0) } }
        for (step, failure) in failures.sorted(by: { $0.1.at < $1.1.at }) {
            let what = failure.verb == .compensate ? "\(step) compensation, attempt" : "\(step) attempt"
            let error = failure.error
            Terminal.print(
                sentence:
                    "  \(failure.at)  \(what) \(failure.attempt): \(error.message) (\(error.code), effect \(error.effect.rawValue))"
            )
            if let hint = error.hint { Terminal.print(sentence: "    hint: \(hint)") }
        }
    }

    // MARK: - What is waited for

    /// Of a `for_each` many steps may wait for the same.
    private static let mostAwaited = 3

    private var awaited: [AwaitedStep] {
        view.row.status.isEnded ? [] : view.steps.compactMap(\.awaited).filter { $0.rule != nil }
    }

    private func lines(_ awaited: AwaitedStep) -> [String] {
        guard let rule = awaited.rule else { return [] }
        var facts = FactSheet()
        facts.add("until", awaited.wait.until.map(until) ?? "somebody sends it; for ever")
        facts.add("from", rule.senders.map(list) ?? "\(RoleNeed.words(.actOnRuns)); without a server, anybody here")
        if rule.needsFourEyes {
            facts.add("not from", awaited.barred.map { "\($0), who started the run" } ?? "who started the run: unknown")
        }
        facts.add("with", rule.schema.map(SchemaInShort.words))
        let name = awaited.wait.name.map { "the signal \"\($0)\"" } ?? "a signal"
        return ["\(awaited.wait.stepID) waits for \(name)"] + facts.lines(column: 12)
    }

    private func until(_ end: Timestamp) -> String {
        end > now
            ? "\(end.shortened(at: now)), in \(RunTree.duration(Double(end - now) / 1000))" : end.shortened(at: now)
    }

    private func list(_ senders: [String]) -> String { senders.joined(separator: " or ") }

    // MARK: - What to do

    /// What a person can do about a run that waits for one.
    private var hints: [String] {
        let left = view.steps.filter { $0.status == .compensationFailed }.map(\.id)
        if view.row.status == .failed, !left.isEmpty {
            return [
                "`arcadia runs retry \(id) --reason WHY` tries again to take it back, once the cause is mended"
            ]
                + left.map {
                    "`arcadia runs mark-compensated \(id) \(StepLabels.typed($0)) --reason WHY`, if you took it back by hand"
                }
        }
        let halted = view.row.status == .failed ? view.machine?.haltedSteps ?? [] : []
        if !halted.isEmpty {
            return ["`arcadia runs retry \(id) --reason WHY` goes on with it, once the cause is mended"]
                + halted.compactMap { view.saga?.labels[$0] }.map {
                    "`arcadia runs skip \(id) --step \(StepLabels.typed($0)) --reason WHY` goes on without it"
                }
        }
        guard view.row.paused == nil else { return [] }
        return awaited.prefix(Self.mostAwaited).flatMap(hints)
    }

    private func hints(_ awaited: AwaitedStep) -> [String] {
        let skip =
            "`arcadia runs skip \(id) --step \(StepLabels.typed(awaited.wait.stepID)) --reason WHY\(typed)` goes on without it"
        guard !awaited.isHopeless else {
            return ["nobody may send it, since nobody knows who started the run; " + skip]
        }
        guard let command = awaited.command(id: id, options: typed) else { return [] }
        guard let user, !awaited.maySend(user, role: nil) else { return ["`\(command)` lets it go on"] }
        return ["`\(command)` lets it go on; \(user) may not, so others do, through `arcadia serve`", skip]
    }
}
