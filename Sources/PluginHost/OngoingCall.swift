internal import SagaCore

/// A step's call, from when it is made until what became of it is known, wherever the plugin runs.
protocol OngoingCall: CallCancellation, HTTPCaller {
    var reporter: (any StepCallReporter)? { get }
    var time: CallTime { get }
    /// When and why the watch asked it to stop; touched by the watch alone.
    var stopAsked: (at: ContinuousClock.Instant, because: CallStopReason)? { get set }

    /// Enters the plugin and comes back with what became of it.
    func perform(_ marks: CallMarkFile?) -> StepOutcome
    /// Nothing that the plugin still says of it counts from now on. False: it had been given up.
    func end() -> Bool
    /// Tells the plugin that it should stop, whoever asks.
    func askToStop()
}

/// Why a call was asked to stop.
enum CallStopReason: Sendable { case overdue, silent }

extension OngoingCall {
    var isOverdue: Bool { time.isOverdue }
    var millisecondsLeft: Int64 { time.millisecondsLeft }
    func sign() { time.sign() }

    /// An operator's wish. Compensation and probing are not cancellable: they are how a cancelled run gets clean.
    func cancel() {
        if step?.verb == .execute { askToStop() }
    }

    /// That the watch's patience with it is over.
    func lateness(_ reason: CallStopReason, step: StepCall) -> StepError {
        let (code, what) =
            switch reason {
            case .overdue:
                (StepError.HostCode.timedOut, "did not return within \(Self.seconds(step.timeoutSeconds ?? 0))")
            case .silent:
                (
                    StepError.HostCode.hung,
                    "gave no sign of life for \(Self.seconds(time.heartbeatSeconds ?? 0))"
                )
            }
        return StepError(
            code: code, message: "\(step.operation) \(what), nor when it was asked to stop; its outcome is unknown",
            effect: .unknown)
    }

    private static func seconds(_ number: Double) -> String {
        number == number.rounded() && number < 1e9 ? "\(Int(number)) s" : "\(number) s"
    }
}

/// A plugin that can be called, wherever it runs.
protocol CallablePlugin: AnyObject, Sendable {
    var manifest: PluginManifest { get }
    var image: PluginImage { get }
    var config: JSONValue { get }
    /// Lets in as many calls at once as it takes; nil: as many as come.
    var gate: CallGate? { get }
    var statistics: CallStatistics { get }

    /// - Parameters:
    ///   - isOfARun: false: nobody but the thread that makes it waits for it, so it is not given up.
    ///   - credentialVariant: which of a credential's tokens its requests take; nil: the one that all share.
    func call(
        _ step: StepCall, reportingTo reporter: any StepCallReporter, isOfARun: Bool, credentialVariant: String?
    ) -> any OngoingCall
}
