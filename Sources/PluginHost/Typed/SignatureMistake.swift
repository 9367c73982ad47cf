/// Why a text is no signature of a typed function.
enum SignatureMistake: Error, Sendable, Hashable {
    case character(String)
    case unexpected(String, expected: String)
    case ends(expected: String)
    case noResult(String, suggestion: String?)
    case noArgument(String, suggestion: String?)
    case noName(String)
    case nothingToName(String)
    case callNotFirst
    case twice(String)
    case tooMany(Int)
}
