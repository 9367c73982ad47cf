/// The table of design: how a call ended, and what is therefore written down.
///
/// | execute ended with                         | then                                                          |
/// |--------------------------------------------|---------------------------------------------------------------|
/// | completed                                  | next step                                                     |
/// | suspended                                  | durable timer, the same attempt with the checkpoint           |
/// | failed, effect none, retry advised         | durable backoff, next attempt while there are any             |
/// | failed, effect none                        | compensate the completed steps; this one left nothing         |
/// | failed, effect partial or applied          | compensate this step too, then the others                     |
/// | effect unknown, timeout, crash, host ended | probe; without a probe: again if idempotent, else compensate  |
///
/// A cancelled run takes none of the ways forward: what is known is kept, then everything is taken back.
extension RunMachine {
    /// How many times in a row the host may stop during one call before the call itself is suspected.
    static let interruptionsForgiven = 5
    /// How often a probe that cannot tell is asked again.
    static let probeLimit = 5

    /// What to journal after `execute` or `probe` or `compensate` of the current step ended.
    ///
    /// - Parameters:
    ///   - step: the saga's step that the action is about.
    ///   - action: what was done; nil: the first that there was to do.
    ///   - random: 0 to 1, for the jitter of a backoff.
    public func event(
        after outcome: StepOutcome, of step: Step, for action: Action? = nil, at now: Timestamp,
        random: @autoclosure () -> Double
    ) -> RunEvent? {
        switch (action ?? afterWaiting, outcome) {
        case (.execute(let index, let attempt), .completed(let output)):
            .stepCompleted(step: index, attempt: attempt, output: output)
        case (.execute(let index, let attempt), .suspended(let after, let checkpoint)):
            .stepSuspended(step: index, attempt: attempt, wakeAt: now + after, checkpoint: checkpoint)
        case (.execute(let index, let attempt), .failed(let error, let retry)):
            .stepFailed(
                step: index, attempt: attempt, error: error,
                then: afterFailure(of: step, index: index, error: error, advice: retry, at: now, random: random))
        case (.probe(let index, let attempt), .found(let effect, let output)):
            .stepProbed(
                step: index, attempt: attempt, effect: effect, output: output,
                then: afterProbe(of: step, index: index, effect: effect, at: now, random: random))
        case (.probe(let index, let attempt), .failed), (.probe(let index, let attempt), .completed),
            (.probe(let index, let attempt), .suspended):
            // It answered, but not the question: the same as "cannot tell".
            .stepProbed(
                step: index, attempt: attempt, effect: .unknown, output: [:],
                then: afterProbe(of: step, index: index, effect: .unknown, at: now, random: random))
        case (.compensate(let index, let attempt), .completed):
            .compensationCompleted(step: index, attempt: attempt, how: .called)
        case (.compensate(let index, let attempt), .suspended(let after, let checkpoint)):
            .compensationSuspended(step: index, attempt: attempt, wakeAt: now + after, checkpoint: checkpoint)
        case (.compensate(let index, let attempt), .failed(let error, let retry)):
            .compensationFailed(
                step: index, attempt: attempt, error: error,
                then: afterCompensationFailure(of: step, attempt: attempt, advice: retry, at: now, random: random))
        case (.wait, _), (.end, _), (.decide, _), (.stop, _), (.putOut, _), (.pause, _), (_, .unavailable), (_, .found):
            nil
        }
    }

    /// What to journal instead of a call where none is to be made; nil: make the call.
    public func eventInsteadOfCalling(
        _ step: Step, for action: Action? = nil, at now: Timestamp, random: @autoclosure () -> Double
    ) -> RunEvent? {
        switch action ?? afterWaiting {
        case .compensate(let index, let attempt): eventInsteadOfCompensating(step, index: index, attempt: attempt)
        case .probe(let index, let attempt): eventInsteadOfProbing(step, index, attempt, at: now, random: random)
        case .stop(let ref): .stepStopped(step: ref)
        case .decide(let ref, .afterScope): afterScope(ref, step, at: now, random: random)
        case .execute, .decide, .putOut, .pause, .wait, .end: nil
        }
    }

    private func afterScope(_ ref: StepRef, _ step: Step, at now: Timestamp, random: () -> Double) -> RunEvent {
        guard case .scope(_, let decision, let otherwise) = step.form, leftovers(in: ref).isEmpty else {
            return .scopeSettled(step: ref, then: .fail)
        }
        let attempt = attempt(ofScope: ref)
        if case .retry(let policy) = decision {
            let isGranted = isGranted(ref)
            guard attempt < policy.maxAttempts || (isGranted && otherwise == nil) else {
                return .scopeSettled(step: ref, then: otherwise == nil ? .fail : .otherwise)
            }
            let delay = isGranted ? 0 : policy.delayMilliseconds(before: attempt + 1, random: random())
            return .scopeSettled(step: ref, then: .again(attempt: attempt + 1, at: now + delay))
        }
        return .scopeSettled(step: ref, then: .otherwise)
    }

    /// Probing was decided while the plugin was away; now that it is back, it turns out that it cannot tell.
    private func eventInsteadOfProbing(
        _ step: Step, _ index: StepRef, _ attempt: Int, at now: Timestamp, random: () -> Double
    ) -> RunEvent? {
        guard let operation = step.operation, !operation.isProbeable, let error = self[index].error else { return nil }
        let then = afterFailure(of: step, index: index, error: error, advice: .yes, at: now, random: random)
        return .stepFailed(step: index, attempt: attempt, error: error, then: then)
    }

    private func eventInsteadOfCompensating(_ step: Step, index: StepRef, attempt: Int) -> RunEvent? {
        if step.compensation.skip { return .compensationCompleted(step: index, attempt: attempt, how: .kept) }
        guard step.compensation.uses == nil, let operation = step.operation, !operation.isCompensable else {
            return nil
        }
        guard operation.isIrreversible, self[index].output != nil else {
            return .compensationCompleted(step: index, attempt: attempt, how: .nothingToDo)
        }
        let error = StepError(
            code: StepError.HostCode.irreversible,
            message: "\(step.uses) cannot be taken back, and says so", effect: .applied)
        return .compensationFailed(step: index, attempt: attempt, error: error, then: .giveUp)
    }

    private func afterFailure(
        of step: Step, index: StepRef, error: StepError, advice: RetryAdvice, at now: Timestamp, random: () -> Double
    ) -> RunEvent.AfterFailure {
        switch error.effect {
        case .partial, .applied: return .compensate(thisToo: true)
        case .none:
            guard mayGoOn(index),
                let at = nextAttempt(of: step, index: index, error: error, advice: advice, at: now, random: random)
            else { return .compensate(thisToo: self[index].mayHaveActed) }
            return .execute(attempt: self[index].attempt + 1, at: at)
        case .unknown:
            // A plugin that is away is asked when it is back.
            guard let operation = step.operation, !operation.isProbeable else { return .probe(at: now) }
            guard mayGoOn(index), operation.isIdempotent else { return .compensate(thisToo: true) }
            if error.code == StepError.HostCode.hostStopped, self[index].interruptions < Self.interruptionsForgiven {
                return .execute(attempt: self[index].attempt, at: now)
            }
            guard let at = nextAttempt(of: step, index: index, advice: .yes, at: now, random: random)
            else { return .compensate(thisToo: true) }
            return .execute(attempt: self[index].attempt + 1, at: at)
        }
    }

    private func afterProbe(
        of step: Step, index: StepRef, effect: Effect, at now: Timestamp, random: () -> Double
    ) -> RunEvent.AfterProbe {
        switch effect {
        case .applied: return .adopt
        case .partial: return .compensate(thisToo: true)
        case .none:
            guard mayGoOn(index) else { return .compensate(thisToo: false) }
            let wasStopped = self[index].error?.code == StepError.HostCode.hostStopped
            if wasStopped, self[index].interruptions < Self.interruptionsForgiven {
                return .execute(attempt: self[index].attempt, at: now)
            }
            guard let at = nextAttempt(of: step, index: index, advice: .yes, at: now, random: random)
            else { return .compensate(thisToo: false) }
            return .execute(attempt: self[index].attempt + 1, at: at)
        case .unknown:
            guard self[index].probes + 1 < Self.probeLimit else { return .compensate(thisToo: true) }
            let delay = RetryPolicy.compensation.delayMilliseconds(before: self[index].probes + 2, random: random())
            return .probe(at: now + delay)
        }
    }

    private func afterCompensationFailure(
        of step: Step, attempt: Int, advice: RetryAdvice, at now: Timestamp, random: () -> Double
    ) -> RunEvent.AfterCompensationFailure {
        let policy = step.compensation.retry
        guard advice != .no, attempt < policy.maxAttempts else {
            return step.compensation.onFailure == .halt ? .halt : .giveUp
        }
        let delay = Self.delay(policy, before: attempt + 1, advice: advice, random: random)
        return .compensate(attempt: attempt + 1, at: now + delay)
    }

    /// When the next attempt is due; nil when there is none.
    ///
    /// - Parameter error: nil: the attempt is made whatever it was.
    private func nextAttempt(
        of step: Step, index: StepRef, error: StepError? = nil, advice: RetryAdvice, at now: Timestamp,
        random: () -> Double
    ) -> Timestamp? {
        let attempt = self[index].attempt
        let isWorthIt = error.flatMap { error in step.retry.codes?.contains(error.code) } ?? (advice != .no)
        guard isWorthIt, attempt < step.retry.maxAttempts else { return nil }
        return now + Self.delay(step.retry, before: attempt + 1, advice: advice, random: random)
    }

    /// The definition's backoff, or the plugin's own "not before" where that is longer.
    private static func delay(_ policy: RetryPolicy, before attempt: Int, advice: RetryAdvice, random: () -> Double)
        -> Int64
    {
        let backoff = policy.delayMilliseconds(before: attempt, random: random())
        if case .after(let milliseconds) = advice { return max(milliseconds, backoff) }
        return backoff
    }
}
