/// Calls that are done, or may be, when another fails: the newest by name, the others by number, so that a saga of many
/// steps has its ways back in a time and a room that grow with their number and no quicker.
struct DoneCalls {
    struct Call {
        let node: PlanNode
        let isSure: Bool
    }

    /// The newest of some calls, and how many there are.
    struct Stack {
        private var calls: [Call] = []
        private(set) var count = 0
        let most: Int

        init(most: Int) { self.most = most }

        /// The newest first.
        var newest: [Call] { calls.suffix(min(most, count)).reversed() }

        mutating func push(_ call: Call) {
            calls.append(call)
            count += 1
            if calls.count > 2 * most { calls.removeFirst(calls.count - most) }
        }

        /// Without those that were there by then.
        func since(_ earlier: Stack) -> Stack {
            var since = self
            since.count -= earlier.count
            return since
        }

        /// With these on top.
        mutating func push(_ others: Stack) {
            calls = calls.suffix(most) + others.newest.reversed()
            count += others.count
        }
    }

    private(set) var all: Stack
    private(set) var back: Stack
    private(set) var standing: Stack
    private var irreversible = 0

    init(most: Int) { (all, back, standing) = (Stack(most: most), Stack(most: most), Stack(most: most)) }

    /// What says that it cannot be taken back, and has no compensation that could say otherwise, ends a run as failed.
    var leavesAPerson: Bool { irreversible > 0 }

    /// The step is done, and all in it that is then, in the order in which it is written.
    mutating func add(_ node: PlanNode) { add(node, isSure: true) }

    /// They are done or not.
    mutating func addMaybe(_ list: [PlanNode]) {
        for call in list.flatMap(\.calls) { push(Call(node: call, isSure: false)) }
    }

    func since(_ earlier: DoneCalls) -> DoneCalls {
        var since = self
        since.all = all.since(earlier.all)
        since.back = back.since(earlier.back)
        since.standing = standing.since(earlier.standing)
        since.irreversible -= earlier.irreversible
        return since
    }

    /// Of each branch what may be done when it begins: all that is done by now, and of the others what they came to.
    func besides(_ branches: [[PlanNode]]) -> [DoneCalls] {
        var after: [DoneCalls] = []
        var behind = DoneCalls(most: all.most)
        for branch in branches.reversed() {
            after.append(behind)
            var own = DoneCalls(most: all.most)
            own.addMaybe(branch)
            own.push(behind)
            behind = own
        }
        var before = self
        return zip(branches, after.reversed()).map { branch, behind in
            var others = before
            others.push(behind)
            before.addMaybe(branch)
            return others
        }
    }

    private mutating func add(_ node: PlanNode, isSure: Bool) {
        if node.isLeftOut { return }
        var isSure = isSure && node.condition == nil
        switch node.form {
        case .call: return push(Call(node: node, isSure: isSure))
        // One of the two, or neither.
        case .scope(.scopeBack, _, _), .scope(.again, _, otherwise: .some): isSure = false
        case .forEach(_, let count, _, _): isSure = isSure && count != 0
        default: break
        }
        for list in node.lists { for node in list { add(node, isSure: isSure) } }
    }

    private mutating func push(_ call: Call) {
        all.push(call)
        let step = call.node.step
        switch step.takingBack(isDone: true) {
        case .irreversible:
            irreversible += 1
            standing.push(call)
        case .compensate where step.cannotBeTakenBack, .keep: standing.push(call)
        case .compensate: back.push(call)
        case .nothingToDo: break
        }
    }

    private mutating func push(_ others: DoneCalls) {
        all.push(others.all)
        back.push(others.back)
        standing.push(others.standing)
        irreversible += others.irreversible
    }
}
