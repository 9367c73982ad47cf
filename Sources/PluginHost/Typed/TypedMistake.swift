internal import SagaCore

/// Why what a step gives cannot be passed to a typed function, or what the function returned cannot be put.
enum TypedMistake: Error, Sendable, Hashable {
    // Before the call
    case noObject(found: JSONValue)
    case missing(String, TypedType)
    case unknown(String, known: [String])
    case wrongType(String, found: JSONValue, TypedType)
    /// A whole number that the type would round.
    case notExact(String, found: JSONValue, TypedType)
    case nulInText(String, at: Int)
    case notBase64(String)

    // After it
    case notFinite(String, Double)
    case notUTF8(String)
    case tooLong(String, limit: Int)
}
