internal import Glibc
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// The data folder of `arcadia dev`: what it says leads every command that uses it to the simulated account.
struct DevFolder {
    let path: String
    private let isTemporary: Bool

    var secretFile: String { path + "/secret" }
    var tokenPolicy: TokenPolicy { TokenPolicy(algorithm: .hs256, keys: .secretFiles([secretFile])) }

    /// - Parameter given: a folder that is empty or not there; nil: a temporary one.
    init(_ given: String?) throws(Failure) {
        isTemporary = given == nil
        let wanted: String
        if let given { wanted = given } else { wanted = try ScratchFolder.make("arcadia-dev") }
        guard isTemporary || Self.isEmpty(wanted) else {
            throw Failure(
                "dev.folder_in_use", "\(wanted) has something in it; expected an empty folder, or none yet",
                hint: "`arcadia serve --data \(wanted)` serves what is there", exit: .usage)
        }
        do throws(StoreError) {
            path = try DataFolder(opening: wanted).path
        } catch {
            throw Failure(error)
        }
    }

    private static func isEmpty(_ path: String) -> Bool {
        access(path, F_OK) != 0 || (Wiring.isFolder(path) && FolderListing.names(in: path, hidden: true).isEmpty)
    }

    /// Where the account is, a token for it, and a secret that tokens for the API can be signed with.
    func prepare(for account: DevAccount) throws {
        try account.lead(path)
        try secretwise { () throws(SharedSecretProblem) in try SharedSecret.make(file: secretFile) }
    }

    /// Takes a temporary folder away, with everything in it.
    func remove() {
        if isTemporary { FileTree.remove(path) }
    }
}
