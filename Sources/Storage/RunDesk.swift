public import SagaCore

/// What operators ask of runs: refused where it makes no sense, else noted where the host that drives the run looks.
///
/// Throws `RunRefusal` and `StoreError`. A wish is carried out by whoever drives the run; nobody drives one that is
/// `pending`, blocked, or was opened again here: such a run wants a host to take it.
public struct RunDesk: Sendable {
    let store: SQLRunStore
    private let catalog: any OperationCatalog
    private let expressions: any ExpressionEvaluator

    /// - Parameter expressions: answers what a preview needs to know of conditions.
    public init(
        _ store: SQLRunStore, catalog: any OperationCatalog,
        expressions: any ExpressionEvaluator = NoExpressionEvaluator()
    ) {
        self.store = store
        self.catalog = catalog
        self.expressions = expressions
    }

    public func view(_ key: RunKey) throws -> RunView {
        guard let stored = try store.load(key) else { throw RunRefusal(unknown: "\(key.number)") }
        return RunView(stored, catalog: catalog)
    }

    // MARK: - Cancel, abandon

    public func cancel(_ key: RunKey, reason: String, witness: Witness? = nil) throws {
        try view(key).checkCancel()
        try store.requestCancel(key, reason: reason, witness: witness)
    }

    public func abandon(_ key: RunKey, reason: String, witness: Witness? = nil) throws {
        try view(key).checkAbandon()
        try store.requestAbandon(key, reason: reason, witness: witness)
    }

    /// What the wish would come to; refused as the wish itself would be.
    public func preview(_ ask: RunAsk, of key: RunKey, at now: Timestamp) throws -> VerbPreview {
        try VerbPreview(of: ask, try view(key), at: now, expressions: expressions)
    }

    // MARK: - Pause, resume, skip

    /// Nothing of the run is begun any more, once its host hears of it; what is in a call is waited for.
    public func pause(_ key: RunKey, reason: String, witness: Witness? = nil) throws {
        try view(key).checkPause()
        try store.requestPause(key, reason: reason, witness: witness)
    }

    public func resume(_ key: RunKey, reason: String, witness: Witness? = nil) throws {
        try view(key).checkResume()
        try store.requestResume(key, reason: reason, witness: witness)
    }

    /// - Parameter stepID: the label of a step that the run waits with.
    public func skip(
        _ key: RunKey, step stepID: String, reason: String, at now: Timestamp, witness: Witness? = nil
    ) throws {
        let view = try view(key)
        _ = try view.stepToSkip(stepID)
        let skip = RunWishes.Mark(stepID: stepID, reason: reason)
        guard view.row.status.isEnded else { return try store.requestSkip(key, skip, witness: witness) }
        try store.requestSkip(key, ofEnded: skip, at: now, witness: witness)
    }

    // MARK: - Fork

    /// Makes a run that begins at a step of an ended one, and knows what the steps before it put out.
    ///
    /// - Returns: the new run, which wants a host.
    public func fork(
        _ key: RunKey, fromStep: String, inputs: JSONValue? = nil, by: String?, at now: Timestamp,
        witness: Witness? = nil
    ) throws -> RunKey {
        let view = try view(key)
        let fork = try view.fork(fromStep: fromStep, inputs: inputs)
        var random = SystemRandomNumberGenerator()
        // What it does, it does with what is installed; what it knows, it never takes back.
        let new = NewRun(
            id: RunID(at: now, using: &random), saga: fork.saga, inputs: fork.inputs, tenant: view.row.tenant,
            submittedBy: by, forkOf: view.row.id, createdAt: now)
        let known = fork.known.enumerated().map {
            StoredEvent(sequence: $0 + 1, event: $1, image: nil, at: now)
        }
        return try unlessChanged(view.row.id) { () throws(StoreError) in
            try store.fork(key, at: view.machine?.sequence ?? 0, into: new, knowing: known, witness: witness)
        }
    }

    // MARK: - Retry

    /// - Parameters:
    ///   - inputs: all of them; nil: those the run had.
    ///   - by: who asks, for a new run's row.
    /// - Returns: the run that goes on: this one, or a new one.
    public func retry(
        _ key: RunKey, fromStep: String? = nil, inputs: JSONValue? = nil, reason: String, by: String?,
        at now: Timestamp, witness: Witness? = nil
    ) throws -> RunKey {
        let view = try view(key)
        switch try view.retry(fromStep: fromStep, inputs: inputs) {
        case .again:
            try store.requestRetry(key, reason: reason, at: now, witness: witness)
            return key
        case .anew(let successor):
            return try succeed(view, by: successor, reason: reason, submittedBy: by, at: now, witness)
        }
    }

    private func succeed(
        _ old: RunView, by successor: RunRetry.Successor, reason: String, submittedBy: String?, at now: Timestamp,
        _ witness: Witness?
    ) throws -> RunKey {
        var random = SystemRandomNumberGenerator()
        let new = NewRun(
            id: RunID(at: now, using: &random), saga: successor.saga, inputs: successor.inputs,
            tenant: old.row.tenant, submittedBy: submittedBy, retryOf: old.row.id,
            // What it adopts is taken back by who did it; what it does itself, it does with what is installed.
            images: RunImages(keeps: Set(successor.adopted.compactMap(\.image)).sorted { $0.hash < $1.hash }),
            createdAt: now)
        let adopted = successor.adopted.enumerated().map { index, entry in
            StoredEvent(sequence: index + 1, event: entry.event, image: entry.image, at: now)
        }
        let told = RunEvent.retriedAs(run: new.id, adopted: successor.boundary, reason: reason)
        return try unlessChanged(old.row.id) { () throws(StoreError) in
            try store.succeed(
                old.row.key, by: new, adopting: adopted, told: old.next(told, at: now), witness: witness)
        }
    }

    // MARK: - By hand

    /// Counts a step as compensated whose compensation failed. Of a run that has ended it does so at once.
    public func markCompensated(
        _ key: RunKey, step stepID: String, reason: String, at now: Timestamp, witness: Witness? = nil
    ) throws {
        let view = try view(key)
        let step = try view.stepToMark(stepID)
        guard view.row.status.isEnded, let saga = view.saga, var machine = view.machine else {
            return try store.requestMark(key, RunWishes.Mark(stepID: stepID, reason: reason), witness: witness)
        }
        let event = RunEvent.compensationMarked(step: step, reason: reason)
        try machine.apply(event, at: now)
        try unlessChanged(view.row.id) { () throws(StoreError) in
            try store.append(
                toEnded: key, view.next(event, at: now), machine.rowChange(saga: saga, at: now),
                witness: witness)
        }
    }

    private func unlessChanged<Result>(_ run: RunID, _ body: () throws(StoreError) -> Result) throws -> Result {
        do throws(StoreError) {
            return try body()
        } catch  where error.code == "taken" {
            throw RunRefusal(.changed, run: run)
        } catch {
            throw error
        }
    }

    // MARK: - Signals

    /// Keeps a signal for the run. The step that waits for it goes on at once; one that comes to it later finds it.
    public func send(_ signal: Signal, to key: RunKey, at now: Timestamp, witness: Witness? = nil) throws {
        let view = try view(key)
        let row = view.row
        guard signal.hasName else { throw RunRefusal(.badSignalName(signal.name), run: row.id) }
        if row.status.isEnded { throw RunRefusal(.ended(row.status, verb: .signal), run: row.id) }
        try view.check(signal)
        try store.send(signal, to: key, at: now, witness: witness)
    }
}

extension RunView {
    /// An event as the next row of this run's journal.
    fileprivate func next(_ event: RunEvent, at now: Timestamp) -> StoredEvent {
        StoredEvent(sequence: (machine?.sequence ?? 0) + 1, event: event, image: nil, at: now)
    }
}
