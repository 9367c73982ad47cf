/// What the proof of a definition finds: every part of it can be followed, and something in it can never be, is of no
/// use, knows no bound, or tells a secret.
public enum ProofFinding: Sendable, Hashable {
    // Conditions
    case neverHolds(step: String, condition: String, reason: ConditionReason?)
    case alwaysHolds(step: String, condition: String)

    // What is of no use
    case nothingCanFail(scope: String, key: String)
    case unusedDefinition(String)
    case unusedInput(String)
    case uselessCompensation(step: String, operation: OperationName)

    // Secrets
    case secretTold(SecretSource, expression: String, to: SecretListener)
    /// Without an `output`, what steps put out is put out.
    case secretPutOut(SecretSource, by: SecretListener)

    // Bounds
    case unboundedLoop(step: String, items: String, isInput: Bool)
    case waitsBeyondDeadline(waits: Double, deadline: Double)
    case limitBeyondDeadline(key: String, step: String, seconds: Double, deadline: Double)
    case attemptsBeyondTotal(step: String, attempts: Int, seconds: Double, total: Double)
    case requestsBeyondLimit(step: String, plugin: String, requests: Int, perHour: Int)

    // Expressions
    case severalValues(Int, expression: String)
    case noValue(expression: String)
    case valuePerItem(expression: String)
    case perhapsNoValue(expression: String)
    case setAtOnce(String, by: [String], expression: String)

    // What cannot be taken back
    /// Another branch is done at the same time.
    case irreversibleBeside(step: String, operation: OperationName, other: String)
    /// Other items are done after it, or at the same time.
    case irreversibleInLoop(step: String, operation: OperationName, loop: String)

    /// Why a condition never holds.
    public enum ConditionReason: Sendable, Hashable {
        case oneOf([JSONValue], path: String)
        case types([String], path: String)
        case bounds(least: Double?, most: Double?, path: String)
    }

    /// Where a secret comes from.
    public enum SecretSource: Sendable, Hashable {
        case input(String)
        case output(String, step: String, operation: OperationName)
        /// The item of a loop over secrets.
        case item(loop: String)
    }

    /// What must not hear of a secret.
    public enum SecretListener: Sendable, Hashable {
        case condition(step: String)
        case output
        case itemOutput(step: String)
        case concurrencyKey
        case operation(OperationName, member: String, step: String)
        case saga(String, member: String, step: String)
    }

    public var severity: DefinitionError.Severity {
        switch self {
        case .secretTold, .secretPutOut, .waitsBeyondDeadline, .severalValues, .noValue: .error
        default: .warning
        }
    }
}
