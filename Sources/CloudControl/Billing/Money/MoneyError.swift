/// Why a text is no amount, or two amounts have no sum. The words are in `MoneyError+Words.swift`.
public struct MoneyError: Error, Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        case empty, notAnAmount, commas, tooManyDecimals, tooLarge, sumTooLarge
    }

    public let fact: Fact
    /// What was read, cut to 80 bytes.
    public let text: String
}
