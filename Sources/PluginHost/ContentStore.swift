internal import Glibc
internal import SagaCore

/// Plugin libraries by what is in them: `store/<sha-256>/lib<id>.so` in the data folder.
///
/// The host maps only files from here. Overwriting an installed library then cannot pull the ground from under a running
/// one (SIGBUS), a new build has a new path (the linker would hand out the old code for the old path), and what was
/// verified is what is mapped.
struct ContentStore: Sendable {
    let folder: String

    init(dataFolder: String) { folder = dataFolder + "/store" }

    func path(_ hash: String, file: String) -> String { folder + "/" + hash + "/" + file }

    static func manifestName(_ version: String) -> String { "plugin.\(version).json" }

    /// Puts the bytes there, whole or not at all.
    func put(_ bytes: [UInt8], hash: String, file: String) throws(PluginRefusal) -> String {
        let target = path(hash, file: file)
        mkdir(folder, 0o700)
        mkdir(folder + "/" + hash, 0o700)
        if access(target, R_OK) == 0, try FileTrust.read(target).contentHash == hash { return target }
        let temporary = target + ".\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        do throws(PluginRefusal.Fact) {
            try Self.write(bytes, to: temporary)
        } catch {
            unlink(temporary)
            throw PluginRefusal(error, path: temporary)
        }
        guard rename(temporary, target) == 0 else { throw PluginRefusal(.unreadable(systemError()), path: target) }
        return target
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(PluginRefusal.Fact) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o500)
        guard descriptor >= 0 else { throw .unreadable(systemError()) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .unreadable(systemError())
            }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw .unreadable(systemError()) }
    }
}
