internal import CPluginHost
internal import Glibc
public import SagaCore
internal import Synchronization

/// A host's file of marks: `hosts/<id>` in the data folder.
///
/// Two things in one. While the process lives it holds a lock on the file, which the kernel drops when the process dies,
/// however it dies: so a host whose file can be locked is dead. And the file is mapped: what was written into it is
/// there for the next process after a `kill -9` (after a power loss it may not be, which the boot id tells).
public final class CallMarkFile: CallMarks, @unchecked Sendable {
    public let host: HostID
    private let path: String
    private let descriptor: Int32
    /// Locked for as long as the host lives, and its workers. It cannot be written through.
    let lock: Int32
    private let map: UnsafeMutableRawPointer
    private let slots: Monitor<Slots>

    private struct Slots {
        /// Never used so far, from here on.
        var next = 0
        var free: [Int] = []
    }

    /// More calls than this at once, and their marks are not kept: see `overflowOffset`.
    static let slotCount = 1 << 13
    static let headerBytes = 4096
    static let byteCount = headerBytes + slotCount * MemoryLayout<arcadia_mark>.size

    /// Registers this process as a host.
    public init(dataFolder: String) throws(StoreError) {
        let folder = dataFolder + "/hosts"
        mkdir(folder, 0o700)
        while true {
            let name = Self.newName()
            let path = folder + "/" + name
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                if errno == EEXIST { continue }
                throw Self.failure("make", path)
            }
            let lock = open(path, O_RDONLY | O_CLOEXEC)
            guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, Self.isLinked(descriptor) else {
                // Between the calls someone took it for a dead host's and cleared it away.
                close(lock)
                close(descriptor)
                continue
            }
            // Every block of it now: a store into a hole of a file on a full disk would end the process.
            let failure = posix_fallocate(descriptor, 0, Self.byteCount)
            guard failure == 0 else {
                unlink(path)
                close(lock)
                close(descriptor)
                throw StoreError(
                    code: failure == ENOSPC ? "full" : "io",
                    message:
                        "the data folder \(dataFolder) has no room for a file of 2 MB: \(String(cString: strerror(failure)))",
                    hint: "make room, then `arcadia resume` goes on from the last durable line")
            }
            guard let map = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
                map != MAP_FAILED
            else { throw Self.failure("map", path) }
            (host, self.path, self.descriptor, self.lock, self.map) = (HostID(name), path, descriptor, lock, map)
            slots = Monitor(Slots())
            break
        }
        writeHeader()
    }

    /// Nothing of this host is in progress any more: the file goes.
    public func retire() { unlink(path) }

    private static func newName() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func isLinked(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    private static func failure(_ verb: String, _ path: String) -> StoreError {
        StoreError(code: "io", message: "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }

    // MARK: - Header: boot id, and whether the slots ran out

    private func writeHeader() {
        let boot = Array(Self.bootID.utf8.prefix(40))
        boot.withUnsafeBytes { map.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        map.storeBytes(of: getpid(), toByteOffset: Self.processOffset, as: pid_t.self)
    }

    /// Differs after every start of the machine.
    static let bootID: String = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "unknown" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, 64)
        return String(decoding: bytes.prefix(max(0, min(count, 36))), as: UTF8.self)
    }()

    fileprivate static let overflowOffset = 64
    fileprivate static let processOffset = 72

    // MARK: - Slots

    func mark(_ slot: Int) -> UnsafeMutablePointer<arcadia_mark>? {
        guard slot >= 0 else { return nil }
        return (map + Self.headerBytes).assumingMemoryBound(to: arcadia_mark.self) + slot
    }

    /// A slot for calls that are of no run.
    public func acquire() -> Int { acquire(number: 0, id: "") }

    public func acquire(for run: RunKey, id: RunID) -> Int {
        acquire(number: run.number, id: id.description)
    }

    private func acquire(number: Int64, id: String) -> Int {
        let slot = slots.withLock { slots in
            if let slot = slots.free.popLast() { return slot }
            guard slots.next < Self.slotCount else { return -1 }
            slots.next += 1
            return slots.next - 1
        }
        guard let mark = mark(slot) else {
            // No room to say what has begun: then whoever recovers must take everything for begun.
            map.storeBytes(of: 1, toByteOffset: Self.overflowOffset, as: Int32.self)
            return -1
        }
        mark.pointee.begun = 0
        mark.pointee.cause = 0
        Self.write(id, to: &mark.pointee.run_id)
        mark.pointee.run = number
        return slot
    }

    public func release(_ slot: Int) {
        guard let mark = mark(slot) else { return }
        mark.pointee.begun = 0
        mark.pointee.run = 0
        slots.withLock { $0.free.append(slot) }
    }

    private static let tags = Atomic<Int32>(0)

    /// A number for an image, from 1: a mark that names the image already is not written anew.
    static func newTag() -> Int32 { tags.add(1, ordering: .relaxed).newValue }

    /// The call enters the plugin on this thread.
    func enter(_ mark: CallMark, image: PluginImage, tag: Int32, operation: OperationName) {
        guard let pointer = self.mark(mark.slot) else { return }
        // The texts first, `begun` last: a kill between must not find a call that began in somebody else's name.
        if pointer.pointee.image != tag {
            Self.write(image.hash, to: &pointer.pointee.hash)
            Self.write(image.plugin, to: &pointer.pointee.plugin)
            Self.write(image.version, to: &pointer.pointee.version)
            pointer.pointee.image = tag
        }
        Self.write(operation.description, to: &pointer.pointee.operation)
        pointer.pointee.licence = Int32(truncatingIfNeeded: mark.licence)
        arcadia_enter_call(pointer)
    }

    func leave() { arcadia_leave_call() }

    /// A plugin is being loaded on this thread: that is no run's call, and can end the process all the same.
    func enterLoading(_ image: PluginImage) -> Int {
        let slot = acquire(number: Self.loading.number, id: "")
        guard let pointer = mark(slot) else { return slot }
        pointer.pointee.image = 0
        Self.write(image.hash, to: &pointer.pointee.hash)
        Self.write(image.plugin, to: &pointer.pointee.plugin)
        Self.write(image.version, to: &pointer.pointee.version)
        Self.write("loading", to: &pointer.pointee.operation)
        arcadia_enter_call(pointer)
        return slot
    }

    func leaveLoading(_ slot: Int) {
        arcadia_leave_call()
        release(slot)
    }

    /// Stands in a mark where there is no run.
    fileprivate static let loading = RunKey(number: -1)

    private static func write<Tuple>(_ text: String, to tuple: inout Tuple) {
        withUnsafeMutableBytes(of: &tuple) { bytes in
            var text = text
            text.withUTF8 { utf8 in
                let count = min(utf8.count, bytes.count - 1)
                bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(utf8)[..<count]))
                bytes[count] = 0
            }
        }
    }

    // MARK: - The dead

    /// What a host that is gone left behind. Holding it keeps everyone else from recovering the same host.
    public final class DeadHost: @unchecked Sendable {
        public let host: HostID
        /// False: the marks cannot be relied on (the machine went down, or there were too many runs), so every licensed
        /// call counts as begun.
        public let knowsWhatBegan: Bool
        public let begun: [BegunCall]
        /// Operation and run of each crash, for the record.
        public let crashes: [PluginCrash]
        private let descriptor: Int32
        private let path: String
        private let isWhole: Bool

        fileprivate init?(path: String, host: HostID, now: Timestamp) {
            descriptor = open(path, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            guard Self.lock(descriptor, path: path), CallMarkFile.isLinked(descriptor) else {
                close(descriptor)
                return nil
            }
            self.path = path
            self.host = host
            var status = stat()
            // A host that was killed while it made its file had begun nothing: but take no chances.
            isWhole = fstat(descriptor, &status) == 0 && status.st_size == CallMarkFile.byteCount
            guard isWhole, let map = mmap(nil, CallMarkFile.byteCount, PROT_READ, MAP_SHARED, descriptor, 0),
                map != MAP_FAILED
            else {
                (knowsWhatBegan, begun, crashes) = (false, [], [])
                return
            }
            defer { munmap(map, CallMarkFile.byteCount) }
            let boot = String(decoding: UnsafeRawBufferPointer(start: map, count: 36), as: UTF8.self)
            let overflowed = map.load(fromByteOffset: CallMarkFile.overflowOffset, as: Int32.self) != 0
            knowsWhatBegan = boot == CallMarkFile.bootID && !overflowed
            (begun, crashes) = Self.read(map, now: now)
        }

        /// False: it is alive. One whose process is gone and whose workers are still on their way out is waited for.
        private static func lock(_ descriptor: Int32, path: String) -> Bool {
            guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
            guard isProcessGone(descriptor), waitedFor.withLock({ $0.insert(path).inserted }) else { return false }
            for _ in 0..<400 {
                usleep(5000)
                if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            }
            return false
        }

        /// Files that were waited for: once is enough, since a host in another container looks gone for as long as it lives.
        private static let waitedFor = Monitor<Set<String>>([])

        private static func isProcessGone(_ descriptor: Int32) -> Bool {
            var process: pid_t = 0
            return pread(descriptor, &process, MemoryLayout<pid_t>.size, off_t(processOffset)) > 0 && process > 0
                && kill(process, 0) != 0 && errno == ESRCH
        }

        private static func read(
            _ map: UnsafeMutableRawPointer, now: Timestamp
        ) -> ([BegunCall], [PluginCrash]) {
            var begun: [BegunCall] = []
            var crashes: [PluginCrash] = []
            let marks = (map + CallMarkFile.headerBytes).assumingMemoryBound(to: arcadia_mark.self)
            for index in 0..<CallMarkFile.slotCount {
                let mark = marks + index
                guard mark.pointee.run != 0, mark.pointee.begun == 1 else { continue }
                let image = PluginImage(
                    plugin: text(mark.pointee.plugin), version: text(mark.pointee.version),
                    hash: text(mark.pointee.hash))
                let cause = mark.pointee.cause == 0 ? nil : String(cString: arcadia_cause_name(mark.pointee.cause))
                if mark.pointee.run > 0 {
                    begun.append(
                        BegunCall(
                            key: RunKey(number: mark.pointee.run), licence: Int(mark.pointee.licence), image: image,
                            crash: cause))
                }
                if let cause {
                    crashes.append(
                        PluginCrash(
                            image: image, operation: text(mark.pointee.operation),
                            run: RunID(text(mark.pointee.run_id)),
                            cause: cause, licence: Int(mark.pointee.licence), at: now))
                }
            }
            return (begun, crashes)
        }

        private static func text<Tuple>(_ tuple: Tuple) -> String {
            withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }

        /// What the marks said is in the journal now: nobody need read it again, even if the host stays for its other runs.
        public func clearMarks() {
            clear { _ in true }
            whileMapped { map in
                let boot = Array(CallMarkFile.bootID.utf8.prefix(40))
                boot.withUnsafeBytes { map.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
                map.storeBytes(of: 0, toByteOffset: CallMarkFile.overflowOffset, as: Int32.self)
            }
        }

        /// The crashes while loading are recorded: no run's journal will tell them from new ones.
        public func clearLoadingMarks() { clear { $0.run == CallMarkFile.loading.number } }

        private func clear(_ isMeant: (arcadia_mark) -> Bool) {
            whileMapped { map in
                let marks = (map + CallMarkFile.headerBytes).assumingMemoryBound(to: arcadia_mark.self)
                for index in 0..<CallMarkFile.slotCount where marks[index].run != 0 && isMeant(marks[index]) {
                    marks[index].begun = 0
                }
            }
        }

        private func whileMapped(_ body: (UnsafeMutableRawPointer) -> Void) {
            guard isWhole,
                let map = mmap(nil, CallMarkFile.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
                map != MAP_FAILED
            else { return }
            defer { munmap(map, CallMarkFile.byteCount) }
            body(map)
        }

        /// Lets go of it without forgetting it: it still has runs that are nobody's.
        public func release() { close(descriptor) }

        /// Its runs are ours now: the file goes, and with it the host.
        public func forget() {
            unlink(path)
            close(descriptor)
        }
    }

    /// Hosts of this data folder whose process is gone.
    public static func deadHosts(dataFolder: String, now: Timestamp) -> [DeadHost] {
        names(in: dataFolder).compactMap { DeadHost(path: dataFolder + "/hosts/" + $0, host: HostID($0), now: now) }
    }

    /// Whether the process of a host is there: it holds the lock on its file.
    public static func isAlive(_ host: HostID, dataFolder: String) -> Bool {
        let descriptor = open(dataFolder + "/hosts/" + host.description, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }

    /// Every host that has a file, dead or alive.
    public static func names(in dataFolder: String) -> [String] { FolderListing.names(in: dataFolder + "/hosts") }
}
