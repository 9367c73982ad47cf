/// Works out the worst case of steps.
struct Reckoning: Sendable {
    /// What the host does itself, at once.
    let hosts: Set<String>

    /// A list, one step after the other.
    func forward(_ list: [PlanNode]) -> WorstCase {
        list.reduce(into: .zero) { if !$1.isLeftOut { $0 += forward($1) } }
    }

    func forward(_ node: PlanNode) -> WorstCase {
        let whole: WorstCase =
            switch node.form {
            case .call: call(node)
            case .parallel(let branches): atOnce(branches.map { forward($0) })
            case .forEach(_, let count, let most, let body): rounds(node, count, atOnce: most, forward(body))
            case .saga(_, _, let body): forward(body)
            case .scope(let end, let body, let otherwise): scope(end, body, otherwise)
            }
        return whole.within(node.totalSeconds)
    }

    /// Everything taken back: one step after the other, however it was done.
    func back(_ list: [PlanNode]) -> WorstCase {
        list.reduce(into: .zero) { worst, node in
            switch node.form {
            case _ where node.isLeftOut: break
            case .call: worst += backward(node)
            case .forEach(_, let count, _, let body): worst += items(node, count, back(body))
            default: for inner in node.lists { worst += back(inner) }
            }
        }
    }

    // MARK: - One step

    private func call(_ node: PlanNode) -> WorstCase {
        let step = node.step
        if let wait = PlannedWait(node) { return worst(of: wait, node) }
        let limit = step.timeoutSeconds ?? step.operation?.timeoutSeconds
        let attempts = step.retry.maxAttempts
        // Whoever does not know how an attempt ended asks, several times where need be.
        let probes = step.operation?.isProbeable == true ? RunMachine.probeLimit : 0
        let one = (limit ?? 0) * Double(1 + probes) + pauses(.compensation, before: probes)
        return WorstCase(
            seconds: one * Double(attempts) + pauses(step.retry, before: attempts),
            calls: attempts.multipliedClamped(1 + probes),
            unbounded: limit == nil && !hosts.contains(step.uses.plugin) ? [node.unbounded(.noTimeout)] : [])
    }

    private func worst(of wait: PlannedWait, _ node: PlanNode) -> WorstCase {
        switch wait.length {
        case .seconds(let seconds): WorstCase(seconds: seconds)
        case .forEver: WorstCase(unbounded: [node.unbounded(.noSignalTimeout)])
        case .until, .knownInRun: WorstCase(unbounded: [node.unbounded(.waitKnownInRun)])
        }
    }

    private func backward(_ node: PlanNode) -> WorstCase {
        let step = node.step
        guard step.takingBack(isDone: true) == .compensate else { return .zero }
        let limit = step.compensation.timeoutSeconds ?? (step.compensator ?? step.operation)?.timeoutSeconds
        let attempts = step.compensation.retry.maxAttempts
        return WorstCase(
            seconds: (limit ?? 0) * Double(attempts) + pauses(step.compensation.retry, before: attempts),
            calls: attempts,
            unbounded: limit == nil && !hosts.contains(step.uses.plugin) ? [node.unbounded(.noTimeout)] : [])
    }

    /// Seconds between so many attempts.
    private func pauses(_ retry: RetryPolicy, before attempts: Int) -> Double {
        guard attempts > 1 else { return 0 }
        var (pause, sum) = (min(retry.initialSeconds, retry.maxSeconds), 0.0)
        for attempt in 2...attempts {
            sum += pause
            let next = min(pause * retry.multiplier, retry.maxSeconds)
            // From here on they are all alike.
            if next == pause { return sum + pause * Double(attempts - attempt) }
            pause = next
        }
        return sum
    }

    // MARK: - Steps that hold others

    /// As long as the longest.
    private func atOnce(_ branches: [WorstCase]) -> WorstCase {
        branches.reduce(into: .zero) { worst, branch in
            let longest = max(worst.seconds, branch.seconds)
            worst += branch
            worst.seconds = longest
        }
    }

    private func items(_ node: PlanNode, _ count: Int?, _ one: WorstCase) -> WorstCase {
        if let count { return one.times(count) }
        var worst = one
        worst.unbounded.append(node.unbounded(.itemsKnownInRun))
        return worst
    }

    private func rounds(_ node: PlanNode, _ count: Int?, atOnce most: Int, _ one: WorstCase) -> WorstCase {
        var worst = items(node, count, one)
        if let count, most > 1 { worst.seconds = one.seconds * Double((count + most - 1) / most) }
        return worst
    }

    private func scope(
        _ end: PlanNode.ScopeEnd, _ body: [PlanNode], _ otherwise: [PlanNode]?
    ) -> WorstCase {
        var worst = forward(body)
        switch end {
        case .everythingBack: break
        case .scopeBack: worst += back(body)
        case .again(let retry):
            worst += back(body)
            worst = worst.times(retry.maxAttempts)
            worst.seconds += pauses(retry, before: retry.maxAttempts)
        }
        if let otherwise { worst += forward(otherwise) }
        return worst
    }
}

extension PlanNode {
    fileprivate func unbounded(_ reason: WorstCase.Unbounded.Reason) -> WorstCase.Unbounded {
        WorstCase.Unbounded(step: label, number: step.number, reason: reason)
    }
}
