internal import SagaCore

/// What is wrong with a lock file or a file of signers.
package struct TrustFileProblem: Error, Sendable, Hashable {
    let mistake: TrustFileMistake
    package let path: String

    init(_ mistake: TrustFileMistake, path: String) { (self.mistake, self.path) = (mistake, path) }
}

enum TrustFileMistake: Error, Sendable, Hashable {
    case unreadable(String)
    case unwritable(PluginRefusal.Fact)
    case untrusted(PluginRefusal.Fact)
    case tooLarge(limit: Int)
    case notText
    case notJSON(JSONError)
    case notAnObject(String)
    case missing(String)
    case wrong(String, found: String, expected: String)
    case unknownKey(String, suggestion: String?)
    case newer(found: Int, known: Int)
    /// The hash over a plugin's files is not that of the files it lists.
    case hashDiffers(String)

    /// Such a file is read as an object of a manifest is, and can be wrong in these ways.
    init(_ fact: PluginRefusal.Fact) {
        switch fact {
        case .manifestKeyMissing(let key): self = .missing(key)
        case .manifestKey(let key, let found, let expected): self = .wrong(key, found: found, expected: expected)
        case .manifestUnknownKey(let key, let suggestion): self = .unknownKey(key, suggestion: suggestion)
        default: preconditionFailure("A file of this kind has neither schemas nor a library.")
        }
    }
}
