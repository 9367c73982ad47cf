/// Why a key of a key set is not used. One such key does not spoil the others: key sets hold keys for other uses, too.
public enum KeyProblem: Error, Sendable, Hashable {
    /// `kty`; nil: there is none.
    case type(String?)
    case curve(String?)
    /// A member is missing or is not what it has to be.
    case member(String)
    /// `use` or `key_ops`, as JSON.
    case use(String)
    /// `alg`, as JSON, is for something else than the key.
    case algorithm(String, TokenAlgorithm)
    case size(bits: Int)
    case exponent
    /// The key set holds a part that only its owner may have.
    case `private`(String)
    /// The library does not take the numbers.
    case unusable
    /// An earlier key has this id.
    case sameID
    case notAnObject
}

/// Why a key set is not used.
public enum KeySetProblem: Error, Sendable, Hashable {
    /// Why it could not be had from where it is.
    case notFetched(String)
    case tooLarge(bytes: Int)
    /// What the JSON reader said, with line and column.
    case notJSON(String)
    case shape
    case tooMany(Int)
    /// No key is left; each with why.
    case noKey([KeySet.Refused])
}
