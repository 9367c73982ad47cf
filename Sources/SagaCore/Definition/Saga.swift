/// A checked definition: what a run follows. `DefinitionCheck` is the only way to a new one.
public struct Saga: Sendable {
    public let name: String
    public let version: String?
    /// The definition as it was submitted, to the byte: a run keeps it for ever.
    public let definition: String
    /// SHA-256 of `definition`, in hex.
    public let definitionHash: String
    public let inputs: JSONSchema
    /// Every step, those within others too, each before what it holds.
    public let steps: [Step]
    /// The steps of the list itself, by their places in `steps`.
    public let body: [Int]
    /// What a run puts out when it completes; nil: its context.
    public let output: Template?
    /// Seconds a run may take until it is taken back; nil: as long as it likes.
    public let timeoutSeconds: Double?
    /// Runs of one key take turns; nil: they need not.
    public let concurrencyKey: Template?
    /// All expressions in it that need jq.
    public let expressions: ExpressionProgram
    /// The plugins they use, in the order of their names.
    public let plugins: [String]
    /// How the steps hang together: what a run's machine follows.
    public let shape: RunShape
    /// What the steps are called.
    public let labels: StepLabels
    /// Of each saga, this one and those within, which step has which id.
    let levels: SagaLevels
    /// Some step of it waits for a signal or a time.
    let hasWaits: Bool

    public init(
        name: String, version: String?, definition: String, definitionHash: String, inputs: JSONSchema, steps: [Step],
        body: [Int]? = nil, output: Template? = nil, timeoutSeconds: Double? = nil, concurrencyKey: Template? = nil
    ) {
        self.name = name
        self.version = version
        self.definition = definition
        self.definitionHash = definitionHash
        self.inputs = inputs
        self.steps = steps
        self.body = body ?? Array(steps.indices)
        self.output = output
        self.timeoutSeconds = timeoutSeconds
        self.concurrencyKey = concurrencyKey
        plugins = Set(
            steps.filter(\.isCall).flatMap { [$0.uses.plugin] + ($0.compensation.uses.map { [$0.plugin] } ?? []) }
        )
        .sorted()
        shape = RunShape(steps: steps, body: self.body, hasOutput: output != nil)
        labels = StepLabels(steps: steps, body: self.body)
        levels = SagaLevels(steps: steps, body: self.body)
        hasWaits = steps.contains { $0.waitsFor != nil }
        expressions = ExpressionProgram(
            steps.flatMap(\.templates) + [output, concurrencyKey].compactMap { $0 })
    }
}

/// Steps by their ids: those of a saga within have ids of their own.
struct SagaLevels: Sendable {
    /// The level of each step: 0 is the saga itself.
    private(set) var level: [Int]
    /// The step that is a level; nil: the saga itself.
    private(set) var owners: [Int?] = [nil]
    private var ids: [[String: Int]] = [[:]]

    init(steps: [Step], body: [Int]) {
        level = Array(repeating: 0, count: steps.count)
        note(body, 0, steps)
    }

    private mutating func note(_ list: [Int], _ number: Int, _ steps: [Step]) {
        for index in list {
            level[index] = number
            ids[number][steps[index].id] = index
            if case .saga(let saga) = steps[index].form {
                owners.append(index)
                ids.append([:])
                note(saga.body, owners.count - 1, steps)
            } else {
                for inner in steps[index].form.lists { note(inner, number, steps) }
            }
        }
    }

    func index(of id: String, level: Int) -> Int? { ids[level][id] }
    func ids(level: Int) -> [String] { Array(ids[level].keys) }
}

/// One entry of a saga's list. A class, because every call of every run refers to one.
public final class Step: Sendable {
    public let id: String
    /// The place among all steps, from 1.
    public let number: Int
    public let form: StepForm
    /// What is called; of a step that holds others `host.parallel` and the like, which nothing calls.
    public let uses: OperationName
    public let with: Template
    /// Whether the step is done at all; nil: always.
    public let when: Template?
    public let retry: RetryPolicy
    /// Seconds one call may take; nil: the operation's own limit, or none.
    public let timeoutSeconds: Double?
    /// Seconds the step may take with all its attempts and waits; nil: no limit.
    public let totalTimeoutSeconds: Double?
    public let compensation: CompensationPolicy
    /// Once it is done there is no way back: what comes after it is tried until it is done, too.
    public let isPivot: Bool
    /// Nil when a run outlived its plugin: it can be shown, and goes on when the plugin is back.
    public let operation: Operation?
    /// The operation that takes it back, where the definition names another than the step's own.
    public let compensator: Operation?

    public init(
        id: String, number: Int, form: StepForm = .call, uses: OperationName, with: Template, when: Template? = nil,
        retry: RetryPolicy = .execution, timeoutSeconds: Double? = nil, totalTimeoutSeconds: Double? = nil,
        compensation: CompensationPolicy = CompensationPolicy(), isPivot: Bool = false, operation: Operation?,
        compensator: Operation? = nil
    ) {
        self.id = id
        self.number = number
        self.form = form
        self.uses = uses
        self.with = with
        self.when = when
        self.retry = retry
        self.timeoutSeconds = timeoutSeconds
        self.totalTimeoutSeconds = totalTimeoutSeconds
        self.compensation = compensation
        self.isPivot = isPivot
        self.operation = operation
        self.compensator = compensator
    }

    var waitsForSignal: Bool { uses == SignalOperations.waitSignal }
    public var isCall: Bool { if case .call = form { true } else { false } }

    /// Everything in it that may hold expressions.
    var templates: [Template] {
        let formed: [Template?] =
            switch form {
            case .forEach(let each): [each.items, each.output]
            case .saga(let saga): [saga.output]
            case .call, .parallel, .scope: []
            }
        return ([with, when, compensation.with] + formed).compactMap { $0 }
    }

    /// The same step as another version of its plugin has it.
    func with(operation: Operation) -> Step {
        Step(
            id: id, number: number, form: form, uses: uses, with: with, when: when, retry: retry,
            timeoutSeconds: timeoutSeconds, totalTimeoutSeconds: totalTimeoutSeconds, compensation: compensation,
            isPivot: isPivot, operation: operation, compensator: compensator)
    }
}

/// What kind of step it is, and which steps it holds: by their places among all steps of the saga.
public indirect enum StepForm: Sendable {
    /// Calls an operation. `wait` and `signal` are calls of the host's own.
    case call
    /// Lists that are done at once.
    case parallel(branches: [[Int]], onFailure: BranchFailure)
    case forEach(ForEach)
    /// Another saga, taken back as one.
    case saga(SubSaga)
    /// A list with a decision of its own when one of its steps fails.
    case scope(body: [Int], onFailure: ScopeFailure, otherwise: [Int]?)

    /// The lists of steps that it holds.
    public var lists: [[Int]] {
        switch self {
        case .call: []
        case .parallel(let branches, _): branches
        case .forEach(let each): [each.body]
        case .saga(let saga): [saga.body]
        case .scope(let body, _, let otherwise): [body] + (otherwise.map { [$0] } ?? [])
        }
    }
}

/// What becomes of the other branches, or items, when one has failed.
public enum BranchFailure: String, Sendable, Hashable, CaseIterable {
    /// They stop at the next safe point.
    case cancel
    /// They go on to their end.
    case wait
}

/// What becomes of a scope when a step in it has failed.
public enum ScopeFailure: Sendable, Hashable {
    /// Everything is taken back, as if there were no scope.
    case compensateAll
    /// The scope is taken back, and the run goes on: with `else`, where there is one.
    case compensateScope
    /// The scope is taken back and begun again.
    case retry(RetryPolicy)
}

/// One list of steps, done once for each of many items.
public struct ForEach: Sendable {
    /// A list, or what a run finds to be one.
    public let items: Template
    /// What the item is called besides `item`.
    public let name: String?
    public let maxConcurrency: Int
    public let onFailure: BranchFailure
    public let body: [Int]
    /// What is put out for an item; nil: the output of its last step.
    public let output: Template?

    public init(
        items: Template, name: String?, maxConcurrency: Int, onFailure: BranchFailure, body: [Int], output: Template?
    ) {
        self.items = items
        self.name = name
        self.maxConcurrency = maxConcurrency
        self.onFailure = onFailure
        self.body = body
        self.output = output
    }
}

/// A saga within another.
public struct SubSaga: Sendable {
    public let name: String
    public let version: String?
    /// SHA-256 of its text, in hex.
    public let hash: String
    public let inputs: JSONSchema
    public let body: [Int]
    public let output: Template?

    public init(name: String, version: String?, hash: String, inputs: JSONSchema, body: [Int], output: Template?) {
        self.name = name
        self.version = version
        self.hash = hash
        self.inputs = inputs
        self.body = body
        self.output = output
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
    /// Codes of the errors that are worth it; nil: those for which the plugin advises it.
    public var codes: [String]?

    public init(
        maxAttempts: Int, initialSeconds: Double, multiplier: Double, maxSeconds: Double, jitter: Double,
        codes: [String]? = nil
    ) {
        self.codes = codes
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
public struct CompensationPolicy: Sendable {
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
    /// Another operation than the step's own takes it back, by executing it.
    public var uses: OperationName?
    /// What the taking back is given; nil: what the step was given.
    public var with: Template?

    public init(
        retry: RetryPolicy = .compensation, timeoutSeconds: Double? = nil, onFailure: OnFailure = .continue,
        skip: Bool = false, uses: OperationName? = nil, with: Template? = nil
    ) {
        self.uses = uses
        self.with = with
        self.retry = retry
        self.timeoutSeconds = timeoutSeconds
        self.onFailure = onFailure
        self.skip = skip
    }
}
