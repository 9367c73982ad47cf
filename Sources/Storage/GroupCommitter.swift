internal import SagaCore

/// Commits the writes of many runs together.
///
/// There is no writer thread. Whoever finds nobody committing commits at once, alone: with one run at a time nothing is
/// faster. Whatever arrives meanwhile waits and becomes the next commit, whole; so the busier it gets, the more runs
/// share a flush.
final class GroupCommitter: Sendable {
    typealias Outcome = Result<RunKey, StoreError>

    private struct State {
        var isCommitting = false
        var waiting: [(write: RunWrite, writer: any RunWriter)] = []
    }

    private let state = Monitor(State())

    /// - Returns: the outcome, when the calling thread committed and nothing else was waiting; nil when the writer will
    ///   hear.
    func submit(_ write: RunWrite, for writer: any RunWriter, commit: ([RunWrite]) -> [Outcome]) -> Outcome? {
        let isOurTurn = state.withLock { state in
            if state.isCommitting {
                state.waiting.append((write, writer))
                return false
            }
            state.isCommitting = true
            return true
        }
        guard isOurTurn else { return nil }
        let outcome = commit([write])[0]
        guard let others = takeWaiting() else { return outcome }
        // Others wait, and this thread is theirs now: its own run goes on elsewhere.
        writer.wrote(outcome)
        commitWaiting(others, commit)
        return nil
    }

    private func commitWaiting(
        _ first: [(write: RunWrite, writer: any RunWriter)], _ commit: ([RunWrite]) -> [Outcome]
    ) {
        var batch = first
        while true {
            let outcomes = commit(batch.map(\.write))
            for (entry, outcome) in zip(batch, outcomes) { entry.writer.wrote(outcome) }
            guard let next = takeWaiting() else { return }
            batch = next
        }
    }

    /// What waits; nil when nothing does, and then nobody is committing any more.
    private func takeWaiting() -> [(write: RunWrite, writer: any RunWriter)]? {
        state.change { state in
            guard !state.waiting.isEmpty else {
                state.isCommitting = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// Runs `body` while nobody commits, then commits what came meanwhile.
    func alone<Value, Failure: Error>(
        commit: ([RunWrite]) -> [Outcome], _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        _ = state.wait { state -> Bool? in
            guard !state.isCommitting else { return nil }
            state.isCommitting = true
            return true
        }
        defer {
            if let others = takeWaiting() { commitWaiting(others, commit) }
        }
        return try body()
    }
}
