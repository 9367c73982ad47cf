public import SagaCore

/// Why a plugin is not let in.
public struct PluginRefusal: Error, Sendable, Hashable {
    public let fact: Fact
    /// The file or folder it is about.
    public let path: String

    public init(_ fact: Fact, path: String) {
        self.fact = fact
        self.path = path
    }

    public enum Fact: Error, Sendable, Hashable {
        // The files, before anything is read
        case noManifest
        case noLibrary(String)
        case unreadable(String)
        case notARegularFile
        case otherOwner(uid: Int, us: Int)
        case writableByOthers(mode: Int)
        case folderTooLarge(bytes: Int, files: Int)
        /// It was another a moment ago: somebody is writing it.
        case changing

        case oddFileName(String)

        // The manifest
        case manifestTooLarge(Int)
        case manifestNotJSON(JSONError)
        case manifestNewer(found: Int, known: Int)
        case manifestKeyMissing(String)
        case manifestKey(String, found: String, expected: String)
        case manifestUnknownKey(String, suggestion: String?)
        case manifestSchema(String, String)
        case manifestSignature(String, String)
        case manifestDuplicateOperation(String)
        case folderIsNotID(folder: String, id: String)
        case duplicateID(String, other: String)
        case abiMajor(found: Int, known: Int)

        // The library, as bytes
        case notELF
        case truncated
        case otherMachine(found: String, expected: String)
        case notShared(found: String)
        case noEntry(expected: String)
        case entryOfOtherMajor(found: [Int], known: Int)
        case quarantined(crashes: Int, hours: Int, last: String)

        // Lock, signature, and what an operator said
        case noLockFile(String)
        case lockUnreadable(String)
        case notLocked(String)
        case lockedElsewhere([String], here: String)
        case modified([LockDifference])
        case signatureUnreadable
        /// By the name of whose key it claims to be; nil: nobody named that key.
        case signatureWrong(of: String?)
        case signerUnknown(key: String)
        case unsigned
        case disabled(reason: String, by: String)

        // The library, loaded
        case dlopen(String)
        case entryReturnedNull(said: String?)
        case structTooSmall(String, size: Int, expected: Int)
        case needsNewerHost(minor: Int, known: Int)
        case otherID(found: String, manifest: String)
        case otherVersion(found: String, manifest: String)
        case operationMissing(String)
        case operationUndeclared(String)
        case functionMissing(String, function: String, flag: String)
        case functionUndeclared(String, function: String, flag: String)
        case noOperations
        case operationTwice(String)
        case typedIncomplete(Int, what: String)
        case typedMissing(String, signature: String)
        case typedUndeclared(String, signature: String)
        case librarySignature(String, String)
        case signatureDiffers(String, manifest: String, library: String)
        case config(SchemaViolation)
        case createFailed(StepError)

        // The library, loaded in a worker
        case workerNotStarted(String)
        case workerEnded(String)
        case workerSilent(seconds: Int)

        /// It was refused when it was last loaded, and is the same build still.
        case remembered(code: String, reason: String)
    }
}
