/// What an operator asks of a run, a signal aside.
public enum RunAsk: Sendable, Hashable {
    case cancel, abandon, pause, resume
    /// - Parameter inputs: all of them; nil: those the run had.
    case retry(fromStep: String?, inputs: JSONValue?)
    case fork(fromStep: String, inputs: JSONValue?)
    /// By the step's label.
    case skip(step: String)
    case mark(step: String)

    public var verb: RunRefusal.Verb {
        switch self {
        case .cancel: .cancel
        case .abandon: .abandon
        case .pause: .pause
        case .resume: .resume
        case .retry: .retry
        case .fork: .fork
        case .skip: .skip
        case .mark: .mark
        }
    }
}
