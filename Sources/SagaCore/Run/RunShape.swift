/// How the steps of a saga hang together: all that decides which step comes after which.
///
/// The steps within a step come right after it, so what it holds is a range.
public final class RunShape: Sendable {
    struct Node: Sendable {
        var kind = Kind.call
        /// The step that holds this one; nil: the saga itself.
        var parent: Int?
        /// What comes after it in its list.
        var next: Int?
        /// How many `for_each` are around it.
        var depth = 0
        /// Itself and everything it holds.
        var range = 0..<0
        var hasCondition = false
        var isPivot = false
        /// It waits for a person, or another program.
        var waitsForSignal = false
    }

    enum Kind: Sendable {
        case call
        case parallel(heads: [Int], BranchFailure)
        case forEach(head: Int, maxConcurrency: Int, BranchFailure)
        case saga(head: Int)
        case scope(head: Int, ScopeFailure, otherwise: Otherwise)
    }

    enum Otherwise: Sendable, Hashable {
        /// A failure is not dealt with.
        case none
        case nothing
        case list(head: Int)
    }

    let nodes: [Node]
    let head: Int?
    let hasOutput: Bool

    init(steps: [Step], body: [Int], hasOutput: Bool) {
        var nodes = steps.indices.map { Node(range: $0..<$0 + 1) }
        Self.link(body, parent: nil, depth: 0, steps, &nodes)
        self.nodes = nodes
        head = body.first
        self.hasOutput = hasOutput
    }

    /// A list of calls.
    init(count: Int) {
        nodes = (0..<count).map { Node(next: $0 + 1 < count ? $0 + 1 : nil, range: $0..<$0 + 1) }
        head = count > 0 ? 0 : nil
        hasOutput = false
    }

    /// - Returns: where the last of the list ends.
    @discardableResult
    private static func link(_ list: [Int], parent: Int?, depth: Int, _ steps: [Step], _ nodes: inout [Node]) -> Int {
        var end = parent.map { $0 + 1 } ?? 0
        for (place, index) in list.enumerated() {
            let step = steps[index]
            end = index + 1
            nodes[index].parent = parent
            nodes[index].next = place + 1 < list.count ? list[place + 1] : nil
            nodes[index].depth = depth
            nodes[index].kind = kind(of: step.form)
            nodes[index].hasCondition = step.when != nil
            nodes[index].isPivot = step.isPivot
            nodes[index].waitsForSignal = step.waitsForSignal
            let isLoop = if case .forEach = step.form { true } else { false }
            for inner in step.form.lists {
                end = max(end, link(inner, parent: index, depth: depth + (isLoop ? 1 : 0), steps, &nodes))
            }
            nodes[index].range = index..<end
        }
        return end
    }

    private static func kind(of form: StepForm) -> Kind {
        switch form {
        case .call: .call
        case .parallel(let branches, let onFailure): .parallel(heads: branches.compactMap(\.first), onFailure)
        case .forEach(let each):
            .forEach(head: each.body.first ?? 0, maxConcurrency: each.maxConcurrency, each.onFailure)
        case .saga(let saga): .saga(head: saga.body.first ?? 0)
        case .scope(let body, let onFailure, let otherwise):
            .scope(
                head: body.first ?? 0, onFailure,
                otherwise: otherwise.map { $0.first.map { .list(head: $0) } ?? .nothing } ?? .none)
        }
    }
}

extension RunShape {
    func parent(of ref: StepRef) -> StepRef? {
        guard let parent = nodes[ref.index].parent else { return nil }
        if case .forEach = nodes[parent].kind { return StepRef(parent, item: Array(ref.item.dropLast())) }
        return StepRef(parent, item: ref.item)
    }

    /// The `for_each` around a step, the outermost first.
    func loops(around index: Int) -> [Int] {
        var loops: [Int] = []
        var at = nodes[index].parent
        while let parent = at {
            if case .forEach = nodes[parent].kind { loops.append(parent) }
            at = nodes[parent].parent
        }
        return loops.reversed()
    }

    /// Whether a step is held by another, however deep.
    func holds(_ outer: StepRef, _ ref: StepRef) -> Bool {
        ref.index != outer.index && nodes[outer.index].range.contains(ref.index) && ref.item.starts(with: outer.item)
    }

    func isCall(_ ref: StepRef) -> Bool { if case .call = nodes[ref.index].kind { true } else { false } }

    /// What is taken back as one: scopes and sagas keep a ledger of their own while they are under way.
    func isUnit(_ ref: StepRef) -> Bool {
        switch nodes[ref.index].kind {
        case .saga, .scope: true
        case .call, .parallel, .forEach: false
        }
    }

    /// The scope or saga a step is in; nil: the run itself.
    func unit(of ref: StepRef) -> StepRef? {
        var at = parent(of: ref)
        while let step = at, !isUnit(step) { at = parent(of: step) }
        return at
    }
}
