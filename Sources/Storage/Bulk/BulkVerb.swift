public import SagaCore

/// What may be asked of many runs at once.
public enum BulkVerb: String, Sendable, Hashable, CaseIterable {
    case cancel, retry, abandon, pause, resume

    public var ask: RunAsk {
        switch self {
        case .cancel: .cancel
        case .retry: .retry(fromStep: nil, inputs: nil)
        case .abandon: .abandon
        case .pause: .pause
        case .resume: .resume
        }
    }

    public var action: AuditAction {
        switch self {
        case .cancel: .runCancel
        case .retry: .runRetry
        case .abandon: .runAbandon
        case .pause: .runPause
        case .resume: .runResume
        }
    }

    /// Where a filter names no status: only runs for which the verb can have a meaning. What a filter does name is meant,
    /// and refused run by run.
    func narrowed(_ filter: RunFilter) -> RunFilter {
        var filter = filter
        if filter.statuses.isEmpty {
            switch self {
            case .cancel: filter.statuses = [.pending, .running]
            case .abandon, .pause, .resume: filter.statuses = [.pending, .running, .compensating]
            case .retry: filter.statuses = [.pending, .running, .compensating, .failed]
            }
        }
        if filter.isPaused == nil {
            switch self {
            case .pause, .retry: filter.isPaused = false
            case .resume: filter.isPaused = true
            case .cancel, .abandon: break
            }
        }
        return filter
    }
}
