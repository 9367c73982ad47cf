internal import Glibc
internal import SagaCore

/// A doorbell: rings when something in a folder was saved. What it was, a snapshot tells.
final class SourceWatch: Sendable {
    private let descriptor: Int32
    private let isStopped = Monitor(false)
    /// After the first ring an editor may still be at it: so long it has to be quiet, and so long it may go on.
    private static let quiet: Int32 = 40
    private static let longest: Duration = .seconds(1)
    /// Between two looks at whether to stop.
    private static let rhythm: Int32 = 100

    init() throws(Failure) {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else {
            throw Failure(
                "dev.no_watch", "this system lets no more folders be watched: \(String(cString: strerror(errno)))",
                hint: "`sysctl fs.inotify.max_user_instances` says how many", exit: .unavailable)
        }
    }

    deinit { close(descriptor) }

    /// Folders that are watched already stay so.
    func watch(_ folders: [String]) {
        let events = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE
        for folder in folders { inotify_add_watch(descriptor, folder, UInt32(events)) }
    }

    /// Waits for a ring, and then until it is quiet. False: it was stopped.
    func wait() -> Bool {
        while !isStopped.withLock({ $0 }) {
            guard rings(within: Self.rhythm) else { continue }
            let first = ContinuousClock.now
            while rings(within: Self.quiet), first.duration(to: .now) < Self.longest {}
            return true
        }
        return false
    }

    func stop() { isStopped.change { $0 = true } }

    private func rings(within milliseconds: Int32) -> Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while read(descriptor, &buffer, buffer.count) > 0 {}
        return true
    }
}
