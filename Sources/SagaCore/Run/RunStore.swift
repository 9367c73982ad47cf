/// A run as it is made: everything it will ever need that is not a plugin.
public struct NewRun: Sendable {
    public let id: RunID
    public let saga: String
    public let definition: String
    public let definitionHash: String
    public let steps: [Step]
    public let labels: StepLabels
    public let inputs: JSONValue
    public let idempotencyKey: String?
    /// Whose run it is; nil: the platform's.
    public let tenant: String?
    /// Who asked for it; nil: nobody said.
    public let submittedBy: String?
    /// The run that this one takes up again.
    public let retryOf: RunID?
    /// The run whose outputs this one knows from the beginning.
    public let forkOf: RunID?
    /// Of plugins; what is missing here is added when the run begins.
    public let images: RunImages
    /// What tells it from other runs of the saga; empty: nothing does.
    public let label: String
    public let createdAt: Timestamp

    public init(
        id: RunID, saga: Saga, inputs: JSONValue, idempotencyKey: String? = nil, tenant: String? = nil,
        submittedBy: String? = nil, retryOf: RunID? = nil, forkOf: RunID? = nil, images: RunImages = RunImages(),
        createdAt: Timestamp
    ) {
        self.id = id
        self.saga = saga.name
        self.definition = saga.definition
        self.definitionHash = saga.definitionHash
        self.steps = saga.steps
        labels = saga.labels
        self.inputs = inputs
        self.idempotencyKey = idempotencyKey
        self.tenant = tenant
        self.submittedBy = submittedBy
        self.retryOf = retryOf
        self.forkOf = forkOf
        self.images = images
        label = RunLabel.text(inputs, of: saga.inputs)
        self.createdAt = createdAt
    }
}

/// An event with what the journal keeps beside it.
public struct StoredEvent: Sendable {
    public let sequence: Int
    public let event: RunEvent
    public let image: PluginImage?
    public let at: Timestamp

    public init(sequence: Int, event: RunEvent, image: PluginImage?, at: Timestamp) {
        self.sequence = sequence
        self.event = event
        self.image = image
        self.at = at
    }
}

/// The row of a run: what lists show and recovery looks for.
public struct RunRow: Sendable {
    public var key: RunKey
    public var id: RunID
    public var saga: String
    public var status: RunStatus
    public var inputs: JSONValue
    public var definitionHash: String
    public var idempotencyKey: String?
    public var error: JSONValue?
    /// Why the run does not go on although it has not ended; nil: it does.
    public var blocked: String?
    public var wakeAt: Timestamp?
    public var cancelRequest: String?
    /// What else operators asked for.
    public var wishes: RunWishes
    /// Whose run it is; nil: the platform's.
    public var tenant: String?
    public var submittedBy: String?
    /// The run that this one takes up again.
    public var retryOf: RunID?
    /// The run whose outputs this one knows from the beginning.
    public var forkOf: RunID?
    /// Why an operator has it wait; nil: it does not.
    public var paused: String?
    /// What tells it from other runs of the saga; empty: nothing does.
    public var label: String
    /// The signal or the time that it waits for; nil: it waits for neither.
    public var waits: RunWait?
    public var createdAt: Timestamp
    public var finishedAt: Timestamp?

    public init(
        key: RunKey, id: RunID, saga: String, status: RunStatus, inputs: JSONValue, definitionHash: String,
        idempotencyKey: String? = nil, error: JSONValue? = nil, blocked: String? = nil, wakeAt: Timestamp? = nil,
        cancelRequest: String? = nil, wishes: RunWishes = RunWishes(), tenant: String? = nil,
        submittedBy: String? = nil, retryOf: RunID? = nil, forkOf: RunID? = nil, paused: String? = nil,
        label: String = "", waits: RunWait? = nil, createdAt: Timestamp, finishedAt: Timestamp? = nil
    ) {
        self.key = key
        self.id = id
        self.saga = saga
        self.status = status
        self.inputs = inputs
        self.definitionHash = definitionHash
        self.idempotencyKey = idempotencyKey
        self.error = error
        self.blocked = blocked
        self.wakeAt = wakeAt
        self.cancelRequest = cancelRequest
        self.wishes = wishes
        self.tenant = tenant
        self.submittedBy = submittedBy
        self.retryOf = retryOf
        self.forkOf = forkOf
        self.paused = paused
        self.label = label
        self.waits = waits
        self.createdAt = createdAt
        self.finishedAt = finishedAt
    }
}

/// A run read back: its row, its definition, its journal.
public struct StoredRun: Sendable {
    public let row: RunRow
    public let definition: String
    public let events: [StoredEvent]
    public let images: RunImages

    public init(row: RunRow, definition: String, events: [StoredEvent], images: RunImages = RunImages()) {
        self.row = row
        self.definition = definition
        self.events = events
        self.images = images
    }
}

/// One write to the store: all of it becomes durable, or none.
public enum RunWrite: Sendable {
    /// Make the run; `drivenByUs`: by this host, else it stays `pending` for any.
    case create(NewRun, drivenByUs: Bool)
    case append(RunKey, [StoredEvent], RowChange?)
}

/// What changes in the run's row together with its events: touched only when the status does, or a timer is set.
public struct RowChange: Sendable {
    public var status: RunStatus
    public var wakeAt: Timestamp?
    public var error: JSONValue?
    /// Why an operator has it wait; nil: it does not.
    public var paused: String?
    /// The signal or the time that it waits for; nil: it waits for neither.
    public var waits: RunWait?
    public var finishedAt: Timestamp?
    /// Wishes that were granted, or have no meaning any more.
    public var clears: RunRequests
    /// The run's plugin images, where another is among them now.
    public var images: RunImages?

    public init(
        status: RunStatus, wakeAt: Timestamp?, error: JSONValue?, paused: String? = nil, waits: RunWait? = nil,
        finishedAt: Timestamp?, clears: RunRequests = []
    ) {
        self.status = status
        self.wakeAt = wakeAt
        self.error = error
        self.paused = paused
        self.waits = waits
        self.finishedAt = finishedAt
        self.clears = clears
    }
}

/// Hears that a write is durable, or why it is not.
public protocol RunWriter: AnyObject, Sendable {
    /// From whichever thread did the commit; must not block. What it returns is enqueued.
    func wrote(_ result: Result<RunKey, StoreError>) -> (any Work)?
}

/// Keeps runs. The promises are about crashes: what a function has said is durable survives the end of the process at
/// any moment, and of the machine too.
public protocol RunStore: AnyObject, Sendable {
    /// Commits together with whatever else is waiting.
    ///
    /// - Returns: the result when it is known already: nothing else was waiting, so the calling thread committed.
    ///   Nil: the writer will hear.
    func write(_ write: RunWrite, for writer: any RunWriter) -> Result<RunKey, StoreError>?
    /// Commits and waits for it.
    func writeAndWait(_ write: RunWrite) throws(StoreError) -> RunKey
    func load(_ key: RunKey) throws(StoreError) -> StoredRun?
    func find(_ id: RunID) throws(StoreError) -> RunKey?
    /// Notes why a run does not go on, or with nil that it does. Of a paused run nothing is noted that somebody wants to go
    /// on by now.
    ///
    /// - Parameter hearsCancel: a cancel ends its pause, too. False: it has none to hear any more.
    func setBlocked(_ key: RunKey, reason: String?, unlessCancelled hearsCancel: Bool) throws(StoreError)
    /// Notes which plugin images the run keeps. Before the first call that may go to one of them.
    func setImages(_ key: RunKey, _ images: RunImages) throws(StoreError)
    /// Takes wishes back out of the run's row: they have no meaning where the run stands.
    func forget(_ requests: RunRequests, of key: RunKey) throws(StoreError)
    /// Unfinished runs that this host drove; nil: runs that no host has taken yet.
    func openRuns(of host: HostID?) throws(StoreError) -> [OpenRun]
    /// Makes them ours. Ours alone: of two hosts that claim at once, one gets them.
    func claimRuns(of host: HostID?) throws(StoreError) -> [OpenRun]
    /// Makes one run ours if it is still that host's (nil: nobody's). False: somebody else was first.
    func claimRun(_ key: RunKey, of host: HostID?) throws(StoreError) -> Bool
    /// Lets runs of one concurrency key take turns, in the order in which they asked. False: it is another's turn.
    func takeTurn(_ key: RunKey, of concurrencyKey: String) throws(StoreError) -> Bool
    /// The run does not need its turn any more, or does not wait for it.
    ///
    /// - Returns: whose turn it is now.
    func leaveTurn(_ key: RunKey) throws(StoreError) -> RunKey?
    /// Counts a crash against the image that was running; telling it again changes nothing.
    func record(_ crash: PluginCrash) throws(StoreError)
}

/// A process that drives runs.
public struct HostID: Sendable, Hashable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// An unfinished run, as recovery finds it.
public struct OpenRun: Sendable, Hashable {
    public let key: RunKey
    public let id: RunID
    public let wakeAt: Timestamp?

    public init(key: RunKey, id: RunID, wakeAt: Timestamp?) {
        self.key = key
        self.id = id
        self.wakeAt = wakeAt
    }
}

/// A plugin took the process with it.
public struct PluginCrash: Sendable, Hashable {
    public let image: PluginImage
    public let operation: String
    public let run: RunID?
    /// eg: "SIGSEGV"; "exit" where the plugin ended the process by a call.
    public let cause: String
    /// The event that licensed the call: with the run it tells one crash from another, however often it is read.
    public let licence: Int
    public let at: Timestamp

    public init(image: PluginImage, operation: String, run: RunID?, cause: String, licence: Int, at: Timestamp) {
        self.image = image
        self.operation = operation
        self.run = run
        self.cause = cause
        self.licence = licence
        self.at = at
    }
}

/// Why the store did not do what it was asked: the disk's or the database's own reason.
public struct StoreError: Error, Sendable, Hashable {
    /// `full busy locked damaged newer_schema modes io duplicate_key other`
    public let code: String
    public let message: String
    public let hint: String?

    public init(code: String, message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}
