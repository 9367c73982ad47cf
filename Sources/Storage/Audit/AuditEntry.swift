public import SagaCore

/// Who did what to what, from where, and what came of it.
public struct AuditEntry: Sendable, Hashable {
    /// Where it came from.
    public enum Origin: Sendable, Hashable {
        case cli
        /// The address of the caller.
        case api(String)
        case page(String)

        var name: String {
            switch self {
            case .cli: "cli"
            case .api: "api"
            case .page: "page"
            }
        }

        var address: String? {
            switch self {
            case .cli: nil
            case .api(let address), .page(let address): address
            }
        }
    }

    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        case done
        /// They may not.
        case denied
        /// They may, and it did not work.
        case failed
    }

    public var at: Timestamp
    /// A token's subject, or the user of this machine.
    public var actor: String
    /// nil: the operator of this machine, who needs none.
    public var role: String?
    public var tenant: String?
    public var origin: Origin
    public var action: AuditAction
    public var target: String?
    public var requestID: String?
    public var outcome: Outcome
    public var reason: String?
    /// SHA-256 of what was there, as JSON; nil: nothing.
    public var beforeHash: String?
    public var afterHash: String?

    public init(at: Timestamp, actor: String, origin: Origin, action: AuditAction, outcome: Outcome) {
        (self.at, self.actor, self.origin, self.action, self.outcome) = (at, actor, origin, action, outcome)
    }

    /// Notes what was changed.
    public mutating func note(_ change: Change) {
        target = change.target
        beforeHash = change.before.map { ContentHash.hex(of: $0.text) }
        afterHash = change.after.map { ContentHash.hex(of: $0.text) }
    }
}

/// What was done: a thing and a verb, one word each. eg: `run.cancel`
public struct AuditAction: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ thing: StaticString, _ verb: StaticString) { description = "\(thing).\(verb)" }

    public static let runCancel = AuditAction("run", "cancel")
    public static let runRetry = AuditAction("run", "retry")
    public static let runSubmit = AuditAction("run", "submit")
    public static let runMark = AuditAction("run", "mark")
    public static let runAbandon = AuditAction("run", "abandon")
    public static let runPause = AuditAction("run", "pause")
    public static let runResume = AuditAction("run", "resume")
    public static let runSkip = AuditAction("run", "skip")
    public static let runFork = AuditAction("run", "fork")
    public static let runBulk = AuditAction("run", "bulk")
    public static let runSignal = AuditAction("run", "signal")
    public static let definitionPut = AuditAction("definition", "put")
    public static let pluginRelease = AuditAction("plugin", "release")
    public static let pluginDisable = AuditAction("plugin", "disable")
    public static let pluginEnable = AuditAction("plugin", "enable")
    public static let pluginReload = AuditAction("plugin", "reload")
    public static let pluginPrune = AuditAction("plugin", "prune")
    public static let provisionedSet = AuditAction("provisioned", "set")
    public static let provisionedRemove = AuditAction("provisioned", "remove")
    public static let projectAssign = AuditAction("project", "assign")
    public static let driftAccept = AuditAction("drift", "accept")
    public static let driftRevert = AuditAction("drift", "revert")
    public static let driftIgnore = AuditAction("drift", "ignore")
    public static let scheduleRun = AuditAction("schedule", "run")
    public static let scheduleAdd = AuditAction("schedule", "add")
    public static let scheduleRemove = AuditAction("schedule", "remove")
    public static let schedulePause = AuditAction("schedule", "pause")
    public static let scheduleResume = AuditAction("schedule", "resume")
}
