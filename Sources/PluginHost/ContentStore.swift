internal import Glibc
internal import SagaCore

/// The plugins that were ever loaded here, by what is in them: `store/<sha-256>/<id>/…` in the data folder.
///
/// The host maps and runs only files from here. Overwriting an installed library then cannot pull the ground from under a
/// running one (SIGBUS), a new build has a new path (the linker would hand out the old code for the old path), what was
/// verified is what is mapped, and a run can go on with the build it began with when another is installed.
///
/// Whoever puts something in or takes it into use holds `store/.lock` shared meanwhile, and `lock` beside the copy for as
/// long as it is in use; whoever clears away holds the first alone, and leaves what it cannot have the second of. The
/// kernel lets go of both when a process ends.
public struct ContentStore: Sendable {
    let folder: String

    public init(dataFolder: String) { folder = dataFolder + "/store" }

    func place(_ hash: String) -> String { folder + "/" + hash }

    /// Puts a plugin's files there, whole or not at all, and takes them into use.
    func keep(_ files: PluginFiles, of id: String) throws(PluginRefusal) -> KeptFiles {
        mkdir(folder, 0o700)
        let door = try lock(folder + "/.lock", LOCK_SH)
        defer { close(door) }
        let place = place(files.hash)
        if !isWhole(files, at: place + "/" + id) { try put(files, of: id, at: place) }
        return KeptFiles(folder: place + "/" + id, lock: try lock(place + "/lock", LOCK_SH))
    }

    private func isWhole(_ files: PluginFiles, at folder: String) -> Bool {
        for file in files.files {
            let path = folder + "/" + file.path
            guard access(path, R_OK) == 0, let bytes = try? FileTrust.read(path), bytes == file.bytes else {
                return false
            }
        }
        return true
    }

    /// Each file under a name of its own first: another host may be putting the same one there.
    private func put(_ files: PluginFiles, of id: String, at place: String) throws(PluginRefusal) {
        mkdir(place, 0o700)
        mkdir(place + "/" + id, 0o700)
        // plugin.json last: where it is, everything is.
        for file in files.files.filter({ $0.path != PluginFiles.manifest }) {
            try put(file.bytes, mode: file.isExecutable ? 0o500 : 0o400, at: place + "/" + id + "/" + file.path)
        }
        guard let manifest = files.file(PluginFiles.manifest) else { return }
        try put(manifest.bytes, mode: 0o400, at: place + "/" + id + "/" + manifest.path)
        // A run is going to be noted that needs it: it must outlive the power as the note does.
        for made in [place + "/" + id, place, folder] { DurableFile.syncFolder(made) }
    }

    /// The copy of an image, taken into use; nil: it is not there, or not what it was.
    func find(_ image: PluginImage) throws(PluginRefusal) -> KeptFiles? {
        guard access(place(image.hash), R_OK) == 0 else { return nil }
        let door = try lock(folder + "/.lock", LOCK_SH)
        defer { close(door) }
        let own = place(image.hash) + "/" + image.plugin
        if let manifest = Self.manifest(own + "/" + PluginFiles.manifest) {
            guard let files = try? PluginFiles(reading: own, of: manifest), files.hash == image.hash else { return nil }
            return KeptFiles(folder: own, lock: try lock(place(image.hash) + "/lock", LOCK_SH))
        }
        return try findOfOld(image)
    }

    /// As it was kept before a whole folder was: the library or program alone, and the hash is of it alone.
    private func findOfOld(_ image: PluginImage) throws(PluginRefusal) -> KeptFiles? {
        let folder = place(image.hash)
        let path = folder + "/plugin.\(image.version).json"
        guard let manifest = Self.manifest(path) else { return nil }
        guard (try? FileTrust.read(folder + "/" + manifest.fileName))?.contentHash == image.hash else { return nil }
        return KeptFiles(folder: folder, manifest: path, lock: try lock(folder + "/lock", LOCK_SH))
    }

    static func manifest(_ path: String) -> PluginManifest? {
        guard access(path, R_OK) == 0, let bytes = try? FileTrust.read(path) else { return nil }
        return try? PluginManifest(parsing: String(decoding: bytes, as: UTF8.self))
    }

    // MARK: - Notes

    /// A note beside an image's copy.
    func note(_ name: String, of hash: String) -> JSONValue? {
        let path = place(hash) + "/" + name
        guard access(path, R_OK) == 0, let bytes = try? FileTrust.read(path) else { return nil }
        return try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
    }

    func write(_ note: JSONValue, as name: String, of hash: String) throws(PluginRefusal) {
        try put(Array(note.text.utf8), mode: 0o600, at: place(hash) + "/" + name)
    }

    // MARK: - Files

    /// Opens a lock's file and waits for the lock. Closing lets go of it.
    func lock(_ path: String, _ kind: Int32) throws(PluginRefusal) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PluginRefusal(.unreadable(systemError()), path: path) }
        while flock(descriptor, kind) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                throw PluginRefusal(.unreadable(systemError()), path: path)
            }
        }
        return descriptor
    }

    /// Puts the bytes there, whole or not at all.
    private func put(_ bytes: [UInt8], mode: mode_t, at target: String) throws(PluginRefusal) {
        makeFolders(of: target)
        // Hidden, so that one that a crash leaves is no part of any plugin.
        let slash = target.lastIndex(of: "/") ?? target.startIndex
        let temporary =
            "\(target[..<slash])/.\(target[slash...].dropFirst()).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        do throws(PluginRefusal.Fact) {
            try DurableFile.write(bytes, to: temporary, mode: mode)
        } catch {
            throw PluginRefusal(error, path: target)
        }
        guard rename(temporary, target) == 0 else { throw PluginRefusal(.unreadable(systemError()), path: target) }
    }

    private func makeFolders(of file: String) {
        var made = folder
        for part in file.dropFirst(folder.count + 1).split(separator: "/").dropLast() {
            made += "/" + part
            mkdir(made, 0o700)
        }
    }
}

/// An image's copy in the store. Nobody clears it away while there is one of these.
final class KeptFiles: Sendable {
    let folder: String
    let manifestPath: String
    private let lock: Int32

    init(folder: String, manifest: String? = nil, lock: Int32) {
        self.folder = folder
        manifestPath = manifest ?? folder + "/" + PluginFiles.manifest
        self.lock = lock
    }

    deinit { close(lock) }
}
