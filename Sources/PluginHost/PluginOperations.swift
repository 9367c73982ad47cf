internal import Glibc
public import SagaCore

/// Calls operations outside of any run: for what only reads, such as an inventory. Nothing of it is journalled.
public final class PluginOperations: Sendable {
    private let catalog: PluginCatalog
    private let clock = SystemClock()
    /// Where a step's call is noted while it is in a plugin; nil: there are no steps here.
    private let marks: CallMarkFile?
    /// Plugins that take one call at a time.
    private let oneAtATime = Monitor(())
    private let credentialVariant: String?
    private let isStopRequested: @Sendable () -> Bool

    /// - Parameters:
    ///   - credentialVariant: whose calls these are: `<credential>.<variant>` is taken before `<credential>`, where there is
    ///     such a file, and has a limit of its own.
    ///   - isStopRequested: a call that sleeps gives up then, with `cancelled`.
    public init(
        catalog: PluginCatalog, marks: CallMarkFile? = nil, credentialVariant: String? = nil,
        isStopRequested: @escaping @Sendable () -> Bool = { false }
    ) {
        self.catalog = catalog
        self.marks = marks
        self.credentialVariant = credentialVariant
        self.isStopRequested = isStopRequested
    }

    /// Calls an operation and waits; a call that asks to sleep (a rate limit) is made again when it wants to be.
    ///
    /// - Throws: what the plugin said, or why it could not be called (`unavailable`, `input`).
    public func call(_ name: OperationName, _ input: JSONObject) throws(StepError) -> JSONObject {
        var random = SystemRandomNumberGenerator()
        let run = RunID(at: clock.now, using: &random)
        var checkpoint: JSONValue?
        for _ in 0..<Self.mostSleeps {
            let attempt = try attempt(name, input, checkpoint: checkpoint) { with, timeout in
                StepCall(
                    verb: .execute, run: run, saga: "", stepID: name.operation, stepNumber: 1, operation: name,
                    attempt: 1, with: with, inputs: [:], context: [:], result: nil, checkpoint: checkpoint,
                    timeoutSeconds: timeout, executedBy: nil, mark: CallMark(slot: -1, licence: 0))
            }
            switch attempt {
            case .done(let output): return output
            case .later(let milliseconds, let saved):
                guard milliseconds <= Self.longestSleep else {
                    throw Self.refused("rate", "\(name) has to wait for \(milliseconds / 1000) s, which is too long")
                }
                checkpoint = saved
                guard sleep(max(1, milliseconds)) else {
                    throw Self.refused("cancelled", "\(name) was waiting for its turn when it was asked to stop")
                }
            }
        }
        throw Self.refused("rate", "\(name) was told to wait \(Self.mostSleeps) times in a row")
    }

    /// How one call ended that did not fail.
    public enum Attempt: Sendable {
        case done(JSONObject)
        /// It asks to be called again then, with this checkpoint.
        case later(milliseconds: Int64, checkpoint: JSONValue?)
    }

    /// Calls an operation once, on behalf of a step of a run, and as if it were that step.
    ///
    /// - Throws: as `call`.
    public func attempt(
        _ name: OperationName, _ input: JSONObject, checkpoint: JSONValue?, for step: StepCall
    ) throws(StepError) -> Attempt {
        try attempt(name, input, checkpoint: checkpoint) { with, timeout in
            StepCall(
                verb: .execute, run: step.run, saga: step.saga, stepID: step.stepID, stepNumber: step.stepNumber,
                operation: name, attempt: step.attempt, with: with, inputs: [:], context: [:], result: nil,
                checkpoint: checkpoint, timeoutSeconds: timeout, executedBy: nil, mark: step.mark)
        }
    }

    private func attempt(
        _ name: OperationName, _ input: JSONObject, checkpoint: JSONValue?,
        _ makeCall: (_ with: JSONValue, _ timeoutSeconds: Double?) -> StepCall
    ) throws(StepError) -> Attempt {
        let plugin = try plugin(for: name)
        guard let operation = plugin.manifest.operation(name.operation) else {
            throw Self.refused("unavailable", "plugin \"\(name.plugin)\" has no operation \"\(name.operation)\"")
        }
        let with = operation.input.fillingDefaults(in: .object(input))
        if let violation = operation.input.violations(of: with).first {
            throw Self.refused("input", "\(name) does not take this: \(violation.message)")
        }
        switch perform(makeCall(with, operation.timeoutSeconds), plugin) {
        case .completed(let output): return .done(output)
        case .suspended(let milliseconds, let saved): return .later(milliseconds: milliseconds, checkpoint: saved)
        case .failed(let error, _): throw error
        case .found, .unavailable: throw Self.refused("bug", "\(name) answered another question than it was asked")
        }
    }

    /// False: asked to stop meanwhile.
    private func sleep(_ milliseconds: Int64) -> Bool {
        let end = clock.now + milliseconds
        while clock.now < end {
            if isStopRequested() { return false }
            usleep(UInt32(min(50, max(1, end - clock.now))) * 1000)
        }
        return true
    }

    private static let mostSleeps = 10
    /// Milliseconds; a limit by the minute passes sooner, a limit by the hour does not.
    private static let longestSleep: Int64 = 120_000

    private func plugin(for name: OperationName) throws(StepError) -> any CallablePlugin {
        do throws(PluginRefusal) {
            if let plugin = try catalog.plugin(name.plugin) { return plugin }
        } catch {
            throw Self.refused("unavailable", "plugin \"\(name.plugin)\" was refused: \(error.reason)")
        }
        throw Self.refused("unavailable", "plugin \"\(name.plugin)\" is not there")
    }

    private func perform(_ step: StepCall, _ plugin: any CallablePlugin) -> StepOutcome {
        let call = plugin.call(
            step, reportingTo: Unheard(), isOfARun: false, credentialVariant: credentialVariant)
        defer { _ = call.end() }
        guard plugin.manifest.concurrency != .full else { return call.perform(marks) }
        return oneAtATime.withLock { _ in call.perform(marks) }
    }

    private static func refused(_ code: String, _ message: String) -> StepError {
        StepError(code: code, message: message, effect: .none)
    }
}

/// Nobody keeps what a call outside of a run says on its way.
private final class Unheard: StepCallReporter {
    func began(by image: PluginImage, cancel: any CallCancellation) {}
    func checkpoint(_ checkpoint: JSONValue) throws {}
    var isCancelRequested: Bool { false }
    func ended(_ outcome: StepOutcome) {}
    func gaveUp(_ outcome: StepOutcome) {}
}
