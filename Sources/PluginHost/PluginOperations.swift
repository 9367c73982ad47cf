internal import CArcadiaPlugin
internal import Glibc
public import SagaCore

/// Calls operations outside of any run: for what only reads, such as an inventory. Nothing of it is journalled.
public final class PluginOperations: Sendable {
    private let catalog: PluginCatalog
    private let clock = SystemClock()
    /// Plugins that take one call at a time.
    private let oneAtATime = Monitor(())

    public init(catalog: PluginCatalog) { self.catalog = catalog }

    /// Calls an operation and waits; a call that asks to sleep (a rate limit) is made again when it wants to be.
    ///
    /// - Throws: what the plugin said, or why it could not be called (`unavailable`, `input`).
    public func call(_ name: OperationName, _ input: JSONObject) throws(StepError) -> JSONObject {
        let plugin = try plugin(for: name)
        guard let operation = plugin.manifest.operation(name.operation) else {
            throw Self.refused("unavailable", "plugin \"\(name.plugin)\" has no operation \"\(name.operation)\"")
        }
        let with = operation.input.fillingDefaults(in: .object(input))
        if let violation = operation.input.violations(of: with).first {
            throw Self.refused("input", "\(name) does not take this: \(violation.message)")
        }
        var random = SystemRandomNumberGenerator()
        let run = RunID(at: clock.now, using: &random)
        var checkpoint: JSONValue?
        for _ in 0..<Self.mostSleeps {
            let step = StepCall(
                verb: .execute, run: run, saga: "", stepID: name.operation, stepNumber: 1, operation: name, attempt: 1,
                with: with, inputs: [:], context: [:], result: nil, checkpoint: checkpoint,
                timeoutSeconds: operation.timeoutSeconds, executedBy: nil, mark: CallMark(slot: 0, licence: 0))
            switch perform(step, plugin, operation) {
            case .completed(let output): return output
            case .suspended(let milliseconds, let saved):
                guard milliseconds <= Self.longestSleep else {
                    throw Self.refused("rate", "\(name) has to wait for \(milliseconds / 1000) s, which is too long")
                }
                checkpoint = saved
                usleep(UInt32(clamping: max(1, milliseconds) * 1000))
            case .failed(let error, _): throw error
            case .found, .unavailable: throw Self.refused("bug", "\(name) answered another question than it was asked")
            }
        }
        throw Self.refused("rate", "\(name) was told to wait \(Self.mostSleeps) times in a row")
    }

    private static let mostSleeps = 10
    /// Milliseconds; a limit by the minute passes sooner, a limit by the hour does not.
    private static let longestSleep: Int64 = 120_000

    private func plugin(for name: OperationName) throws(StepError) -> LoadedPlugin {
        do throws(PluginRefusal) {
            if let plugin = try catalog.plugin(name.plugin) { return plugin }
        } catch {
            throw Self.refused("unavailable", "plugin \"\(name.plugin)\" was refused: \(error.reason)")
        }
        throw Self.refused("unavailable", "plugin \"\(name.plugin)\" is not there")
    }

    private func perform(_ step: StepCall, _ plugin: LoadedPlugin, _ operation: Operation) -> StepOutcome {
        let call = PluginCall(step, plugin: plugin, reporter: Unheard())
        defer { _ = call.end() }
        let enter = { plugin.enter(.execute, operation: step.operation.operation, call, step) }
        let status = plugin.manifest.concurrency == .full ? enter() : oneAtATime.withLock { _ in enter() }
        return call.outcome(of: status, verb: .execute, output: operation.output)
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
