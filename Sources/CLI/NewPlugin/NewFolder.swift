internal import Glibc

/// A folder that is made with everything in it, and only where nothing is.
struct NewFolder {
    let path: String

    /// - Throws: `plugins.exists` where there is something by that name, `plugins.not_written` for everything else.
    init(_ given: String) throws(Failure) {
        path = given.count > 1 && given.hasSuffix("/") ? String(given.dropLast()) : given
        Self.makeFolders(above: path)
        guard mkdir(path, 0o755) != 0 else { return }
        guard errno == EEXIST else { throw Self.notWritten(path) }
        throw Failure(
            "plugins.exists", "\"\(path)\" exists already, and nothing in it was changed",
            hint: "`--directory` names another folder", exit: .unavailable)
    }

    func write(_ file: SDKFile) throws(Failure) {
        let full = path + "/" + file.path
        Self.makeFolders(above: full)
        guard let stream = fopen(full, "wxe") else { throw Self.notWritten(full) }
        let isWritten = fputs(file.text, stream) >= 0
        guard fclose(stream) == 0, isWritten else { throw Self.notWritten(full) }
    }

    /// Those that are missing. One that cannot be is told by what is to lie in it.
    private static func makeFolders(above path: String) {
        let folders = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for last in folders.indices { mkdir(folders[...last].joined(separator: "/"), 0o755) }
    }

    private static func notWritten(_ path: String) -> Failure {
        Failure("plugins.not_written", "\(path) was not written: \(String(cString: strerror(errno)))", exit: .disk)
    }
}
