internal import SagaCore
internal import Synchronization

/// Commits the writes of many runs together.
///
/// There is no writer thread. With nothing else to do, whoever has a write commits it at once, alone: with one run at a
/// time nothing is faster. While other runs are ready to go on, a write waits for theirs, because what a commit costs it
/// costs once for all of them; but never longer than a few flushes take (10 ms at most), and no longer than there is work.
final class GroupCommitter: @unchecked Sendable {
    typealias Outcome = Result<RunKey, StoreError>
    typealias Entry = (write: RunWrite, writer: any RunWriter)

    fileprivate struct State {
        var isCommitting = false
        var waiting: [Entry] = []
        /// Somebody wants the database alone: commits step aside once.
        var wantAlone = 0
        /// The flusher is watching over what waits.
        var isWatched = false
        /// Counts the batches taken: a watch is over when the batch it was for is gone.
        var taken = 0
        var hasFlusher = false
    }

    /// What a flush costs here, in microseconds, learned from the commits themselves: 100 on this disk, 5,000 on another.
    private let flushCost = Atomic<Int64>(100)

    /// Microseconds that one write of a batch takes, about.
    private static let writeCost: Int64 = 5

    /// Microseconds that a write waits for others at most, when nobody is committing.
    private var patience: Int64 { min(10_000, max(1000, flushCost.load(ordering: .relaxed) * 2)) }

    /// A batch this large gains little from growing: its rows cost several times its flush.
    private var largest: Int { Int(max(256, flushCost.load(ordering: .relaxed) / Self.writeCost * 4)) }

    private let state = Monitor(State())
    private let commitBatch: ([RunWrite]) -> [Outcome]
    /// Are other runs ready to go on, so that their writes will follow soon?
    private let expectsMore: @Sendable () -> Bool
    private let enqueue: @Sendable ([any Work]) -> Void

    init(
        expectsMore: @escaping @Sendable () -> Bool, enqueue: @escaping @Sendable ([any Work]) -> Void,
        commit: @escaping ([RunWrite]) -> [Outcome]
    ) {
        self.expectsMore = expectsMore
        self.enqueue = enqueue
        commitBatch = commit
    }

    /// Commits and learns from how long it took.
    private func commit(_ batch: [RunWrite]) -> [Outcome] {
        let start = ContinuousClock.now
        let outcomes = commitBatch(batch)
        let took = start.duration(to: .now).components
        let microseconds = took.seconds * 1_000_000 + took.attoseconds / 1_000_000_000_000
        let cost = max(20, microseconds - Int64(batch.count) * Self.writeCost)
        let known = flushCost.load(ordering: .relaxed)
        flushCost.store((known * 7 + min(cost, 20_000)) / 8, ordering: .relaxed)
        return outcomes
    }

    /// - Returns: the outcome, when the calling thread committed and nothing else was waiting; nil when the writer will
    ///   hear.
    func submit(_ write: RunWrite, for writer: any RunWriter) -> Outcome? {
        enum Part { case alone, batch([Entry]), wait, waitWatched }
        let isBusy = expectsMore()
        let part = state.withLock { state -> Part in
            if state.isCommitting || (isBusy && state.waiting.count < largest) {
                state.waiting.append((write, writer))
                guard !state.isCommitting, !state.isWatched else { return .wait }
                state.isWatched = true
                return .waitWatched
            }
            state.isCommitting = true
            guard !state.waiting.isEmpty else { return .alone }
            return .batch(state.take() + [(write, writer)])
        }
        switch part {
        case .wait: return nil
        case .waitWatched:
            wakeFlusher()
            return nil
        case .batch(let entries):
            commitAll(entries)
            return nil
        case .alone:
            let outcome = commit([write])[0]
            guard let others = takeWaiting() else { return outcome }
            // Others wait, and this thread is theirs now: its own run goes on elsewhere.
            if let work = writer.wrote(outcome) { enqueue([work]) }
            commitAll(others)
            return nil
        }
    }

    /// Commits what waits, if nobody does: a thread that finds no work calls this before it goes to sleep.
    ///
    /// - Returns: whether there was something.
    func flush() -> Bool {
        let entries = state.withLock { state -> [Entry] in
            guard !state.isCommitting, !state.waiting.isEmpty else { return [] }
            state.isCommitting = true
            return state.take()
        }
        guard !entries.isEmpty else { return false }
        commitAll(entries)
        return true
    }

    private func commitAll(_ first: [Entry]) {
        var batch = first
        while true {
            let outcomes = commit(batch.map(\.write))
            var ready: [any Work] = []
            ready.reserveCapacity(batch.count)
            for (entry, outcome) in zip(batch, outcomes) {
                if let work = entry.writer.wrote(outcome) { ready.append(work) }
            }
            enqueue(ready)
            guard let next = takeWaiting() else { return }
            batch = next
        }
    }

    /// What waits and should be committed now; nil when nothing should, and then nobody is committing any more.
    private func takeWaiting() -> [Entry]? {
        let isBusy = expectsMore()
        let (entries, mustWatch) = state.change { state -> ([Entry]?, Bool) in
            guard !state.waiting.isEmpty, state.wantAlone == 0, !isBusy || state.waiting.count >= largest else {
                state.isCommitting = false
                let mustWatch = !state.waiting.isEmpty && !state.isWatched
                state.isWatched = state.isWatched || mustWatch
                return (nil, mustWatch)
            }
            return (state.take(), false)
        }
        if mustWatch { wakeFlusher() }
        return entries
    }

    /// Runs `body` while nobody commits.
    func alone<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        state.withLock { $0.wantAlone += 1 }
        state.wait(until: { state -> Bool? in
            guard !state.isCommitting else { return nil }
            state.isCommitting = true
            state.wantAlone -= 1
            return true
        })
        defer {
            state.change { $0.isCommitting = false }
            _ = flush()
        }
        return try body()
    }

    // MARK: - Patience

    /// One thread sees to it that a write which waits for others does not wait for ever: they may be in long calls.
    private func wakeFlusher() {
        let isFirst = state.change { state in
            defer { state.hasFlusher = true }
            return !state.hasFlusher
        }
        if isFirst { startThread { [self] in watch() } }
    }

    private func watch() {
        while true {
            let batch = state.wait(until: { $0.isWatched ? $0.taken : nil })
            let isGone = state.wait(microseconds: patience) { $0.taken != batch ? true : nil }
            if isGone == nil { _ = flush() }
            state.withLock { state in
                // Whatever waits now is watched over from here on; what is being committed takes it along.
                state.isWatched = !state.waiting.isEmpty && !state.isCommitting
            }
        }
    }
}

extension GroupCommitter.State {
    fileprivate mutating func take() -> [GroupCommitter.Entry] {
        taken += 1
        defer { waiting = [] }
        return waiting
    }
}
