/// A journal entry: the list of kinds is the whole story of a run.
///
/// An event says what happened and by that licenses the next call: once it is durable, the call that follows from it
/// may have begun. So there is no separate "started" entry: the intent of a call is the durable event before it.
/// Decisions are written down with the failure that led to them (`then`), so replaying decides nothing anew.
public enum RunEvent: Sendable, Hashable {
    /// The step did its work. `output` joins the context.
    case stepCompleted(step: StepRef, attempt: Int, output: JSONObject)
    /// The step asked to be called again.
    case stepSuspended(step: StepRef, attempt: Int, wakeAt: Timestamp, checkpoint: JSONValue?)
    /// The step did not do its work, or nobody knows whether it did.
    case stepFailed(step: StepRef, attempt: Int, error: StepError, then: AfterFailure)
    /// The plugin was asked what became of a call. `output` counts with effect applied.
    case stepProbed(step: StepRef, attempt: Int, effect: Effect, output: JSONObject, then: AfterProbe)
    /// Written by the step itself, in the middle of a call.
    case checkpointed(step: StepRef, checkpoint: JSONValue)
    /// An operator wants the run to stop and be taken back. `duringCall`: the call in progress is waited for first.
    case cancelRequested(reason: String, duringCall: Bool)
    /// The step is taken back. `how` says if there was something to do.
    case compensationCompleted(step: StepRef, attempt: Int, how: Compensated)
    case compensationSuspended(step: StepRef, attempt: Int, wakeAt: Timestamp, checkpoint: JSONValue?)
    case compensationFailed(step: StepRef, attempt: Int, error: StepError, then: AfterCompensationFailure)
    /// An operator said: again, now. A waiting run stops waiting; a failed one takes up the compensations that failed, or,
    /// past its pivot, what waits there.
    case retryRequested(reason: String)
    /// The run begins with what an earlier run did: this step is not executed again. Only before anything else.
    case stepAdopted(step: StepRef, attempt: Int, output: JSONObject, checkpoint: JSONValue?, execution: Execution)
    /// A new run goes on with the first `adopted` steps of this one, which has ended: they are that run's from now on.
    case retriedAs(run: RunID, adopted: Int, reason: String)
    /// An operator took the step back by hand, where its compensation had failed.
    case compensationMarked(step: StepRef, reason: String)
    /// An operator gave the run up: what it did stands, and nothing more is called.
    case abandoned(reason: String)
    /// A signal came for the step that waits for one: it looks again, now.
    case signalled(name: String)
    /// The step's `when` holds.
    case stepBegun(step: StepRef)
    /// The step is not done: its `when` does not hold, or an operator says so. Past the pivot a failed run goes on with that.
    case stepSkipped(step: StepRef, reason: String?)
    /// What a `for_each` goes through.
    case itemsListed(step: StepRef, items: [JSONValue])
    /// A saga within the saga begins, with these inputs.
    case sagaEntered(step: StepRef, inputs: JSONValue)
    /// The step is not gone on with, because of what happened elsewhere in the run. No call of it was in progress.
    case stepStopped(step: StepRef)
    /// A scope was taken back, and this is what follows.
    case scopeSettled(step: StepRef, then: AfterScope)
    /// Everything is done; this is what the run puts out, or why it cannot be told.
    case putOut(output: Result<JSONObject, StepError>)
    /// The run's time is over: it is taken back.
    case deadlinePassed(duringCall: Bool)
    /// An operator wants nothing to be begun until told otherwise.
    case paused(reason: String)
    case resumed(reason: String)

    /// Where an adopted step was executed. Whoever takes it back is told the same as whoever did it.
    public struct Execution: Sendable, Hashable {
        public let run: RunID
        /// Of that run, where they are others than those of the run that adopts; nil: the same.
        public let inputs: JSONValue?
        /// What it put out is known here, and nothing more: it stays that run's, and is not taken back here.
        public let isKnown: Bool

        public init(run: RunID, inputs: JSONValue?, isKnown: Bool = false) {
            self.run = run
            self.inputs = inputs
            self.isKnown = isKnown
        }
    }

    public enum AfterFailure: Sendable, Hashable {
        /// Execute again, at the earliest then. The same attempt number when the failure was not the step's.
        case execute(attempt: Int, at: Timestamp)
        /// Ask the plugin what happened, at the earliest then.
        case probe(at: Timestamp)
        /// Take back the completed steps; with `thisToo` this one first.
        case compensate(thisToo: Bool)
    }

    public enum AfterProbe: Sendable, Hashable {
        /// It was done: its output counts, the run goes on.
        case adopt
        /// It was not done.
        case execute(attempt: Int, at: Timestamp)
        case compensate(thisToo: Bool)
        /// The plugin cannot tell yet.
        case probe(at: Timestamp)
    }

    public enum Compensated: String, Sendable, Hashable {
        case called
        /// The operation has nothing to take back.
        case nothingToDo = "nothing_to_do"
        /// The definition says to leave it.
        case kept
    }

    public enum AfterScope: Sendable, Hashable {
        /// Once more from its first step.
        case again(attempt: Int, at: Timestamp)
        /// With its `else`, or with what comes after it.
        case otherwise
        /// Something of it is still there, or it was begun often enough: the run is taken back, or waits past its pivot.
        case fail
    }

    public enum AfterCompensationFailure: Sendable, Hashable {
        case compensate(attempt: Int, at: Timestamp)
        /// Leave it, take back the others.
        case giveUp
        /// Leave it and the others for a person.
        case halt
    }
}

/// An event that does not fit where the run stands: the journal is damaged, or we have a bug. Never a crash.
public struct IllegalEvent: Error, Sendable, Hashable {
    public let event: RunEvent
    public let state: String
}
