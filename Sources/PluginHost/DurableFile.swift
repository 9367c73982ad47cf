package import Glibc
internal import SagaCore

/// A file that is there whole or not at all, also after a power loss.
package enum DurableFile {
    /// Writes beside the place and moves it there.
    package static func put(_ bytes: [UInt8], at path: String, mode: mode_t) throws(PluginRefusal.Fact) {
        let temporary = path + ".\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        do throws(PluginRefusal.Fact) {
            try write(bytes, to: temporary, mode: mode)
            guard rename(temporary, path) == 0 else { throw .unreadable(systemError()) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Makes a new file, durable in itself; its name is once its folder is.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(PluginRefusal.Fact) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .unreadable(systemError()) }
        defer { close(descriptor) }
        // As asked for, whatever the umask takes away.
        fchmod(descriptor, mode)
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

    static func syncFolder(_ path: String) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
