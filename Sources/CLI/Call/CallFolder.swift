internal import Glibc
internal import PluginHost

/// The data folder of a call by hand: a temporary one beside the user's own, unless `--data` names one.
///
/// What the user has configured, granted and keeps secret holds there, too; runs, crashes and what plugins write lie in
/// the temporary folder alone.
struct CallFolder {
    let path: String
    private let isTemporary: Bool

    /// What a data folder holds without anything that a plugin put there.
    private static let own: Set<String> = ["config.json", "grants.json", "credentials", "hosts", "store"]
    private static let settings = ["config.json", "grants.json", "credentials"]

    /// - Parameters:
    ///   - given: what `--data` said.
    ///   - home: the folder whose settings hold.
    ///   - account: a simulated one, whose address and tokens come before the user's.
    init(_ given: String?, home: String, account: DevAccount?) throws(Failure) {
        isTemporary = given == nil
        if let given {
            path = given
            return
        }
        path = try ScratchFolder.make("arcadia-call")
        let linked = account == nil ? Self.settings : ["grants.json"]
        for name in linked where access(home + "/" + name, F_OK) == 0 {
            symlink((Wiring.real(home) ?? home) + "/" + name, path + "/" + name)
        }
        mkdir(path + "/credentials", 0o700)
        try account?.lead(path)
    }

    /// A plugin left something there: then the folder stays, for whoever wants to look, or to take it back.
    private var isUsed: Bool {
        FolderListing.names(in: path, hidden: true).contains { name in
            guard !Self.own.contains(name), !name.hasPrefix("arcadia.db") else { return false }
            return !Wiring.isFolder(path + "/" + name)
                || !FolderListing.names(in: path + "/" + name, hidden: true).isEmpty
        }
    }

    /// Takes a temporary folder away, unless a plugin left something there.
    ///
    /// - Returns: what `--data` has to say for another call to find what this one left; nil: nothing.
    func tidyUp() -> String? {
        guard isTemporary else { return path }
        guard !isUsed else { return path }
        FileTree.remove(path)
        return nil
    }
}
