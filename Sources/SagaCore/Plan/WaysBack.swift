/// The ways back from every call of a tree of steps.
struct WaysBack {
    /// A scope around a step that is not simply taken back with everything.
    private struct Boundary {
        let scope: String
        let end: PlanNode.ScopeEnd
        let hasElse: Bool
        /// What was done before the scope began.
        let before: DoneCalls
    }

    /// By the step's number.
    private(set) var ways: [Int: WayBack] = [:]
    /// Steps that one way names at most: of long sagas fewer, since each step has a way of its own.
    private let most: Int

    init(_ tree: [PlanNode]) {
        let calls = tree.reduce(0) { $0 + $1.calls.count }
        most = max(10, min(WayBack.mostListed, 100_000 / max(calls, 1)))
        var done = DoneCalls(most: most)
        walk(tree, &done, isPastPivot: false, boundary: nil)
    }

    private mutating func walk(_ list: [PlanNode], _ done: inout DoneCalls, isPastPivot: Bool, boundary: Boundary?) {
        var isPastPivot = isPastPivot
        for node in list where !node.isLeftOut {
            visit(node, done, isPastPivot: isPastPivot, boundary: boundary)
            done.add(node)
            isPastPivot = isPastPivot || Self.passesPivot(node)
        }
    }

    private mutating func visit(_ node: PlanNode, _ done: DoneCalls, isPastPivot: Bool, boundary: Boundary?) {
        var inside = done
        switch node.form {
        case .call: ways[node.step.number] = way(from: node, done, isPastPivot, boundary)
        case .parallel(let branches):
            for (branch, others) in zip(branches, done.besides(branches)) {
                inside = others
                walk(branch, &inside, isPastPivot: isPastPivot, boundary: boundary)
            }
        case .forEach(_, let count, _, let body):
            if count != 1 { inside.addMaybe(body) }
            walk(body, &inside, isPastPivot: isPastPivot, boundary: boundary)
        case .saga(_, _, let body):
            walk(body, &inside, isPastPivot: isPastPivot, boundary: boundary)
        case .scope(let end, let body, let otherwise):
            let own =
                end == .everythingBack
                ? boundary
                : Boundary(scope: node.label, end: end, hasElse: otherwise != nil, before: done)
            walk(body, &inside, isPastPivot: isPastPivot, boundary: own)
            if let otherwise {
                // What the scope did is taken back by then.
                inside = done
                walk(otherwise, &inside, isPastPivot: isPastPivot, boundary: boundary)
            }
        }
    }

    private static func passesPivot(_ node: PlanNode) -> Bool {
        guard node.condition == nil else { return false }
        if node.isPivot { return true }
        // An `else` is done only when something failed.
        let lists = if case .scope(_, let body, _) = node.form { [body] } else { node.lists }
        return lists.joined().contains(where: passesPivot)
    }

    private func way(from node: PlanNode, _ done: DoneCalls, _ isPastPivot: Bool, _ boundary: Boundary?) -> WayBack {
        if let boundary, let way = scopeWay(from: node, done, boundary) { return way }
        if isPastPivot {
            let standing = done.all.newest.map { WayBack.Standing($0, .pivot) }
            return WayBack(
                back: [], more: 0, standing: standing, moreStanding: done.all.count - standing.count, end: .failed,
                again: again(boundary))
        }
        return way(from: node, done, end: done.leavesAPerson ? .failed : .rolledBack, boundary)
    }

    /// Nil: it comes to everything being taken back.
    private func scopeWay(from node: PlanNode, _ done: DoneCalls, _ boundary: Boundary) -> WayBack? {
        let within = done.since(boundary.before)
        guard !within.leavesAPerson else { return nil }
        if case .again = boundary.end, !boundary.hasElse { return nil }
        return way(from: node, within, end: .goesOn(scope: boundary.scope, otherwise: boundary.hasElse), boundary)
    }

    private func way(from node: PlanNode, _ done: DoneCalls, end: WayBack.End, _ boundary: Boundary?) -> WayBack {
        let isItself = node.step.takingBack(isDone: false) == .compensate && !node.step.cannotBeTakenBack
        let itself = isItself ? [WayBack.Back(step: node.label, number: node.step.number, extent: .itself)] : []
        let back = itself + done.back.newest.map(\.back)
        let standing = done.standing.newest.map { WayBack.Standing($0, $0.node.step.reasonToStand) }
        return WayBack(
            back: Array(back.prefix(most)), more: max(0, itself.count + done.back.count - most),
            standing: standing, moreStanding: done.standing.count - standing.count, end: end, again: again(boundary))
    }

    private func again(_ boundary: Boundary?) -> WayBack.Again? {
        guard let boundary, case .again(let retry) = boundary.end, retry.maxAttempts > 1 else { return nil }
        return WayBack.Again(scope: boundary.scope, times: retry.maxAttempts - 1)
    }
}

extension Step {
    /// Once it is done.
    fileprivate var reasonToStand: WayBack.Standing.Reason {
        if case .keep = takingBack(isDone: true) { .skip } else { .irreversible }
    }
}

extension DoneCalls.Call {
    fileprivate var back: WayBack.Back {
        WayBack.Back(step: node.label, number: node.step.number, extent: isSure ? .whole : .asFarAsItCame)
    }
}

extension WayBack.Standing {
    fileprivate init(_ call: DoneCalls.Call, _ reason: Reason) {
        self.init(step: call.node.label, number: call.node.step.number, reason: reason)
    }
}
