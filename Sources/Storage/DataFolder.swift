internal import Glibc
public import SagaCore

/// The folder with everything that outlives the process: database, hosts, plugin store. Nobody but its owner may look in.
public struct DataFolder: Sendable {
    public let path: String
    public var database: String { path + "/arcadia.db" }

    /// - Parameters:
    ///   - given: what `--data` said; nil: `ARCADIA_DATA`, else the user's state folder.
    public static func location(given: String?, environment: [String: String]) -> String {
        if let given { return given }
        if let path = environment["ARCADIA_DATA"], !path.isEmpty { return path }
        let state =
            environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? (environment["HOME"] ?? "/var/lib") + "/.local/state"
        return state + "/arcadia"
    }

    /// Opens the folder, makes it if it is not there, and closes it to others.
    ///
    /// A folder that holds what is not ours is left alone: `--data ~` must not change the mode of a home.
    public init(opening path: String) throws(StoreError) {
        umask(0o077)
        if access(path, F_OK) != 0 { try Self.make(path) }
        guard let resolved = realpath(path, nil) else {
            throw Self.failure(path, "cannot be opened: \(Self.systemError())")
        }
        self.path = String(cString: resolved)
        free(resolved)
        try closeToOthers()
        // Where tokens are put, so that nobody has to know how.
        mkdir(self.path + "/credentials", 0o700)
    }

    private static func make(_ path: String) throws(StoreError) {
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            made += made.isEmpty && part.isEmpty ? "" : (made.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            if !made.isEmpty, mkdir(made, 0o700) != 0, errno != EEXIST {
                throw failure(made, "cannot be made: \(systemError())")
            }
        }
    }

    private func closeToOthers() throws(StoreError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.failure(path, "cannot be opened: \(Self.systemError())") }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Self.failure(path, "is not a folder") }
        guard status.st_uid == geteuid() else {
            throw Self.failure(
                path, "belongs to user \(status.st_uid); expected the user arcadia runs as (\(geteuid()))")
        }
        guard status.st_mode & 0o077 != 0 else { return }
        guard access(database, F_OK) == 0 || holdsOnlyOurs else {
            throw StoreError(
                code: "modes",
                message: "\(path) holds other files and is open to other users; expected a folder of its own",
                hint: "`--data \(path)/arcadia`, say")
        }
        guard chmod(path, 0o700) == 0 else {
            throw Self.failure(path, "cannot be closed to others: \(Self.systemError())")
        }
    }

    /// What an operator may put there before the first start.
    private static let ours: Set<String> = [
        ".", "..", "config.json", "grants.json", "credentials", "plugins.lock.json", "signers.json",
    ]

    private var holdsOnlyOurs: Bool {
        guard let stream = opendir(path) else { return false }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !Self.ours.contains(name) { return false }
        }
        return true
    }

    private static func failure(_ path: String, _ what: String) -> StoreError {
        StoreError(code: "io", message: "the data folder \(path) \(what)", hint: "`--data DIR` names another")
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}
