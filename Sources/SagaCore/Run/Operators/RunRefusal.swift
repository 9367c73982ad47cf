/// Why a run does not do what an operator asks of it.
public struct RunRefusal: Error, Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        case unknown(String)
        /// The run has ended; `verb` is what was asked of it.
        case ended(RunStatus, verb: Verb)
        case beingTakenBack
        case unreadable
        /// Of a run that has not ended.
        case inputsOfOpenRun
        case notAtStep(String, at: String)
        case noStep(String, known: [String])
        /// Only a step of the list itself can be begun from.
        case stepWithin(String, holder: String)
        /// Another run has gone on with steps of this one.
        case given(to: RunID, verb: Verb)
        case inputs([SchemaViolation], names: [String])
        /// The step's compensation has not failed.
        case notFailed(step: String, StepStatus?)
        /// Its compensation is in progress.
        case inCompensation(step: String)
        case badSignalName(String)
        /// What came with a signal is not what its step asks for.
        case signalData(String, SchemaViolation)
        /// Who may send it is not known yet.
        case signalTooEarly(String)
        case signalSender(String, by: String, allowed: [String])
        /// Another than who started the run has to send it; `isKnown`: who that was.
        case fourEyes(String, by: String, isKnown: Bool)
        /// Only for a run that is not.
        case paused(String)
        case notPaused(RunStatus)
        /// Only for a run that has ended.
        case notEnded(RunStatus)
        /// A step before the one to begin at, of which nothing is known that is true.
        case notKnown(step: String, StepStatus?)
        /// What somebody agreed to at that step, or within it, was the inputs that the run had.
        case agreedToOthers(step: String)
        /// Nothing of it is taken back, and no step of it waits.
        case abandonedPastPivot
        /// What the scope did stands in part, and is to be taken back before anything goes past it.
        case holdsLeftovers(step: String, left: [String])
        /// The run does not wait with that step.
        case notWaiting(step: String, StepStatus?)
        /// Somebody else was first.
        case changed
    }

    public enum Verb: String, Sendable, Hashable {
        case cancel, retry, abandon, signal, pause, resume, skip, fork
        case mark = "mark-compensated"
    }

    public let run: String
    public let fact: Fact

    public init(_ fact: Fact, run: RunID) {
        self.fact = fact
        self.run = run.description
    }

    /// Of a run that is not there.
    public init(unknown run: String) {
        fact = .unknown(run)
        self.run = run
    }
}
