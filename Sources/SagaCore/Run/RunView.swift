/// A run as people and programs see it: one shape for the CLI, the API and the web page.
public struct RunView: Sendable {
    public let row: RunRow
    public let saga: Saga?
    public let machine: RunMachine?
    public let events: [StoredEvent]
    public let steps: [StepView]

    /// One step in the ledger.
    public struct StepView: Sendable {
        public let ref: StepRef
        public let step: Step
        /// Its label: `create`, `servers[3]/create`.
        public let id: String
        public let record: RunMachine.StepRecord
        /// When the step's first call was licensed.
        public let startedAt: Timestamp?
        /// When it was completed, given up or compensated.
        public let finishedAt: Timestamp?
        public let wakeAt: Timestamp?
        /// The signal or the time that it waits for; nil: it waits for neither.
        public let awaited: AwaitedStep?
        public let failures: [Failure]

        public var number: Int { step.number }
        public var uses: OperationName { step.uses }
        public var status: StepStatus? { record.status }
    }

    /// An attempt that failed, in which direction, and why.
    public struct Failure: Sendable {
        public let verb: StepVerb
        public let attempt: Int
        public let error: StepError
        public let at: Timestamp
    }

    public init(_ stored: StoredRun, catalog: any OperationCatalog) {
        row = stored.row
        events = stored.events
        saga = Saga(
            ofStored: stored.definition, fallbackName: stored.row.saga,
            catalog: ImageOperations(catalog: catalog, images: stored.images.uses))
        guard let saga, let machine = try? RunMachine(replaying: stored, shape: saga.shape) else {
            machine = nil
            steps = []
            return
        }
        self.machine = machine
        var stories: [StepRef: Story] = [:]
        var previous = stored.row.createdAt
        for event in stored.events {
            if let ref = event.event.step { stories[ref, default: Story()].add(event, after: previous) }
            previous = event.at
        }
        steps = machine.records.map { [row] ref in
            Self.view(of: ref, saga, machine, stories[ref] ?? Story(), row, last: previous)
        }
    }

    /// What the journal says of one step.
    private struct Story {
        var startedAt: Timestamp?
        var finishedAt: Timestamp?
        var failures: [Failure] = []

        mutating func add(_ stored: StoredEvent, after previous: Timestamp) {
            startedAt = startedAt ?? previous
            finishedAt = stored.at
            switch stored.event {
            case .stepFailed(_, let attempt, let error, _):
                failures.append(Failure(verb: .execute, attempt: attempt, error: error, at: stored.at))
            case .compensationFailed(_, let attempt, let error, _):
                failures.append(Failure(verb: .compensate, attempt: attempt, error: error, at: stored.at))
            default: break
            }
        }
    }

    private static func view(
        of ref: StepRef, _ saga: Saga, _ machine: RunMachine, _ story: Story, _ row: RunRow, last: Timestamp
    ) -> StepView {
        var record = machine[ref]
        // Only recorded: no host has taken it yet.
        if row.status == .pending { record.status = nil }
        let isSettled = record.status.map { ![.running, .suspended, .compensating].contains($0) } ?? false
        let isWaiting = !isSettled && record.status != nil && !machine.isEnded
        let startedAt = story.startedAt ?? (record.status == .running ? last : nil)
        return StepView(
            ref: ref, step: saga.steps[ref.index], id: saga.labels[ref], record: record, startedAt: startedAt,
            finishedAt: isSettled ? story.finishedAt : nil, wakeAt: isWaiting ? record.timer : nil,
            awaited: isWaiting ? AwaitedStep(ref, saga, machine, row) : nil, failures: story.failures)
    }

    // MARK: - JSON

    static let eventLimit = 500

    /// `run_id saga status error inputs context steps …`: keys as in the tables, times in RFC 3339.
    public var json: JSONValue {
        var object = row.summary
        object["context"] = .object(machine?.context ?? [:])
        object["output"] = machine?.output.map(JSONValue.object) ?? .null
        object["output_error"] = machine?.outputError?.json ?? .null
        object["steps"] = .array(steps.filter { $0.status != nil }.map(\.json))
        object["definition_hash"] = .string(row.definitionHash)
        object["definition"] = saga.flatMap { try? JSONValue(parsing: $0.definition) } ?? .null
        // The newest ones: a step that polls for days has a long story.
        let labels = saga?.labels ?? StepLabels([])
        object["events"] = .array(events.suffix(Self.eventLimit).map { $0.json(labels: labels) })
        return .object(object)
    }
}

extension RunRow {
    /// A run in a list.
    public var summary: JSONObject {
        var object: JSONObject = [
            "run_id": .string(id.description), "saga": .string(saga), "status": .string(status.rawValue),
            "error": error ?? .null, "inputs": inputs,
        ]
        object["blocked"] = blocked.map(JSONValue.string) ?? .null
        object["idempotency_key"] = idempotencyKey.map(JSONValue.string) ?? .null
        object["wake_at"] = wakeAt.map { .string($0.description) } ?? .null
        object["cancel_requested"] = .bool(cancelRequest != nil)
        object["paused"] = paused.map(JSONValue.string) ?? .null
        object["waits"] = waits?.json ?? .null
        object["label"] = .string(label)
        object["submitted_by"] = submittedBy.map(JSONValue.string) ?? .null
        object["tenant"] = tenant.map(JSONValue.string) ?? .null
        object["retry_of"] = retryOf.map { .string($0.description) } ?? .null
        object["fork_of"] = forkOf.map { .string($0.description) } ?? .null
        object["created_at"] = .string(createdAt.description)
        object["finished_at"] = finishedAt.map { .string($0.description) } ?? .null
        return object
    }
}

extension RunView.StepView {
    var json: JSONValue {
        var object: JSONObject = [
            "step_id": .string(id), "step_number": .int(Int64(number)), "uses": .string(uses.description),
            "status": .string(record.status?.rawValue ?? "pending"), "attempt": .int(Int64(record.attempt)),
            "compensation_attempt": .int(Int64(record.compensationAttempt)),
            "output": record.output.map(JSONValue.object) ?? .null, "error": record.error?.json ?? .null,
        ]
        object["checkpoint"] = record.checkpoint ?? .null
        object["known_from"] = record.isKnown ? record.execution.map { .string($0.run.description) } ?? .null : .null
        object["plugin_version"] = record.executedBy.map { .string($0.version) } ?? .null
        object["plugin_hash"] = record.executedBy.map { .string($0.hash) } ?? .null
        object["started_at"] = startedAt.map { .string($0.description) } ?? .null
        object["finished_at"] = finishedAt.map { .string($0.description) } ?? .null
        object["wake_at"] = wakeAt.map { .string($0.description) } ?? .null
        object["waits"] = awaited?.json ?? .null
        object["failures"] = .array(
            failures.map { failure in
                var entry = failure.error.json.objectValue ?? [:]
                entry["verb"] = .string(failure.verb.rawValue)
                entry["attempt"] = .int(Int64(failure.attempt))
                entry["at"] = .string(failure.at.description)
                return .object(entry)
            })
        return .object(object)
    }
}

extension StoredEvent {
    /// A row of the journal.
    ///
    /// - Parameter labels: what the definition's steps are called.
    public func json(labels: StepLabels) -> JSONValue {
        var object: JSONObject = [
            "seq": .int(Int64(sequence)), "kind": .string(event.kind.rawValue), "at": .string(at.description),
        ]
        if let step = event.step { object["step_id"] = .string(labels[step]) }
        if let attempt = event.attempt { object["attempt"] = .int(Int64(attempt)) }
        object["data"] = event.data
        object["plugin_version"] = image.map { .string($0.version) }
        object["plugin_hash"] = image.map { .string($0.hash) }
        return .object(object)
    }
}
