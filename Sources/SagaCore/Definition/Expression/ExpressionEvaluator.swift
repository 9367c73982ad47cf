/// Evaluates what is more than a plain path. Any thread may ask; whoever asks waits.
public protocol ExpressionEvaluator: Sendable {
    /// The one value of an expression of the program.
    ///
    /// - Parameter scope: an object with the roots, as far as the expression reads them.
    func evaluate(_ expression: Expression, among program: ExpressionProgram, in scope: JSONValue)
        throws(ExpressionFailure) -> JSONValue

    /// Whether libjq understands the text.
    ///
    /// - Throws: there is no libjq to ask.
    func compiles(_ source: String) throws(ExpressionFailure) -> Bool
}

/// Of a host that has no jq.
public struct NoExpressionEvaluator: ExpressionEvaluator {
    public init() {}

    public func evaluate(
        _ expression: Expression, among program: ExpressionProgram, in scope: JSONValue
    ) throws(ExpressionFailure) -> JSONValue {
        throw ExpressionFailure(.noEvaluator, expression: expression.source)
    }

    public func compiles(_ source: String) throws(ExpressionFailure) -> Bool {
        throw ExpressionFailure(.noEvaluator, expression: source)
    }
}
