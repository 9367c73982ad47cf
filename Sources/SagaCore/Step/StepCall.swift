/// Which of a step's three functions is called.
public enum StepVerb: String, Sendable, Hashable {
    case execute, compensate, probe
}

/// What a step is told when it is called.
public final class StepCall: Sendable {
    public let verb: StepVerb
    public let run: RunID
    public let saga: String
    public let stepID: String
    public let stepNumber: Int
    /// What stands for the step in keys: its id, and what else tells this doing of it from another.
    public let keyID: String
    public let operation: OperationName
    /// From 1; a suspended step comes back with the same attempt.
    public let attempt: Int
    public let with: JSONValue
    public let inputs: JSONValue
    public let context: JSONObject
    /// The output of execute, for compensate and probe; nil if it never completed.
    public let result: JSONObject?
    public let checkpoint: JSONValue?
    public let timeoutSeconds: Double?
    /// The image that executed the step; compensate and probe go to it or to one that declares it can stand in.
    public let executedBy: PluginImage?
    /// The image of the plugin that the run began with: what it calls where nothing of the step was executed yet.
    public let begunWith: PluginImage?
    /// Where to leave a mark while the call is in the plugin.
    public let mark: CallMark

    public init(
        verb: StepVerb, run: RunID, saga: String, stepID: String, stepNumber: Int, keyID: String? = nil,
        operation: OperationName,
        attempt: Int, with: JSONValue, inputs: JSONValue, context: JSONObject, result: JSONObject?,
        checkpoint: JSONValue?, timeoutSeconds: Double?, executedBy: PluginImage?, begunWith: PluginImage? = nil,
        mark: CallMark
    ) {
        self.verb = verb
        self.run = run
        self.saga = saga
        self.stepID = stepID
        self.stepNumber = stepNumber
        self.keyID = keyID ?? stepID
        self.operation = operation
        self.attempt = attempt
        self.with = with
        self.inputs = inputs
        self.context = context
        self.result = result
        self.checkpoint = checkpoint
        self.timeoutSeconds = timeoutSeconds
        self.executedBy = executedBy
        self.begunWith = begunWith
        self.mark = mark
    }
}

/// How a call ended.
public enum StepOutcome: Sendable {
    /// `output` is what the plugin put; for compensate it is ignored.
    case completed(output: JSONObject)
    /// Call again after `afterMilliseconds`, with this checkpoint.
    case suspended(afterMilliseconds: Int64, checkpoint: JSONValue?)
    case failed(StepError, retry: RetryAdvice)
    /// A probe's answer: what became of the step.
    case found(Effect, output: JSONObject)
    /// The call could not be made, now and in this process; the reason is a sentence. Nothing happened.
    case unavailable(reason: String)
}

public enum RetryAdvice: Sendable, Hashable {
    case no, yes
    case after(milliseconds: Int64)
}

/// Performs a call somewhere: in this process today, in a worker or another language tomorrow.
public protocol StepDispatcher: Sendable {
    /// Calls on the host's thread it is called on, and reports exactly once: before it returns, or later and from
    /// another thread when the call was queued behind another or did not come back in time.
    func perform(_ call: StepCall, reportingTo reporter: any StepCallReporter)
}

/// The place of a run among this host's calls in progress, and the event that licensed the call.
public struct CallMark: Sendable, Hashable {
    public let slot: Int
    public let licence: Int

    public init(slot: Int, licence: Int) {
        self.slot = slot
        self.licence = licence
    }
}

/// Remembers, through the death of the process, which licensed calls had really begun.
///
/// The journal says which call may have begun; the marks say whether it did. Without them (the machine lost power, the
/// file is gone) every licensed call counts as begun, which is safe and asks more probes.
public protocol CallMarks: Sendable {
    /// A slot for a run that this host drives.
    func acquire(for run: RunKey, id: RunID) -> Int
    /// What the call did is durable: it need not be remembered any more.
    func release(_ slot: Int)
}

/// Who made a call, and what it is told meanwhile.
public protocol StepCallReporter: AnyObject, Sendable {
    /// The plugin is about to be entered. Until `ended` nobody knows what it did.
    func began(by image: PluginImage, cancel: any CallCancellation)
    /// Durable before it returns; throws when it could not be written.
    func checkpoint(_ checkpoint: JSONValue) throws
    /// The plugin says that it is still at it, and maybe how far it is.
    func heard(_ progress: CallProgress)
    /// True once the call should stop.
    var isCancelRequested: Bool { get }
    func ended(_ outcome: StepOutcome)
    /// The call did not come back in time and is not waited for any more. Nothing it says later counts.
    func gaveUp(_ outcome: StepOutcome)
}

extension StepCallReporter {
    /// Whoever makes calls in this process need not know.
    public func heard(_ progress: CallProgress) {}
}

/// How far a call says that it is; often it only says that it is alive.
public struct CallProgress: Sendable, Hashable {
    /// 0 to 100.
    public let percent: Int?
    public let note: String?

    public init(percent: Int? = nil, note: String? = nil) {
        self.percent = percent
        self.note = note
    }
}

/// Tells a call in progress that it should stop.
public protocol CallCancellation: Sendable {
    func cancel()
}
