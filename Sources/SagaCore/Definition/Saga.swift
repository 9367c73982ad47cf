/// A checked definition: what a run follows. `DefinitionCheck` is the only way to a new one.
public struct Saga: Sendable {
    public let name: String
    public let version: String?
    /// The definition as it was submitted, to the byte: a run keeps it for ever.
    public let definition: String
    /// SHA-256 of `definition`, in hex.
    public let definitionHash: String
    public let inputs: JSONSchema
    public let steps: [Step]
    /// All expressions in it that need jq.
    public let expressions: ExpressionProgram
    /// The plugins they use, in the order of their names.
    public let plugins: [String]

    public init(
        name: String, version: String?, definition: String, definitionHash: String, inputs: JSONSchema, steps: [Step]
    ) {
        self.name = name
        self.version = version
        self.definition = definition
        self.definitionHash = definitionHash
        self.inputs = inputs
        self.steps = steps
        expressions = ExpressionProgram(steps.map(\.with))
        plugins = Set(steps.map(\.uses.plugin)).sorted()
    }
}

/// One entry of a saga's list. A class, because every call of every run refers to one.
public final class Step: Sendable {
    public let id: String
    /// The place in the list, from 1.
    public let number: Int
    public let uses: OperationName
    public let with: Template
    public let retry: RetryPolicy
    /// Seconds one call may take; nil: the operation's own limit, or none.
    public let timeoutSeconds: Double?
    public let compensation: CompensationPolicy
    /// Nil when a run outlived its plugin: it can be shown, and goes on when the plugin is back.
    public let operation: Operation?

    public init(
        id: String, number: Int, uses: OperationName, with: Template, retry: RetryPolicy = .execution,
        timeoutSeconds: Double? = nil, compensation: CompensationPolicy = CompensationPolicy(), operation: Operation?
    ) {
        self.id = id
        self.number = number
        self.uses = uses
        self.with = with
        self.retry = retry
        self.timeoutSeconds = timeoutSeconds
        self.compensation = compensation
        self.operation = operation
    }
}

/// How often and when a step is tried again.
public struct RetryPolicy: Sendable, Hashable {
    public var maxAttempts: Int
    public var initialSeconds: Double
    public var multiplier: Double
    public var maxSeconds: Double
    /// The share of a delay that is random, 0 to 1, so that many runs do not come back at once.
    public var jitter: Double

    public init(maxAttempts: Int, initialSeconds: Double, multiplier: Double, maxSeconds: Double, jitter: Double) {
        self.maxAttempts = maxAttempts
        self.initialSeconds = initialSeconds
        self.multiplier = multiplier
        self.maxSeconds = maxSeconds
        self.jitter = jitter
    }

    /// Where a definition says nothing. Applies only to failures for which the plugin advises a retry.
    public static let execution = RetryPolicy(
        maxAttempts: 3, initialSeconds: 1, multiplier: 2, maxSeconds: 60, jitter: 0.2)
    /// Taking back is worth more patience: ten attempts, up to five minutes apart.
    public static let compensation = RetryPolicy(
        maxAttempts: 10, initialSeconds: 1, multiplier: 2, maxSeconds: 300, jitter: 0.2)

    /// Milliseconds to wait before `attempt` (2 or more). `random` is 0 to 1; it takes away up to `jitter` of the delay.
    public func delayMilliseconds(before attempt: Int, random: Double) -> Int64 {
        var seconds = initialSeconds
        for _ in 2..<max(2, min(attempt, 64)) { seconds = min(seconds * multiplier, maxSeconds) }
        return Int64(min(seconds, maxSeconds) * (1 - jitter * random) * 1000)
    }
}

/// How a step is taken back.
public struct CompensationPolicy: Sendable, Hashable {
    public enum OnFailure: String, Sendable, Hashable, CaseIterable {
        /// Note it, go on with the other steps, end `failed`.
        case `continue`
        /// Stop there and wait for a person; end `failed` with the other steps still in place.
        case halt
    }

    public var retry: RetryPolicy
    public var timeoutSeconds: Double?
    public var onFailure: OnFailure
    /// The definition says to leave what this step did.
    public var skip: Bool

    public init(
        retry: RetryPolicy = .compensation, timeoutSeconds: Double? = nil, onFailure: OnFailure = .continue,
        skip: Bool = false
    ) {
        self.retry = retry
        self.timeoutSeconds = timeoutSeconds
        self.onFailure = onFailure
        self.skip = skip
    }
}
