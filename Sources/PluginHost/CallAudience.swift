public import SagaCore

/// What happens in a call, for who looks on.
public enum CallEvent: Sendable {
    case began(PluginImage)
    case progressed(CallProgress)
    /// It is durable.
    case checkpointed(JSONValue)
    case ended(StepOutcome, milliseconds: Double)
}

/// Looks on while calls are made, beside whoever makes them: for who develops a plugin.
public protocol CallAudience: Sendable {
    func looksAt(plugin: String) -> Bool
    /// Told on the call's thread, or the one that reads what workers say.
    func saw(_ event: CallEvent, in call: StepCall)
}

/// Whoever made a call, and who looks on.
public final class WatchedReporter: StepCallReporter {
    private let call: StepCall
    private let reporter: any StepCallReporter
    private let audience: any CallAudience
    private let begun = ContinuousClock.now

    public init(_ reporter: any StepCallReporter, of call: StepCall, by audience: any CallAudience) {
        (self.call, self.reporter, self.audience) = (call, reporter, audience)
    }

    public func began(by image: PluginImage, cancel: any CallCancellation) {
        audience.saw(.began(image), in: call)
        reporter.began(by: image, cancel: cancel)
    }

    public func checkpoint(_ checkpoint: JSONValue) throws {
        try reporter.checkpoint(checkpoint)
        audience.saw(.checkpointed(checkpoint), in: call)
    }

    public func heard(_ progress: CallProgress) {
        if progress != CallProgress() { audience.saw(.progressed(progress), in: call) }
        reporter.heard(progress)
    }

    public var isCancelRequested: Bool { reporter.isCancelRequested }

    public func ended(_ outcome: StepOutcome) {
        sawEnd(outcome)
        reporter.ended(outcome)
    }

    public func gaveUp(_ outcome: StepOutcome) {
        sawEnd(outcome)
        reporter.gaveUp(outcome)
    }

    private func sawEnd(_ outcome: StepOutcome) {
        let (seconds, attoseconds) = begun.duration(to: .now).components
        let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
        audience.saw(.ended(outcome, milliseconds: milliseconds), in: call)
    }
}
