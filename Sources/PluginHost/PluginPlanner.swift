public import SagaCore

/// Asks operations what they would do, and keeps them from doing it.
///
/// Each plugin is asked in a worker of its own, made for this planner and ended with it. There the host takes no function
/// of the plugin but `create` and `plan`; the worker may write no file and start no program; and the host makes no request
/// for it but GET and HEAD.
public final class PluginPlanner: @unchecked Sendable {
    private let catalog: PluginCatalog
    /// By id; nil: this host has no workers.
    private var planners: [String: Result<LoadedImage?, PluginRefusal>] = [:]
    private let clock = SystemClock()

    /// Seconds: a person waits for it.
    static let mostSeconds = 30.0

    public init(_ catalog: PluginCatalog) { self.catalog = catalog }

    deinit {
        for case .success(let image?) in planners.values { (image.plugin as? WorkerPlugin)?.dismiss() }
    }

    /// What a step would do.
    ///
    /// - Parameters:
    ///   - with: what is known of it before a run.
    ///   - leftOut: its members that only a run knows.
    public func forecast(
        of step: Step, in saga: Saga, with: JSONValue, leftOut: [String], inputs: JSONValue
    ) -> ForecastAnswer {
        guard let operation = step.operation, operation.isPlannable else { return .notPlannable }
        let filled = operation.input.fillingDefaults(in: with)
        guard operation.input.violations(of: filled).isEmpty else {
            guard leftOut.isEmpty else { return .knownInRun(leftOut) }
            return .failed(code: "input", "\(step.uses) does not take this: \(Self.mistake(operation, filled))")
        }
        do throws(PluginRefusal) {
            guard let image = try planner(step.uses.plugin) else {
                return .failed(code: "unavailable", "this host has no workers, and a plan is made in none but one")
            }
            return answer(perform(call(step, saga, filled, inputs), image.used()), step, leftOut)
        } catch {
            return .failed(code: "unavailable", "plugin \"\(step.uses.plugin)\" was refused: \(error.reason)")
        }
    }

    private static func mistake(_ operation: Operation, _ with: JSONValue) -> String {
        operation.input.violations(of: with).first?.message ?? ""
    }

    private func planner(_ id: String) throws(PluginRefusal) -> LoadedImage? {
        if let known = planners[id] { return try known.get() }
        let made = Result { () throws(PluginRefusal) in try catalog.planner(id) }
        planners[id] = made
        return try made.get()
    }

    private func call(_ step: Step, _ saga: Saga, _ with: JSONValue, _ inputs: JSONValue) -> StepCall {
        var random = SystemRandomNumberGenerator()
        return StepCall(
            verb: .plan, run: RunID(at: clock.now, using: &random), saga: saga.name, stepID: step.id,
            stepNumber: step.number, operation: step.uses, attempt: 1, with: with, inputs: inputs, context: [:],
            result: nil, checkpoint: nil,
            timeoutSeconds: min(step.timeoutSeconds ?? step.operation?.timeoutSeconds ?? .infinity, Self.mostSeconds),
            executedBy: nil, mark: CallMark(slot: -1, licence: 0))
    }

    /// On a thread of its own: here nobody else looks after the time.
    private func perform(_ step: StepCall, _ plugin: any CallablePlugin) -> StepOutcome {
        let call = plugin.call(step, reportingTo: Planning(), isOfARun: false, credentialVariant: nil)
        let outcome = Monitor<StepOutcome?>(nil)
        startThread {
            let came = call.perform(nil)
            outcome.change { $0 = came }
        }
        defer { _ = call.end() }
        if let came = outcome.wait(milliseconds: call.millisecondsLeft, until: { $0 }) { return came }
        call.askToStop()
        if let came = outcome.wait(milliseconds: 1000, until: { $0 }) { return came }
        (call as? WorkerCall)?.endWorker(because: .overdue)
        return .failed(call.lateness(.overdue, step: step), retry: .no)
    }

    private func answer(_ outcome: StepOutcome, _ step: Step, _ leftOut: [String]) -> ForecastAnswer {
        switch outcome {
        case .completed(let output):
            do throws(ForecastMistake) {
                return .told(try Forecast(Self.plain(output), leftOut: leftOut))
            } catch {
                return .failed(code: "bug", "what \(step.uses) says it would do cannot be read: \(error.what)")
            }
        case .failed(let error, _): return .failed(code: error.code, error.message)
        case .unavailable(let reason): return .failed(code: "unavailable", reason)
        case .suspended, .found:
            return .failed(code: "bug", "\(step.uses) answered another question than what it would do")
        }
    }

    /// Texts of a plugin for a terminal: a line each.
    private static func plain(_ output: JSONObject) -> JSONObject {
        output.reduce(into: JSONObject()) { $0[$1.key] = plain($1.value) }
    }

    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(HostTable.oneLine(text))
        case .array(let items): .array(items.map(plain))
        case .object(let members): .object(plain(members))
        default: value
        }
    }
}

/// Nothing of a plan is kept, so that nothing of it can be written down.
private final class Planning: StepCallReporter {
    private struct NothingIsKept: Error {}

    func began(by image: PluginImage, cancel: any CallCancellation) {}
    func checkpoint(_ checkpoint: JSONValue) throws { throw NothingIsKept() }
    var isCancelRequested: Bool { false }
    func ended(_ outcome: StepOutcome) {}
    func gaveUp(_ outcome: StepOutcome) {}
}
