/// The ways back from every call of a tree of steps.
struct WaysBack {
    /// A call that is done, or may be, when another fails.
    private struct Done {
        let node: PlanNode
        let isSure: Bool
    }

    /// A scope around a step that is not simply taken back with everything.
    private struct Boundary {
        let scope: String
        let end: PlanNode.ScopeEnd
        let hasElse: Bool
        /// How much was done before the scope began.
        let depth: Int
    }

    /// By the step's number.
    private(set) var ways: [Int: WayBack] = [:]

    init(_ tree: [PlanNode]) {
        var done: [Done] = []
        walk(tree, &done, isPastPivot: false, boundary: nil)
    }

    private mutating func walk(_ list: [PlanNode], _ done: inout [Done], isPastPivot: Bool, boundary: Boundary?) {
        var isPastPivot = isPastPivot
        for node in list {
            visit(node, done, isPastPivot: isPastPivot, boundary: boundary)
            done += Self.done(after: node, isSure: true)
            isPastPivot = isPastPivot || Self.passesPivot(node)
        }
    }

    private mutating func visit(_ node: PlanNode, _ done: [Done], isPastPivot: Bool, boundary: Boundary?) {
        var inside = done
        switch node.form {
        case .call: ways[node.step.number] = way(from: node, done, isPastPivot, boundary)
        case .parallel(let branches):
            for (index, branch) in branches.enumerated() {
                let others = branches.enumerated().filter { $0.offset != index }.flatMap { $0.element.flatMap(\.calls) }
                inside = done + others.map { Done(node: $0, isSure: false) }
                walk(branch, &inside, isPastPivot: isPastPivot, boundary: boundary)
            }
        case .forEach(_, let count, _, let body):
            if count != 1 { inside += body.flatMap(\.calls).map { Done(node: $0, isSure: false) } }
            walk(body, &inside, isPastPivot: isPastPivot, boundary: boundary)
        case .saga(_, _, let body):
            walk(body, &inside, isPastPivot: isPastPivot, boundary: boundary)
        case .scope(let end, let body, let otherwise):
            let own =
                end == .everythingBack
                ? boundary
                : Boundary(scope: node.label, end: end, hasElse: otherwise != nil, depth: done.count)
            walk(body, &inside, isPastPivot: isPastPivot, boundary: own)
            if let otherwise {
                // What the scope did is taken back by then.
                inside = done
                walk(otherwise, &inside, isPastPivot: isPastPivot, boundary: boundary)
            }
        }
    }

    /// What is done when the step is, in the order in which it is written.
    private static func done(after node: PlanNode, isSure: Bool) -> [Done] {
        var isSure = isSure && node.condition == nil
        switch node.form {
        case .call: return [Done(node: node, isSure: isSure)]
        // One of the two, or neither.
        case .scope(.scopeBack, _, _), .scope(.again, _, otherwise: .some): isSure = false
        case .forEach(_, let count, _, _): isSure = isSure && count != 0
        default: break
        }
        return node.lists.joined().flatMap { done(after: $0, isSure: isSure) }
    }

    private static func passesPivot(_ node: PlanNode) -> Bool {
        guard node.condition == nil else { return false }
        if node.isPivot { return true }
        // An `else` is done only when something failed.
        let lists = if case .scope(_, let body, _) = node.form { [body] } else { node.lists }
        return lists.joined().contains(where: passesPivot)
    }

    private func way(from node: PlanNode, _ done: [Done], _ isPastPivot: Bool, _ boundary: Boundary?) -> WayBack {
        if let boundary, let way = scopeWay(from: node, done, boundary) { return way }
        if isPastPivot {
            let standing = done.reversed().map {
                WayBack.Standing(step: $0.node.label, number: $0.node.step.number, reason: .pivot)
            }
            return WayBack(back: [], standing: standing, end: .failed, again: again(boundary))
        }
        let (back, standing) = split(node, done)
        return WayBack(
            back: back, standing: standing, end: leavesAPerson(done) ? .failed : .rolledBack, again: again(boundary))
    }

    /// Nil: it comes to everything being taken back.
    private func scopeWay(from node: PlanNode, _ done: [Done], _ boundary: Boundary) -> WayBack? {
        let within = Array(done[boundary.depth...])
        guard !leavesAPerson(within) else { return nil }
        let (back, standing) = split(node, within)
        let again = again(boundary)
        if case .again = boundary.end, !boundary.hasElse { return nil }
        return WayBack(
            back: back, standing: standing, end: .goesOn(scope: boundary.scope, otherwise: boundary.hasElse),
            again: again)
    }

    private func again(_ boundary: Boundary?) -> WayBack.Again? {
        guard let boundary, case .again(let retry) = boundary.end, retry.maxAttempts > 1 else { return nil }
        return WayBack.Again(scope: boundary.scope, times: retry.maxAttempts - 1)
    }

    private func split(_ node: PlanNode, _ done: [Done]) -> ([WayBack.Back], [WayBack.Standing]) {
        var back: [WayBack.Back] = []
        var standing: [WayBack.Standing] = []
        if node.step.takingBack(isDone: false) == .compensate, !node.step.cannotBeTakenBack {
            back.append(WayBack.Back(step: node.label, number: node.step.number, extent: .itself))
        }
        for entry in done.reversed() {
            let (step, label) = (entry.node.step, entry.node.label)
            switch step.takingBack(isDone: true) {
            case .compensate where step.cannotBeTakenBack, .irreversible:
                standing.append(WayBack.Standing(step: label, number: step.number, reason: .irreversible))
            case .compensate, .waitForCall:
                back.append(
                    WayBack.Back(step: label, number: step.number, extent: entry.isSure ? .whole : .asFarAsItCame))
            case .keep: standing.append(WayBack.Standing(step: label, number: step.number, reason: .skip))
            case .nothingToDo: break
            }
        }
        return (back, standing)
    }

    /// What says that it cannot be taken back, and has no compensation that could say otherwise, ends a run as failed.
    private func leavesAPerson(_ done: [Done]) -> Bool {
        done.contains { $0.node.step.takingBack(isDone: true) == .irreversible }
    }
}
