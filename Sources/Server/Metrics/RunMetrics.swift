public import SagaCore

/// Counts what runs do in this process, and how long they take for it.
public final class RunMetrics: RunObserver {
    private let metrics: Metrics
    /// When the runs in progress were first seen, and when they last moved.
    private let moments = Monitor([RunID: (first: Timestamp, last: Timestamp)]())

    public init(_ metrics: Metrics) { self.metrics = metrics }

    public func run(_ id: RunID, of saga: Saga, did events: [StoredEvent], now machine: RunMachine) {
        for stored in events {
            guard let step = stored.event.step?.index, saga.steps.indices.contains(step), saga.steps[step].isCall else {
                continue
            }
            let operation = saga.steps[step].uses.description
            switch stored.event {
            case .stepCompleted, .compensationCompleted:
                let verb = stored.event.kind == .stepCompleted ? "execute" : "compensate"
                let began = moments.withLock { $0[id]?.last } ?? stored.at
                metrics.observe(
                    "arcadia_step_seconds", Double(stored.at - began) / 1000,
                    labels: [("operation", operation), ("verb", verb)])
            case .stepFailed(_, _, let error, _), .compensationFailed(_, _, let error, _):
                metrics.add(
                    "arcadia_step_failures_total", labels: [("operation", operation), ("code", error.code)])
            default: break
            }
        }
        let now = events.last?.at ?? id.madeAt
        moments.withLock { $0[id] = ($0[id]?.first ?? id.madeAt, now) }
    }

    public func run(_ id: RunID, isBlocked reason: String) { forget(id) }

    public func runEnded(_ id: RunID, _ status: RunStatus) {
        metrics.add("arcadia_runs_total", labels: [("status", status.rawValue)])
        guard let (first, last) = forget(id) else { return }
        metrics.observe("arcadia_run_seconds", Double(last - first) / 1000, labels: [("status", status.rawValue)])
    }

    @discardableResult
    private func forget(_ id: RunID) -> (first: Timestamp, last: Timestamp)? {
        moments.withLock { $0.removeValue(forKey: id) }
    }
}
