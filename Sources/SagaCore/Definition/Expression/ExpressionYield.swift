/// How many values an expression can be told to have.
public enum ExpressionYield: Sendable, Hashable {
    case one
    /// None, or one.
    case atMostOne
    /// It cannot be told.
    case any

    /// For each value of this one, so many of the other.
    func then(_ other: ExpressionYield) -> ExpressionYield {
        switch (self, other) {
        case (.one, _): other
        case (_, .one): self
        case (.atMostOne, .atMostOne): .atMostOne
        default: .any
        }
    }

    /// Either this or the other.
    func or(_ other: ExpressionYield) -> ExpressionYield {
        if self == other { return self }
        return self == .any || other == .any ? .any : .atMostOne
    }
}
