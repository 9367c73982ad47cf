internal import SagaCore
internal import Storage

extension API {
    /// A write that was not let.
    struct Denial: Sendable {
        let operation: APIOperation
        let path: [String: String]
        let caller: Caller
        let problem: APIProblem
        let requestID: String
        let at: Timestamp
    }
}

extension ServerContext {
    /// Writes down who tried what they may not. What changes nothing is not written down, whatever its method.
    func record(_ denial: API.Denial) throws(StoreError) {
        guard let entry = AuditEntry(denial) else { return }
        try AuditLog(database).record(entry)
    }
}

extension AuditEntry {
    /// Nil: of a request that changes nothing, or of nobody.
    init?(_ denial: API.Denial) {
        guard let identity = denial.caller.identity, let action = AuditAction.ofOperation[denial.operation.id] else {
            return nil
        }
        self.init(at: denial.at, by: identity, denial.caller, denial.requestID, action, .denied)
        target = Self.target(denial)
    }

    /// In the words of the one that is written where it is let. eg: "drift 17"
    private static func target(_ denial: API.Denial) -> String? {
        guard let target = denial.path["id"] ?? denial.path["name"] else { return nil }
        return denial.operation.permission == "drift.decide" ? "drift \(target)" : target
    }
}

extension AuditAction {
    /// What each request that changes something does, by operationId.
    static let ofOperation: [String: AuditAction] = [
        "submitRun": .runSubmit, "cancelRun": .runCancel, "retryRun": .runRetry,
        "signalRun": .runSignal, "markCompensated": .runMark,
        "pauseRun": .runPause, "resumeRun": .runResume, "skipStep": .runSkip, "forkRun": .runFork, "bulkRuns": .runBulk,
        "abandonRun": .runAbandon, "createDefinition": .definitionPut,
        "putDefinition": .definitionPut, "releasePlugin": .pluginRelease, "reloadPlugins": .pluginReload,
        "prunePlugins": .pluginPrune, "disablePlugin": .pluginDisable, "enablePlugin": .pluginEnable,
        "acceptDrift": .driftAccept, "revertDrift": .driftRevert, "ignoreDrift": .driftIgnore,
        "runSchedule": .scheduleRun, "pauseSchedule": .schedulePause, "resumeSchedule": .scheduleResume,
    ]
}
