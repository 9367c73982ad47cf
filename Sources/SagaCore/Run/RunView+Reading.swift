/// A run read back from its JSON, so that who has only that shows it as who has the database does.
extension StoredRun {
    /// - Parameters:
    ///   - json: `RunView.json`
    ///   - events: the whole journal, as far as `json` has not all of it.
    public init?(json: JSONValue, earlierEvents: [JSONValue] = []) {
        guard let row = RunRow(json: json), let definition = json["definition"]?.unlessNull else { return nil }
        let labels = Saga(unchecked: definition.text, fallbackName: row.saga)?.labels ?? StepLabels([])
        let events = (earlierEvents + (json["events"]?.arrayValue ?? [])).compactMap {
            StoredEvent(json: $0, labels: labels)
        }
        self.init(row: row, definition: definition.text, events: events)
    }

    /// The same run, later: with other words in its row and more of its journal.
    ///
    /// - Parameter events: those that it has already are passed over.
    public func going(on row: RunRow, _ events: [StoredEvent]) -> StoredRun {
        let last = self.events.last?.sequence ?? 0
        return StoredRun(
            row: row, definition: definition, events: self.events + events.filter { $0.sequence > last })
    }

    /// What the definition's steps are called.
    public var labels: StepLabels {
        Saga(unchecked: definition, fallbackName: row.saga)?.labels ?? StepLabels([])
    }
}

extension RunView {
    /// Of a run whose operations nobody here can look up: everything that is shown is in the definition and the journal.
    public init(_ stored: StoredRun) { self.init(stored, catalog: NoOperations()) }
}

extension RunRow {
    /// - Parameter json: `summary`, or `RunView.json`, which has more.
    public init?(json: JSONValue) {
        func moment(_ key: String) -> Timestamp? { json[key]?.stringValue.flatMap(Timestamp.init(rfc3339:)) }
        guard let id = json["run_id"]?.stringValue.flatMap(RunID.init), let saga = json["saga"]?.stringValue,
            let status = json["status"]?.stringValue.flatMap(RunStatus.init(rawValue:)),
            let createdAt = moment("created_at")
        else { return nil }
        self.init(
            key: RunKey(number: 0), id: id, saga: saga, status: status, inputs: json["inputs"] ?? .null,
            definitionHash: json["definition_hash"]?.stringValue ?? "",
            idempotencyKey: json["idempotency_key"]?.stringValue, error: json["error"]?.unlessNull,
            blocked: json["blocked"]?.stringValue, wakeAt: moment("wake_at"),
            // What it was asked for with is not told, only that it was.
            cancelRequest: json["cancel_requested"]?.boolValue == true ? "" : nil,
            tenant: json["tenant"]?.stringValue, submittedBy: json["submitted_by"]?.stringValue,
            retryOf: json["retry_of"]?.stringValue.flatMap(RunID.init),
            forkOf: json["fork_of"]?.stringValue.flatMap(RunID.init), paused: json["paused"]?.stringValue,
            label: json["label"]?.stringValue ?? "", waits: json["waits"].flatMap(RunWait.init(json:)),
            createdAt: createdAt, finishedAt: moment("finished_at"))
    }
}

extension StoredEvent {
    /// - Parameters:
    ///   - json: as `json(labels:)` writes it.
    ///   - labels: what the definition's steps are called.
    public init?(json: JSONValue, labels: StepLabels) {
        guard let sequence = json["seq"]?.intValue,
            let kind = json["kind"]?.stringValue.flatMap(RunEvent.Kind.init(rawValue:)),
            let at = json["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
            let event = RunEvent(
                kind: kind, step: json["step_id"]?.stringValue.flatMap(labels.ref),
                attempt: json["attempt"]?.intValue.map(Int.init), data: json["data"])
        else { return nil }
        let version = json["plugin_version"]?.stringValue
        let image = version.map { PluginImage(plugin: "", version: $0, hash: json["plugin_hash"]?.stringValue ?? "") }
        self.init(sequence: Int(sequence), event: event, image: image, at: at)
    }
}

extension Saga {
    /// A definition as it reads, without a look at any operation; nil: it is none.
    public init?(unchecked definition: String, fallbackName: String) {
        self.init(ofStored: definition, fallbackName: fallbackName, catalog: NoOperations())
    }
}

/// Where no plugin is known.
private struct NoOperations: OperationCatalog {
    var operationNames: [OperationName] { [] }
    func lookUp(_ name: OperationName) -> OperationLookup { .noPlugin }
}
