internal import Glibc
internal import SagaCore
internal import Synchronization

/// A control group of the kernel for one worker and whatever it starts: memory and tasks of them all together.
///
/// There is one where the system lets this process make it: as root, or in a part of the tree that was delegated to it
/// (systemd: `Delegate=yes` and `DelegateSubgroup=host`). Elsewhere each process of a worker has limits of its own only.
final class ControlGroup: Sendable {
    /// One in each hierarchy: there is one hierarchy in version 2, one for each controller in version 1.
    private let folders: [String]
    private static let number = Atomic<Int>(0)

    /// Threads and processes.
    static let taskLimit = 512

    /// Nil: this process may make none, or none that keeps memory.
    init?(memoryBytes: Int64) {
        let name = "\(Self.prefix)\(getpid())-\(Self.number.add(1, ordering: .relaxed).newValue)"
        var folders: [String] = []
        var keepsMemory = false
        for place in ControlTree.places {
            Self.sweep(place.folder)
            let folder = place.folder + "/" + name
            guard mkdir(folder, 0o755) == 0 else { continue }
            folders.append(folder)
            for (file, value) in place.limits(memoryBytes: memoryBytes, tasks: Self.taskLimit) {
                let isWritten = ControlTree.write(value, to: folder + "/" + file)
                if isWritten, file.hasPrefix("memory.") { keepsMemory = true }
            }
        }
        self.folders = folders
        guard !keepsMemory else { return }
        remove()
        return nil
    }

    private static let prefix = "arcadia-"

    /// Those of this process in which something still had to die.
    private static let leftover = Monitor<[String]>([])

    /// Takes away what could not be when it ended, and what hosts that are gone left behind.
    private static func sweep(_ folder: String) {
        leftover.withLock { $0.removeAll { rmdir($0) == 0 } }
        for name in FolderListing.names(in: folder) where name.hasPrefix(prefix) {
            let host = name.dropFirst(prefix.count).split(separator: "-").first.flatMap { pid_t($0) } ?? 0
            // Fails where somebody is in it.
            if host > 0, kill(host, 0) != 0, errno == ESRCH { rmdir(folder + "/" + name) }
        }
    }

    /// Before it runs anything of a plugin.
    func take(_ pid: pid_t) { for folder in folders { _ = ControlTree.write("\(pid)", to: folder + "/cgroup.procs") } }

    /// Ends all that is in it, however it left the worker's process group.
    func end() {
        for folder in folders { _ = ControlTree.write("1", to: folder + "/cgroup.kill") }
        // Version 1 has no such word: what forks meanwhile is met again.
        for _ in 0..<20 {
            let members = members
            guard !members.isEmpty else { return }
            for pid in members { kill(pid, SIGKILL) }
            sched_yield()
        }
    }

    var members: [pid_t] {
        folders.flatMap { ControlTree.read($0 + "/cgroup.procs").split(separator: "\n").compactMap { pid_t($0) } }
    }

    /// The kernel ended something in it, because there was no more memory to be had.
    var ranOutOfMemory: Bool {
        folders.contains { folder in
            ["memory.events", "memory.oom_control"].contains { file in
                ControlTree.read(folder + "/" + file).split(separator: "\n").contains {
                    $0.hasPrefix("oom_kill ") && !$0.hasSuffix(" 0")
                }
            }
        }
    }

    /// Where something in it still has to die, whoever makes the next group sweeps it up.
    func remove() {
        for folder in folders where rmdir(folder) != 0 && errno == EBUSY {
            Self.leftover.withLock { $0.append(folder) }
        }
    }

    var isGone: Bool { folders.allSatisfy { access($0, F_OK) != 0 } }
}

/// The control groups of this system, as far as this process may make its own in them.
private enum ControlTree {
    struct Place: Sendable {
        let folder: String
        let isUnified: Bool
        /// Of version 1.
        let controller: String

        func limits(memoryBytes: Int64, tasks: Int) -> [(file: String, value: String)] {
            let memory = memoryBytes > 0 ? "\(memoryBytes)" : nil
            if isUnified {
                return [("memory.oom.group", "1"), ("pids.max", "\(tasks)")]
                    + (memory.map { [("memory.max", $0)] } ?? [])
            }
            return controller == "pids"
                ? [("pids.max", "\(tasks)")] : memory.map { [("memory.limit_in_bytes", $0)] } ?? []
        }
    }

    /// Looked up once.
    static let places: [Place] = {
        let mounts = read("/proc/self/mountinfo").split(separator: "\n").compactMap(Mount.init)
        let groups = read("/proc/self/cgroup").split(separator: "\n")
        return groups.compactMap { line -> Place? in
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { return nil }
            return parts[1].isEmpty ? unified(parts[2], mounts) : controlled(by: parts[1], parts[2], mounts)
        }
    }()

    /// In version 2 no process may be where its group has others below it: the new ones are beside this one's.
    private static func unified(_ own: String, _ mounts: [Mount]) -> Place? {
        guard let mount = mounts.first(where: { $0.kind == "cgroup2" }) else { return nil }
        let parent = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? ""
        let folder = mount.folder + parent
        let has = read(folder + "/cgroup.controllers").split { $0 == " " || $0 == "\n" }
        guard has.contains("memory"), write("+memory +pids", to: folder + "/cgroup.subtree_control") else { return nil }
        return Place(folder: folder, isUnified: true, controller: "")
    }

    private static func controlled(by controllers: String, _ own: String, _ mounts: [Mount]) -> Place? {
        let names = controllers.split(separator: ",").map(String.init)
        guard let name = names.first(where: { ["memory", "pids"].contains($0) }),
            let mount = mounts.first(where: { $0.kind == "cgroup" && $0.options.contains(name) })
        else { return nil }
        // Seen from inside a container its own path may not be there.
        let below = own == "/" || access(mount.folder + own, W_OK) != 0 ? "" : own
        guard access(mount.folder + below, W_OK) == 0 else { return nil }
        return Place(folder: mount.folder + below, isUnified: false, controller: name)
    }

    /// A line of mountinfo.
    private struct Mount {
        let folder: String
        let kind: String
        let options: [String]

        init?(_ line: Substring) {
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 6, let end = words.firstIndex(of: "-"), end + 3 < words.count else { return nil }
            (folder, kind) = (words[4], words[end + 1])
            options = words[end + 3].split(separator: ",").map(String.init)
        }
    }

    static func write(_ text: String, to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count
    }

    /// Empty where it cannot be read.
    static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }
}
