/// A step as a plan sees it: with the lists of steps that it holds.
public struct PlanNode: Sendable {
    /// What the step is; lists in the order in which they are written.
    public indirect enum Form: Sendable {
        case call
        case parallel([[PlanNode]])
        /// Items are counted where they are known before a run.
        case forEach(items: String, count: Int?, atOnce: Int, [PlanNode])
        case saga(name: String, version: String?, [PlanNode])
        case scope(ScopeEnd, [PlanNode], otherwise: [PlanNode]?)
    }

    /// What becomes of a scope in which a step failed.
    public enum ScopeEnd: Sendable, Hashable {
        case everythingBack
        case scopeBack
        case again(RetryPolicy)
    }

    public let step: Step
    public let form: Form
    /// The expression on which it depends whether the step is done; nil: it is.
    public let condition: String?
    /// Seconds it may take with all its attempts; nil: nothing limits them together.
    public let totalSeconds: Double?
    /// Once it is done, nothing before it is taken back.
    public let isPivot: Bool

    public init(
        _ step: Step, form: Form = .call, condition: String? = nil, totalSeconds: Double? = nil, isPivot: Bool = false
    ) {
        self.step = step
        self.form = form
        self.condition = condition
        self.totalSeconds = totalSeconds
        self.isPivot = isPivot
    }

    /// The lists it holds.
    var lists: [[PlanNode]] {
        switch form {
        case .call: []
        case .parallel(let branches): branches
        case .forEach(_, _, _, let body), .saga(_, _, let body): [body]
        case .scope(_, let body, let otherwise): [body] + (otherwise.map { [$0] } ?? [])
        }
    }

    /// The calls in it, or itself, in the order in which they are written.
    var calls: [PlanNode] {
        if case .call = form { return [self] }
        return lists.joined().flatMap(\.calls)
    }
}

extension Saga {
    /// The steps as a tree. How often a `for_each` goes round is known where its list is given, or among the inputs.
    func planTree(inputs: JSONValue) -> [PlanNode] { steps.map { PlanNode($0) } }
}
