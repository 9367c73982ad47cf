internal import SagaCore

/// How wishes lie in a run's row.
extension RunRequests {
    /// A wish is noted: word for word the condition of the index on them.
    static let isAny =
        "(cancel_request IS NOT NULL OR retry_request IS NOT NULL OR mark_request IS NOT NULL OR abandon_request IS NOT NULL OR signalled IS NOT NULL OR pause_request IS NOT NULL OR resume_request IS NOT NULL OR skip_request IS NOT NULL)"
    /// The same before there were pauses.
    static let isAnyOfOperators =
        "(cancel_request IS NOT NULL OR retry_request IS NOT NULL OR mark_request IS NOT NULL OR abandon_request IS NOT NULL OR signalled IS NOT NULL)"
    /// A paused run is left alone, unless somebody wishes its pause to end.
    static let mayBeTaken =
        "(paused IS NULL OR resume_request IS NOT NULL OR abandon_request IS NOT NULL OR (cancel_request IS NOT NULL AND status = 'running'))"

    /// An assignment for wishes that end a pause: followers of the run need not think that it stays where it is.
    static let endingPause = "blocked = CASE WHEN paused IS NULL THEN blocked END"

    private static let columns: [(RunRequests, String)] = [
        (.retry, "retry_request"), (.mark, "mark_request"), (.abandon, "abandon_request"), (.signal, "signalled"),
        (.pause, "pause_request"), (.resume, "resume_request"), (.skip, "skip_request"),
    ]

    /// Assignments that empty the columns whose bits stand in a parameter.
    static func clearing(by parameter: String) -> String {
        columns.map { "\($1) = CASE WHEN \(parameter) & \($0.rawValue) THEN NULL ELSE \($1) END" }
            .joined(separator: ", ")
    }
}

extension RunWishes.Mark {
    var json: JSONValue { ["step_id": .string(stepID), "reason": .string(reason)] }

    init?(json: JSONValue) {
        guard let step = json["step_id"]?.stringValue else { return nil }
        self.init(stepID: step, reason: json["reason"]?.stringValue ?? "")
    }
}

extension Connection {
    /// Something happened to a run that has ended, or did until now.
    func noteLateChange(_ key: RunKey, at moment: Timestamp) throws {
        try run(
            "INSERT INTO saga_late_changes (run, at) VALUES (?, ?)", [.int(key.number), .int(moment.milliseconds)])
    }
}
