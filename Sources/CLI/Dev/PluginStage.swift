internal import Glibc
internal import PluginHost

/// Where a host finds the plugins that are being developed: copies, so that a build in progress is never loaded, and each
/// file whole.
struct PluginStage: Sendable {
    let folder: String

    /// - Parameter data: of the host.
    init(in data: String) {
        folder = data + "/plugins"
        mkdir(folder, 0o700)
    }

    /// Puts a finished plugin there.
    func put(_ built: String, as id: String) throws(Failure) {
        try copy(built, to: folder + "/" + id)
    }

    private func copy(_ source: String, to target: String) throws(Failure) {
        mkdir(target, 0o700)
        let names = FolderListing.names(in: source)
        // The library before what describes it.
        for name in names.sorted(by: { ($0 == "plugin.json" ? 1 : 0, $0) < ($1 == "plugin.json" ? 1 : 0, $1) }) {
            let (from, to) = (source + "/" + name, target + "/" + name)
            if Wiring.isFolder(from) { try copy(from, to: to) } else { try copyFile(from, to: to) }
        }
        for name in FolderListing.names(in: target, hidden: true) where !names.contains(name) {
            FileTree.remove(target + "/" + name)
        }
    }

    private func copyFile(_ source: String, to target: String) throws(Failure) {
        var status = stat()
        guard stat(source, &status) == 0, let from = fopen(source, "re") else { throw Self.failure(source) }
        defer { fclose(from) }
        let draft = target + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0o755)
        guard descriptor >= 0 else { throw Self.failure(draft) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, from), count > 0 {
            guard write(descriptor, buffer, count) == count else { throw Self.failure(draft) }
        }
        guard rename(draft, target) == 0 else { throw Self.failure(target) }
    }

    private static func failure(_ path: String) -> Failure {
        Failure("dev.stage", "\(path) cannot be copied: \(String(cString: strerror(errno)))", exit: .disk)
    }
}
