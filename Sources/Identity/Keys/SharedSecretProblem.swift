/// Why something is not taken as a secret.
public indirect enum SharedSecretProblem: Error, Sendable, Hashable {
    case tooShort(bytes: Int)
    /// The same byte over and over.
    case oneByte
    case unreadable(String, String)
    case notARegularFile(String)
    case otherOwner(String, uid: Int, us: Int)
    case mode(String, Int)
    case tooLong(String, most: Int)
    case inFile(String, SharedSecretProblem)
    case exists(String)
    case unwritable(String, String)
}
