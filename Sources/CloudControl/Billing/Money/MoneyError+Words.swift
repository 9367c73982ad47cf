extension MoneyError {
    /// One sentence without its full stop: what is, then what was expected.
    public var message: String {
        switch fact {
        case .empty: "there is no amount; expected one like $1,234.56"
        case .notAnAmount: "\"\(text)\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"
        case .commas:
            "the commas of \"\(text)\" do not part it into groups of three digits; expected them as in $1,234.56"
        case .tooManyDecimals:
            "\"\(text)\" has more than six decimals; expected a whole number of millionths of a dollar"
        case .tooLarge: "\"\(text)\" is too large; expected less than 9,223,372,036,854.775808 dollars either way"
        case .sumTooLarge: "\(text) is too large; expected less than 9,223,372,036,854.775808 dollars either way"
        }
    }
}
