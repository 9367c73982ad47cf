internal import Glibc
internal import PluginHost

/// A file of a person's that is written whole or not at all.
enum WholeFile {
    /// Behind a link, where it leads; the mode stays.
    static func put(_ text: String, at path: String) throws(Failure) {
        var status = stat()
        let mode = stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0o644
        let target = realpath(path, nil)
        defer { free(target) }
        do throws(PluginRefusal.Fact) {
            try DurableFile.put(Array(text.utf8), at: target.map { String(cString: $0) } ?? path, mode: mode)
        } catch {
            let reason = if case .unreadable(let reason) = error { ": \(reason)" } else { "" }
            throw Failure("file.not_written", "\(path) cannot be written\(reason)", exit: .disk)
        }
    }
}
