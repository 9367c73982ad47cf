internal import CArcadiaPlugin

/// A request that got no answer, or an answer that is an error (400 and above).
///
/// ```swift
/// do {
///     try http.send(request)
/// } catch where !error.wasSent {
///     // surely nothing happened on the other side
/// }
/// ```
///
/// Its effect is that of the request. Thrown out of execute with `.none` after the step may have acted already (an earlier
/// request changed something, a checkpoint was there) it counts as `.unknown`, unless you say the effect yourself.
///
/// Thrown out of an operation it becomes a ``StepFailure``. If it says that a rate is used up, the step is suspended
/// until its turn instead, which uses up no attempts; a probe is asked again then.
public struct HTTPFailure: Error, Sendable {
    /// The coarse reason. eg: `.auth` for a 401, `.network` without an answer
    public var code: StepFailure.Code
    /// Whether the world changed, as far as HTTP can know: `.unknown` for a POST that broke off.
    public var effect: Effect { didSet { isEffectStated = true } }
    /// Whether to try again.
    public var retry: Retry
    /// The HTTP status; 0: no answer came.
    public var status: Int
    /// One line for an operator.
    public var message: String
    /// A byte of the request may have left this machine. False: what was asked for surely did not happen.
    public var wasSent: Bool
    /// The effect is what the author says of the step, not what HTTP says of a request.
    var isEffectStated = true

    /// A failure with these words.
    public init(
        code: StepFailure.Code, effect: Effect, retry: Retry = .no, status: Int = 0, message: String, wasSent: Bool
    ) {
        self.code = code
        self.effect = effect
        self.retry = retry
        self.status = status
        self.message = message
        self.wasSent = wasSent
    }

    /// The same failure, said better by someone who knows the API.
    ///
    /// ```swift
    /// throw failure.with(effect: .none, message: "region \(region) does not exist")
    /// ```
    public func with(
        code: StepFailure.Code? = nil, effect: Effect, retry: Retry? = nil, message: String? = nil
    ) -> HTTPFailure {
        var better = with(code: code, retry: retry, message: message)
        better.effect = effect
        return better
    }

    /// The same failure with the same effect. An effect is never optional: `.none` would mean that nothing was said.
    ///
    /// ```swift
    /// throw failure.with(retry: .yes)
    /// ```
    public func with(
        code: StepFailure.Code? = nil, retry: Retry? = nil, message: String? = nil
    ) -> HTTPFailure {
        var better = self
        better.code = code ?? self.code
        better.retry = retry ?? self.retry
        better.message = message ?? self.message
        return better
    }

    /// As a failure of the step with this very effect, never suspended.
    public var stepFailure: StepFailure {
        StepFailure(code, message, effect: effect, retry: retry, remoteStatus: status)
    }
}

extension HTTPFailure: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}

extension HTTPFailure {
    init(_ error: arcadia_error, wasSent: Bool) {
        code = StepFailure.Code(rawValue: error.code) ?? .other
        effect = Effect(rawValue: error.effect) ?? .unknown
        retry =
            switch error.retry {
            case arcadia_retry(ARCADIA_RETRY_YES): .yes
            case arcadia_retry(ARCADIA_RETRY_AFTER): .after(.milliseconds(Int64(error.retry_after_ms)))
            default: .no
            }
        status = Int(error.remote_status)
        message = error.message.string ?? "the host gave no reason"
        self.wasSent = wasSent
        isEffectStated = false
    }

    /// A limiter's no, here or there: the request was not worked on, and will be when its turn comes.
    var waitsForTurn: Bool { code == .rate && (!wasSent || status == 429) }

    /// A second where nobody said how long.
    var turn: Duration {
        guard case .after(let duration) = retry else { return .seconds(1) }
        return duration
    }

    /// As a failure of a step that may have acted before.
    func stepFailure(after mayHaveActed: Bool) -> StepFailure {
        var failure = stepFailure
        if mayHaveActed, !isEffectStated, failure.effect == .none { failure.effect = .unknown }
        return failure
    }

    func retried(after duration: Duration) -> StepFailure { with(retry: .after(duration)).stepFailure }
}
