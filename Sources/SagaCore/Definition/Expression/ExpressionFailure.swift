/// Why an expression came to no value.
public struct ExpressionFailure: Error, Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        /// A path leads nowhere; as the expression has it.
        case nothingThere(path: String)
        case noValue
        case severalValues
        /// What jq says.
        case jq(String)
        /// Something was calculated from a number that jq rounds.
        case roundedNumber
        case notCompiled(String)
        case tookTooLong(seconds: Int)
        case outOfMemory(bytes: Int64)
        /// The value is longer than it may be.
        case tooLong(limit: Int)
        /// What it reads is.
        case readsTooMuch(limit: Int)
        /// The process that evaluates ended; how, in words.
        case ended(String)
        case notStarted(String)
        /// What the loader says.
        case noLibrary(String)
        case noEvaluator
    }

    public let fact: Fact
    public let expression: String

    public init(_ fact: Fact, expression: String) {
        self.fact = fact
        self.expression = expression
    }
}
