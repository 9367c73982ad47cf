/// A step as a plan sees it: with the lists of steps that it holds. Shared, not copied: a plan goes over its steps many times.
public final class PlanNode: Sendable {
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
    /// What the step is called: `create`, `network/create` within a saga, `servers[]/create` within a `for_each`.
    public let label: String
    public let form: Form
    /// What its expressions see as inputs, as far as that is known before a run: those of the saga that it is in.
    public let inputs: PlanScope
    /// The condition on which the step is done, filled in as far as it is known; nil: it is done.
    public let condition: String?
    /// The condition is known not to hold: neither the step is done nor what it holds.
    public let isLeftOut: Bool
    /// Seconds it may take with all its attempts; nil: nothing limits them together.
    public var totalSeconds: Double? { step.totalTimeoutSeconds }
    /// Once it is done, nothing before it is taken back.
    public var isPivot: Bool { step.isPivot }

    public init(
        _ step: Step, label: String? = nil, form: Form = .call, inputs: PlanScope = PlanScope(inputs: [:]),
        condition: String? = nil, isLeftOut: Bool = false
    ) {
        self.step = step
        self.label = label ?? step.id
        self.form = form
        self.inputs = inputs
        self.condition = condition
        self.isLeftOut = isLeftOut
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

    /// The step and all within it.
    var withAllWithin: [PlanNode] { [self] + lists.joined().flatMap(\.withAllWithin) }

    /// The calls in it, or itself, in the order in which they are written; none of what is left out.
    public var calls: [PlanNode] {
        if isLeftOut { return [] }
        if case .call = form { return [self] }
        return lists.joined().flatMap(\.calls)
    }
}
