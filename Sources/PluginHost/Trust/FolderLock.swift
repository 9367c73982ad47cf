internal import Glibc

/// A folder that is to be changed, kept for one writer. The lock is on the folder itself: it leaves nothing behind, and it
/// stays when what is in it is replaced.
struct FolderLock {
    let descriptor: Int32

    init(_ folder: String) throws(PluginRefusal.Fact) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(systemError()) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let reason = systemError()
                close(descriptor)
                throw .unreadable(reason)
            }
        }
    }

    /// What was moved about in it is durable then.
    func sync() { fsync(descriptor) }

    func release() { close(descriptor) }
}
