/// How many, and how long: what has no bound, and bounds that cannot be kept.
extension DefinitionProof {
    /// Loops over lists that are said to be lists and may be of any length.
    mutating func proveLoops(_ saga: CheckedSaga) {
        for step in saga.everyStep {
            guard case .forEach(let each) = step.step.form, case .expression(let expression) = each.items,
                let path = expression.listPath, let view = saga.view(of: path), view.isUnboundedList
            else { continue }
            let isInput = path.first == .member("inputs")
            note(
                .unboundedLoop(step: step.id, items: path.map(\.text).joined(), isInput: isInput),
                at: step.written.at.appending("for_each"))
        }
    }

    /// What a run takes at least, and what its steps may take, against what it may take.
    mutating func proveDurations(_ saga: CheckedSaga) {
        guard let deadline = saga.written.timeoutSeconds else { return }
        let place = saga.written.at.appending("timeout_seconds")
        // Past a pivot a run is not taken back, however long it takes.
        let pivot = saga.steps.firstIndex { $0.step.isPivot } ?? saga.steps.endIndex
        let steps = saga.steps.prefix(through: min(pivot, saga.steps.endIndex - 1))
        let waits = steps.reduce(0) { $0 + $1.leastSeconds }
        if waits > deadline { note(.waitsBeyondDeadline(waits: waits, deadline: deadline), at: place) }
        for step in steps.flatMap(\.withInnerSagas) {
            for (key, at, seconds) in step.limits where seconds > deadline {
                note(.limitBeyondDeadline(key: key, step: step.id, seconds: seconds, deadline: deadline), at: at)
            }
        }
    }

    /// Attempts that there is no time for.
    mutating func proveAttempts(_ saga: CheckedSaga) {
        for step in saga.everyStep {
            let at = step.written.at.appending("retry").appending("max_attempts")
            guard let each = step.written.timeoutSeconds, let total = step.written.totalTimeoutSeconds, isWritten(at),
                each <= total, each * Double(step.written.retry.maxAttempts - 1) >= total
            else { continue }
            note(
                .attemptsBeyondTotal(
                    step: step.id, attempts: step.written.retry.maxAttempts, seconds: each, total: total), at: at)
        }
    }

    /// Loops that make more requests than a plugin's credentials are good for in an hour.
    mutating func proveRequests(_ saga: CheckedSaga, _ catalog: any OperationCatalog) {
        for level in saga.everySaga {
            for step in level.steps.flatMap(\.outermostLoops) {
                for (plugin, requests) in level.requests(of: step, times: 1).sorted(by: { $0.key < $1.key }) {
                    guard let perHour = catalog.requestsPerHour(of: plugin), requests > perHour else { continue }
                    note(
                        .requestsBeyondLimit(step: step.id, plugin: plugin, requests: requests, perHour: perHour),
                        at: step.written.at.appending("for_each"))
                }
            }
        }
    }
}

extension CheckedSaga {
    /// What is said of the value at a path; nil: nothing.
    fileprivate func view(of path: [Expression.Token]) -> SchemaView? {
        switch path.first {
        case .member("inputs")?: return SchemaView(written.inputs).descending(path.dropFirst())
        case .member("steps")?:
            guard path.count > 3, case .member(let id) = path[1], path[2] == .member("output") else { return nil }
            return operations[id].map { SchemaView($0.output).descending(path.dropFirst(3)) }
        default: return nil
        }
    }

    /// How many items a loop has at most; nil: it cannot be told.
    private func mostItems(_ each: ForEach) -> Int? {
        switch each.items {
        case .literal(let value): value.arrayValue?.count
        case .array(let items): items.count
        case .expression(let expression): expression.listPath.flatMap(view)?.mostItems
        default: nil
        }
    }

    /// The requests that a step makes of each plugin, one attempt each; without those that nobody counts.
    fileprivate func requests(of step: CheckedStep, times: Int) -> [String: Int] {
        if let operation = step.step.operation, let calls = operation.apiCalls.execute {
            return [operation.name.plugin: calls.multipliedClamped(times)]
        }
        var inner = times
        if case .forEach(let each) = step.step.form {
            guard let most = mostItems(each) else { return [:] }
            inner = times.multipliedClamped(most)
        }
        if let saga = step.saga { return saga.requests(of: saga.steps, times: inner) }
        return requests(of: Array(step.lists.joined()), times: inner)
    }

    private func requests(of steps: [CheckedStep], times: Int) -> [String: Int] {
        steps.reduce(into: [:]) { sums, step in
            sums.merge(requests(of: step, times: times)) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
        }
    }
}

extension Expression {
    /// The list that it goes through: `.inputs.names`, or that with something else where there is none.
    fileprivate var listPath: [Token]? {
        if let path { return path }
        guard case .binary(.alternative, let left, let right)? = node?.jq, case .array(nil) = right.jq else {
            return nil
        }
        return left.path
    }
}

extension CheckedStep {
    fileprivate var outermostLoops: [CheckedStep] {
        if case .forEach = step.form { return [self] }
        return lists.joined().flatMap(\.outermostLoops)
    }

    fileprivate var withInnerSagas: [CheckedStep] {
        withInner.flatMap { [$0] + ($0.saga?.steps.flatMap(\.withInnerSagas) ?? []) }
    }

    /// The limits that are written for it, in seconds, and where.
    fileprivate var limits: [(key: String, at: JSONPointer, seconds: Double)] {
        var limits: [(String, JSONPointer, Double)] = []
        for (key, seconds) in [
            ("timeout_seconds", written.timeoutSeconds), ("total_timeout_seconds", written.totalTimeoutSeconds),
        ] {
            if let seconds { limits.append((key, written.at.appending(key), seconds)) }
        }
        if step.uses == SignalOperations.waitSignal, let seconds = written.with["timeout_seconds"]?.doubleValue {
            limits.append(("timeout_seconds", written.withAt.appending("timeout_seconds"), seconds))
        }
        return limits
    }

    /// Seconds that it takes wherever it is done to its end: those that it is said to wait.
    fileprivate var leastSeconds: Double {
        guard step.when == nil else { return 0 }
        switch step.form {
        case .call: return waitedSeconds ?? 0
        case .parallel: return lists.map(Self.leastSeconds).max() ?? 0
        case .forEach(let each):
            guard case .literal(let items) = each.items, let count = items.arrayValue?.count else { return 0 }
            let rounds = (count + each.maxConcurrency - 1) / each.maxConcurrency
            return lists.map(Self.leastSeconds).reduce(0, +) * Double(rounds)
        case .saga: return saga.map { Self.leastSeconds(of: $0.steps) } ?? 0
        case .scope(_, .compensateAll, _): return lists.first.map(Self.leastSeconds) ?? 0
        // It may be left before its end.
        case .scope: return 0
        }
    }

    private static func leastSeconds(of list: [CheckedStep]) -> Double { list.reduce(0) { $0 + $1.leastSeconds } }
}
