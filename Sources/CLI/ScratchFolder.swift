internal import Glibc
internal import PluginHost

/// Folders that a command makes for itself.
enum ScratchFolder {
    /// A new one, closed to others, where temporary folders lie.
    ///
    /// - Parameter name: how its name begins. eg: "arcadia-dev"
    static func make(_ name: String) throws(Failure) -> String {
        let place = Terminal.environment("TMPDIR") ?? "/tmp"
        var template = Array("\(place)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                "folder.none", "no folder can be made in \(place): \(String(cString: strerror(errno)))",
                hint: "`--data DIR` names a place for it", exit: .disk)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A file that is not there yet, for its owner alone.
    static func write(_ text: String, to file: String) throws(Failure) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                "folder.unwritable", "\(file) cannot be written: \(String(cString: strerror(errno)))", exit: .disk)
        }
        Terminal.write(text, to: descriptor)
        close(descriptor)
    }

    /// Links are taken away, not followed.
    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in FolderListing.names(in: path, hidden: true) { remove(path + "/" + name) }
        rmdir(path)
    }
}
