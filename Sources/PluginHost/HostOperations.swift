internal import SagaCore

/// Performs the calls of what the host does itself. They leave no mark: each is made again after a crash, whatever it had
/// done.
final class HostOperations: Sendable {
    private let plugin: any HostPlugin
    private let image: PluginImage
    private let manifest: PluginManifest

    /// Nil: the catalog does not know it.
    init?(_ plugin: any HostPlugin, catalog: PluginCatalog) {
        guard let (image, manifest) = catalog.builtIn(type(of: plugin).id) else { return nil }
        (self.plugin, self.image, self.manifest) = (plugin, image, manifest)
    }

    func perform(_ call: StepCall, reportingTo reporter: any StepCallReporter) {
        reporter.began(by: image, cancel: Unstoppable())
        let outcome = plugin.perform(call) { try reporter.checkpoint($0) }
        reporter.ended(checked(outcome, of: call))
    }

    private func checked(_ outcome: StepOutcome, of call: StepCall) -> StepOutcome {
        guard call.verb == .execute, case .completed(let output) = outcome,
            let schema = manifest.operation(call.operation.operation)?.output,
            let violation = schema.violations(of: .object(output)).first
        else { return outcome }
        let message = "\(call.operation) gave what it does not promise: \(violation.message)"
        return .failed(StepError(code: StepError.HostCode.badOutput, message: message, effect: .applied), retry: .no)
    }
}

/// Books are written in an instant; there is nothing to stop.
private struct Unstoppable: CallCancellation {
    func cancel() {}
}
