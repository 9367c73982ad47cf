internal import Glibc

/// Folders that a command makes for itself.
enum ScratchFolder {
    /// A new one, closed to others, where temporary folders lie.
    ///
    /// - Parameters:
    ///   - name: how its name begins. eg: "arcadia-dev"
    ///   - elsewhere: what names another place for it.
    static func make(_ name: String, elsewhere: String = "`--data DIR`") throws(Failure) -> String {
        let place = Terminal.environment("TMPDIR") ?? "/tmp"
        var template = Array("\(place)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                "folder.none", "no folder can be made in \(place): \(String(cString: strerror(errno)))",
                hint: "\(elsewhere) names a place for it", exit: .disk)
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
}
